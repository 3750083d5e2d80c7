"""One operator of a TensorFlow Lite model while it is mapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from layerledger.core.base.dtypes import ACTIVATIONS, COMPUTE, WEIGHTS
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid, Layouts
from layerledger.core.formats.importing.graph import Graph, Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.tflite.model import OperatorInfo, SubGraph, TensorInfo, TfliteModel
from layerledger.core.formats.tflite.schema import FUNCTIONS, QUANTIZED

Mapped: TypeAlias = "list[Laid]"
"""The outputs of an operator."""


class Blocks(NamedTuple):
    """Pictures that are cut into blocks.

    Attributes:
        sizes: the blocks by the tensor.
        takers: the first operator that takes each tensor of the file, by its number.
    """

    sizes: dict[Tensor, Shape]
    takers: Mapping[int, OperatorInfo]


class TfliteOperation:
    """An operator with its tensors.

    Attributes:
        graph: where its layers go.
        layouts: the changes of layout.
        model: the file.
        subgraph: the graph in which it stands.
        info: the operator as the file has it.
        name: of the layer that it becomes.
        blocks: of the pictures that the file cuts into blocks, for a convolution with a distance between its taps.
    """

    def __init__(
        self,
        graph: Graph,
        layouts: Layouts,
        model: TfliteModel,
        subgraph: SubGraph,
        info: OperatorInfo,
        values: Mapping[int, Laid],
        blocks: Blocks,
    ) -> None:
        self.graph, self.layouts, self.model, self.subgraph, self.info = graph, layouts, model, subgraph, info
        self._values, self.blocks = values, blocks
        self.name = graph.place.name

    # -- tensors

    def has(self, i: int) -> bool:
        """Return whether input `i` is given."""
        return i < len(self.info.inputs) and self.info.inputs[i] >= 0

    def tensor(self, i: int) -> TensorInfo:
        """Return what the file says of input `i`.

        Raises:
            Uncounted: it is not given.
        """
        if not self.has(i):
            raise Uncounted(Message("its input {i} is missing", i=i))
        return self.subgraph.tensors[self.info.inputs[i]]

    def is_constant(self, i: int) -> bool:
        """Return whether input `i` is held by the file."""
        return self.has(i) and self.info.inputs[i] not in self._values and self.tensor(i).is_constant

    def value(self, i: int) -> Laid:
        """Return input `i`; a constant of the file is a weight, or a stored value where it holds integers."""
        info = self.tensor(i)
        number = self.info.inputs[i]
        if number in self._values:
            return self._values[number]
        if not info.is_constant:
            return Laid(Tensor(info.name, None))
        return Laid(constant_of(info, number))

    @property
    def x(self) -> Laid:
        """The first input."""
        return self.value(0)

    def last(self, i: int = 0) -> Tensor:
        """Return input `i` in the order of the file."""
        return self.layouts.last(self.value(i))

    def picture(self, i: int = 0) -> Tensor:
        """Return input `i` with its channels in dimension 1."""
        return self.layouts.first(self.value(i))

    def integers(self, i: int) -> tuple[int, ...]:
        """Return the elements of input `i`, a constant.

        Raises:
            Uncounted: it is none.
        """
        found = self.model.integers(self.tensor(i)) if self.is_constant(i) else None
        if found is None:
            raise Uncounted(Message("its input {i} is not a constant of the file", i=i))
        return found

    def number(self, i: int) -> float | None:
        """Return the value of input `i` where it is one number of the file; None for any other tensor."""
        return self.model.number(self.tensor(i)) if self.is_constant(i) else None

    def stated(self, port: int = 0) -> Shape:
        """Return the shape of an output as the file states it."""
        return self.subgraph.tensors[self.info.outputs[port]].shape

    # -- layers

    def emit(
        self,
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] | None = None,
        *,
        part: str = "",
        weight: int | None = None,
    ) -> Tensor:
        """Add a layer of one output and return it.

        Args:
            type_name: the layer type.
            inputs: what it takes.
            params: its parameters.
            part: its name behind the operator's, where that becomes several layers.
            weight: the input that is its weight.
        """
        return self.emit_all(type_name, inputs, params, part=part, weight=weight)[0]

    def emit_all(
        self,
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] | None = None,
        *,
        part: str = "",
        weight: int | None = None,
    ) -> list[Tensor]:
        """Add a layer and return its outputs."""
        name = f"{self.name}_{part}" if part else self.name
        weights = () if weight is None else (f"tensor {self.info.inputs[weight]}",)
        return self.graph.emit(type_name, inputs, params or {}, name=name, weights=weights, dtypes=self._dtypes(weight))

    def same(self, type_name: str, params: Mapping[str, Value] | None = None, x: Laid | None = None) -> Laid:
        """Add a layer that works element by element, whose output has the layout of its input."""
        x = x or self.x
        return Laid(self.emit(type_name, [x.tensor], params), x.moved)

    def activated(self, x: Laid, number: int) -> Mapped:
        """Return an output behind the function that the operator applies to it."""
        if number == 0:
            return [x]
        if number not in FUNCTIONS:
            raise Uncounted(Message("its function {number} is not known", number=number))
        kind, params = FUNCTIONS[number]
        return [Laid(self.emit(kind, [x.tensor], params, part=kind.lower()), x.moved)]

    def _dtypes(self, weight: int | None) -> Value:
        """Return the dtypes of a layer: of its output, and of its weight where that is another."""
        if not self.info.outputs:
            return None
        output = self.subgraph.tensors[self.info.outputs[0]]
        if output.dtype in QUANTIZED and output.is_quantized:
            return FrozenMap({COMPUTE: output.dtype, WEIGHTS: output.dtype, ACTIVATIONS: output.dtype})
        if weight is not None and (dtype := self.tensor(weight).dtype) in ("int8", "uint8", "float16"):
            return FrozenMap({WEIGHTS: dtype})
        return None


def constant_of(info: TensorInfo, number: int) -> Tensor:
    """Return a constant of the file, with its number, as a tensor: a weight, but for plain integers."""
    is_weight = info.dtype.startswith(("float", "bfloat")) or info.is_quantized
    return Tensor(
        info.name,
        info.shape,
        "float32" if is_weight else info.dtype or "float32",
        constant=True,
        stored=True,
        weight=f"tensor {number}.{short_name(info.name)}" if is_weight and len(info.shape) > 0 else "",
    )


def short_name(name: str) -> str:
    """Return the last part of a tensor's name, before what was fused with it."""
    return name.partition(";")[0].rstrip("/").rpartition("/")[2] or "constant"


Mapper: TypeAlias = Callable[[TfliteOperation], Mapped]
"""Adds the layers of an operator and returns its outputs."""
