"""Reader of `.layers` files: JSON made for people and for diff. Unknown keys are kept, so that they are saved again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.json_reader import (
    Object,
    as_array,
    as_boolean,
    as_integer,
    as_object,
    as_text,
    as_texts,
    extra,
    frozen_object,
    get,
    need,
    parse,
    short,
    shown,
)
from layerledger.core.base.messages import Message
from layerledger.core.formats.native_writer import FORMAT, MAX_FILE_BYTES, VERSION, write
from layerledger.core.network.nodes import (
    BLOCK,
    MAX_DEPTH,
    MAX_LAYERS,
    NO_VALUES,
    Block,
    Layer,
    Network,
    NetworkInput,
    Node,
)

__all__ = ["FORMAT", "MAX_FILE_BYTES", "SUFFIX", "VERSION", "read", "write"]

SUFFIX = ".layers"

# All other keys are kept in `extra`, from which a node moves those that it knows, such as `dtypes`, into its fields.
_NETWORK_KEYS = ("format", "version", "name", "inputs", "layers", "outputs")
_INPUT_KEYS = ("name", "shape", "dtype")
_LAYER_KEYS = ("name", "type", "params", "inputs", "tied_to")
_BLOCK_KEYS = ("name", "type", "repeat", "share_weights", "inputs", "outputs", "tied_to", "layers")


def read(text: str) -> Network:
    """Return the network in the text of a `.layers` file.

    Raises:
        FormatError: with the place, the rule and the value.
    """
    if len(text) > MAX_FILE_BYTES:
        raise FormatError(
            Message("the file must have at most {max_mib} MiB; it is larger", max_mib=MAX_FILE_BYTES // 2**20)
        )
    top = as_object(parse(text), "the file")
    _check_header(top)
    layers = get(top, "layers", (), as_array, "layers")
    # Counted before any node is made, so that a file that is too large is refused at little cost.
    if (count := _count(layers, 0)) > MAX_LAYERS:
        raise FormatError(
            Message(
                "the file has {count:,} layers and blocks; at most {max_layers:,} fit",
                count=count,
                max_layers=MAX_LAYERS,
            )
        )
    root = Block(name="", layers=_nodes(layers, "layers", 0), outputs=get(top, "outputs", (), as_texts, "outputs"))
    inputs = get(top, "inputs", (), as_array, "inputs")
    return Network(
        name=get(top, "name", "untitled", as_text, "name"),
        inputs=tuple(_input(value, f"inputs[{i}]") for i, value in enumerate(inputs)),
        root=root,
        extra=extra(top, _NETWORK_KEYS, "the file") or NO_VALUES,
    )


def _check_header(top: Object) -> None:
    if top.get("format") != FORMAT:
        raise FormatError(
            Message(
                'this is not a LayerLedger file: "format" must be "{format}"; got {value}',
                format=FORMAT,
                value=shown(top.get("format")),
            )
        )
    version = top.get("version")
    if type(version) is not int or version < 1:
        raise FormatError(Message('"version" must be {version}; got {value}', version=VERSION, value=shown(version)))
    if version > VERSION:
        raise FormatError(
            Message(
                "this file has format version {version}, from a newer LayerLedger; this one reads up to {newest}",
                version=shown(version),
                newest=VERSION,
            )
        )


def _count(values: Sequence[object], depth: int) -> int:
    """Return the number of layers and blocks in JSON, whatever else is wrong with it."""
    count = len(values)
    for value in values if depth <= MAX_DEPTH else ():
        if isinstance(value, dict) and isinstance(below := cast(Object, value).get("layers"), list):
            count += _count(cast("list[object]", below), depth + 1)
    return count


def _nodes(values: Sequence[object], place: str, depth: int) -> tuple[Node, ...]:
    if depth > MAX_DEPTH:
        raise FormatError(
            Message("{place}: blocks are nested more than {max_depth} deep", place=short(place), max_depth=MAX_DEPTH)
        )
    return tuple([_node(as_object(value, f"{place}[{i}]"), f"{place}[{i}]", depth) for i, value in enumerate(values)])


def _node(value: Object, place: str, depth: int) -> Node:
    kind = as_text(need(value, "type", place), f"{place}.type")
    name = as_text(need(value, "name", place), f"{place}.name")
    return _block(value, name, place, depth) if kind == BLOCK else _layer(value, name, kind, place)


def _layer(value: Object, name: str, kind: str, place: str) -> Layer:
    params = get(value, "params", {}, as_object, f"{place}.params")
    return Layer(
        name=name,
        type=kind,
        params=frozen_object(params, f"{place}.params") if params else NO_VALUES,
        inputs=get(value, "inputs", (), as_texts, f"{place}.inputs"),
        tied_to=get(value, "tied_to", None, as_text, f"{place}.tied_to"),
        extra=extra(value, _LAYER_KEYS, place) or NO_VALUES,
    )


def _block(value: Object, name: str, place: str, depth: int) -> Block:
    return Block(
        name=name,
        layers=_nodes(get(value, "layers", (), as_array, f"{place}.layers"), f"{place}.layers", depth + 1),
        inputs=get(value, "inputs", (), as_texts, f"{place}.inputs"),
        outputs=get(value, "outputs", (), as_texts, f"{place}.outputs"),
        repeat=get(value, "repeat", 1, as_integer, f"{place}.repeat"),
        share_weights=get(value, "share_weights", False, as_boolean, f"{place}.share_weights"),
        tied_to=get(value, "tied_to", None, as_text, f"{place}.tied_to"),
        extra=extra(value, _BLOCK_KEYS, place) or NO_VALUES,
    )


def _input(value: object, place: str) -> NetworkInput:
    given = as_object(value, place)
    sizes = as_array(need(given, "shape", place), f"{place}.shape")
    return NetworkInput(
        name=as_text(need(given, "name", place), f"{place}.name"),
        shape=tuple(as_integer(size, f"{place}.shape[{i}]") for i, size in enumerate(sizes)),
        dtype=get(given, "dtype", "float32", as_text, f"{place}.dtype"),
        extra=extra(given, _INPUT_KEYS, place) or NO_VALUES,
    )
