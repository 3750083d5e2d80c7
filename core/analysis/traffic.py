"""The bytes that a layer moves in a pass: each tensor once, or once for each inner step of a composite layer."""

from __future__ import annotations

from collections.abc import Iterable

from layerledger.core.analysis.node_result import TensorIds
from layerledger.core.base.dtypes import weight_bytes
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.cost import Cost, Traffic
from layerledger.core.layers.inner_schedule import InnerSchedule, inner_schedule
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs


def traffic(
    op: LayerType, inputs: Inputs, outputs: Outputs, cost: Cost, stored: str, aliases: TensorIds = ()
) -> Traffic:
    """Return the bytes that a layer moves.

    Args:
        op: its type.
        inputs: the tensors that it takes.
        outputs: the tensors that it makes.
        cost: its counts.
        stored: the dtype in which its weights are stored.
        aliases: the numbers of the inputs that are equal to an earlier one.
    """
    if op.inside is not None:
        return _composite(op, inputs, outputs, cost, stored, aliases)
    weights = weight_bytes(cost.params, stored)
    if op.in_place_of(inputs) == "view":  # another look at the same memory, of which nothing is moved
        return Traffic(weights, view_bytes=_nbytes(outputs))
    some = op.params_read_by(cost.params, outputs)
    read = _read_once(inputs, aliases) + (weights if some == cost.params else weight_bytes(some, stored))
    written = _nbytes(outputs)
    # A fusible layer moves no bytes of its own where layers are fused: all of its bytes are the fused part.
    return Traffic(weights, read, written, *((read, written) if op.fusible else ()))


def largest_inside(op: LayerType, inputs: Inputs, outputs: Outputs) -> int:
    """Return the most bytes that one inner step of a layer makes; 0 for a layer without inner steps."""
    inside = inner_schedule(op, inputs, outputs) if op.inside is not None else None
    return inside.largest_bytes if inside else 0


def _composite(op: LayerType, inputs: Inputs, outputs: Outputs, cost: Cost, stored: str, aliases: TensorIds) -> Traffic:
    inside = inner_schedule(op, inputs, outputs)
    some, average = op.params_read_by(cost.params, outputs), op.params_read_on_average(cost.params, outputs)
    weights = weight_bytes(cost.params, stored)
    if inside is None:
        read = _read_once(inputs, aliases) + (weights if some == cost.params else weight_bytes(some, stored))
        found = Traffic(weights, read, _nbytes(outputs))
    else:
        found = _inside(inside, weights, weight_bytes(inside.params_read, stored), aliases)
    less = weight_bytes(average, stored) - weight_bytes(some, stored) if average != some else 0
    return found._replace(average_read_bytes=less) if less else found


def _inside(inside: InnerSchedule, weights: int, weights_read: int, aliases: TensorIds) -> Traffic:
    moved = [(inside.read_bytes(step, aliases), inside.written_bytes(step), step) for step in inside.steps]
    fused = [(read, written) for read, written, step in moved if step.type and LAYER_TYPES[step.type].fusible]
    return Traffic(
        weights,
        sum(read for read, _, _ in moved) + weights_read,
        sum(written for _, written, _ in moved),
        sum(read for read, _ in fused),
        sum(written for _, written in fused),
    )


def _read_once(inputs: Inputs, aliases: TensorIds) -> int:
    return _nbytes(inputs) if not aliases else _nbytes(spec for i, spec in enumerate(inputs) if i not in aliases)


def _nbytes(tensors: Iterable[TensorSpec]) -> int:
    return sum([tensor.nbytes for tensor in tensors])
