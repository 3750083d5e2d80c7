"""GELU as files before opset 20 write it: x · (1 + erf(x / √2)) / 2, in five nodes."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.formats.importing.tensor import DraftLayer, Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import scalar

_HALF, _ROOT = 0.5, 2**0.5
_TOLERANCE = 1e-3


def written_gelu(op: OnnxOperation) -> list[Tensor] | None:
    """Return the output of a GELU of which a product is the last node; None where it is no such product."""
    for a, b in ((op.input(0), op.input(1)), (op.input(1), op.input(0))):
        if _is_about(scalar(b), _HALF):
            # (x · (1 + erf)) / 2
            product = _only(op, a, "Mul")
            found = product and len(product.inputs) == 2 and _matched(op, *product.inputs)
        else:
            # (x / 2) · (1 + erf)
            half = _only(op, a, "Mul")
            is_half = half is not None and _is_about(half.params.get("other"), _HALF)
            found = is_half and half is not None and _gelu_of(op, half.inputs[0], b)
        if found:
            op.graph.merged += 4
            return [_as_gelu(found)]
    return None


def _matched(op: OnnxOperation, a: Tensor, b: Tensor) -> DraftLayer | None:
    return _gelu_of(op, a, b) or _gelu_of(op, b, a)


def _gelu_of(op: OnnxOperation, x: Tensor, gate: Tensor) -> DraftLayer | None:
    """Return the layer that divides x by √2, where `gate` is 1 + erf of that."""
    total = _only(op, gate, "Add")
    if total is None or not _is_about(total.params.get("other"), 1):
        return None
    error = _only(op, total.inputs[0], "Erf")
    for type_name, number in _scalings():
        scaled = error and _only(op, error.inputs[0], type_name)
        if scaled and scaled.inputs[0] is x and _is_about(scaled.params.get("other"), number):
            return scaled
    return None


def _scalings() -> Iterator[tuple[str, float]]:
    yield "Div", _ROOT
    yield "Mul", 1 / _ROOT


def _only(op: OnnxOperation, x: Tensor, type_name: str) -> DraftLayer | None:
    """Return the layer of a type that makes a tensor which nothing else takes."""
    layer = x.maker
    return layer if layer is not None and layer.type == type_name and op.is_only_use(x) else None


def _is_about(number: object, wanted: float) -> bool:
    return isinstance(number, int | float) and abs(number - wanted) < _TOLERANCE


def _as_gelu(scaled: DraftLayer) -> Tensor:
    """Make the first layer of a written GELU the whole; the others are no longer used, and so dropped."""
    scaled.type, scaled.params = "GELU", {}
    scaled.place = scaled.place._replace(name="gelu")
    return scaled.outputs[0]
