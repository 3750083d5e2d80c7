"""The backward plan: the tensors that a training step keeps for the backward pass, and the gradients that it makes.

Idea: a training step runs the schedule forward, then backward in reverse. A tensor that a layer needs in the backward
pass is kept until then, once, however many layers need it; a view of another tensor, as after a reshape, is that one.
A layer keeps nothing where no trainable parameter comes before its output. Invariant: each byte is in one live
interval at a time. Cost: a few passes over the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from layerledger.core.analysis.passes.schedule import Step
from layerledger.core.analysis.passes.weight_owners import Owner, TrainedWeights, WeightSharing
from layerledger.core.base.shapes import INDEX_DTYPES, Shape, TensorSpec
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.layers.strides import contiguous
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Saved, TensorStorage, Traced, width_of
from layerledger.core.network.nodes import Block, Layer

if TYPE_CHECKING:
    from layerledger.core.analysis.node_result import TensorsOrMissing
    from layerledger.core.analysis.result import Result

NEVER = -1


class LiveInterval(NamedTuple):
    """Bytes that are alive from one moment to another, both included.

    Moment i is step i of the forward pass; of n steps, moment 2n − 1 − i is step i of the backward pass.
    """

    nbytes: int
    first: int
    last: int


class Mode(NamedTuple):
    """The dtypes in which a training step runs.

    Attributes:
        width: bytes of a floating-point weight or input.
        autocast: whether products run in 16 bits all the same, as under torch.autocast.
    """

    width: int = 4
    autocast: bool = False


_MISSING = Traced((), (), 0, floating=False, storage=TensorStorage(0), needs=False)
"""Marks a tensor whose producer did not run yet."""

_State: TypeAlias = tuple[Shape, tuple[int, ...], int, bool, int, bool]
_Key: TypeAlias = tuple[LayerType, "TensorsOrMissing", bool, str, tuple[_State, ...], tuple[int, ...]]


def _alike(tensors: Sequence[int]) -> tuple[int, ...]:
    """Return for each tensor the first place where it stands, so that one taken twice is one."""
    return tuple(tensors.index(each) for each in tensors) if len(tensors) > 1 else ()


class BackwardPlan:
    """One training step of a network.

    Attributes:
        schedule: the steps and tensors.
        mode: the dtypes in which it runs.
        checkpoints: whether a pass of a top-level block keeps only its inputs, and runs again in the backward pass.
        trained: the weights that training changes.
        base_tensors: for each tensor, the one in whose storage it lies: itself unless it is a view or in place.
        requires_grad: for each tensor, whether a gradient by it is needed.
        sizes: for each tensor, the bytes of its storage.
        keeps: for each step, what it keeps for the backward pass.
    """

    def __init__(self, result: Result, *, mode: Mode, checkpoints: bool) -> None:
        """Go over the steps a few times; this takes time in proportion to them."""
        self.schedule, self.mode, self.checkpoints = result.schedule, mode, checkpoints
        self._network, self.trained = result.network, TrainedWeights(result.network)
        self._known: dict[_Key, Saved] = {}
        count = len(self.schedule.tensors)
        self.base_tensors = list(range(count))
        self.requires_grad = [False] * count
        self.sizes = [0] * count
        self._traced: list[Traced] = [_MISSING] * count
        for tensor, spec in enumerate(self.schedule.tensors):
            if self.schedule.producers[tensor] < 0:
                self._enter(tensor, spec)
        self.keeps = [self._record(step) for step in self.schedule.steps]

    # -- steps and tensors

    def _enter(self, tensor: int, spec: TensorSpec) -> None:
        """Set an input of the network, by which no gradient is needed."""
        width = width_of(spec, self.mode.width)
        floating = spec.dtype not in INDEX_DTYPES
        storage = TensorStorage(spec.elements * width)
        self.sizes[tensor] = storage.nbytes
        self._traced[tensor] = Traced(spec.shape, contiguous(spec.shape), width, floating, storage, needs=False)

    def _record(self, step: Step) -> Saved:
        """Run a step on a tape, or take the record of an equal one; set its outputs."""
        layer, given = step.layer, [self._traced[tensor] for tensor in step.inputs]
        op, outputs = layer.op, layer.outputs
        # A file may be wrong in a way that leaves a layer without one of its inputs.
        lost = len(given) < len(layer.inputs) or any(x is _MISSING for x in given)
        if op is None or outputs is None or lost:
            return self._unknown(step)
        trained = self.trained.changes(step)
        call = layer.node.torch_call if isinstance(layer.node, Layer) else None
        # What a record depends on; storages by their size, so that equal passes of a block share one.
        states = tuple((x.shape, x.strides, x.width, x.needs, x.storage.nbytes, x.storage.leaf) for x in given)
        key = (op, layer.inputs, trained, call if isinstance(call, str) else "", states, _alike(step.inputs))
        found = self._known.get(key)
        if found is None:
            tape = Tape(autocast=self.mode.autocast, width=self.mode.width, trainable=trained, call=key[3])
            found = self._known[key] = tape.saved(tuple(given), op.record(tape, tuple(given), outputs))
        self._set_outputs(step, outputs, found)
        return found

    def _set_outputs(self, step: Step, specs: Sequence[TensorSpec], found: Saved) -> None:
        for tensor, spec, made in zip(step.outputs, specs, found.results, strict=True):
            floating = spec.dtype not in INDEX_DTYPES
            if made.home >= 0:
                of = self._traced[step.inputs[made.home]]
                self.base_tensors[tensor], storage = self.base_tensors[step.inputs[made.home]], of.storage
            else:
                storage = TensorStorage(made.nbytes, leaf=made.leaf)
            self.sizes[tensor] = storage.nbytes
            self.requires_grad[tensor] = made.needs
            self._traced[tensor] = Traced(spec.shape, made.strides, made.width, floating, storage, made.needs)

    def _unknown(self, step: Step) -> Saved:
        """Set the outputs of a step whose type is not known: it keeps nothing that can be counted."""
        for tensor in step.outputs:
            self._enter(tensor, self.schedule.tensors[tensor])
        return Saved()

    @cached_property
    def segments(self) -> list[tuple[int, int] | None]:
        """The pass of a top-level block that each step is in, which runs again; None for a step that does not."""
        top = self._network.root.layers

        def segment(step: Step) -> tuple[int, int] | None:
            node = top[step.path[0]]
            if not self.checkpoints or not isinstance(node, Block):
                return None
            return step.path[0], step.passes[0] if node.repeat != 1 else 0

        return [segment(step) for step in self.schedule.steps]

    def _kept_tensors(self, i: int) -> Iterator[int]:
        """Yield the tensors that step `i` needs in the backward pass."""
        step, kept = self.schedule.steps[i], self.keeps[i]
        yield from (self.base_tensors[step.inputs[j]] for j in kept.inputs)
        yield from (self.base_tensors[step.outputs[j]] for j in kept.outputs)

    # -- kept tensors

    @cached_property
    def segment_of_tensor(self) -> list[tuple[int, int] | None]:
        """The segment that recomputes each tensor; None for those that are kept."""
        return [self.segments[maker] if maker >= 0 else None for maker in self.schedule.producers]

    @cached_property
    def first_uses(self) -> tuple[dict[int, int], dict[int, int]]:
        """The first step that needs each tensor in the backward pass: of kept ones, and of recomputed ones."""
        stays: dict[int, int] = {}
        again: dict[int, int] = {}
        for i, step in enumerate(self.schedule.steps):
            segment = self.segments[i]
            for tensor in self._kept_tensors(i):
                made_again = segment is not None and self.segment_of_tensor[tensor] == segment
                (again if made_again else stays).setdefault(tensor, i)
            if segment is not None and any(self.requires_grad[tensor] for tensor in step.outputs):
                for tensor in {self.base_tensors[t] for t in step.inputs}:
                    if self.segment_of_tensor[tensor] != segment:
                        stays.setdefault(tensor, i)
        return stays, again

    @cached_property
    def saved_bytes(self) -> int:
        """The bytes that are kept from the forward to the backward pass."""
        own = sum(self.keeps[i].nbytes for i, segment in enumerate(self.segments) if segment is None)
        return own + sum(self.sizes[tensor] for tensor in self.first_uses[0])

    @cached_property
    def copy_bytes(self) -> int:
        """The bytes of copies of weights that are kept, those of one weight once."""
        return sum(self.copies.values())

    @cached_property
    def copies(self) -> Mapping[int, int]:
        """The bytes of the copies by the first step that makes them."""
        shares, seen, found = WeightSharing(self._network.root), set[Owner](), dict[int, int]()
        for i, (step, kept) in enumerate(zip(self.schedule.steps, self.keeps, strict=True)):
            if kept.weight_bytes:
                owner = shares.owner(step) or (step.path, step.passes)
                if owner not in seen:
                    seen.add(owner)
                    found[i] = kept.weight_bytes
        return found

    @cached_property
    def recomputed_bytes(self) -> int:
        """The most bytes that one recomputed block keeps meanwhile."""
        found: dict[tuple[int, int], int] = {}
        for i, segment in enumerate(self.segments):
            if segment is not None:
                found[segment] = found.get(segment, 0) + self.keeps[i].nbytes
        for tensor in self.first_uses[1]:
            segment = self.segment_of_tensor[tensor]
            if segment is not None:
                found[segment] += self.sizes[tensor]
        return max(found.values(), default=0)

    # -- the moments

    @cached_property
    def owners(self) -> Mapping[Owner, tuple[int, Step]]:
        """The layers that have weights of their own, each with its last step, where its gradient is made."""
        shares = WeightSharing(self._network.root)
        found: dict[Owner, tuple[int, Step]] = {}
        for i, step in enumerate(self.schedule.steps):
            if step.layer.cost.params and (owner := shares.owner(step)):
                found[owner] = i, step
        return found

    def live_intervals(self, gradient_bytes: int) -> Iterator[LiveInterval]:
        """Yield every live interval; `gradient_bytes` are those of a gradient by one parameter."""
        yield from self._forward()
        yield from self._backward()
        end = 2 * len(self.schedule.steps) - 1
        for i, step in self.owners.values():
            yield LiveInterval(self.trained.params(step) * gradient_bytes, end - i, end)

    def _forward(self) -> Iterator[LiveInterval]:
        """Yield the tensors of the forward pass; those that are kept until their last use."""
        end = 2 * len(self.schedule.steps) - 1
        stays, again = self.first_uses
        lasts = self._lasts
        for tensor, home in enumerate(self.base_tensors):
            if tensor != home:
                continue
            made = max(self.schedule.producers[tensor], 0)
            last = end - stays[tensor] if tensor in stays else max(lasts[tensor], made)
            yield LiveInterval(self.sizes[tensor], made, last)
            if tensor in again:
                yield LiveInterval(self.sizes[tensor], self._starts_again(tensor), end - again[tensor])
        for i, segment in enumerate(self.segments):
            first = i if segment is None else end - self._last_step[segment]
            yield LiveInterval(self.keeps[i].nbytes, first, end - i)
            if i in self.copies:
                yield LiveInterval(self.copies[i], first, end - i)

    def _starts_again(self, tensor: int) -> int:
        segment = self.segment_of_tensor[tensor]
        assert segment is not None
        return 2 * len(self.schedule.steps) - 1 - self._last_step[segment]

    @cached_property
    def _last_step(self) -> Mapping[tuple[int, int], int]:
        return {segment: i for i, segment in enumerate(self.segments) if segment is not None}

    @cached_property
    def _lasts(self) -> list[int]:
        """The last step of the forward pass that needs each tensor, or a view of it."""
        lasts = list(self.schedule.last_uses)
        for tensor, home in enumerate(self.base_tensors):
            lasts[home] = max(lasts[home], self.schedule.last_uses[tensor])
        return lasts

    def _backward(self) -> Iterator[LiveInterval]:
        """Yield the gradients by tensors: from the step of their last use back to their producer's."""
        end = 2 * len(self.schedule.steps) - 1
        used = {tensor for step in self.schedule.steps for tensor in step.inputs} | set(self.schedule.outputs)
        wanted = {self.base_tensors[tensor] for tensor in used if self.requires_grad[tensor]}
        for tensor in wanted:
            if self.requires_grad[tensor]:
                yield LiveInterval(self.sizes[tensor], end - self._lasts[tensor], end - self.schedule.producers[tensor])

    def gradient_bytes_at(self, moment: int, gradient_bytes: int) -> int:
        """Return the bytes of gradients by parameters that exist at a moment."""
        end = 2 * len(self.schedule.steps) - 1
        made = (self.trained.params(step) for i, step in self.owners.values() if end - i <= moment)
        return gradient_bytes * sum(made)

    def live_bytes(self, gradient_bytes: int) -> list[int]:
        """Return the live bytes at each moment."""
        change = [0] * (2 * len(self.schedule.steps) + 1)
        if self.schedule.steps:
            for span in self.live_intervals(gradient_bytes):
                change[span.first] += span.nbytes
                change[span.last + 1] -= span.nbytes
        return list(accumulate(change[:-1]))
