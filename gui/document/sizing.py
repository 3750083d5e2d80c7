"""The sizes of a document's network on its device, computed once for all panels that show them."""

from __future__ import annotations

from functools import lru_cache

from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.token_flow import TOKEN_DTYPES
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.studies.sizing import Sizing, SizingStudy
from layerledger.gui.document.document import Document


# Key: the result and the target, by identity; an edit and another device make new ones, so no entry is stale.
@lru_cache(maxsize=2)
def _study(result: Result, target: DeviceTarget | None) -> SizingStudy:
    return SizingStudy(result, target)


def study_of(document: Document) -> SizingStudy:
    """Return the study of a document's network on the chosen device; it remembers what it has computed."""
    return _study(document.result, document.target)


def sizing_of(document: Document) -> Sizing:
    """Return the sizing of a document's network with its batch, at the context length of its window."""
    return study_of(document).at(context=document.settings.context)


def may_generate(document: Document) -> bool:
    """Return whether a network has an input of tokens, without which it is no language model; takes no time."""
    return any(given.dtype in TOKEN_DTYPES for given in document.network.inputs)
