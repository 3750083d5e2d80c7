"""The owners of weights: which pass of which layer has weights of its own, and which of them training changes."""

from __future__ import annotations

from typing import TypeAlias

from layerledger.core.analysis.passes.schedule import Step
from layerledger.core.network.frozen import frozen_below
from layerledger.core.network.nodes import Block, Network
from layerledger.core.network.paths import Names, NodePath, node_at

Owner: TypeAlias = tuple[NodePath, tuple[int, ...]]
"""A layer with weights of its own: its positions, and the passes of the blocks around it that have weights each."""


class TrainedWeights:
    """The weights that training changes: those of layers that are not frozen, and of adapters."""

    def __init__(self, network: Network) -> None:
        self._network, self._names = network, Names(network)
        self._known: dict[NodePath, bool] = {}

    def params(self, step: Step) -> int:
        """Return the number of trained parameters of a step."""
        cost = step.layer.cost
        return cost.adapter_params if self._frozen(step.path) else cost.trainable_params

    def changes(self, step: Step) -> bool:
        """Return whether training changes weights of a step, its own or those to which it is tied."""
        tied_to = step.layer.node.tied_to
        if tied_to is None or self.params(step) > 0:
            return self.params(step) > 0
        target = self._names.find_tied(tied_to)
        return target is None or not (self._frozen(target) or self._frozen(step.path))

    def _frozen(self, path: NodePath) -> bool:
        """Return whether a node is frozen, by itself or with a block around it."""
        if path not in self._known:
            above = bool(path) and self._frozen(path[:-1])
            self._known[path] = frozen_below(node_at(self._network, path).trainable, above=above)
        return self._known[path]


class WeightSharing:
    """The blocks that share weights between passes, or are tied to others."""

    def __init__(self, root: Block) -> None:
        self._root = root
        self._known: dict[NodePath, tuple[bool, ...] | None] = {}

    def owner(self, step: Step) -> Owner | None:
        """Return the owner of the weights of a step; None where they are those of another layer."""
        if step.path not in self._known:
            self._known[step.path] = self._shares(step.path)
        shares = self._known[step.path]
        if shares is None:
            return None
        passes = (0 if shared else number for shared, number in zip(shares, step.passes, strict=True))
        return step.path, tuple(passes)

    def _shares(self, at: NodePath) -> tuple[bool, ...] | None:
        """Return whether each repeated block around a layer shares its weights; None where one of them is tied."""
        node, found = self._root, list[bool]()
        for i in at[:-1]:
            block = node.layers[i]
            assert isinstance(block, Block)
            if block.tied_to is not None:
                return None
            found += [block.share_weights] if block.repeat != 1 else []
            node = block
        return tuple(found)
