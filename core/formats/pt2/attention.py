"""The calls that one nn.MultiheadAttention made, as the one layer that it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Graph, Uncounted
from layerledger.core.formats.importing.tensor import ModulePlace, Tensor
from layerledger.core.formats.pt2.module_path import Module, modules_of, relative_path
from layerledger.core.formats.pt2.program import Json, tensor_names

KIND = "torch.nn.modules.activation.MultiheadAttention"
_FEWEST = 4
"""Fewest calls of an attention: the projection, the product, the output."""


def attention_key(node: Json) -> Module | None:
    """Return the attention module whose call a node is part of."""
    return next((module for module in modules_of(node) if module.kind == KIND), None)


def run_of(nodes: Sequence[Json], start: int) -> int:
    """Return the end of the run of nodes of one attention; `start` for a node of another module."""
    module = attention_key(nodes[start])
    if module is None:
        return start
    end = start
    while end < len(nodes) and (other := attention_key(nodes[end])) is not None and other.key == module.key:
        end += 1
    return end if end - start >= _FEWEST else start


class AttentionRun:
    """A run of nodes of one attention.

    Attributes:
        output: the name of the tensor that it makes.
    """

    def __init__(
        self, nodes: Sequence[Json], known: Mapping[str, Tensor], shape_of: Callable[[str], Shape | None]
    ) -> None:
        self._nodes, self._known, self._shape_of = nodes, known, shape_of
        self.output = next(iter(tensor_names(nodes[-1]["outputs"][0])), "")
        self._taken: list[Tensor] = []
        self._weights: dict[str, Tensor] = {}
        self._sort_inputs()

    def _sort_inputs(self) -> None:
        """Find the tensors that come from outside: activations and weights."""
        made: set[str] = set()
        for node in self._nodes:
            for argument in node["inputs"]:
                for name in tensor_names(argument["arg"]):
                    if name and name not in made:
                        self._sort(self._known.get(name))
            for output in node["outputs"]:
                made.update(tensor_names(output))

    def _sort(self, x: Tensor | None) -> None:
        if x is None:
            raise Uncounted("it takes a tensor that is not known")
        if x.weight:
            name = x.weight.rpartition(".")[2]
            self._weights[f"out_proj.{name}" if "out_proj" in x.weight else name] = x
        elif not x.constant and not any(x is each for each in self._taken):
            self._taken.append(x)

    @property
    def weights(self) -> Iterable[Tensor]:
        """The weights that its nodes take."""
        return self._weights.values()

    def emit(self, graph: Graph) -> list[Tensor]:
        """Add the layer.

        Raises:
            Uncounted: the calls are not those of a plain attention.
        """
        nodes, heads = self._nodes, self._heads()
        main = self._weights.get("in_proj_weight") or self._weights.get("q_proj_weight")
        if heads is None or main is None or "out_proj.weight" not in self._weights or not 1 <= len(self._taken) <= 3:
            raise Uncounted("it is not written as a plain attention")
        modules = modules_of(nodes[0])
        inner = next(i for i, module in enumerate(modules) if module.kind == KIND)
        path = relative_path(modules[: inner + 1])
        graph.place = ModulePlace(path[:-1], path[-1] if path else "attention")
        params: dict[str, Value] = {"num_heads": heads}
        if any(_operator(node) == "scaled_dot_product_attention" for node in nodes):
            params["need_weights"] = False  # only then does PyTorch take this way
        if _operator(nodes[0]) == "transpose":
            params["batch_first"] = True
        if "in_proj_bias" not in self._weights:
            params["bias"] = False
        given = self._taken
        if len(given) == 2:
            given = [given[0], given[1], given[1]]
        shape = self._shape_of(self.output)
        made = graph.outputs_of("MultiheadAttention", [graph.held(x) for x in given], params)
        if shape is not None and made[0][0] != shape:
            raise Uncounted("its output has another shape")
        weights = (main.weight, *(x.weight for x in self._weights.values() if x is not main))
        return graph.emit("MultiheadAttention", given, params, weights=weights, stated=[shape])

    def _heads(self) -> int | None:
        for node in self._nodes:
            name = _operator(node)
            first = tensor_names(node["inputs"][0]["arg"]) if node["inputs"] else []
            shape = self._shape_of(first[0]) if first else None
            if name == "scaled_dot_product_attention" and shape is not None:
                return shape[-3]
            if name in ("softmax", "_softmax") and shape is not None and len(shape) == 4:
                return shape[1]
        return None


def _operator(node: Json) -> str:
    """Return the name of a node's operator without its namespace and overload."""
    return str(node["target"]).split(".")[-2]
