"""Liveness: the bytes of activations at each step, their peak, and a packing that an allocator reaches.

At each step its inputs and outputs are alive. A tensor lives from the step that makes it through the step of its last
reader; the network's inputs from the start, what it gives to the end. Weights are not part of it. Inside a composite
layer, the same holds for its inner steps: the layer counts with the moment at which the most is alive.

Idea of buffers in place: the moments are followed in order. The output of a layer that may overwrite takes the buffer
of an input that no later moment reads; a view takes that of its input. Invariant: apart from views of it, a buffer
holds one live tensor at a time. Cost: in proportion to the moments and tensors; for the packing see `memory_planner`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from layerledger.core.analysis.passes.detailed_schedule import DetailedSchedule, excess_bytes, inner_schedules
from layerledger.core.analysis.passes.memory_planner import plan_offsets
from layerledger.core.analysis.passes.schedule import NETWORK_INPUT, Schedule
from layerledger.core.layers.layer_type import InPlaceKind

IN_PLACE: tuple[InPlaceKind, ...] = ("view", "element-wise", "addition", "depthwise")
"""The kinds of layers that may overwrite an input. Without any, every output is a tensor of its own, views too."""


class Buffer(NamedTuple):
    """Memory for one tensor, or for several that follow each other in the same place.

    Attributes:
        tensors: by number, in the order in which they are made.
        size_bytes: the size of the largest tensor.
        first: the moment from which it is needed; the network's inputs from moment 0.
        last: the last moment in which it is needed.
    """

    tensors: tuple[int, ...]
    size_bytes: int
    first: int
    last: int


class LivenessProfile:
    """The activations of a network over its steps.

    Attributes:
        schedule: the steps and tensors.
    """

    def __init__(self, flow: Schedule, *, in_place: Container[InPlaceKind] = ()) -> None:
        """Find what lives how long in `flow`; takes time in proportion to the steps.

        `in_place` says which layers may overwrite an input that nobody needs afterwards, or look at it; see IN_PLACE.
        """
        self.schedule = flow
        self._in_place = in_place
        self._inner = inner_schedules(flow)

    @cached_property
    def detailed(self) -> DetailedSchedule:
        """The schedule with the inner steps of composite layers."""
        return DetailedSchedule(self.schedule, self._inner)

    @cached_property
    def buffers(self) -> tuple[Buffer, ...]:
        """The memory that is needed, in the order of its first use."""
        if not self.schedule.steps:
            return ()
        if self._in_place:
            found = _in_place_buffers(self.detailed, self._in_place)
        else:
            found = _separate_buffers(self.detailed if self._inner else self.schedule)
        # A buffer inside a composite layer has a higher number than those of later layers.
        return tuple(sorted(found, key=lambda buffer: buffer.first) if self._inner else found)

    @cached_property
    def live_at_moments(self) -> list[int]:
        """The bytes that are alive at each moment."""
        return _alive([(each.size_bytes, each.first, each.last) for each in self.buffers], self._moments)

    @property
    def _moments(self) -> int:
        return len(self.detailed.moments) if self._inner else len(self.schedule.steps)

    @cached_property
    def live_bytes(self) -> list[int]:
        """The bytes that are alive at each step; at a composite layer, those at its busiest moment."""
        if not self._inner:
            return self.live_at_moments
        if self._in_place:
            return [self.live_at_moments[self.busiest(step)] for step in range(len(self.schedule.steps))]
        flow = self.schedule
        lives = zip(flow.sizes, flow.producers, flow.last_uses, strict=True)
        found = _alive([(size, max(first, 0), max(last, 0)) for size, first, last in lives], len(flow.steps))
        for step, more in excess_bytes(flow, self._inner).items():
            found[step] += more
        return found

    @cached_property
    def peak_bytes(self) -> int:
        """The most that is alive at one step."""
        return max(self.live_bytes, default=0)

    @cached_property
    def peak_step(self) -> int | None:
        """The first step at which so much is alive; None without steps."""
        return self.live_bytes.index(self.peak_bytes) if self.live_bytes else None

    def busiest(self, step: int) -> int:
        """Return the moment of a step at which the most is alive."""
        if not self._inner:
            return step
        return max(range(self.detailed.first[step], self.detailed.after(step)), key=self.live_at_moments.__getitem__)

    def maker(self, tensor: int) -> tuple[int, int]:
        """Return the moment and the step that make a tensor; NETWORK_INPUT twice for an input of the network."""
        if not self._inner:
            return self.schedule.producers[tensor], self.schedule.producers[tensor]
        moment = self.detailed.producers[tensor]
        return moment, NETWORK_INPUT if moment == NETWORK_INPUT else self.detailed.moments[moment].step

    def inner_name(self, tensor: int) -> str:
        """Return the name of the inner step that makes a tensor inside a composite layer; empty for other tensors."""
        return self.detailed.names.get(tensor, "") if self._inner else ""

    def alive(self, step: int) -> list[Buffer]:
        """Return what is alive at a step, or at its busiest moment, the largest first."""
        moment = self.busiest(step)
        found = [buffer for buffer in self.buffers if buffer.first <= moment <= buffer.last]
        return sorted(found, key=lambda buffer: -buffer.size_bytes)

    @cached_property
    def offsets(self) -> list[int]:
        """Where each buffer lies when they are placed the largest first, at the lowest place that is free for its life.

        Source: greedy by size, as TensorFlow Lite Micro's planner does it (Pisarchyk & Lee 2020, arXiv:2001.03288).
        """
        return plan_offsets([(each.size_bytes, each.first, each.last) for each in self.buffers], self._moments)

    @cached_property
    def packed_bytes(self) -> int:
        """The room that this packing takes; never less than the peak."""
        ends = (offset + buffer.size_bytes for offset, buffer in zip(self.offsets, self.buffers, strict=True))
        return max(ends, default=0)


def _alive(lives: Sequence[tuple[int, int, int]], count: int) -> list[int]:
    """Return the bytes that are alive at each of `count` moments, from sizes with their first and last moment."""
    change = [0] * (count + 1)
    for size, first, last in lives if count else ():
        change[first] += size
        # Differences, summed once: the cost is the lives and the moments, not their product.
        change[last + 1] -= size
    return list(accumulate(change[:-1]))


def _separate_buffers(flow: Schedule | DetailedSchedule) -> Iterator[Buffer]:
    """Yield a buffer a tensor."""
    lives = zip(flow.sizes, flow.producers, flow.last_uses, strict=True)
    for tensor, (size, first, last) in enumerate(lives):
        yield Buffer((tensor,), size, max(first, 0), max(last, 0))


def _in_place_buffers(flow: DetailedSchedule, allowed: Container[InPlaceKind]) -> Iterator[Buffer]:
    """Yield buffers in which tensors follow each other."""
    members: list[list[int]] = []
    home: dict[int, int] = {}  # by tensor: its place in `members`
    ends: list[int] = []  # by place: the moment after which it is needed no more
    last = flow.last_uses
    for tensor in (t for t, maker in enumerate(flow.producers) if maker < 0):
        _open(tensor, members, home, ends, last)
    for i, moment in enumerate(flow.moments):
        taken = _taken(flow, i, allowed, home, ends)
        for tensor in moment.outputs:
            if tensor in home:
                continue  # another part of it
            if taken is None:
                _open(tensor, members, home, ends, last)
            else:
                members[taken].append(tensor)
                home[tensor], ends[taken] = taken, max(ends[taken], last[tensor])
    for tensors, end in zip(members, ends, strict=True):
        size = max(flow.sizes[tensor] for tensor in tensors)
        yield Buffer(tuple(tensors), size, max(flow.producers[tensors[0]], 0), max(end, 0))


def _open(tensor: int, members: list[list[int]], home: dict[int, int], ends: list[int], last: Sequence[int]) -> None:
    home[tensor] = len(members)
    members.append([tensor])
    ends.append(last[tensor])


def _taken(
    flow: DetailedSchedule, i: int, allowed: Container[InPlaceKind], home: dict[int, int], ends: Sequence[int]
) -> int | None:
    """Return the place of an input in which the output of moment `i` can lie; None where it needs one of its own."""
    _, inputs, outputs, kind = flow.moments[i]
    if kind not in allowed or not inputs or len(outputs) != 1:
        return None
    if kind == "view":
        # A view holds no bytes of its own, so it does not matter who reads the input later.
        return home[inputs[0]]
    # The memory of an input is free where nothing after this moment reads what it holds. That of a network input never
    # is: it belongs to the caller.
    size = flow.sizes[outputs[0]]
    free = (each for each in inputs if ends[home[each]] <= i and flow.sizes[each] >= size and flow.producers[each] >= 0)
    return next((home[each] for each in free), None)
