"""Liveness: the bytes of activations at each step, their peak, and a packing that an allocator reaches.

At each step its inputs and outputs are alive. A tensor lives from the step that makes it through the step of its last
reader; the network's inputs from the start, what it gives to the end. Weights are not part of it.

Idea of buffers in place: the steps are followed in order. The output of a layer that may overwrite takes the buffer of
an input that no later step reads; a view takes that of its input. Invariant: apart from views of it, a buffer holds one
live tensor at a time. Cost: in proportion to the steps and tensors; for the packing see `memory_planner`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from layerledger.core.analysis.passes.memory_planner import plan_offsets
from layerledger.core.analysis.passes.schedule import Schedule
from layerledger.core.layers.layer_type import InPlaceKind

IN_PLACE: tuple[InPlaceKind, ...] = ("view", "element-wise", "addition", "depthwise")
"""The kinds of layers that may overwrite an input. Without any, every output is a tensor of its own, views too."""


class Buffer(NamedTuple):
    """Memory for one tensor, or for several that follow each other in the same place.

    Attributes:
        tensors: by number, in the order in which they are made.
        size_bytes: the size of the largest tensor.
        first: the step from which it is needed; the network's inputs from step 0.
        last: the last step in which it is needed.
    """

    tensors: tuple[int, ...]
    size_bytes: int
    first: int
    last: int


class LivenessProfile:
    """The activations of a network over its steps.

    Attributes:
        schedule: the steps and tensors.
        buffers: the memory that is needed, in the order of its first use.
    """

    def __init__(self, flow: Schedule, *, in_place: Container[InPlaceKind] = ()) -> None:
        """Find what lives how long in `flow`; takes time in proportion to the steps.

        `in_place` says which layers may overwrite an input that nobody needs afterwards, or look at it; see IN_PLACE.
        """
        self.schedule = flow
        self.buffers = tuple(_in_place_buffers(flow, in_place) if in_place else _separate_buffers(flow))

    @cached_property
    def live_bytes(self) -> list[int]:
        """The tensors that are alive at each step."""
        change = [0] * (len(self.schedule.steps) + 1)
        for buffer in self.buffers:
            change[buffer.first] += buffer.size_bytes
            # Differences, summed once: the cost is the buffers and the steps, not their product.
            change[buffer.last + 1] -= buffer.size_bytes
        return list(accumulate(change[:-1]))

    @cached_property
    def peak_bytes(self) -> int:
        """The most that is alive at one step."""
        return max(self.live_bytes, default=0)

    @cached_property
    def peak_step(self) -> int | None:
        """The first step at which so much is alive; None without steps."""
        return self.live_bytes.index(self.peak_bytes) if self.live_bytes else None

    def alive(self, step: int) -> list[Buffer]:
        """Return what is alive at a step, the largest first."""
        found = [buffer for buffer in self.buffers if buffer.first <= step <= buffer.last]
        return sorted(found, key=lambda buffer: -buffer.size_bytes)

    @cached_property
    def offsets(self) -> list[int]:
        """Where each buffer lies when they are placed the largest first, at the lowest place that is free for its life.

        Source: greedy by size, as TensorFlow Lite Micro's planner does it (Pisarchyk & Lee 2020, arXiv:2001.03288).
        """
        return plan_offsets(
            [(each.size_bytes, each.first, each.last) for each in self.buffers], len(self.schedule.steps)
        )

    @cached_property
    def packed_bytes(self) -> int:
        """The room that this packing takes; never less than the peak."""
        ends = (offset + buffer.size_bytes for offset, buffer in zip(self.offsets, self.buffers, strict=True))
        return max(ends, default=0)


def _separate_buffers(flow: Schedule) -> Iterator[Buffer]:
    """Yield a buffer a tensor."""
    if flow.steps:
        lives = zip(flow.sizes, flow.producers, flow.last_uses, strict=True)
        for tensor, (size, first, last) in enumerate(lives):
            yield Buffer((tensor,), size, max(first, 0), max(last, 0))


def _in_place_buffers(flow: Schedule, allowed: Container[InPlaceKind]) -> Iterator[Buffer]:
    """Yield buffers in which tensors follow each other."""
    members: list[list[int]] = []
    home: dict[int, int] = {}  # by tensor: its place in `members`
    ends: list[int] = []  # by place: the step after which it is needed no more
    last = flow.last_uses
    for tensor in (t for t, maker in enumerate(flow.producers) if maker < 0):
        _open(tensor, members, home, ends, last)
    for i, step in enumerate(flow.steps):
        taken = _taken(flow, i, allowed, home, ends)
        for tensor in step.outputs:
            if taken is None:
                _open(tensor, members, home, ends, last)
            else:
                members[taken].append(tensor)
                home[tensor], ends[taken] = taken, max(ends[taken], last[tensor])
    if flow.steps:
        for tensors, end in zip(members, ends, strict=True):
            size = max(flow.sizes[tensor] for tensor in tensors)
            yield Buffer(tuple(tensors), size, max(flow.producers[tensors[0]], 0), max(end, 0))


def _open(tensor: int, members: list[list[int]], home: dict[int, int], ends: list[int], last: Sequence[int]) -> None:
    home[tensor] = len(members)
    members.append([tensor])
    ends.append(last[tensor])


def _taken(
    flow: Schedule, i: int, allowed: Container[InPlaceKind], home: dict[int, int], ends: Sequence[int]
) -> int | None:
    """Return the place of an input in which the output of step `i` can lie; None where it needs one of its own."""
    step = flow.steps[i]
    spec, inputs = step.layer.op, step.layer.known_inputs
    if spec is None or not inputs or len(step.outputs) != 1 or not step.inputs:
        return None
    reuse = spec.in_place_of(inputs)
    if reuse not in allowed:
        return None
    if reuse == "view":
        # A view holds no bytes of its own, so it does not matter who reads the input later.
        return home[step.inputs[0]]
    # The memory of an input is free where nothing after this step reads what it holds. That of a network input never
    # is: it belongs to the caller.
    size = flow.sizes[step.outputs[0]]
    free = (
        each for each in step.inputs if ends[home[each]] <= i and flow.sizes[each] >= size and flow.producers[each] >= 0
    )
    return next((home[each] for each in free), None)
