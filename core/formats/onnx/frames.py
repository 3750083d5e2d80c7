"""Frames: the names that the nodes of a graph, a branch or a function see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.dtypes import Attribute
from layerledger.core.formats.onnx.schema import OnnxAttribute, OnnxGraph, OnnxNode
from layerledger.core.formats.onnx.values import StatedShapes


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Where nodes are read.

    Attributes:
        stated: the shapes that the file states there.
        opset: the version of the operators.
        values: the tensors by name.
        quantized: the dtype in which a tensor is kept between its conversions, by name.
        outer: the graph around a branch; a function sees none.
        around: the blocks of the functions around it.
        attributes: of the call of a function.
        defaults: the attributes that a call may leave out.
        functions: those around it, which it must not call again.
    """

    stated: StatedShapes
    opset: int
    values: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    quantized: dict[str, str] = field(default_factory=dict[str, str])
    outer: Frame | None = None
    around: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = EMPTY
    defaults: Mapping[str, Attribute] = EMPTY
    functions: tuple[tuple[str, str, str], ...] = ()

    def find(self, name: str) -> Tensor | None:
        """Return the tensor of a name, also of a graph around this one."""
        frame: Frame | None = self
        while frame is not None:
            if (found := frame.values.get(name)) is not None:
                return found
            frame = frame.outer
        return None

    @property
    def depth(self) -> int:
        """The number of functions and graphs around it."""
        return len(self.functions) + (0 if self.outer is None else 1 + self.outer.depth)


def taken_names(node: OnnxNode) -> list[str]:
    """Return the names that a node takes, also inside its branches and loops."""
    names = [name for name in node.inputs if name]
    for attribute in node.attributes:
        for graph in _graphs(attribute):
            names += _free_names(graph)
    return names


def _graphs(attribute: OnnxAttribute) -> Sequence[OnnxGraph]:
    return attribute.graphs if attribute.g is None else (attribute.g, *attribute.graphs)


def _free_names(graph: OnnxGraph) -> Iterator[str]:
    """Yield the names that the nodes of a graph take from around it."""
    own = {each.name for each in (*graph.inputs, *graph.initializers)}
    own.update(output for node in graph.nodes for output in node.outputs)
    for node in graph.nodes:
        yield from (name for name in taken_names(node) if name not in own)
    yield from (each.name for each in graph.outputs if each.name not in own)


def uses_of(nodes: Sequence[OnnxNode], outputs: Sequence[str]) -> dict[str, int]:
    """Return how many nodes and outputs take each name."""
    found: dict[str, int] = {}
    for name in outputs:
        found[name] = found.get(name, 0) + 1
    for node in nodes:
        for name in taken_names(node):
            found[name] = found.get(name, 0) + 1
    return found
