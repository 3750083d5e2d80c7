"""Evaluation of operations on constants and shapes: what they give is known, so they are no layers."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.folding import arithmetic, shaping
from layerledger.core.formats.onnx.folding.constants import Evaluator
from layerledger.core.formats.onnx.folding.sources import SOURCES
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.values import Initializers

_EVALUATORS: Mapping[str, Evaluator] = {**arithmetic.EVALUATORS, **shaping.EVALUATORS}

CONVERSIONS = frozenset(("QuantizeLinear", "DequantizeLinear"))
"""Operators that ONNX Runtime has in its own domain too."""


def folded(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    """Return the outputs of a node that is no layer; None where it is one.

    Raises:
        Uncounted: its inputs do not fit.
    """
    source = SOURCES.get(op.type)
    if source is not None and (made := source(op, held)) is not None:
        return made
    evaluator = _EVALUATORS.get(op.type)
    given = op.present()
    if evaluator is None or not all(x.constant for x in given):
        return None
    if any(x.weight for x in given):
        # Nothing is computed with weights but what keeps them: their layers, and what they cost, stay.
        if op.type not in shaping.MOVES:
            return None
        made = evaluator(op)
        return made if made is not None and made[0].weight else None
    return evaluator(op)
