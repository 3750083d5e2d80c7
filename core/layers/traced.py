"""Tensors of a forward pass without their numbers, and the record of what a training step keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import NamedTuple, TypeAlias

from layerledger.core.base.shapes import ELEMENT_BYTES, INDEX_DTYPES, Shape, TensorSpec


class TensorStorage:
    """Bytes in memory, which several tensors may share; compared by identity.

    Attributes:
        nbytes: its bytes.
        leaf: whether it is a parameter, whose cast by autocast is a copy of a weight.
    """

    __slots__ = ("leaf", "nbytes")

    def __init__(self, nbytes: int, *, leaf: bool = False) -> None:
        self.nbytes, self.leaf = nbytes, leaf


class Traced(NamedTuple):
    """A tensor of a pass.

    Attributes:
        shape: its sizes.
        strides: the distance in memory between neighbours of each dimension, in elements.
        width: bytes of an element.
        floating: whether its elements are floating-point numbers.
        storage: its bytes.
        needs: whether a gradient by it is needed.
    """

    shape: Shape
    strides: tuple[int, ...]
    width: int
    floating: bool
    storage: TensorStorage
    needs: bool

    @property
    def elements(self) -> int:
        """The number of elements."""
        return prod(self.shape)


Pieces: TypeAlias = tuple[Traced, ...]


class Output(NamedTuple):
    """An output of a pass.

    Attributes:
        home: the position of the input in whose storage it lies; −1 for a storage of its own.
        nbytes: of a storage of its own.
        strides: see Traced.
        width: see Traced.
        needs: see Traced.
        leaf: see TensorStorage.
    """

    home: int
    nbytes: int
    strides: tuple[int, ...]
    width: int
    needs: bool
    leaf: bool


class Saved(NamedTuple):
    """The tensors that a training step keeps of one pass of a layer.

    Attributes:
        inputs: the positions of the inputs whose storages are kept.
        outputs: the positions of the outputs whose storages are kept.
        nbytes: bytes of other storages: masks, indices, statistics, casts, and what a composite layer has inside.
        weight_bytes: bytes of copies of weights, which autocast makes.
        results: the outputs.
    """

    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    nbytes: int = 0
    weight_bytes: int = 0
    results: tuple[Output, ...] = ()


def summarized(kept: Iterable[TensorStorage], weight_bytes: int, inputs: Pieces, outputs: Iterable[Traced]) -> Saved:
    """Return the record of a pass that keeps these storages, by positions of its inputs and outputs."""
    homes = {x.storage: i for i, x in enumerate(inputs)}
    results: list[Output] = []
    own: dict[TensorStorage, int] = {}
    for i, out in enumerate(outputs):
        own.setdefault(out.storage, i)
        s = out.storage
        results.append(Output(homes.get(s, -1), s.nbytes, out.strides, out.width, out.needs, s.leaf))
    kept = [s for s in kept if not s.leaf]
    return Saved(
        inputs=tuple(homes[s] for s in kept if s in homes),
        outputs=tuple(own[s] for s in kept if s in own and s not in homes),
        nbytes=sum(s.nbytes for s in kept if s not in homes and s not in own),
        weight_bytes=weight_bytes,
        results=tuple(results),
    )


def inputs_of(given: Pieces) -> tuple[TensorSpec, ...]:
    """Return shapes and dtypes of tensors, with all floating-point numbers as float32."""
    return tuple(TensorSpec(x.shape, "float32" if x.floating else "int64") for x in given)


def width_of(spec: TensorSpec, floats: int) -> int:
    """Return the bytes of an element of a tensor whose floating-point numbers have `floats`."""
    return ELEMENT_BYTES[spec.dtype] if spec.dtype in INDEX_DTYPES else floats
