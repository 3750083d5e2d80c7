"""Tensors of formats that keep channels last, held here with channels first.

The layout belongs to a tensor and is decided by the operation that makes it: a convolution, a pooling or a resizing
gives channels first; what works element by element keeps what it gets; a matrix product, a norm of the last dimension
or a reshape wants the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.tensor import Tensor


@dataclass(frozen=True, eq=False, slots=True)
class Laid:
    """A tensor and its layout.

    Attributes:
        tensor: as it is held here.
        moved: whether its channels are dimension 1 here and the last one in the file.
    """

    tensor: Tensor
    moved: bool = False

    @property
    def rank(self) -> int:
        return self.tensor.rank

    @property
    def shape(self) -> Shape:
        """The shape in the order of the file."""
        return channels_last(self.tensor.sizes) if self.moved else self.tensor.sizes

    def dim(self, axis: int) -> int:
        """Return the dimension here of an axis of the file.

        Raises:
            ValueError: it is no axis of the tensor.
        """
        rank = self.rank
        if not -rank <= axis < rank:
            raise ValueError(Message("axis {axis} of {rank} dimensions", axis=axis, rank=rank))
        axis %= rank
        if not self.moved or axis == 0:
            return axis
        return 1 if axis == rank - 1 else axis + 1


def channels_first(sizes: Sequence[int]) -> Shape:
    """Return sizes with the last one behind the first."""
    return (sizes[0], sizes[-1], *sizes[1:-1]) if len(sizes) > 2 else tuple(sizes)


def channels_last(sizes: Sequence[int]) -> Shape:
    """Return sizes with the second one at the end."""
    return (sizes[0], *sizes[2:], sizes[1]) if len(sizes) > 2 else tuple(sizes)


class Layouts:
    """Changes of layout in a graph; none is made twice or undone by a second one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._first: dict[Tensor, Tensor] = {}
        self._last: dict[Tensor, Tensor] = {}

    @property
    def is_used(self) -> bool:
        """Whether any layout was changed."""
        return bool(self._first or self._last)

    def first(self, x: Laid) -> Tensor:
        """Return a tensor with its channels in dimension 1."""
        if x.moved or x.rank < 3:
            return x.tensor
        return self._changed(x.tensor, self._first, self._last, "to_channels_first")

    def last(self, x: Laid) -> Tensor:
        """Return a tensor in the order of the file."""
        if not x.moved or x.rank < 3:
            return x.tensor
        return self._changed(x.tensor, self._last, self._first, "to_channels_last")

    def as_first(self, x: Laid) -> Laid:
        """Return a tensor with its channels in dimension 1, and that they are."""
        return Laid(self.first(x), moved=x.rank > 2)

    def alike(self, parts: Sequence[Laid]) -> tuple[list[Tensor], bool]:
        """Return tensors in one layout, so that they can be broadcast, and whether it is channels first."""
        most = max((x.rank for x in parts), default=0)
        moved = any(x.moved and x.rank == most for x in parts)
        if moved and any(x.rank not in (most, 0) and not x.tensor.constant for x in parts):
            moved = False
        if not moved:
            return [self.last(x) for x in parts], False
        return [self.first(_widened(x, most)) for x in parts], True

    def _changed(self, tensor: Tensor, known: dict[Tensor, Tensor], inverse: dict[Tensor, Tensor], name: str) -> Tensor:
        if tensor not in known:
            rank = tensor.rank
            order = channels_first(range(rank)) if name == "to_channels_first" else channels_last(range(rank))
            known[tensor] = self._moved(tensor, order, name)
            inverse[known[tensor]] = tensor
        return known[tensor]

    def _moved(self, tensor: Tensor, order: Shape, name: str) -> Tensor:
        sizes = tuple([tensor.sizes[i] for i in order])
        if tensor.constant:
            # A constant that is only moved is still that constant; its elements are not needed any more.
            return Tensor(tensor.name, sizes, tensor.dtype, constant=True, weight=tensor.weight)
        place = self._graph.place.name
        name = f"{place}_{name}" if place else name
        if len(order) == 3:
            return self._graph.emit("Transpose", [tensor], {"dim0": 1, "dim1": 2}, name=name)[0]
        return self._graph.emit("Permute", [tensor], {"dims": order}, name=name)[0]


def _widened(x: Laid, rank: int) -> Laid:
    """Return a constant with dimensions of size 1 in front, as broadcasting would give it."""
    tensor = x.tensor
    if not tensor.constant or x.rank in (0, rank):
        return x
    sizes = (1,) * (rank - x.rank) + tensor.sizes
    wide = Tensor(tensor.name, sizes, tensor.dtype, constant=True, data=tensor.data, weight=tensor.weight)
    return Laid(wide)
