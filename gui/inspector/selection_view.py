"""What the inspector shows: the selected nodes with what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from layerledger.core.analysis import NodeResult, Problem
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.network.nodes import Block, Layer, Node
from layerledger.core.network.paths import NodePath, node_at
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document


@dataclass(frozen=True, eq=False)
class InspectedNodes:
    """The selected nodes, without those inside another; none stands for the network itself.

    Attributes:
        results: theirs, in the first pass of the blocks around them; None where one was not reached.
        problems: of the one node, or of the network's inputs; each sentence once, however many passes have it.
    """

    paths: tuple[NodePath, ...]
    nodes: tuple[Node, ...]
    results: tuple[NodeResult | None, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def path(self) -> NodePath:
        """Where the one node is; () for the network."""
        return self.paths[0] if self.paths else ()

    @property
    def single(self) -> bool:
        """Whether it is one layer or one block."""
        return len(self.nodes) == 1

    @cached_property
    def layer(self) -> Layer | None:
        """The one layer, if it is one."""
        return node if self.single and isinstance(node := self.nodes[0], Layer) else None

    @cached_property
    def block(self) -> Block | None:
        """The one block, if it is one."""
        return node if self.single and isinstance(node := self.nodes[0], Block) else None

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The nodes, where all are layers of one type; else nothing."""
        layers = tuple(node for node in self.nodes if isinstance(node, Layer))
        alike = len(layers) == len(self.nodes) and len({layer.type for layer in layers}) == 1
        return layers if alike else ()

    @cached_property
    def type(self) -> type[LayerType] | None:
        """The type of the layers, where it is one and known."""
        return LAYER_TYPES.get(self.layers[0].type) if self.layers else None

    @property
    def result(self) -> NodeResult | None:
        """The result of the one node, or of the whole network."""
        return self.results[0] if len(self.results) == 1 else None

    def about(self, *params: str) -> tuple[Problem, ...]:
        """Return the problems that one of `params` would mend."""
        return tuple(problem for problem in self.problems if problem.param in params)


def inspected_nodes(document: Document) -> InspectedNodes:
    """Return what the document's selection makes the inspector show."""
    paths = tuple(commands.chosen(document))
    nodes = tuple(node_at(document.network, path) for path in paths)
    if not paths:
        return InspectedNodes((), (), (document.result.root,), _problems(document, ()))
    results = tuple(document.result.at(path) for path in paths)
    return InspectedNodes(paths, nodes, results, _problems(document, paths[0]) if len(paths) == 1 else ())


def _problems(document: Document, path: NodePath) -> tuple[Problem, ...]:
    found = document.result.problems_at.get(path, ())
    return tuple({(p.param, p.message): p for p in reversed(found)}.values())[::-1]
