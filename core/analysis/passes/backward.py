"""The backward plan: the tensors that a training step keeps for the backward pass, and the gradients that it makes.

Idea: a training step runs the schedule forward, then backward in reverse. A tensor that a layer needs in the backward
pass is kept until then, once, however many layers need it; a view of another tensor, as after a reshape, is that one.
A layer keeps nothing where no trainable parameter comes before its output. Invariant: each byte is in one live
interval at a time. Cost: a few passes over the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from layerledger.core.analysis.passes.schedule import Step
from layerledger.core.base.shapes import FLOAT_DTYPES, TensorSpec
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.layers.saved_tensors import NOTHING_SAVED, Saved
from layerledger.core.network.nodes import Block
from layerledger.core.network.paths import NodePath

if TYPE_CHECKING:
    from layerledger.core.analysis.node_result import NodeResult, TensorsOrMissing
    from layerledger.core.analysis.result import Result

Owner: TypeAlias = tuple[NodePath, tuple[int, ...]]
"""A layer with weights of its own: its positions, and the passes of the blocks around it that have weights each."""

NEVER = -1


class LiveInterval(NamedTuple):
    """Bytes that are alive from one moment to another, both included.

    Moment i is step i of the forward pass; of n steps, moment 2n − 1 − i is step i of the backward pass.
    """

    nbytes: int
    first: int
    last: int


class BackwardPlan:
    """One training step of a network.

    Attributes:
        schedule: the steps and tensors.
        float_bytes: of a floating-point number in an activation.
        checkpoints: whether a pass of a top-level block keeps only its inputs, and runs again in the backward pass.
    """

    def __init__(self, result: Result, *, float_bytes: int, checkpoints: bool) -> None:
        """Go over the steps a few times; this takes time in proportion to them."""
        self.schedule, self.float_bytes, self.checkpoints = result.schedule, float_bytes, checkpoints
        self._network = result.network
        self._known: dict[tuple[LayerType, TensorsOrMissing], Saved] = {}
        self.saved = [self._saved(step.layer) for step in self.schedule.steps]
        self.base_tensors = self._homes()
        self.requires_grad = self._needs()
        self.keeps = [found if self._learns(step) else NOTHING_SAVED for step, found in self._pairs()]

    # -- steps and tensors

    def _pairs(self) -> Iterator[tuple[Step, Saved]]:
        return zip(self.schedule.steps, self.saved, strict=True)

    def _saved(self, layer: NodeResult) -> Saved:
        spec, inputs = layer.op, layer.known_inputs
        if spec is None or inputs is None or layer.outputs is None:
            return NOTHING_SAVED
        key = (spec, layer.inputs)
        if key not in self._known:
            self._known[key] = spec.saved_for_backward(inputs, layer.outputs)
        return self._known[key]

    def _homes(self) -> list[int]:
        """Return, for each tensor, the one that holds its bytes: itself unless it is a view."""
        homes = list(range(len(self.schedule.tensors)))
        for step, saved in self._pairs():
            spec, inputs = step.layer.op, step.layer.known_inputs
            if saved == NOTHING_SAVED and len(step.outputs) == 1 and step.inputs and spec and inputs:
                homes[step.outputs[0]] = (
                    homes[step.inputs[0]] if spec.in_place_of(inputs) == "view" else step.outputs[0]
                )
        return homes

    def _needs(self) -> list[bool]:
        """Return, for each tensor, whether a gradient by it is needed."""
        needs = [False] * len(self.schedule.tensors)
        for step in self.schedule.steps:
            learns = is_trainable(step.layer) or any(needs[tensor] for tensor in step.inputs)
            for tensor in step.outputs:
                needs[tensor] = learns and self.schedule.tensors[tensor].dtype in FLOAT_DTYPES
        return needs

    def _learns(self, step: Step) -> bool:
        return any(self.requires_grad[tensor] for tensor in step.outputs)

    def size(self, spec: TensorSpec) -> int:
        """Return the bytes of a tensor in training."""
        return spec.elements * self.float_bytes if spec.dtype in FLOAT_DTYPES else spec.nbytes

    @cached_property
    def sizes(self) -> list[int]:
        """The bytes of each tensor in training."""
        known: dict[TensorSpec, int] = {}
        for spec in self.schedule.tensors:
            if spec not in known:
                known[spec] = self.size(spec)
        sizes = [known[spec] for spec in self.schedule.tensors]
        for step in self.schedule.steps:
            if not step.inputs and not step.layer.inputs:
                for tensor in step.outputs:  # it is a parameter or a buffer itself, and counts as that
                    sizes[tensor] = 0
        return sizes

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

    def _own_bytes(self, i: int) -> int:
        """Return the bytes that step `i` keeps outside any tensor."""
        kept, inputs = self.keeps[i], self.schedule.steps[i].layer.known_inputs
        if not kept.elements:
            return kept.nbytes
        spec = inputs[0] if inputs else None
        each = (
            self.float_bytes if spec is None or spec.dtype in FLOAT_DTYPES else self.size(TensorSpec((1,), spec.dtype))
        )
        return kept.elements * each + kept.nbytes

    def _kept_tensors(self, i: int) -> Iterator[int]:
        """Yield the tensors that step `i` needs in the backward pass."""
        step, kept = self.schedule.steps[i], self.keeps[i]
        yield from (self.base_tensors[step.inputs[j]] for j in kept.inputs if j < len(step.inputs))
        if kept.outputs:
            yield from (self.base_tensors[t] for t in step.outputs if self.schedule.tensors[t].dtype in FLOAT_DTYPES)

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
            if segment is not None and self._learns(step):
                for tensor in {self.base_tensors[t] for t in step.inputs}:
                    if self.segment_of_tensor[tensor] != segment:
                        stays.setdefault(tensor, i)
        return stays, again

    @cached_property
    def saved_bytes(self) -> int:
        """The bytes that are kept from the forward to the backward pass."""
        own = sum(self._own_bytes(i) for i, segment in enumerate(self.segments) if segment is None)
        return own + sum(self.sizes[tensor] for tensor in self.first_uses[0])

    @cached_property
    def recomputed_bytes(self) -> int:
        """The most bytes that one recomputed block keeps meanwhile."""
        found: dict[tuple[int, int], int] = {}
        for i, segment in enumerate(self.segments):
            if segment is not None:
                found[segment] = found.get(segment, 0) + self._own_bytes(i)
        for tensor in self.first_uses[1]:
            segment = self.segment_of_tensor[tensor]
            if segment is not None:
                found[segment] += self.sizes[tensor]
        return max(found.values(), default=0)

    # -- the moments

    @cached_property
    def owners(self) -> Mapping[Owner, tuple[int, Step]]:
        """The layers that have weights of their own, each with its last step, where its gradient is made."""
        shares = _Sharing(self._network.root)
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
            yield LiveInterval(step.layer.cost.trainable_params * gradient_bytes, end - i, end)

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
            yield LiveInterval(self._own_bytes(i), first, end - i)

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

    def live_bytes(self, gradient_bytes: int) -> list[int]:
        """Return the live bytes at each moment."""
        change = [0] * (2 * len(self.schedule.steps) + 1)
        if self.schedule.steps:
            for span in self.live_intervals(gradient_bytes):
                change[span.first] += span.nbytes
                change[span.last + 1] -= span.nbytes
        return list(accumulate(change[:-1]))


def is_trainable(layer: NodeResult) -> bool:
    """Return whether training changes weights of a layer, its own or those to which it is tied."""
    return layer.cost.trainable_params > 0 or layer.node.tied_to is not None


class _Sharing:
    """The blocks that share weights between passes, or are tied to others."""

    def __init__(self, root: Block) -> None:
        self._root = root
        self._known: dict[NodePath, tuple[bool, ...] | None] = {}

    def owner(self, step: Step) -> Owner | None:
        """Return the owner of the weights of a step; None where they are those of another layer."""
        if step.path not in self._known:
            self._known[step.path] = self._shares(step.path)
        shares = self._known[step.path]
        if shares is None:
            return None
        passes = (0 if shared else number for shared, number in zip(shares, step.passes, strict=True))
        return step.path, tuple(passes)

    def _shares(self, at: NodePath) -> tuple[bool, ...] | None:
        """Return whether each repeated block around a layer shares its weights; None where one of them is tied."""
        node, found = self._root, list[bool]()
        for i in at[:-1]:
            block = node.layers[i]
            assert isinstance(block, Block)
            if block.tied_to is not None:
                return None
            found += [block.share_weights] if block.repeat != 1 else []
            node = block
        return tuple(found)
