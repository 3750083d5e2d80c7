"""The `.layers` file: JSON made for people and for diff. Reading then writing is the identity; what is not known is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn, TypeAlias, cast


from layerledger.core.formats.errors import FormatError
from layerledger.core.network import BLOCK, MAX_DEPTH, MAX_LAYERS, NO_VALUES, Block, Layer, Network, NetworkInput, Node
from layerledger.core.params import Value

FORMAT = "layerledger"
VERSION = 1
SUFFIX = ".layers"
MAX_FILE_BYTES = 32 * 2**20
"""Largest file that is opened: far more than MAX_LAYERS layers need."""

_WIDTH = 120
_Object: TypeAlias = dict[str, Any]

_NETWORK_KEYS = ("format", "version", "name", "inputs", "layers", "outputs")
_INPUT_KEYS = ("name", "shape", "dtype")
_LAYER_KEYS = ("name", "type", "params", "inputs", "tied_to")
_BLOCK_KEYS = ("name", "type", "repeat", "share_weights", "inputs", "outputs", "tied_to", "layers")


# -- reading


def read(text: str) -> Network:
    """Returns the network that `text` holds.

    Raises:
        FormatError: with the place and what would do.
    """
    top = _object(_parse(text), "the file")
    _check_header(top)
    root = Block(
        name="",
        layers=_nodes(_get(top, "layers", (), _array, "layers"), "layers", 1),
        outputs=_names(top, "outputs", ""),
    )
    count = _count(root)
    if count > MAX_LAYERS:
        raise FormatError(f"the file has {count:,} layers; at most {MAX_LAYERS:,} fit")
    inputs = _get(top, "inputs", (), _array, "inputs")
    return Network(
        name=_get(top, "name", "untitled", _string, "name"),
        inputs=tuple(_input(value, f"inputs[{i}]") for i, value in enumerate(inputs)),
        root=root,
        extra=_extra(top, _NETWORK_KEYS),
    )


def _parse(text: str) -> object:
    if len(text) > MAX_FILE_BYTES:
        raise FormatError(f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FormatError(f"line {error.lineno}, column {error.colno}: this is not JSON: {_lower(error.msg)}") from None
    except RecursionError:
        raise FormatError(f"the file is nested too deeply; blocks may be nested {MAX_DEPTH} deep") from None
    except ValueError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("the file holds a number of more digits than can be read") from None


def _unique(pairs: list[tuple[str, Any]]) -> _Object:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FormatError(f'the key "{twice[:60]}" is given twice in one object')
    return found


def _no_constant(name: str) -> NoReturn:
    raise FormatError(f"{name} is not JSON; a number must be finite")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _check_header(top: _Object) -> None:
    if top.get("format") != FORMAT:
        raise FormatError(f'this is no LayerLedger file: "format" must be "{FORMAT}"; {_got(top.get("format"))}')
    version = top.get("version")
    if type(version) is not int or version < 1:
        raise FormatError(f'"version" must be {VERSION}; {_got(version)}')
    if version > VERSION:
        raise FormatError(
            f"this file has format version {version}, from a newer LayerLedger; this one reads up to {VERSION}"
        )


def _nodes(values: Sequence[object], place: str, depth: int) -> tuple[Node, ...]:
    if depth > MAX_DEPTH + 1:
        raise FormatError(f"{_short(place)}: blocks are nested more than {MAX_DEPTH} deep")
    return tuple(_node(_object(value, f"{place}[{i}]"), f"{place}[{i}]", depth) for i, value in enumerate(values))


def _node(value: _Object, place: str, depth: int) -> Node:
    kind = _need(value, "type", place)
    name = _need(value, "name", place)
    return _block(value, name, place, depth) if kind == BLOCK else _layer(value, name, kind, place)


def _layer(value: _Object, name: str, kind: str, place: str) -> Layer:
    params = _get(value, "params", {}, _object, f"{place}.params")
    return Layer(
        name=name,
        type=kind,
        params=MappingProxyType({k: _frozen(v) for k, v in params.items()}) if params else NO_VALUES,
        inputs=_names(value, "inputs", place),
        tied_to=_get(value, "tied_to", None, _string, f"{place}.tied_to"),
        extra=_extra(value, _LAYER_KEYS),
    )


def _block(value: _Object, name: str, place: str, depth: int) -> Block:
    return Block(
        name=name,
        layers=_nodes(_get(value, "layers", (), _array, f"{place}.layers"), f"{place}.layers", depth + 1),
        inputs=_names(value, "inputs", place),
        outputs=_names(value, "outputs", place),
        repeat=_get(value, "repeat", 1, _integer, f"{place}.repeat"),
        share_weights=_get(value, "share_weights", False, _boolean, f"{place}.share_weights"),
        tied_to=_get(value, "tied_to", None, _string, f"{place}.tied_to"),
        extra=_extra(value, _BLOCK_KEYS),
    )


def _input(value: object, place: str) -> NetworkInput:
    given = _object(value, place)
    sizes = _array(_need_any(given, "shape", place), f"{place}.shape")
    return NetworkInput(
        name=_need(given, "name", place),
        shape=tuple(_integer(size, f"{place}.shape[{i}]") for i, size in enumerate(sizes)),
        dtype=_get(given, "dtype", "float32", _string, f"{place}.dtype"),
        extra=_extra(given, _INPUT_KEYS),
    )


def _count(block: Block) -> int:
    return sum(_count(n) if isinstance(n, Block) else 1 for n in block.layers)


def _names(value: _Object, key: str, place: str) -> tuple[str, ...]:
    where = f"{place}.{key}" if place else key
    found = _get(value, key, (), _array, where)
    return tuple(_string(name, f"{where}[{i}]") for i, name in enumerate(found))


def _get(value: _Object, key: str, default: Any, check: Callable[[object, str], Any], place: str) -> Any:
    return check(value[key], place) if key in value else default


def _need(value: _Object, key: str, place: str) -> str:
    return _string(_need_any(value, key, place), f"{place}.{key}")


def _need_any(value: _Object, key: str, place: str) -> object:
    if key not in value:
        raise FormatError(f'{_short(place)}: the key "{key}" is missing')
    return value[key]


def _object(value: object, place: str) -> _Object:
    if not isinstance(value, dict):
        raise FormatError(f"{_short(place)} must be an object {{…}}; {_got(value)}")
    return cast(_Object, value)


def _array(value: object, place: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise FormatError(f"{_short(place)} must be an array […]; {_got(value)}")
    return cast("list[object]", value)


def _string(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise FormatError(f"{_short(place)} must be a text; {_got(value)}")
    return value


def _integer(value: object, place: str) -> int:
    if type(value) is not int:
        raise FormatError(f"{_short(place)} must be an integer; {_got(value)}")
    return value


def _boolean(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise FormatError(f"{_short(place)} must be true or false; {_got(value)}")
    return value


def _got(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"got {text}" if len(text) <= 60 else f"got {text[:57]}…"


def _short(place: str) -> str:
    return place if len(place) <= 80 else f"…{place[-79:]}"


def _extra(value: _Object, known: Sequence[str]) -> Mapping[str, Value]:
    rest = {key: _frozen(v) for key, v in value.items() if key not in known}
    return MappingProxyType(rest) if rest else NO_VALUES


def _frozen(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_frozen(v) for v in cast("list[object]", value))
    if isinstance(value, dict):
        return MappingProxyType({k: _frozen(v) for k, v in cast(_Object, value).items()})
    return value


# -- writing


def write(network: Network) -> str:
    """Returns `network` as the text of a `.layers` file."""
    top: _Object = {"format": FORMAT, "version": VERSION, "name": network.name}
    top["inputs"] = [_input_object(i) for i in network.inputs]
    top["layers"] = [_node_object(node) for node in network.layers]
    if network.root.outputs:
        top["outputs"] = list(network.root.outputs)
    return _dump(top | _thawed(network.extra), 0) + "\n"


def _input_object(given: NetworkInput) -> _Object:
    return {"name": given.name, "shape": list(given.shape), "dtype": given.dtype} | _thawed(given.extra)


def _node_object(node: Node) -> _Object:
    return _block_object(node) if isinstance(node, Block) else _layer_object(node)


def _layer_object(layer: Layer) -> _Object:
    found: _Object = {"name": layer.name, "type": layer.type}
    if layer.params:
        found["params"] = _thawed(layer.params)
    if layer.inputs:
        found["inputs"] = list(layer.inputs)
    if layer.tied_to is not None:
        found["tied_to"] = layer.tied_to
    return found | _thawed(layer.extra)


def _block_object(block: Block) -> _Object:
    found: _Object = {"name": block.name, "type": BLOCK}
    if block.repeat != 1:
        found["repeat"] = block.repeat
    if block.share_weights:
        found["share_weights"] = True
    if block.inputs:
        found["inputs"] = list(block.inputs)
    if block.outputs:
        found["outputs"] = list(block.outputs)
    if block.tied_to is not None:
        found["tied_to"] = block.tied_to
    return found | _thawed(block.extra) | {"layers": [_node_object(node) for node in block.layers]}


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _thawed(v) for k, v in cast(Mapping[str, object], value).items()}
    if isinstance(value, tuple):
        return [_thawed(v) for v in cast("tuple[object, ...]", value)]
    return value


def _holds_layers(value: _Object | list[Any]) -> bool:
    return "layers" in value if isinstance(value, dict) else any(isinstance(v, dict) for v in value)


def _dump(value: Any, indent: int) -> str:
    """Returns JSON with whatever fits on one line; a layer is a line, and so is its difference."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (len(line) + indent <= _WIDTH and not _holds_layers(value)):
        return line
    pad, end = "\n" + " " * (indent + 2), "\n" + " " * indent
    if isinstance(value, dict):
        rows = [f"{json.dumps(k, ensure_ascii=False)}: {_dump(v, indent + 2)}" for k, v in cast(_Object, value).items()]
        return "{" + pad + f",{pad}".join(rows) + end + "}"
    rows = [_dump(v, indent + 2) for v in value]
    return "[" + pad + f",{pad}".join(rows) + end + "]"
