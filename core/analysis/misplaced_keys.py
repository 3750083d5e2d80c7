"""Check for unknown keys that mean something elsewhere, such as `requires_grad` or a parameter beside `params`.

A file keeps unknown keys, so that it can be of a newer version: one that means nothing here is no problem. One that
people write for a known key, or that belongs into another place, would be ignored without a word, and gets a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from layerledger.core.analysis.node_result import Problem
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value, params_of, show
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.network.nodes import METADATA_KEYS, Block, Layer, Network
from layerledger.core.network.paths import NodePath, dotted, node_at

_LAYER = ("name", "type", "params", "inputs", "tied_to", "dtypes", "trainable", "torch")
_BLOCK = ("name", "type", "repeat", "share_weights", "inputs", "outputs", "tied_to", "trainable", "layers")
_NETWORK = ("name", "inputs", "layers", "outputs", "dtypes", "budgets", "tool_notes", *METADATA_KEYS)
_INPUT = ("name", "shape", "dtype")

_TRAINABLE = dict.fromkeys(("requires_grad", "requiresgrad", "frozen", "freeze", "is_frozen", "learnable"), "trainable")
_DTYPES = dict.fromkeys(("dtype", "precision", "weights", "activations", "quantization", "quantized"), "dtypes")
_WIRED = {"from": "inputs", "src": "inputs", "source": "inputs", "sources": "inputs", "parents": "inputs"}
_REPEAT = dict.fromkeys(("repeats", "times", "count", "copies"), "repeat")
_TIED = dict.fromkeys(("tie", "tied", "tied_with", "shared_with", "share", "shares", "weights_of"), "tied_to")
_PARAMS = dict.fromkeys(("parameters", "kwargs", "args", "arguments"), "params")

_FOR_LAYER = {**_TRAINABLE, **_DTYPES, **_WIRED, **_TIED, **_PARAMS, "class": "type", "op": "type"}
_FOR_BLOCK = {
    **_TRAINABLE,
    **_WIRED,
    **_REPEAT,
    **_TIED,
    **dict.fromkeys(("share", "shared", "shared_weights", "weight_sharing"), "share_weights"),
    **dict.fromkeys(("children", "nodes", "modules", "blocks", "body"), "layers"),
}
_FOR_NETWORK = {
    **_DTYPES,
    **dict.fromkeys(("input_shape", "shape", "input_size", "batch", "batch_size"), "inputs"),
    **dict.fromkeys(("children", "nodes", "modules", "blocks"), "layers"),
}
_FOR_INPUT = {"type": "dtype", "precision": "dtype", "size": "shape", "dims": "shape", "dimensions": "shape"}


def misplaced_keys(network: Network, paths: Iterable[NodePath]) -> Iterator[Problem]:
    """Yield a warning for each unknown key that means something elsewhere.

    Args:
        network: as its file holds it.
        paths: of its nodes with unknown keys.
    """
    for key in _stating(network.extra):
        if sentence := _of_network(key):
            yield Problem("warning", sentence)  # the network has fields of its inputs, which may have this name
    for given in network.inputs:
        for key in _stating(given.extra):
            if meant := _meant(key, _FOR_INPUT, _INPUT):
                yield Problem("warning", _unused(key, meant), key, given.name)
    for path in paths:
        node = node_at(network, path)
        for key in _stating(node.extra):
            if sentence := _of_block(key) if isinstance(node, Block) else _of_layer(node, key):
                yield Problem("warning", sentence, key, dotted(network, path), path)


def _stating(extra: Mapping[str, Value]) -> list[str]:
    """Return the keys that state something; null states nothing."""
    return [key for key, value in extra.items() if value is not None]


def _of_layer(layer: Layer, key: str) -> Message | None:
    kind = LAYER_TYPES.get(layer.type)
    declared = params_of(kind) if kind else {}
    if key in declared:
        return Message(
            "the key {key} is kept in the file, but not used; {type} has a parameter of that name: write it into "
            "params",
            key=show(key),
            type=layer.type,
        )
    if meant := _meant(key, _FOR_LAYER, _LAYER):
        return _unused(key, meant)
    if key in _BLOCK or key in _FOR_BLOCK:
        return _not_here(key, Message("a layer"), Message("blocks"), _FOR_BLOCK)
    if kind and _plain(key) in ("activation", "nonlinearity", "act"):
        return Message(
            "the key {key} is kept in the file, but not used: {type} applies no activation function; add one as a "
            "layer",
            key=show(key),
            type=layer.type,
        )
    return None


def _of_block(key: str) -> Message | None:
    if meant := _meant(key, _FOR_BLOCK, _BLOCK):
        return _unused(key, meant)
    if key in _LAYER or key in _FOR_LAYER:
        return _not_here(key, Message("a block"), Message("the layers in it"), _FOR_LAYER)
    return None


def _of_network(key: str) -> Message | None:
    if meant := _meant(key, _FOR_NETWORK, _NETWORK):
        return _unused(key, meant)
    if key in _LAYER or key in _BLOCK or key in _TRAINABLE or key in _REPEAT:
        return _not_here(key, Message("the network"), Message("layers and blocks"), {**_FOR_LAYER, **_REPEAT})
    return None


def _meant(key: str, others: Mapping[str, str], known: tuple[str, ...]) -> str | None:
    """Return the known key for which one was written: another word for it, or the same but for case, _ and plural."""
    if key in known:
        return None
    plain = _plain(key)
    return others.get(key.lower()) or next((name for name in known if _plain(name) == plain), None)


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "").rstrip("s")


def _unused(key: str, meant: str) -> Message:
    return Message(
        "the key {key} is kept in the file, but not used; did you mean {meant}?", key=show(key), meant=show(meant)
    )


def _not_here(key: str, place: Message, owner: Message, others: Mapping[str, str]) -> Message:
    meant = others.get(key, key)
    if meant != key:
        owner = Message("{owner}, where it is called {meant}", owner=owner, meant=show(meant))
    return Message(
        "the key {key} has no effect on {place}; it belongs to {owner}", key=show(key), place=place, owner=owner
    )
