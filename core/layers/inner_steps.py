"""The inner steps of composite layers: what a layer that is built of others reads, makes and keeps while it runs.

A composite type states its steps once, on the class, as the plain layers that compute the same: the tensors that each
reads and makes, with formulas of their sizes. Bytes read and written, live activations and their explanations derive
from it, so that a composite layer weighs what the same network written out weighs. Tensors that are only looked at in
another shape, such as the heads of a query, are no steps: a view moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from layerledger.core.base.params import Bool, param

FUSED = param(
    Bool(),
    default=False,
    help="Whether one kernel computes it and keeps the inside on chip; it moves only inputs, weights and outputs.",
)


class PlainStep(NamedTuple):
    """One inner step: a plain layer.

    Attributes:
        name: of its component, or of its own.
        type: the layer type that computes the same, which says whether it can be fused or run in place.
        reads: tensors, as `input`, `input:1`, or as an earlier step names what it makes; `x[N*H]` is a part of x with
            that many elements, and `input:1?` may be absent.
        makes: formulas of the elements of each tensor that it makes.
        into: parts of tensors that a Room has made, as in `reads`.
        weights: formula of the learned values that it reads; empty for those of its component.
        when: a parameter, as `norm_first` or `not norm_first`, a formula, or an input: the step is left out where that
            is false, 0 or absent. What it makes is then what it reads.
    """

    name: str
    type: str
    reads: tuple[str, ...]
    makes: Mapping[str, str]
    into: tuple[str, ...] = ()
    weights: str = ""
    when: str = ""


class Room(NamedTuple):
    """A tensor that later steps fill part by part."""

    name: str
    elements: str


class Loop(NamedTuple):
    """Steps that run several times, one after the other.

    Attributes:
        times: formula.
        steps: in order.
        carries: by name of a tensor: the name of what replaces it in the next run.
        starts: by name of such a tensor: what it is in the first run, where no step before the loop has made it.
    """

    times: str
    steps: tuple[InnerPart, ...]
    carries: Mapping[str, str] = {}
    starts: Mapping[str, str] = {}


InnerPart: TypeAlias = PlainStep | Room | Loop


class Inside(NamedTuple):
    """The inner steps of a composite type.

    Attributes:
        steps: in the order in which PyTorch runs them.
        gives: the names of the tensors that are the outputs; () where the steps make parts of `output`, `output:1`.
        kernel: the names of the steps that one kernel computes where the layer is fused; () for all of them.
    """

    steps: tuple[InnerPart, ...]
    gives: tuple[str, ...] = ()
    kernel: tuple[str, ...] = ()


def step(
    name: str, type_name: str, reads: str, *, into: str = "", weights: str = "", when: str = "", **makes: str
) -> PlainStep:
    """Return a step; `reads` and `into` are separated by spaces, and each other argument is a tensor that it makes."""
    return PlainStep(name, type_name, tuple(reads.split()), makes, tuple(into.split()), weights, when)


def steps_in(parts: Iterable[InnerPart]) -> Iterator[PlainStep]:
    """Yield all steps, those in loops once."""
    for part in parts:
        if isinstance(part, PlainStep):
            yield part
        elif isinstance(part, Loop):
            yield from steps_in(part.steps)
