"""The values of an ONNX graph: its initializers, and the shapes that the file states."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import FLOAT_DTYPES, Shape
from layerledger.core.base.values import MAX_RANK, MAX_SIZE
from layerledger.core.formats.binary.source import Source
from layerledger.core.formats.importing.notes import ImportNote
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.dtypes import dtype_of, stored_dtype_of
from layerledger.core.formats.onnx.model import small_tensor_values
from layerledger.core.formats.onnx.open_sizes import OpenSizes
from layerledger.core.formats.onnx.schema import OnnxGraph, OnnxTensor, OnnxTensorType, OnnxValueInfo

_MOST_FACTORS = 64
_LONGEST_NAME = 80


class StatedShapes:
    """The shapes and dtypes that a graph states for its values."""

    def __init__(self, infos: Sequence[OnnxValueInfo], sizes: OpenSizes) -> None:
        self._infos = {info.name: tensor for info in infos if (tensor := tensor_type(info)) is not None}
        self._sizes = sizes

    def shape(self, name: str) -> Shape | None:
        """Return the shape of a value; None where a size is not known."""
        stated = self._infos.get(name)
        if stated is None or stated.shape is None or len(stated.shape.dims) > MAX_RANK:
            return None
        sizes = [self._sizes.value_of(dim) for dim in stated.shape.dims]
        known = [size for size in sizes if size is not None and 0 <= size <= MAX_SIZE]
        return tuple(known) if len(known) == len(sizes) else None

    def dtype(self, name: str) -> str | None:
        """Return the dtype of a value; None where it is not stated."""
        stated = self._infos.get(name)
        return dtype_of(stated.elem_type) if stated is not None and stated.elem_type else None


def stated_shapes(graph: OnnxGraph, sizes: OpenSizes) -> StatedShapes:
    """Return what a graph states for its values and outputs."""
    return StatedShapes([*graph.value_infos, *graph.outputs], sizes)


def tensor_type(info: OnnxValueInfo) -> OnnxTensorType | None:
    """Return the tensor type of a value; None for a sequence and what else is no tensor."""
    return None if info.type is None else info.type.tensor or info.type.sparse_tensor


class Initializers:
    """The tensors that a file holds.

    Attributes:
        stored: the dtype of each weight whose dtype is not that of the network's numbers.
        elements: the elements of the weights by dtype.
        problems: notes on what is wrong with some.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.stored: dict[str, str] = {}
        self.elements: dict[str, int] = {}
        self.problems: list[ImportNote] = []

    def add_problem(self, sentence: str) -> None:
        """Add a note on a tensor."""
        self.problems.append(ImportNote("assumed", sentence))

    def weight(self, tensor: OnnxTensor) -> Tensor:
        """Return an initializer; one of real numbers is a weight."""
        made = self.constant(tensor)
        if made.shape is None:
            return made
        is_weight = made.dtype in FLOAT_DTYPES and made.rank > 0
        # A tensor of integers becomes a weight when something makes real numbers of it.
        made.name, made.weight = tensor.name, tensor.name if is_weight else ""
        if is_weight:
            self.elements[made.dtype] = self.elements.get(made.dtype, 0) + made.elements
        self.stored[tensor.name] = stored_dtype_of(tensor.data_type)
        return made

    def constant(self, tensor: OnnxTensor) -> Tensor:
        """Return a tensor with its numbers where they are few."""
        dims = tuple(tensor.dims)
        if len(dims) > MAX_RANK or any(not 0 <= size <= MAX_SIZE for size in dims):
            self.add_problem(Message("The tensor {name} has a shape that no tensor can have.", name=shown_name(tensor)))
            return Tensor(tensor.name, None, dtype_of(tensor.data_type), constant=True)
        # Weights are not read; a few real numbers may be the factors of a scaling.
        is_weight = dtype_of(tensor.data_type) in FLOAT_DTYPES and prod(dims) > _MOST_FACTORS
        data = None if is_weight else small_tensor_values(self._source, tensor)
        if data is None and tensor.raw is not None and _lies(tensor, dims):
            self.add_problem(
                Message("The tensor {name} has not as many bytes as its shape says.", name=shown_name(tensor))
            )
        return Tensor(tensor.name, dims, dtype_of(tensor.data_type), constant=True, data=data)


def shown_name(tensor: OnnxTensor) -> str:
    """Return the name of a tensor for a sentence."""
    return tensor.name[:_LONGEST_NAME] or "?"


_WHOLE_BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}


def _lies(tensor: OnnxTensor, dims: Shape) -> bool:
    """Return whether the bytes of a tensor are not as many as its shape says."""
    size = _WHOLE_BYTES.get(tensor.data_type)
    return size is not None and tensor.raw is not None and tensor.raw.end - tensor.raw.start != prod(dims) * size
