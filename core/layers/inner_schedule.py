"""The schedule inside a composite layer: its inner steps on given inputs, with the bytes of each tensor.

Idea: the stated steps are walked as a program, with numbers of tensors in place of names. Of a loop the first run, one
run that stands for those between, and the last are followed: the runs between are alike. Invariant: each tensor has
one number, inputs first, then outputs, then what stays inside. Cost: in proportion to the stated steps, whatever the
number of runs.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, groupby
from typing import NamedTuple

from layerledger.core.base.params import params_of
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.formula.formula import formula
from layerledger.core.layers.inner_steps import InnerPart, Loop, PlainStep, Room
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs

KERNEL = "one kernel"
"""The name of several steps that one kernel computes."""

_KEPT = -1

Moved = tuple[tuple[int, int], ...]


class InnerStep(NamedTuple):
    """One step inside a layer, or several equal runs of it.

    Attributes:
        name: its component, or its own name.
        type: the layer type that computes the same; empty for several in one kernel.
        reads: the numbers of the tensors that it reads, with the bytes of each that a run reads.
        makes: the same of those that it makes, or makes a part of.
        params: learned values that a run reads.
        times: runs.
    """

    name: str
    type: str
    reads: Moved
    makes: Moved
    params: int
    times: int


class InnerSchedule:
    """The steps inside a layer.

    Attributes:
        steps: in order.
        sizes: the bytes of each tensor.
        inputs: the number of inputs, which are the first tensors.
        outputs: the number of outputs, which follow them.
    """

    def __init__(self, steps: Sequence[InnerStep], sizes: Sequence[int], inputs: int, outputs: int) -> None:
        self.steps, self.sizes, self.inputs, self.outputs = tuple(steps), tuple(sizes), inputs, outputs
        # Key: which inputs and outputs outlive the layer; as many as there are ways to wire it.
        self._excess: dict[tuple[Sequence[int], Sequence[bool]], int] = {}

    @property
    def params_read(self) -> int:
        """The learned values that all runs read."""
        return sum(step.times * step.params for step in self.steps)

    def read_bytes(self, step: InnerStep, aliases: Container[int | str | tuple[str, int]] = ()) -> int:
        """Return the bytes of tensors that all runs of a step read; of inputs that are one tensor, one is read."""
        first = next((number for number, _ in step.reads if number < self.inputs), 0)
        return step.times * sum([nbytes for number, nbytes in step.reads if number == first or number not in aliases])

    def written_bytes(self, step: InnerStep) -> int:
        """Return the bytes that all runs of a step write."""
        return step.times * sum([nbytes for _, nbytes in step.makes])

    @property
    def largest_bytes(self) -> int:
        """The most bytes that one step makes: the tensors whole, also where a run fills a part of them."""
        return max(sum(self.sizes[number] for number, _ in step.makes) for step in self.steps)

    def excess_bytes(self, ends: Sequence[int], stays: Sequence[bool]) -> int:
        """Return how many bytes more are alive at the step with the most than in a layer without inner steps.

        Args:
            ends: for each input that no later layer needs, the first input that is the same tensor; else -1.
            stays: for each output, whether anything after the layer needs it.
        """
        found = self._excess.get((ends, stays))
        if found is None:
            found = self._excess[ends, stays] = self._peak(ends, stays) - self._plain(ends)
        return found

    def _plain(self, ends: Sequence[int]) -> int:
        """Return the bytes of a layer that needs inputs and outputs from its start to its end."""
        ending = sum(self.sizes[i] for i, first in enumerate(ends) if i == first)
        return ending + sum(self.sizes[self.inputs : self.inputs + self.outputs])

    def _peak(self, ends: Sequence[int], stays: Sequence[bool]) -> int:
        change = [0] * (len(self.steps) + 1)
        for tensor, (first, last) in self.lives(ends, stays).items():
            change[first] += self.sizes[tensor]
            change[last + 1] -= self.sizes[tensor]
        return max(accumulate(change))

    def lives(self, ends: Sequence[int], stays: Sequence[bool]) -> Mapping[int, tuple[int, int]]:
        """Return the first and the last step in which each tensor is alive that lies wholly in the layer's time."""
        end = len(self.steps) - 1
        found: dict[int, tuple[int, int]] = {}
        for i, step in enumerate(self.steps):
            for tensor, _ in (*step.reads, *step.makes):
                # An input that another layer needs later is alive before and after: it is none of these.
                number = ends[tensor] if tensor < self.inputs else tensor
                if number != _KEPT:
                    found[number] = (found[number][0] if number in found else i, i)
        for i, first in enumerate(ends):
            if first == i:
                found[i] = (0, found[i][1] if i in found else end)
        for i, stay in enumerate(stays, self.inputs):
            if stay:
                found[i] = (found[i][0] if i in found else 0, end)
        return found


# Key: the bound type, by identity, and the tensors. An analysis and its passes ask for each layer several times. Never
# stale: all is immutable.
@lru_cache(maxsize=4_096)
def inner_schedule(op: LayerType, inputs: Inputs, outputs: Outputs) -> InnerSchedule | None:
    """Return the steps inside a composite layer; None for a layer that moves inputs, weights and outputs alone."""
    inside = op.inside
    if inside is None or not outputs or (is_fused(op) and not inside.kernel):
        return None
    return _Walk(op, inputs, outputs).schedule()


def is_fused(op: LayerType) -> bool:
    """Return whether a composite layer keeps what is inside, or inside its attention, on chip."""
    return bool(getattr(op, "fused", False))


class _Walk:
    """One walk over the stated steps of a layer."""

    def __init__(self, op: LayerType, inputs: Inputs, outputs: Outputs) -> None:
        self.op, self.inputs, self.outputs = op, inputs, outputs
        self.symbols = op.symbols(inputs, outputs)
        self.sizes = [spec.nbytes for spec in (*inputs, *outputs)]
        self.named: dict[str, int | None] = {}
        self.steps: list[InnerStep] = []
        self._values: dict[str, int] = {}

    def schedule(self) -> InnerSchedule:
        inside = self.op.inside
        assert inside is not None
        self._run(inside.steps, 1)
        outer = len(self.inputs) + len(self.outputs)
        numbers: dict[int | None, int] = {
            self.named[name]: len(self.inputs) + i for i, name in enumerate(inside.gives[: len(self.outputs)])
        }
        steps = self.steps
        if is_fused(self.op):
            steps = list(self._with_kernels(steps, inside.kernel, {*range(len(self.inputs), outer), *numbers}))
        # What becomes an output, or stays in a kernel, is no tensor inside: those that are get the numbers in a row.
        sizes = self.sizes[:outer]
        for each in steps:
            for number, _ in (*each.makes, *each.reads):
                if number >= outer and number not in numbers:
                    numbers[number] = len(sizes)
                    sizes.append(self.sizes[number])
        steps = [
            InnerStep(name, kind, _by(numbers, reads), _by(numbers, makes), params, times)
            for name, kind, reads, makes, params, times in steps
        ]
        return InnerSchedule(steps, sizes, len(self.inputs), len(self.outputs))

    def _run(self, parts: Sequence[InnerPart], times: int) -> None:
        for part in parts:
            if isinstance(part, Loop):
                self._loop(part, times)
            elif isinstance(part, Room):
                self._named(part.name, part.elements)
            elif self._runs(part.when):
                self._step(part, times)
            else:
                for made, taken in zip(part.makes, part.reads, strict=False):
                    self.named[made] = self._meant(taken)[0]

    def _loop(self, loop: Loop, times: int) -> None:
        runs = self._value(loop.times)
        for name, start in loop.starts.items():
            self.named[name] = self._meant(start)[0]
        # The runs between the first and the last are alike, so one stands for all of them.
        for alike in (1,) * runs if runs <= 3 else (1, runs - 2, 1):
            self._run(loop.steps, times * alike)
            for name, follows in loop.carries.items():
                self.named[name] = self.named[follows]

    def _step(self, step: PlainStep, times: int) -> None:
        reads = {number: nbytes for number, nbytes in map(self._meant, step.reads) if number is not None}
        made = {self._named(name, elements): None for name, elements in step.makes.items()}
        makes = tuple((number, self.sizes[number]) for number in made)
        into = tuple((number, nbytes) for number, nbytes in map(self._meant, step.into) if number is not None)
        self.steps.append(
            InnerStep(step.name, step.type, tuple(reads.items()), makes + into, self._params(step), times)
        )

    def _params(self, step: PlainStep) -> int:
        if step.weights:
            return self._value(step.weights)
        term = self.op.terms.get("params", {}).get(step.name)
        return 0 if term is None else term(self.symbols)

    def _named(self, name: str, elements: str) -> int:
        self.named[name] = number = self._new(elements)
        return number

    def _new(self, elements: str) -> int:
        self.sizes.append(self._bytes(self._value(elements), self.outputs[0].dtype))
        return len(self.sizes) - 1

    def _meant(self, reference: str) -> tuple[int | None, int]:
        """Return the tensor that a reference means, and the bytes of it, or of its part."""
        name, _, part = reference.rstrip("]").partition("[")
        number = self.named[name] if name in self.named else self._of_layer(name)
        if number is None:
            return None, 0
        dtype = self.inputs[number].dtype if number < len(self.inputs) else self.outputs[0].dtype
        return number, self._bytes(self._value(part), dtype) if part else self.sizes[number]

    def _of_layer(self, name: str) -> int | None:
        """Return the number of an input or output: past the last it is the last, or none where it may be absent.

        A name that no step before has made is of neither, and has no tensor.
        """
        side, _, port = name.rstrip("?").partition(":")
        if side not in ("input", "output"):
            return None
        first, count = (0, len(self.inputs)) if side == "input" else (len(self.inputs), len(self.outputs))
        number = int(port or 0)
        return None if name.endswith("?") and number >= count else first + min(number, count - 1)

    def _runs(self, when: str) -> bool:
        if when.startswith("input"):
            return self._of_layer(when) is not None
        given, negated = when.removeprefix("not "), when.startswith("not ")
        if given in params_of(type(self.op)):
            return bool(getattr(self.op, given)) != negated
        return not when or self._value(when) > 0

    def _value(self, text: str) -> int:
        if text not in self._values:
            self._values[text] = formula(text)(self.symbols)
        return self._values[text]

    def _bytes(self, elements: int, dtype: str) -> int:
        return TensorSpec((elements,), dtype).nbytes

    def _with_kernels(
        self, steps: Sequence[InnerStep], names: Sequence[str], outputs: set[int | None]
    ) -> Iterator[InnerStep]:
        """Yield the steps, consecutive ones of these names as one kernel, which moves only what others read or made."""
        done = 0
        for fused, group in groupby(steps, lambda step: step.name in names):
            run = list(group)
            done += len(run)
            if fused:
                yield self._kernel(run, outputs | {number for step in steps[done:] for number, _ in step.reads})
            else:
                yield from run

    def _kernel(self, run: Sequence[InnerStep], needed: set[int | None]) -> InnerStep:
        own = dict.fromkeys(number for step in run for number, _ in step.makes)
        reads = dict.fromkeys(number for step in run for number, _ in step.reads if number not in own)
        makes = [number for number in own if number in needed]
        sizes = self.sizes
        return InnerStep(
            KERNEL,
            "",
            tuple((number, sizes[number]) for number in reads),
            tuple((number, sizes[number]) for number in makes),
            sum(step.params for step in run),
            run[0].times,
        )


def _by(numbers: Mapping[int | None, int], moved: Moved) -> Moved:
    return tuple([(numbers.get(number, number), nbytes) for number, nbytes in moved])
