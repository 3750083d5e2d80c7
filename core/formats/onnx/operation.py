"""One node of an ONNX graph while it is mapped: its inputs, its attributes, and the layers that it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Graph, Stated, Uncounted
from layerledger.core.formats.importing.tensor import NO_PARAMS, Tensor
from layerledger.core.formats.onnx.dtypes import Attribute
from layerledger.core.formats.onnx.schema import OnnxGraph, OnnxTensor
from layerledger.core.formats.onnx.weights import Weights


class OnnxContext:
    """The layers, weights and uses that all nodes of a file share.

    Attributes:
        graph: the layers of the network.
        weights: what is known of the file's weights.
        uses: how many nodes and outputs take a tensor.
    """

    def __init__(self) -> None:
        self.graph = Graph()
        self.weights = Weights()
        self.uses: dict[Tensor, int] = {}


class OnnxOperation:
    """A node with the tensors that it takes.

    Attributes:
        type: the operator.
        inputs: by position; None for one that is left out.
        attributes: by name.
        outputs: the names of its outputs.
        opset: the version of the operators.
        stated: the shapes of its outputs as the file states them.
        dtypes: and their dtypes.
        quantized: the dtype in which a tensor of a quantized network is kept, by the position of the input.
        context: what it shares with all others.
        name: of its layer, where that is not the layer type's.
    """

    __slots__ = (
        "attributes",
        "context",
        "dtypes",
        "graph",
        "inputs",
        "name",
        "opset",
        "outputs",
        "quantized",
        "stated",
        "type",
        "weights",
    )

    def __init__(
        self,
        operator: str,
        inputs: Sequence[Tensor | None],
        attributes: Mapping[str, Attribute],
        *,
        outputs: Sequence[str],
        context: OnnxContext,
        opset: int,
        stated: Stated = (),
        dtypes: Sequence[str] = (),
        quantized: Mapping[int, str] = EMPTY,
        name: str = "",
    ) -> None:
        self.type, self.inputs, self.attributes, self.outputs = operator, inputs, attributes, outputs
        self.context, self.graph, self.weights = context, context.graph, context.weights
        self.opset, self.stated, self.dtypes, self.quantized = opset, stated, dtypes, quantized
        self.name = name

    def over(self, inputs: Sequence[Tensor | None], *, quantized: Mapping[int, str] = EMPTY) -> OnnxOperation:
        """Return the operation with other inputs."""
        return OnnxOperation(
            self.type,
            inputs,
            self.attributes,
            outputs=self.outputs,
            context=self.context,
            opset=self.opset,
            stated=self.stated,
            dtypes=self.dtypes,
            quantized=quantized or self.quantized,
            name=self.name,
        )

    # -- inputs

    def has(self, i: int) -> bool:
        """Return whether input `i` is given."""
        return i < len(self.inputs) and self.inputs[i] is not None

    def optional(self, i: int) -> Tensor | None:
        """Return input `i`; None where it is left out."""
        return self.inputs[i] if i < len(self.inputs) else None

    def input(self, i: int = 0) -> Tensor:
        """Return input `i`.

        Raises:
            Uncounted: it is left out.
        """
        found = self.optional(i)
        if found is None:
            raise Uncounted(Message("its input {number} is missing", number=i + 1))
        return found

    def present(self) -> list[Tensor]:
        """Return the inputs that are given."""
        return [x for x in self.inputs if x is not None]

    def numbers(self, i: int) -> Sequence[float]:
        """Return the numbers of a constant input.

        Raises:
            Uncounted: it is left out, computed by the network, or its numbers are not in the file.
        """
        data = self.input(i).data
        if data is None:
            raise Uncounted(Message("its input {number} is computed, or is not in the file", number=i + 1))
        return data

    def sizes(self, i: int, attribute: str = "") -> tuple[int, ...] | None:
        """Return the whole numbers of a constant input, or of the attribute that older files have in its place.

        Raises:
            Uncounted: see `numbers`.
        """
        if self.has(i):
            return tuple([int(number) for number in self.numbers(i)])
        return self.integers(attribute) if attribute else None

    # -- attributes

    def integer(self, name: str, default: int = 0) -> int:
        """Return an attribute that is a whole number."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, int) else default

    def number(self, name: str, default: float) -> float:
        """Return an attribute that is a number."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, int | float) else default

    def text(self, name: str, default: str = "") -> str:
        """Return an attribute that is a text."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, str) else default

    def integers(self, name: str) -> tuple[int, ...] | None:
        """Return an attribute that is a list of whole numbers; None without it."""
        value = self.attributes.get(name)
        if isinstance(value, str) or not isinstance(value, Sequence) or isinstance(value, OnnxTensor | OnnxGraph):
            return None
        return tuple([int(number) for number in value])

    def axis(self, default: int, rank: int) -> int:
        """Return the attribute `axis`, counted from the front.

        Raises:
            Uncounted: there is no such dimension.
        """
        axis = self.integer("axis", default)
        if not -rank <= axis < max(rank, 1):
            raise Uncounted(Message("its axis {axis} is not one of {rank} dimensions", axis=axis, rank=rank))
        return axis % max(rank, 1)

    # -- layers

    def emit(
        self,
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] = NO_PARAMS,
        *,
        weights: tuple[str, ...] = (),
        dtypes: Value = None,
    ) -> list[Tensor]:
        """Add the layer whose outputs are those of the node.

        Raises:
            Uncounted: there is no such layer, or it does not take these inputs.
        """
        given = self.weights.held(self.graph, inputs)
        name = self.name or type_name.lower()
        return self.graph.emit(type_name, given, params, name=name, weights=weights, stated=self.stated, dtypes=dtypes)

    def step(
        self, type_name: str, inputs: Sequence[Tensor], params: Mapping[str, Value] = NO_PARAMS, *, name: str = ""
    ) -> Tensor:
        """Add a layer before the last one, and return its first output.

        Raises:
            Uncounted: see `emit`.
        """
        given = self.weights.held(self.graph, inputs)
        return self.graph.emit(type_name, given, params, name=name or type_name.lower())[0]

    def is_only_use(self, x: Tensor) -> bool:
        """Return whether nothing else takes a tensor."""
        return self.context.uses.get(x, 0) == 1

    def reshape(self, x: Tensor, shape: Shape) -> list[Tensor]:
        """Add a reshape whose output is that of the node."""
        (x,) = self.weights.held(self.graph, [x])
        return self.graph.reshape(x, shape, stated=self.stated)
