"""Sums of products by index, as torch.einsum writes them.

Two inputs meet as in torch: an index that only one of them has, and nothing after needs, is summed first; what is left
is a batch of matrix products, or element-wise products where no index is shared and summed. More inputs are taken from
left to right. Source: torch.einsum.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple, TypeAlias

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Text, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, promote
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.input_checks import MANY
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import SAME, DimMap, Receptive

_Indices: TypeAlias = tuple[str, ...]

_TERM = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")


class _Counted(NamedTuple):
    """The operations of an equation: multiply-accumulates, element-wise products, additions."""

    macs: int
    products: int
    additions: int


@layer_type("Merge", order=50)
class Einsum(LayerType):
    """Sum of products of the inputs, index by index: `bhld,bhsd->bhls` is q·kᵀ of every head.

    M are the multiply-accumulates of its matrix products, E its products without a sum, A all its additions.
    """

    equation: str = param(
        Text(like="bij,bjk->bik"),
        initial="...i,...i->...",
        help="A letter a dimension, a term an input, then the output.",
    )

    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        A="additions of all its sums",
        E="products of elements that nothing is summed over",
        M="multiply-accumulates of its matrix products",
    )
    input_arity = (1, MANY)
    indices = "refused"
    counts = counting(macs="M", mul="M + E", add="A")
    examples = (
        Example(
            params={"equation": "bhld,bhsd->bhls"},
            inputs=((1, 12, 197, 64), (1, 12, 197, 64)),
            outputs=((1, 12, 197, 197),),
            counts={"macs": 29_805_312},
            source="the scores of ViT-B/16's attention in 12 heads, torch FlopCounterMode",
        ),
    )

    def check(self) -> None:
        for term in _sides(self.equation):
            if not _TERM.fullmatch(term):
                raise ShapeError(
                    Message('equation must be letters, "..." and commas, and "->" once; got “{term}”', term=term[:20]),
                    param="equation",
                )

    def outputs(self, inputs: Inputs) -> Outputs:
        terms, sizes = _read(self.equation, [spec.shape for spec in inputs])
        out = _output(self.equation, terms)
        return (TensorSpec(tuple(sizes[i] for i in out), promote(spec.dtype for spec in inputs)),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        terms, _ = _read(self.equation, [spec.shape for spec in inputs])
        out = _output(self.equation, terms)
        places = {index: DimMap((d,), SAME) for d, index in enumerate(out)}
        return tuple(tuple(places.get(index, DimMap((), "whole")) for index in term) for term in terms)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        terms, sizes = _read(self.equation, [spec.shape for spec in inputs])
        found = _count(terms, _output(self.equation, terms), sizes)
        return {"M": found.macs, "E": found.products, "A": found.additions}

    def summary(self, inputs: Inputs) -> str:
        return self.equation[:30]

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        sides = tuple(map(tape.half, given))
        tape.keep_sides(*sides)
        return tape.outputs(outputs, sides)


# -- reading


def _sides(equation: str) -> list[str]:
    """Return the terms of the inputs, and that of the output where it is written."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    return [*left.split(","), *([right] if arrow else [])]


def _read(equation: str, shapes: Sequence[Shape]) -> tuple[list[_Indices], dict[str, int]]:
    """Return the indices of each input, and the size of each index.

    Raises:
        ShapeError: the inputs do not fit the equation.
    """
    written = equation.replace(" ", "").partition("->")[0].split(",")
    if len(written) != len(shapes):
        raise ShapeError(
            Message(
                "equation must have a term for each of {inputs} inputs; got {terms}",
                terms=len(written),
                inputs=len(shapes),
            ),
            param="equation",
        )
    terms = [_indices(term, len(shape)) for term, shape in zip(written, shapes, strict=True)]
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for index, size in zip(term, shape, strict=True):
            _meet(sizes, index, size)
    return terms, sizes


def _indices(term: str, rank: int) -> _Indices:
    """Return an index for each dimension; the dimensions of `...` are numbered from the right."""
    before, dots, after = term.partition("...")
    free = rank - len(before) - len(after)
    if free < 0 or (free and not dots):
        raise ShapeError(
            Message("equation has the term “{term}” for an input of {rank} dimensions", term=term, rank=rank),
            param="equation",
        )
    return (*before, *(f".{i}" for i in reversed(range(free))), *after)


def _meet(sizes: dict[str, int], index: str, size: int) -> None:
    known = sizes.setdefault(index, size)
    if size not in (known, 1) and known != 1:
        raise ShapeError(
            Message(
                "index {index} must have one size; got {known} and {size}",
                index=_named(index),
                known=known,
                size=size,
            ),
            param="inputs",
        )
    sizes[index] = size if known == 1 else known


def _named(index: str) -> str:
    return index if index.isalpha() else "..."


def _output(equation: str, terms: Sequence[_Indices]) -> _Indices:
    """Return the indices of the output; if not written, those that occur once, in their order."""
    every = [i for term in terms for i in term]
    dots = tuple(sorted({i for i in every if i.startswith(".")}, key=lambda i: -int(i[1:])))
    _, arrow, right = equation.replace(" ", "").partition("->")
    if not arrow:
        # As in torch: by letter, capitals first, behind the dimensions of `...`.
        return (*dots, *sorted(i for i in set(every) if every.count(i) == 1 and i.isalpha()))
    before, shown, after = right.partition("...")
    found = (*before, *(dots if shown else ()), *after)
    wrong = next((i for i in found if i not in every or found.count(i) > 1), None)
    if wrong:
        raise ShapeError(
            Message(
                "equation must have each index of the output once, and also in an input; got {wrong}",
                wrong=_named(wrong),
            ),
            param="equation",
        )
    return found


# -- counting


def _count(terms: Sequence[_Indices], out: _Indices, sizes: Mapping[str, int]) -> _Counted:
    macs = products = additions = 0
    left = set(terms[0])
    for at, term in enumerate(terms[1:], 1):
        right, needed = set(term), {*out, *(i for later in terms[at + 1 :] for i in later)}
        # Before the product: a sum over an index of one side alone makes the product smaller.
        for own, other in ((left, right), (right, left)):
            additions += _summed(own, own - other - needed, sizes)
        shared = (left & right) - needed
        every = _size(left | right, sizes)
        macs, products = (macs + every, products) if shared else (macs, products + every)
        left |= right
        additions += _summed(left, shared, sizes)
    return _Counted(macs, products, additions + _summed(left, left - {*out}, sizes))


def _summed(indices: set[str], gone: set[str], sizes: Mapping[str, int]) -> int:
    """Take `gone` out of `indices`, and return the additions of the sums over them."""
    many, each = _size(indices - gone, sizes), _size(gone, sizes)
    indices -= gone
    return many * max(each - 1, 0)


def _size(indices: Iterable[str], sizes: Mapping[str, int]) -> int:
    return prod(sizes[i] for i in indices)
