"""Receptive fields: the size of the part of the input that one output of a layer sees, its stride, and its start.

Source: Araujo, Norris & Sim 2019, Computing receptive fields of convolutional neural networks,
doi 10.23915/distill.00021. Here it is followed from the input on: a window that sees from `first` to `last`, of a layer
whose input sees `size` from `start` at steps of `stride`, sees size + (last − first)·stride from start + first·stride.
After an upsampling or a transposed convolution, fields of neighbouring outputs differ; `phases` follows each of them.
The statistics of norms are left out. At borders, a field goes on into the padding, as if the input did: no field is cut
off by the end of a tensor, so an output in a corner of the network's output may see less than stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layerledger.core.analysis.node_result import TensorsOrMissing
from layerledger.core.analysis.passes.field_branches import merge_fields
from layerledger.core.analysis.passes.field_map import (
    Axis,
    AxisField,
    FieldMap,
    State,
    fields,
    through,
    undefined,
)
from layerledger.core.analysis.passes.phases import most_phases
from layerledger.core.analysis.passes.schedule import Schedule, Step
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import INDEX_DTYPES, TensorSpec
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.layers.windows import SAME, DimMap, DimMaps, Receptive
from layerledger.core.network.paths import NodePath


class ReceptiveFields:
    """The receptive fields of all steps.

    Attributes:
        states: the field maps of each tensor.
    """

    def __init__(self, schedule: Schedule) -> None:
        """Follow every step of a schedule; this takes time in proportion to the steps."""
        self._schedule = schedule
        # key: bound type and inputs, of which a network has few; it lives as long as these fields
        self._reaches: dict[tuple[LayerType | None, TensorsOrMissing], tuple[Receptive, bool]] = {}
        self._limit = most_phases(len(schedule.steps))
        self.states: list[State] = []
        self._at: dict[NodePath, State] = {}
        # The network's inputs are the first tensors, up to the first that a step produces.
        for i in range(next((i for i, step in enumerate(schedule.producers) if step >= 0), len(schedule.producers))):
            self.states.append(tuple(_axes(schedule, i)))
        for step in schedule.steps:
            state = self._step(step)
            self.states += [state] * len(step.outputs)
            # Of several passes the first.
            self._at.setdefault(step.path, state)

    def at(self, path: NodePath) -> tuple[AxisField, ...]:
        """Return the fields of a layer in the first pass of its blocks, one for each spatial axis.

        Of several network inputs, the first one with positions on which the layer depends counts.
        """
        return fields(self._at.get(path, ()))

    def of(self, step: Step) -> tuple[AxisField, ...]:
        """Return the fields of one step."""
        return fields(self.states[step.outputs[0]]) if step.outputs else ()

    def _step(self, step: Step) -> State:
        if step.outputs and 0 in self._schedule.tensors[step.outputs[0]].shape:
            return ()  # an empty output sees nothing
        key = (step.layer.op, step.layer.inputs)
        found = self._reaches.get(key)
        if found is None:
            found = self._reaches[key] = _reach(step.layer.op, step)
        reach, plain = found
        given = [self.states[tensor] for tensor in step.inputs]
        if reach == "nothing" or not any(given):
            return ()
        # Most layers of a network are here: tensors of one shape need no maps of dimensions.
        out = self._schedule.tensors[step.outputs[0]].shape if step.outputs else ()
        if reach == "same" and plain:
            return merge_fields(given, out, limit=self._limit)
        shapes = [self._schedule.tensors[tensor].shape for tensor in step.inputs]
        if reach == "not modelled":
            reason = Message("{name} does not declare its receptive field", name=step.layer.node.name)
            unknown = [tuple(undefined(seen, reason) for seen in state) for state in given]
            return merge_fields(unknown, out, limit=self._limit)
        links = [_aligned(len(shape), len(out)) for shape in shapes] if reach == "same" else reach
        if len(links) != len(given):
            return ()  # in a later pass, some of its inputs are unknown
        rows = zip(given, links, shapes, strict=True)
        moved = [
            tuple(through(seen, own, shape, out, limit=self._limit) for seen in state) for state, own, shape in rows
        ]
        return merge_fields(moved, out, limit=self._limit)


# -- the axes of the network's inputs


def _axes(schedule: Schedule, tensor: int) -> Iterator[FieldMap]:
    spec = schedule.tensors[tensor]
    for dim in _spatial(schedule, tensor, spec):
        field = AxisField(1, 1, 0)
        yield FieldMap(Axis(tensor, dim, spec.shape[dim]), field, (dim,))


def _spatial(schedule: Schedule, tensor: int, spec: TensorSpec) -> Iterable[int]:
    """Return the dimensions of an input that have positions.

    These are as many as the first layer with spatial dimensions takes; else those of (N, L) indices, of tokens
    (N, L, E), or (L, N, E) where a layer has the batch second, and of (N, C, *spatial).
    """
    rank = len(spec.shape)
    dims = next((n for n in map(_dims, schedule.steps) if n), 0)
    if dims and rank in (dims + 1, dims + 2):
        return range(rank - dims, rank)
    if spec.dtype in INDEX_DTYPES:
        return range(rank - 1, rank) if rank in (1, 2) else ()
    if rank == 3:
        # The first layer that has the parameter decides for all: torch layers with batch_first=False take (L, N, E).
        first = next((getattr(s, "batch_first") for s in _specs(schedule) if hasattr(s, "batch_first")), True)  # noqa: B009
        return range(1, 2) if first else range(1)
    return range(2, rank)


def _specs(schedule: Schedule) -> Iterator[LayerType]:
    return (step.layer.op for step in schedule.steps if step.layer.op)


def _dims(step: Step) -> int:
    op, inputs = step.layer.op, step.layer.known_inputs
    return op.spatial_dims_of(inputs) if op and inputs else 0


# -- one step


def _reach(spec: LayerType | None, step: Step) -> tuple[Receptive, bool]:
    """Return the dim maps of a layer, and whether all of its tensors have one shape."""
    inputs, outputs = step.layer.known_inputs, step.layer.outputs
    if spec is None or inputs is None or not outputs:
        return "not modelled", False
    shapes = {each.shape for each in (*inputs, outputs[0])}
    return spec.receptive_of(inputs, outputs), len(shapes) == 1


def _aligned(rank: int, out: int) -> DimMaps:
    """Return the dim maps of an input of `rank` dimensions that is broadcast to `out` dimensions."""
    return tuple(DimMap((d + out - rank,), SAME) for d in range(rank))
