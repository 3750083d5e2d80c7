"""The dtypes of single layers: those that a layer declares, else those of its network."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.analysis.evaluation import declared_dtypes, real_dtype, weights_of
from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.result import Result
from layerledger.core.base.dtypes import NOTHING_STATED, Dtypes
from layerledger.core.base.messages import Message
from layerledger.core.network.nodes import Block, Layer


def layer_declares(node: NodeResult) -> Dtypes:
    """Return the dtypes that a layer declares of its own; none for a block."""
    stated = node.node.stored_dtypes if isinstance(node.node, Layer) else None
    return NOTHING_STATED if stated is None else declared_dtypes(stated)[0]


def weight_dtype_of(result: Result, node: NodeResult) -> str:
    """Return the dtype in which a layer's weights are stored."""
    own, dtypes = layer_declares(node).weights, result.layer_dtypes
    if own or not dtypes.follows:
        return own or dtypes.weights
    return weights_of(dtypes, node.known_inputs or (), node.outputs or ())


def compute_dtype_of(node: NodeResult, dtype: str, *, follows: bool) -> str:
    """Return the dtype in which a layer computes.

    Args:
        node: the layer.
        dtype: in which its network computes.
        follows: whether the network declares nothing and its inputs are quantized (`LayerDtypes.follows`).
    """
    if declared := layer_declares(node).compute:
        return declared
    if follows and node.known_inputs is not None and (real := real_dtype((*node.known_inputs, *(node.outputs or ())))):
        return real
    return dtype


def cache_dtype_of(result: Result, node: NodeResult, keys: str) -> str:
    """Return the dtype in which a layer keeps keys and values: that which is stated, else that of its `keys`."""
    return layer_declares(node).cache or result.stated.cache or keys


def weight_dtypes(result: Result) -> tuple[str, ...]:
    """Return the dtypes in which the weights of a network are stored, each once, that of the most bytes first."""
    if not result.layer_dtypes.follows and not _any_declares(result.network.root):
        return (result.weights,)  # asked after every edit, so without a look at each result
    found: dict[str, int] = {}
    for node, times in _layers_with_weights(result.root):
        dtype = weight_dtype_of(result, node)
        found[dtype] = found.get(dtype, 0) + times * node.weight_bytes
    return tuple(sorted(found, key=lambda dtype: -found[dtype])) or (result.weights,)


def precision_text(result: Result) -> str:
    """Return the name of a network's precision, and the dtypes of weights that differ from it."""
    own, found = result.precision, weight_dtypes(result)
    others = " and ".join(dtype for dtype in found if dtype != own.weights)
    if not others:
        return own.text
    if own.weights in found:
        return Message("{precision}; some weights in {others}", precision=own.text, others=others)
    return Message("{precision}; weights in {others}", precision=own.text, others=others)


def weights_text(result: Result) -> str:
    """Return the dtypes in which weights are stored, that of the most bytes first."""
    return " and ".join(weight_dtypes(result))


def _any_declares(block: Block) -> bool:
    """Return whether a layer in a block declares dtypes of its own."""
    # Over all layers after every edit: a loop is the quickest.
    for node in block.layers:
        if _any_declares(node) if isinstance(node, Block) else node.stored_dtypes is not None:
            return True
    return False


def _layers_with_weights(node: NodeResult, times: int = 1) -> Iterator[tuple[NodeResult, int]]:
    if not node.weight_bytes:
        return
    if isinstance(node.node, Layer):
        yield node, times
    for run in node.passes:
        for child in run.children:
            yield from _layers_with_weights(child, times * run.times)
