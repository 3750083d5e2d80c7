"""The nodes that the inspector shows, with their results and problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from layerledger.core.analysis import NodeResult, Problem
from layerledger.core.base.messages import Message
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.network.nodes import Block, Layer, Node
from layerledger.core.network.paths import NodePath, node_at
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document

_LISTED = 4
"""Most problems of a block's layers that are shown; the status bar lists all."""


@dataclass(frozen=True, eq=False)
class InspectedNodes:
    """The selected nodes, without those inside another selected one; without nodes the network itself is inspected.

    Attributes:
        results: of the nodes, in the first pass of the blocks around them; None for one that was not analysed.
        problems: of a single node, or of the network's inputs; one for each sentence, whatever the number of passes.
        inside: of the nodes in a single block, with their names.
    """

    paths: tuple[NodePath, ...]
    nodes: tuple[Node, ...]
    results: tuple[NodeResult | None, ...]
    problems: tuple[Problem, ...] = ()
    inside: tuple[Problem, ...] = ()

    @property
    def path(self) -> NodePath:
        """Path of the first node; () for the network."""
        return self.paths[0] if self.paths else ()

    @property
    def single(self) -> bool:
        """Whether exactly one node, a layer or a block, is inspected."""
        return len(self.nodes) == 1

    # cached, because a dozen sections read these at each keystroke

    @cached_property
    def layer(self) -> Layer | None:
        """The inspected layer; None unless it is the only node."""
        return node if self.single and isinstance(node := self.nodes[0], Layer) else None

    @cached_property
    def block(self) -> Block | None:
        """The inspected block; None unless it is the only node."""
        return node if self.single and isinstance(node := self.nodes[0], Block) else None

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The nodes if all are layers of one type; otherwise empty."""
        layers = tuple(node for node in self.nodes if isinstance(node, Layer))
        alike = len(layers) == len(self.nodes) and len({layer.type for layer in layers}) == 1
        return layers if alike else ()

    @cached_property
    def type(self) -> type[LayerType] | None:
        """The type of the layers; None if it is unknown or they differ."""
        return LAYER_TYPES.get(self.layers[0].type) if self.layers else None

    @property
    def result(self) -> NodeResult | None:
        """The result of a single node, or of the whole network."""
        return self.results[0] if len(self.results) == 1 else None

    def about(self, *params: str) -> tuple[Problem, ...]:
        """Return the problems about one of `params`."""
        return tuple(problem for problem in self.problems if problem.param in params)


def inspected_nodes(document: Document) -> InspectedNodes:
    """Return the nodes to inspect for the document's selection."""
    paths = tuple(commands.chosen(document))
    nodes = tuple(node_at(document.network, path) for path in paths)
    if not paths:
        return InspectedNodes((), (), (document.result.root,), _problems(document, ()))
    results = tuple(document.result.at(path) for path in paths)
    if len(paths) > 1:
        return InspectedNodes(paths, nodes, results)
    path = next(iter(paths))
    inside = _problems_inside(document, path) if isinstance(node_at(document.network, path), Block) else ()
    return InspectedNodes(paths, nodes, results, _problems(document, path), inside)


def _problems(document: Document, path: NodePath) -> tuple[Problem, ...]:
    found = document.result.problems_at.get(path, ())
    return tuple({(p.param, p.message): p for p in reversed(found)}.values())[::-1]


def _problems_inside(document: Document, block: NodePath) -> tuple[Problem, ...]:
    """Return the first problems below a block with the names of their nodes; of layers that only wait if no others."""
    result = document.result.at(block)
    if result is None or result.is_clean:
        return ()
    depth = len(block)
    found = [p for p in document.result.problems if p.at[:depth] == block and len(p.at) > depth]
    worst = [p for p in found if p.severity != "info"] or found
    return tuple(
        replace(p, message=Message("{layer}: {problem}", layer=p.path, problem=p.message), param=None)
        for p in worst[:_LISTED]
    )
