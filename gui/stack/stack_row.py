"""One row of the stack, which outlives the snapshots of the network that it shows."""

from __future__ import annotations

from layerledger.core.analysis import NodeResult
from layerledger.core.analysis.components import Component
from layerledger.core.network.nodes import Node
from layerledger.core.network.paths import NodePath

INPUT_ROWS = 1
"""Rows above the network's layers: its inputs."""


class StackRow:
    """A node, the network's inputs, or a part of a composite layer.

    Attributes:
        id: the number that Qt's indexes carry; never reused.
        node: None for the network's inputs and for a part of a layer.
        part: the component of a composite layer; None for a node.
        position: among the children of `parent`.
        exposed: whether the index of a child was ever given out, so that someone may need its signals.
    """

    __slots__ = ("children", "exposed", "id", "node", "parent", "part", "position", "result")

    def __init__(self, id_: int, node: Node | None, parent: StackRow | None, position: int) -> None:
        self.id = id_
        self.node = node
        self.part: Component | None = None
        self.parent = parent
        self.position = position
        self.children: list[StackRow] = []
        self.exposed = False
        self.result: NodeResult | None = None

    @property
    def path(self) -> NodePath:
        """Path of its node, or of the layer that it is a part of; () for the inputs."""
        steps: list[int] = []
        row = self.parent if self.part and self.parent else self
        while row.parent is not None:
            steps.append(row.position - (INPUT_ROWS if row.parent.parent is None else 0))
            row = row.parent
        return tuple(reversed(steps)) if self.node is not None or self.part else ()

    @property
    def depth(self) -> int:
        """Number of blocks around it; -1 for the root."""
        return -1 if self.parent is None else self.parent.depth + 1
