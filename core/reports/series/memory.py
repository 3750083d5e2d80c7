"""Memory over time as plain values: a liveness profile in; columns of stacked pieces out, at most one a pixel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from heapq import nlargest
from typing import NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.liveness import Buffer, LivenessProfile
from layerledger.core.analysis.passes.schedule import NETWORK_INPUT, Step, name_of_step
from layerledger.core.base import units
from layerledger.core.base.shapes import shape_text
from layerledger.core.layers.layer_type import InPlaceKind
from layerledger.core.network.nodes import Block
from layerledger.core.network.paths import NodePath

REST = -1
"""The buffer number of the small tensors of a step, which are drawn as one piece."""

OTHER = "Other"
"""The family of the network's inputs and of the small tensors."""

_MOST_PIECES = 12
"""The most tensors of a step that have a piece of their own: the largest."""


class Piece(NamedTuple):
    """A buffer that is alive at a step, or all small ones together.

    Attributes:
        buffer: its number; REST for the small ones.
        base: where it begins in the stack, in bytes.
        size: in bytes.
        family: of the layer that makes the tensor in it.
    """

    buffer: int
    base: int
    size: int
    family: str


class MemoryColumn(NamedTuple):
    """Consecutive steps that share a pixel, and the pieces at the step with the most live bytes."""

    first: int
    last: int
    step: int
    pieces: tuple[Piece, ...]


class Timeline:
    """The memory of a network over its steps.

    Attributes:
        packed: the size of the arena that a planner needs; None where it is not shown.
    """

    def __init__(self, result: Result, *, in_place: Iterable[InPlaceKind] = (), packed: bool = False) -> None:
        allowed = tuple(in_place)
        self.network = result.network
        self.memory = LivenessProfile(result.schedule, in_place=allowed) if allowed else result.memory
        self.packed = self.memory.packed_bytes if packed else None
        self.steps = result.schedule.steps
        self.live = self.memory.live_bytes

    @property
    def peak(self) -> int:
        """The most bytes that are alive at one step."""
        return self.memory.peak_bytes

    @property
    def top(self) -> int:
        """The largest number that is drawn."""
        return max(self.peak, self.packed or 0)

    @cached_property
    def families(self) -> list[str]:
        """The families of the live tensors, those with the most bytes first."""
        sums: dict[str, int] = {}
        for buffer in self.memory.buffers:
            family = self._family(buffer.tensors[-1])
            sums[family] = sums.get(family, 0) + buffer.size_bytes * (buffer.last - buffer.first + 1)
        return sorted(sums, key=lambda family: -sums[family])

    def _family(self, tensor: int) -> str:
        _, maker = self.memory.maker(tensor)
        return OTHER if maker == NETWORK_INPUT else self.steps[maker].layer.family

    # -- columns

    def columns(self, first: int, last: int, most: int) -> list[MemoryColumn]:
        """Return the steps from `first` to `last`, both included, in at most `most` columns."""
        stride = max(1, -(-(last - first + 1) // max(most, 1)))
        spans = [(start, min(start + stride - 1, last)) for start in range(first, last + 1, stride)]
        highest = [max(range(start, end + 1), key=self.live.__getitem__) for start, end in spans]
        pieces = self._pieces(highest)
        return [MemoryColumn(*span, step, found) for span, step, found in zip(spans, highest, pieces, strict=True)]

    def _pieces(self, steps: Iterable[int]) -> Iterator[tuple[Piece, ...]]:
        """Yield the pieces at each of some steps, which come in order."""
        # Buffers come in the order of their first step, and so do the steps: each buffer enters and leaves once.
        buffers, entered = self.memory.buffers, 0
        alive: dict[int, Buffer] = {}
        for step in steps:
            moment = self.memory.busiest(step)
            while entered < len(buffers) and buffers[entered].first <= moment:
                alive[entered] = buffers[entered]
                entered += 1
            for number in [number for number, buffer in alive.items() if buffer.last < moment]:
                del alive[number]
            yield self._stacked(alive, step)

    def _stacked(self, alive: Mapping[int, Buffer], step: int) -> tuple[Piece, ...]:
        """Return the live buffers as a stack, the oldest at the bottom, and the small ones as one piece on top."""
        shown = [number for number, buffer in alive.items() if buffer.size_bytes]
        if len(shown) > _MOST_PIECES:
            shown = sorted(nlargest(_MOST_PIECES, shown, key=lambda number: alive[number].size_bytes))
        found: list[Piece] = []
        base = 0
        for number in shown:
            size = alive[number].size_bytes
            found.append(Piece(number, base, size, self._family(self.tensor(number, step))))
            base += size
        if base < self.live[step]:
            found.append(Piece(REST, base, self.live[step] - base, OTHER))
        return tuple(found)

    def tensor(self, buffer: int, step: int) -> int:
        """Return the tensor that a buffer holds at a step."""
        tensors, moment = self.memory.buffers[buffer].tensors, self.memory.busiest(step)
        return next((tensor for tensor in reversed(tensors) if self.memory.maker(tensor)[0] <= moment), tensors[0])

    # -- words

    def name(self, step: int) -> str:
        """Return the full name of a step's layer."""
        return self._name(self.steps[step])

    def _name(self, step: Step) -> str:
        return name_of_step(self.network, step.path, step.passes)

    def type(self, step: int) -> str:
        """Return the type of a step's layer."""
        node = self.steps[step].layer.node
        return "" if isinstance(node, Block) else node.type

    def tensor_text(self, buffer: int, step: int) -> str:
        """Return the tensor that a buffer holds at a step as text: `relu 64×112×112 float32`, or `mlp: gate`."""
        tensor = self.tensor(buffer, step)
        _, maker = self.memory.maker(tensor)
        size = units.size(self.memory.buffers[buffer].size_bytes)
        if inside := self.memory.inner_name(tensor):
            return f"{self._name(self.steps[maker])}: {inside}, {size}"
        spec = self.memory.schedule.tensors[tensor]
        name = self.network.inputs[0].name if maker == NETWORK_INPUT and len(self.network.inputs) == 1 else ""
        name = self._name(self.steps[maker]) if maker != NETWORK_INPUT else name or "input"
        return f"{name} {shape_text(spec.shape)} {spec.dtype}, {size}"

    @cached_property
    def runs(self) -> list[tuple[int, str, bool]]:
        """The first step of each node of the top level, its name, and whether it is a block."""
        found: list[tuple[int, str, bool]] = []
        before: NodePath = ()
        for i, step in enumerate(self.steps):
            if step.path[:1] != before:
                before = step.path[:1]
                node = self.network.layers[before[0]]
                found.append((i, node.name, isinstance(node, Block)))
        return found

    def marked(self, selection: Iterable[NodePath]) -> list[int]:
        """Return the steps of selected layers, and of those inside selected blocks."""
        chosen = {path for path in selection if path}
        depths = sorted({len(path) for path in chosen})
        return (
            [i for i, step in enumerate(self.steps) if any(step.path[:d] in chosen for d in depths)] if chosen else []
        )
