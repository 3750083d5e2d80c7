"""References to choose from: the scope of a node in an analysed network, with the tensors behind each name."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.analysis.node_result import NodeResult, TensorOrMissing, TensorsOrMissing, Unresolved
from layerledger.core.analysis.result import Result
from layerledger.core.analysis.wiring import Scope
from layerledger.core.network.nodes import INPUT, Block
from layerledger.core.network.paths import NodePath, block_at
from layerledger.core.network.references import join_reference


def scope_at(result: Result, path: NodePath) -> Scope[TensorsOrMissing]:
    """Return the scope of the child at `path`, in the first pass of its blocks; a path behind the last child is one.

    A node whose number of outputs is unknown has one `Unresolved`, as in the engine, where any output of it resolves.
    """
    parent, end = path[:-1], path[-1]
    siblings = block_at(result.network, parent).layers
    known = result.at(parent)
    inputs = {name: (tensor,) for name, tensor in result.inputs.items()}
    scope = Scope[TensorsOrMissing](entering(known), inputs, siblings)
    found = known.children if known else ()
    for i, node in enumerate(siblings[:end]):
        scope.add(node.name, found[i].produced if i < len(found) else (Unresolved(node.name),))
    return scope


def entering(block: NodeResult | None) -> TensorsOrMissing:
    """Return the tensors that enter every pass of a block: from the second on, these are as many as its outputs."""
    if block is None:
        return (Unresolved(INPUT),)
    if not isinstance(block.node, Block) or block.node.repeat <= 1:
        return block.inputs
    # A choice must hold in every pass. The first takes the inputs of the block; each other one the outputs before it,
    # which may be fewer. While they are unknown, the block has as many as it declares.
    declared = len(block.node.outputs) or 1
    return block.inputs[: declared if is_unknown(block.produced) else len(block.produced)]


def is_unknown(outputs: TensorsOrMissing) -> bool:
    """Return whether the number of a node's outputs is unknown."""
    return len(outputs) == 1 and isinstance(outputs[0], Unresolved)


def choices_at(result: Result, path: NodePath) -> Iterator[tuple[str, TensorOrMissing]]:
    """Yield the references that the child at `path` can have, nearest first, each with its tensor."""
    for name, outputs in scope_at(result, path).choices():
        if ":" not in name:  # what a reference cannot name cannot be chosen
            yield from ((join_reference(name, i), tensor) for i, tensor in enumerate(outputs))
