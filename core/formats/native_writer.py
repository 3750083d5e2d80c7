"""Writer of `.layers` files: whatever fits is on one line, so that a layer is one line, and a diff shows it as one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value
from layerledger.core.network.nodes import (
    BLOCK,
    MAX_DEPTH,
    MAX_LAYERS,
    METADATA_KEYS,
    Block,
    Layer,
    Network,
    NetworkInput,
    Node,
)
from layerledger.core.network.paths import count_nodes

FORMAT = "layerledger"
VERSION = 1
MAX_FILE_BYTES = 32 * 2**20
"""Largest file that is opened: far more than MAX_LAYERS layers need."""

_Object: TypeAlias = dict[str, Any]
_WIDTH = 120
_DESCRIPTION_KEYS = (*METADATA_KEYS[:-1], "tool_notes", METADATA_KEYS[-1])


def write(network: Network) -> str:
    """Return `network` as the text of a `.layers` file.

    Raises:
        FormatError: it contains an unpaired surrogate or a number that is not finite, or is larger than can be read.
    """
    if network.root.height > MAX_DEPTH + 1:
        raise FormatError(
            Message(
                "blocks are nested {height} deep; at most {max_depth} can be saved",
                height=network.root.height - 1,
                max_depth=MAX_DEPTH,
            )
        )
    if (count := count_nodes(network.root)) > MAX_LAYERS:
        raise FormatError(
            Message(
                "the network has {count:,} layers and blocks; at most {max_layers:,} can be saved",
                count=count,
                max_layers=MAX_LAYERS,
            )
        )
    found = _network_object(network)
    try:
        text = _dump(found, 0) + "\n"
        nbytes = len(text.encode())
    except (TypeError, ValueError, RecursionError):
        # The place is sought only after a failure: a check of each value would slow down every save.
        raise FormatError(_unsavable(found)) from None
    if nbytes > MAX_FILE_BYTES:
        raise FormatError(
            Message(
                "the file would be larger than {max_mib} MiB and could not be opened again",
                max_mib=MAX_FILE_BYTES // 2**20,
            )
        )
    return text


def _network_object(network: Network) -> _Object:
    top: _Object = {"format": FORMAT, "version": VERSION, "name": network.name}
    top["inputs"] = [_input_object(i) for i in network.inputs]
    top["layers"] = [_node_object(node) for node in network.layers]
    if network.root.outputs:
        top["outputs"] = network.root.outputs
    for key in _DESCRIPTION_KEYS:
        if key in network.metadata:
            top[key] = network.metadata[key]
        elif key == "tool_notes" and network.tool_notes is not None:
            top[key] = network.tool_notes
    if network.stored_dtypes is not None:
        top["dtypes"] = network.stored_dtypes
    if network.budgets is not None:
        top["budgets"] = network.budgets
    if network.imported is not None:
        top["imported"] = network.imported
    return _with_extra(top, network.extra)


def _input_object(given: NetworkInput) -> _Object:
    return _with_extra({"name": given.name, "shape": given.shape, "dtype": given.dtype}, given.extra)


def _node_object(node: Node) -> _Object:
    return _block_object(node) if isinstance(node, Block) else _layer_object(node)


def _layer_object(layer: Layer) -> _Object:
    found: _Object = {"name": layer.name, "type": layer.type}
    if layer.params:
        found["params"] = dict(layer.params)
    if layer.inputs:
        found["inputs"] = layer.inputs
    if layer.tied_to is not None:
        found["tied_to"] = layer.tied_to
    if layer.stored_dtypes is not None:
        found["dtypes"] = layer.stored_dtypes
    if layer.trainable is not None:
        found["trainable"] = layer.trainable
    if layer.torch_call is not None:
        found["torch"] = layer.torch_call
    return _with_extra(found, layer.extra)


def _block_object(block: Block) -> _Object:
    found: _Object = {"name": block.name, "type": BLOCK}
    if block.repeat != 1:
        found["repeat"] = block.repeat
    if block.share_weights:
        found["share_weights"] = True
    if block.inputs:
        found["inputs"] = block.inputs
    if block.outputs:
        found["outputs"] = block.outputs
    if block.tied_to is not None:
        found["tied_to"] = block.tied_to
    if block.trainable is not None:
        found["trainable"] = block.trainable
    found = _with_extra(found, block.extra)
    found["layers"] = [_node_object(node) for node in block.layers]
    return found


def _with_extra(found: _Object, extra: Mapping[str, Value]) -> _Object:
    return {**found, **{key: value for key, value in extra.items() if key not in found}} if extra else found


# -- text


def _plain(value: object) -> object:
    """Return any other Mapping as a dict, which the encoder accepts."""
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, object], value))
    raise TypeError


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode


def _dump(value: Any, indent: int) -> str:
    """Return JSON, broken into lines where it does not fit on one or contains layers."""
    if isinstance(value, Mapping):
        items: _Object = dict(cast(Mapping[str, Any], value))
        # A node with layers is always broken into lines, so that each layer has its own.
        if "layers" not in items and len(line := _encode(items)) + indent <= _WIDTH:
            return line
        return _lines("{", [f"{_encode(k)}: {_dump(v, indent + 2)}" for k, v in items.items()], "}", indent)
    if isinstance(value, list | tuple):
        array = cast(Sequence[object], value)
        if not any(isinstance(v, Mapping) for v in array) and len(line := _encode(array)) + indent <= _WIDTH:
            return line
        return _lines("[", [_dump(v, indent + 2) for v in array], "]", indent)
    return _encode(value)


def _lines(start: str, rows: Sequence[str], end: str, indent: int) -> str:
    if not rows:
        return start + end
    pad = "\n" + " " * (indent + 2)
    return start + pad + f",{pad}".join(rows) + "\n" + " " * indent + end


# -- what cannot be saved


def _unsavable(top: _Object) -> Message:
    """Return a sentence on the first value that cannot be saved."""
    for place, value in _leaves(top, "", 0):
        try:
            _encode(value).encode()
        except UnicodeEncodeError:
            return Message("{place} contains an unpaired surrogate and cannot be saved; delete it", place=place)
        except (TypeError, ValueError, RecursionError):
            return Message(
                "{place} contains a value that cannot be saved, such as a number that is not finite; change it",
                place=place,
            )
    return Message("the network contains a value that cannot be saved")


def _leaves(value: Any, place: str, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and depth < 100:
        for key, below in cast(Mapping[str, Any], value).items():
            yield place or Message("a key"), key
            yield from _leaves(below, f"{place}.{key}" if place else key, depth + 1)
    elif isinstance(value, list | tuple) and depth < 100:
        for i, below in enumerate(cast(Sequence[Any], value)):
            yield from _leaves(below, f"{place}[{i}]", depth + 1)
    else:
        yield place, value
