"""The values of a file's graph while it is read: tensors, the operations that make them, and their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.base.shapes import Shape, TensorSpec
from layerledger.core.base.values import Value


class ModulePlace(NamedTuple):
    """Where a layer stands: the names of the blocks around it, and its own."""

    path: tuple[str, ...] = ()
    name: str = ""


class Batch(NamedTuple):
    """Where the batch is in a tensor.

    Attributes:
        axis: the dimension that grows with the batch.
        before: how many equal parts that dimension has at batch 1, so that it is `before` × batch × the rest.
    """

    axis: int
    before: int = 1


@dataclass(eq=False, slots=True)
class Tensor:
    """A tensor of the file's graph.

    Attributes:
        name: as the file calls it.
        shape: its sizes; None where neither the file nor a shape rule states them.
        dtype: of its elements.
        constant: whether the file holds it, or makes it of what it holds.
        data: its elements in order, where it is a constant that is small enough to be read.
        stored: whether the file holds it; a constant that is made of sizes and others is made anew in each pass.
        weight: the name of the weight that it is, also after being moved; empty for other constants.
        batch: where the batch is in it; None where it does not depend on the batch.
        maker: the operation that makes it; None for inputs and constants.
        port: which of the maker's outputs it is.
    """

    name: str
    shape: Shape | None
    dtype: str = "float32"
    constant: bool = False
    data: Sequence[float | int | bool] | None = None
    stored: bool = False
    weight: str = ""
    batch: Batch | None = None
    maker: DraftLayer | None = None
    port: int = 0

    @property
    def sizes(self) -> Shape:
        """The shape.

        Raises:
            UnknownShapeError: it is not known.
        """
        if self.shape is None:
            raise UnknownShapeError(self.name)
        return self.shape

    @property
    def spec(self) -> TensorSpec:
        return TensorSpec(self.sizes, self.dtype)

    @property
    def rank(self) -> int:
        return len(self.sizes)

    @property
    def elements(self) -> int:
        return prod(self.sizes)


class UnknownShapeError(ValueError):
    """A mapping needs a shape that is not known."""


@dataclass(eq=False, slots=True)
class DraftLayer:
    """A layer of the network to be.

    Attributes:
        type: the layer type's name.
        params: its parameters.
        inputs: the tensors that it takes.
        place: where it stands.
        weights: the names of the weights that it holds, the main one first.
        dtypes: the dtypes in which it stores numbers, as a layer's key `dtypes` has them; None for the network's.
        outputs: the tensors that it makes.
        name: the dotted name that it has in the network, once that is made.
        trainable: whether training changes its weights.
    """

    type: str
    params: Mapping[str, Value]
    inputs: Sequence[Tensor]
    place: ModulePlace
    weights: tuple[str, ...] = ()
    dtypes: Value = None
    outputs: list[Tensor] = field(default_factory=list["Tensor"])
    name: str = ""
    trainable: bool = True


NO_PARAMS: Mapping[str, Value] = EMPTY
