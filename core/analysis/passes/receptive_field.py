"""The receptive field: how much of the input one output of a layer sees, how far apart neighbours look, and from where.

Source: Araujo, Norris & Sim 2019, Computing receptive fields of convolutional neural networks,
doi 10.23915/distill.00021. Here it is followed from the input on: a window that sees from `first` to `last`, of a layer
whose input sees `size` from `start` at steps of `stride`, sees size + (last − first)·stride from start + first·stride.
The statistics of norms are left out, and borders: a field is as inside a large input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis.node_result import TensorsOrMissing
from layerledger.core.analysis.passes.schedule import Schedule, Step
from layerledger.core.base.shapes import INDEX_DTYPES, TensorSpec
from layerledger.core.layers.layer_type import LayerType, dims_of
from layerledger.core.layers.windows import SAME, DimMap, DimMaps, Number, Receptive, Window
from layerledger.core.network.paths import NodePath


class Axis(NamedTuple):
    """A dimension of a network's input along which there are positions."""

    tensor: int
    dim: int
    size: int


class AxisField(NamedTuple):
    """What one output sees along an axis.

    Attributes:
        size: from the first to the last position, both included; a bound where a stride is a fraction; None where it
            is not defined or not known.
        stride: how far neighbouring outputs look apart; None where they do not stand in a row.
        start: the first position that output 0 sees; below 0 in the padding. None where that is not known.
        whole: whether it is all there is, because of an operation over all positions.
        reason: why there is no size.
    """

    size: Number | None
    stride: Number | None = None
    start: Number | None = None
    whole: bool = False
    reason: str = ""

    @property
    def positions(self) -> int | None:
        """The size as a whole number."""
        return None if self.size is None else floor(self.size)

    @property
    def centre(self) -> Number | None:
        """The middle of what output 0 sees; None where that is not known."""
        if self.size is None or self.start is None:
            return None
        return self.start + Fraction(1, 2) * (self.size - 1)


class FieldMap(NamedTuple):
    """A field in a tensor.

    Attributes:
        dims: the tensor's dimensions that have the axis's positions.
        mixed: whether these number the positions in another way than one by one.
    """

    axis: Axis
    field: AxisField
    dims: tuple[int, ...]
    mixed: bool = False


State: TypeAlias = tuple[FieldMap, ...]
"""What is seen along each axis that a tensor depends on."""


class ReceptiveFields:
    """The receptive fields of all steps.

    Attributes:
        states: by tensor.
    """

    def __init__(self, flow: Schedule) -> None:
        """Follows every step of `flow`; takes time in proportion to them."""
        self._flow = flow
        self._reaches: dict[tuple[LayerType | None, TensorsOrMissing], tuple[Receptive, bool]] = {}
        self.states: list[State] = []
        self._at: dict[NodePath, State] = {}
        for i in range(next((i for i, maker in enumerate(flow.producers) if maker >= 0), len(flow.producers))):
            self.states.append(tuple(_axes(flow, i)))
        for step in flow.steps:
            state = self._step(step)
            self.states += [state] * len(step.outputs)
            self._at.setdefault(step.path, state)

    def at(self, path: NodePath) -> tuple[AxisField, ...]:
        """Return the fields of a layer in the first pass of its blocks, one a spatial axis; none where it has none.

        Of several inputs the first one that has positions and that the layer depends on counts.
        """
        return fields(self._at.get(path, ()))

    def of(self, step: Step) -> tuple[AxisField, ...]:
        """Return the fields of one step."""
        return fields(self.states[step.outputs[0]]) if step.outputs else ()

    def _step(self, step: Step) -> State:
        if step.outputs and 0 in self._flow.tensors[step.outputs[0]].shape:
            return ()  # there is no output to see anything
        key = (step.layer.op, step.layer.inputs)
        found = self._reaches.get(key)
        if found is None:
            found = self._reaches[key] = _reach(step.layer.op, step)
        reach, plain = found
        given = [self.states[tensor] for tensor in step.inputs]
        if reach == "nothing" or not any(given):
            return ()
        if reach == "same" and plain:
            return _merge_fields(given)
        shapes = [self._flow.tensors[tensor].shape for tensor in step.inputs]
        if reach == "not modelled":
            return _merge_fields([tuple(_unsaid(seen, step) for seen in state) for state in given])
        rank = len(self._flow.tensors[step.outputs[0]].shape) if step.outputs else 0
        links = [_aligned(len(shape), rank) for shape in shapes] if reach == "same" else reach
        if len(links) != len(given):
            return ()  # in a later pass, not all that it is fed is known
        rows = zip(given, links, shapes, strict=True)
        return _merge_fields([tuple(_through(seen, own, shape) for seen in state) for state, own, shape in rows])


def fields(state: State) -> tuple[AxisField, ...]:
    """Return the fields of the first input in a state."""
    return tuple(seen.field for seen in state if seen.axis.tensor == state[0].axis.tensor)


# -- where positions are


def _axes(flow: Schedule, tensor: int) -> Iterator[FieldMap]:
    spec = flow.tensors[tensor]
    for dim in _spatial(flow, tensor, spec):
        field = AxisField(1, 1, 0)
        yield FieldMap(Axis(tensor, dim, spec.shape[dim]), field, (dim,))


def _spatial(flow: Schedule, tensor: int, spec: TensorSpec) -> Iterable[int]:
    """Return the dimensions of an input that have positions.

    Those that its first layer with spatial dimensions takes; else those of (N, L) indices, of tokens (N, L, E), or
    (L, N, E) where a layer says that the batch is second, and of (N, C, *spatial).
    """
    rank = len(spec.shape)
    dims = next((n for n in map(_dims, _specs(flow)) if n), 0)
    if dims and rank in (dims + 1, dims + 2):
        return range(rank - dims, rank)
    if spec.dtype in INDEX_DTYPES:
        return range(rank - 1, rank) if rank in (1, 2) else ()
    if rank == 3:
        first = next((getattr(s, "batch_first") for s in _specs(flow) if hasattr(s, "batch_first")), True)  # noqa: B009
        return range(1, 2) if first else range(1)
    return range(2, rank)


def _specs(flow: Schedule) -> Iterator[LayerType]:
    return (step.layer.op for step in flow.steps if step.layer.op)


def _dims(spec: LayerType) -> int:
    return dims_of(type(spec))


# -- one step


def _reach(spec: LayerType | None, step: Step) -> tuple[Receptive, bool]:
    """Return what a layer sees of its inputs, and whether its tensors are all of one rank."""
    inputs, outputs = step.layer.known_inputs, step.layer.outputs
    if spec is None or inputs is None or not outputs:
        return "not modelled", False
    shapes = {each.shape for each in (*inputs, outputs[0])}
    return spec.receptive_of(inputs, outputs), len(shapes) == 1


def _aligned(rank: int, out: int) -> DimMaps:
    """Return links of an input that is broadcast to `out` dimensions."""
    return tuple(DimMap((d + out - rank,), SAME) for d in range(rank))


def _unsaid(seen: FieldMap, step: Step) -> FieldMap:
    return _undefined(seen, f"{step.layer.node.name} does not say what it sees")


def _undefined(seen: FieldMap, reason: str) -> FieldMap:
    return seen if seen.field.whole or seen.field.reason else seen._replace(field=AxisField(None, reason=reason))


def _through(seen: FieldMap, links: DimMaps, shape: Sequence[int]) -> FieldMap:
    """Return what is seen through a layer."""
    field = seen.field
    if field.whole or not links:
        return seen
    found = [(d, links[d]) for d in seen.dims]
    over = [d for d, link in found if link.by == "whole" and shape[d] != 1]
    if over:
        if all(link.by == "whole" or shape[d] == 1 for d, link in found):
            return FieldMap(seen.axis, _whole(seen.axis), ())
        seen = _undefined(seen, "an operation sees only some of the positions")
    elif any(link.by == "whole" for _, link in found) and _covers(seen):
        return FieldMap(seen.axis, _whole(seen.axis), ())
    dims = tuple(sorted({to for d, link in found for to in link.to if shape[d] != 1 or link.by != "whole"}))
    mixed = seen.mixed or any(link.by == "mixed" for _, link in found)
    for _, link in found:
        seen = _moved(seen, link)
    return seen._replace(dims=dims, mixed=mixed)


def _whole(axis: Axis) -> AxisField:
    return AxisField(axis.size, None, 0, whole=True)


def _covers(seen: FieldMap) -> bool:
    """Return whether the one position that there is sees the whole input."""
    size, start = seen.field.size, seen.field.start
    return size is not None and start is not None and start <= 0 and start + size >= seen.axis.size


def _moved(seen: FieldMap, link: DimMap) -> FieldMap:
    """Return what is seen along one dimension through a window."""
    field = seen.field
    if field.size is None or link.by == SAME:
        return seen
    if link.by == "lost":
        return seen._replace(field=field._replace(stride=None, start=None))
    if not isinstance(link.by, Window):
        return seen
    if seen.mixed or len(seen.dims) > 1:
        return _undefined(seen, "a reshape before it has mixed the positions")
    return seen._replace(field=_seen_through(field, link.by))


def _seen_through(field: AxisField, window: Window) -> AxisField:
    stride, first, last = window
    if field.size is None:
        return field
    if field.stride is None or field.start is None:
        if first == last:
            return field
        return AxisField(None, reason="it is not known where its inputs look")
    return AxisField(
        field.size + (last - first) * field.stride, stride * field.stride, field.start + first * field.stride
    )


# -- branches


def _merge_fields(given: Sequence[State]) -> State:
    """Return what several tensors together see."""
    given = [state for state in given if state]
    if not given or all(state is given[0] for state in given):
        return given[0] if given else ()
    found: dict[Axis, FieldMap] = {}
    for state in given:
        for seen in state:
            other = found.get(seen.axis)
            found[seen.axis] = seen if other is None else _both(other, seen)
    return tuple(found[axis] for axis in sorted(found))


def _both(one: FieldMap, other: FieldMap) -> FieldMap:
    if one == other or one.field.whole:
        return one
    if other.field.whole:
        return other
    if one.field.size is None or other.field.size is None:
        return one if one.field.size is None else other
    reason = _clash(one, other)
    if reason:
        return FieldMap(one.axis, AxisField(None, reason=reason), tuple(sorted({*one.dims, *other.dims})), one.mixed)
    return one if one.field.size >= other.field.size else other


def _clash(one: FieldMap, other: FieldMap) -> str:
    """Return why two fields do not make one; empty where the larger has the other in it."""
    if (one.dims, one.mixed) != (other.dims, other.mixed):
        return "branches meet whose positions are in different dimensions"
    if one.field.stride != other.field.stride:
        return f"branches of strides {_text(one.field.stride)} and {_text(other.field.stride)} meet"
    mine, its = _interval(one.field), _interval(other.field)
    if mine is None or its is None:
        return "branches meet of which it is not known where they look"
    inside = (mine[0] - its[0]) * (mine[1] - its[1]) <= 0
    return "" if inside else f"branches meet that are not aligned, {_text(abs(mine[0] - its[0]))} apart"


def _interval(field: AxisField) -> tuple[Number, Number] | None:
    """Return the first and the last position that output 0 sees."""
    if field.size is None or field.start is None:
        return None
    return field.start, field.start + field.size - 1


def _text(number: Number | None) -> str:
    return "unknown" if number is None else f"{number}"
