"""A TensorFlow Lite model as values: subgraphs, operators, tensors; weights are not read."""

from __future__ import annotations

import struct
from math import isfinite, prod
from typing import NamedTuple

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import MAX_RANK, MAX_SIZE
from layerledger.core.formats.binary.flatbuffers import FlatBuffer, FlatTable
from layerledger.core.formats.binary.source import Source
from layerledger.core.formats.tflite.schema import CUSTOM, DTYPES, IDENTIFIER, INTEGER_CODES, OPERATORS

MAX_READ = 4096
"""Most elements of a constant that are read: shapes, axes and paddings, never weights."""


class TensorInfo(NamedTuple):
    """A tensor of a subgraph.

    Attributes:
        name: as the file calls it.
        shape: its sizes, with 1 or what was taken for open ones.
        dtype: of its elements.
        signature: its sizes with −1 for open ones; empty where none is open.
        buffer: the number of the buffer with its elements.
        is_constant: whether the file holds its elements.
        is_quantized: whether its integers stand for real numbers.
    """

    name: str
    shape: Shape
    dtype: str
    signature: tuple[int, ...]
    buffer: int
    is_constant: bool
    is_quantized: bool


class OperatorInfo(NamedTuple):
    """An operator of a subgraph.

    Attributes:
        name: such as CONV_2D; a custom operator has the name that the file gives it.
        inputs: numbers of tensors; −1 for one that is left out.
        outputs: numbers of tensors.
        options: the table of its options.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: FlatTable | None

    def integer(self, slot: int, size: int = 4, default: int = 0) -> int:
        """Return an option that is an integer."""
        return default if self.options is None else self.options.integer(slot, size, default=default)

    def flag(self, slot: int) -> bool:
        """Return an option that is true or false."""
        return self.options is not None and self.options.boolean(slot)

    def number(self, slot: int) -> float:
        """Return an option that is a float."""
        return 0.0 if self.options is None else self.options.number(slot)


class SubGraph(NamedTuple):
    """A subgraph of a model: the network itself is number 0, others are bodies of loops and branches."""

    tensors: tuple[TensorInfo, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[OperatorInfo, ...]


class TfliteModel:
    """An open model.

    Attributes:
        description: what wrote it, as the file says.
    """

    def __init__(self, source: Source) -> None:
        self._file = FlatBuffer(source, IDENTIFIER)
        model = self._file.root()
        self.description = model.text(3)
        self._codes = [_operator_name(each) for each in model.tables(1)]
        self._buffers = model.tables(4)
        self._graphs = model.tables(2)
        self._read: dict[int, SubGraph] = {}
        if not self._graphs:
            raise FormatError("the model has no graph")

    def graph(self, number: int) -> SubGraph:
        """Return a subgraph.

        Raises:
            FormatError: there is none with the number, or it is malformed.
        """
        if not 0 <= number < len(self._graphs):
            raise FormatError(Message("the model has no graph {number}", number=number))
        if number not in self._read:
            table = self._graphs[number]
            tensors = tuple([self._tensor(each) for each in table.tables(0)])
            operators = tuple([self._operator(each, len(tensors)) for each in table.tables(3)])
            inputs, outputs = (_numbers(table.integers(slot), len(tensors)) for slot in (1, 2))
            self._read[number] = SubGraph(tensors, inputs, outputs, operators)
        return self._read[number]

    def integers(self, tensor: TensorInfo) -> tuple[int, ...] | None:
        """Return the elements of a small constant of integers; None for any other tensor."""
        code = INTEGER_CODES.get(tensor.dtype)
        if code is None or not tensor.is_constant:
            return None
        count, place = self._buffers[tensor.buffer].vector(0)
        width = struct.calcsize(f"<{code}")
        if count % width or count // width > MAX_READ:
            return None
        found = struct.unpack(f"<{count // width}{code}", self._file.read(place, count)) if count else ()
        return tuple(map(int, found))

    def number(self, tensor: TensorInfo) -> float | None:
        """Return the value of a constant of one element; None for any other tensor."""
        if not tensor.is_constant or prod(tensor.shape) != 1:
            return None
        found = self.integers(tensor)
        if found is not None and len(found) == 1:
            return found[0]
        count, place = self._buffers[tensor.buffer].vector(0)
        code = {"float32": "f", "float16": "e", "float64": "d"}.get(tensor.dtype)
        if code is None or count != struct.calcsize(f"<{code}"):
            return None
        value = float(struct.unpack(f"<{code}", self._file.read(place, count))[0])
        return value if isfinite(value) else None

    def _tensor(self, table: FlatTable) -> TensorInfo:
        shape = table.integers(0)
        if len(shape) > MAX_RANK or any(not 0 <= size <= MAX_SIZE for size in shape):
            raise FormatError(
                Message("the tensor {name} has the shape {shape}", name=table.text(3)[:80], shape=str(shape)[:60])
            )
        buffer = table.integer(2, default=0, signed=False)
        if buffer >= len(self._buffers):
            raise FormatError(
                Message("the tensor {name} has no buffer {number}", name=table.text(3)[:80], number=buffer)
            )
        quantization = table.table(4)
        is_variable = table.boolean(5)
        return TensorInfo(
            name=table.text(3),
            shape=shape,
            dtype=DTYPES.get(table.integer(1, 1), ""),
            signature=table.integers(7),
            buffer=buffer,
            is_constant=not is_variable and self._is_held(buffer),
            is_quantized=quantization is not None and quantization.vector(2, 4)[0] > 0,
        )

    def _is_held(self, number: int) -> bool:
        """Return whether a buffer has content: in the table, or in a model over 2 GiB behind all tables."""
        buffer = self._buffers[number]
        return number > 0 and (buffer.vector(0)[0] > 0 or buffer.integer(2, 8, signed=False) > 0)

    def _operator(self, table: FlatTable, tensors: int) -> OperatorInfo:
        number = table.integer(0, signed=False)
        if number >= len(self._codes):
            raise FormatError(
                Message("an operator has the code {number}, which the model does not have", number=number)
            )
        options = table.table(4) if table.has(4) else table.table(12)
        inputs, outputs = (_numbers(table.integers(slot), tensors) for slot in (1, 2))
        return OperatorInfo(self._codes[number], inputs, outputs, options)


def _operator_name(code: FlatTable) -> str:
    # The number was a byte at first; newer files have it in a field of its own as well.
    number = max(code.integer(0, 1), code.integer(3))
    if number == CUSTOM or not 0 <= number < len(OPERATORS):
        return code.text(1) or f"operator {number}"
    return OPERATORS[number]


def _numbers(found: tuple[int, ...], tensors: int) -> tuple[int, ...]:
    if any(not -1 <= number < tensors for number in found):
        raise FormatError(
            Message("an operator takes a tensor that the graph does not have: {list}", list=str(found)[:60])
        )
    return found
