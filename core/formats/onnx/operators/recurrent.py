"""Recurrent layers: ONNX gives (steps, directions, batch, hidden), PyTorch (steps, batch, directions · hidden)."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler

_STATES = {"LSTM": 2, "GRU": 1, "RNN": 1}


def _recurrent(op: OnnxOperation) -> list[Tensor]:
    x, w, r, b = op.input(0), op.input(1), op.input(2), op.optional(3)
    if not (w.constant and r.constant) or (b is not None and not b.constant):
        raise Uncounted("its weights are computed")
    if op.has(7):
        raise Uncounted("peepholes have no layer type")
    if op.integer("layout"):
        raise Uncounted("the layout with the batch first has no layer type")
    hidden = op.integer("hidden_size") or r.sizes[-1]
    both = op.text("direction") == "bidirectional"
    params: dict[str, Value] = {"hidden_size": hidden}
    if both:
        params["bidirectional"] = True
    if b is None:
        params["bias"] = False
    if op.type == "RNN" and "Relu" in _activations(op):
        params["nonlinearity"] = "relu"
    states = [op.optional(5 + i) for i in range(_STATES[op.type])]
    inputs = [x]
    if any(state is not None and not state.constant for state in states):
        inputs += [state for state in states if state is not None]
    names = op.weights.named(op.type, op.graph, w, r, b)
    steps, *ends = op.graph.emit(op.type, op.weights.held(op.graph, inputs), params, weights=names)
    return [_by_direction(op, steps, hidden, both=both), *ends]


def _activations(op: OnnxOperation) -> list[str]:
    value = op.attributes.get("activations")
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _by_direction(op: OnnxOperation, out: Tensor, hidden: int, *, both: bool) -> Tensor:
    """Return the output with a dimension for the directions: (L, N, D·H) -> (L, D, N, H)."""
    if not both:
        return op.step("Unsqueeze", [out], {"dim": 1}, name="directions")
    parted = op.step("Unflatten", [out], {"dim": 2, "unflattened_size": (2, hidden)}, name="directions")
    return op.step("Transpose", [parted], {"dim0": 1, "dim1": 2})


HANDLERS: Mapping[str, Handler] = dict.fromkeys(_STATES, _recurrent)
