"""Commands of language models: the batch and the context of the network's inputs, as one undoable step."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from layerledger.core import edits
from layerledger.core.analysis.passes.language_model import batch_of
from layerledger.gui.document.document import Document
from layerledger.gui.document.sizing import study_of


def set_batch_and_context(document: Document, batch: int, context: int) -> None:
    """Give the inputs of tokens `context` tokens, and all inputs that have a batch `batch` sequences."""
    tokens = study_of(document).inputs
    if not tokens:
        return
    network, before = document.network, batch_of(document.result, tokens)
    for i, given in enumerate(document.network.inputs):
        shape = (*given.shape[:-1], context) if i in tokens else given.shape
        if len(shape) > 1 and shape[0] == before:
            shape = (batch, *shape[1:])
        network = edits.set_input(network, i, shape=shape)
    document.change_settings(context=None)  # from now on that of the inputs
    document.apply(QCoreApplication.translate("Commands", "Set batch and context"), network)
