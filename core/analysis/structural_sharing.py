"""Structural sharing: reuse the result of a block that has the same structure and the same inputs.

Networks repeat themselves under other names: the stages of a ResNet written out, the layers of a transformer. Two
blocks have one structural key where their children have equal names, types, parameters and references; without a
problem, they then cost and return the same on the same inputs. Layers are compared by their bound types, which a cache
keeps unique, so making a key takes time in proportion to the children once for each block.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from layerledger.core.analysis.evaluation import Binding, has_keys_of_its_own
from layerledger.core.analysis.node_result import NodeResult, Pass
from layerledger.core.network.nodes import Block, Layer, Node
from layerledger.core.network.paths import ties_weight_only


class StructuralKey:
    """The identity of a structure; one object for all blocks that have it."""


class StructuralKeys:
    """The structural keys of blocks.

    Attributes:
        of_blocks: the keys that are known; None for a block with something of its own, which shares nothing.
        of_structures: the key of each structure.
    """

    def __init__(self, bind: Callable[[Layer], Binding]) -> None:
        self.of_blocks: dict[Block, StructuralKey | None] = {}
        self.of_structures: dict[Hashable, StructuralKey] = {}
        self._bind = bind

    def of(self, block: Block) -> StructuralKey | None:
        """Return the key of a block's structure, of which its own name is no part; None where it cannot share."""
        if block not in self.of_blocks:
            self.of_blocks[block] = self._found(block)
        return self.of_blocks[block]

    def _found(self, block: Block) -> StructuralKey | None:
        children = tuple([self._child(node) for node in block.layers])
        if None in children or block.trainable is not None:
            return None
        # Blocks inside are compared by their keys, so a lookup costs the children alone, at any depth. Of a tie only
        # its presence matters: whether weights count belongs to a result; whose they are does not.
        structure = (children, block.outputs, block.repeat, block.share_weights, block.tied_to is None)
        return self.of_structures.setdefault(structure, StructuralKey())

    def _child(self, node: Node) -> Hashable:
        what = self.of(node) if isinstance(node, Block) else self._op(node)
        tie = ties_weight_only(node.tied_to) if node.tied_to is not None else None
        return None if what is None else (node.name, what, node.inputs, tie)

    def _op(self, layer: Layer) -> Hashable:
        """Return a layer's bound type; None where it cannot be bound, or has keys of its own."""
        return None if has_keys_of_its_own(layer) else self._bind(layer)[0]


def rebind_result(node: Node, known: NodeResult) -> NodeResult:
    """Return the result of a node: that of one with the same structure and inputs, and without a problem."""
    if not isinstance(node, Block):
        sizes = known.inputs, known.outputs, known.cost, known.traffic
        return NodeResult(node, *sizes, known.op, known.largest_child_output_bytes, known.aliases, known.tied)
    # The numbers are shared; only the nodes differ, down to the last layer, since results are found by their nodes.
    passes = [Pass(tuple(map(rebind_result, node.layers, run.children)), run.times) for run in known.passes]
    return replace(known, node=node, passes=tuple(passes))
