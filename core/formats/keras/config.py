"""The configuration of a Keras model as values: its layers, and what each call of one takes.

Keras 3 writes the arguments of a call as they were given, with tensors as `__keras_tensor__`; Keras 2 writes a list of
[layer, call, output, keywords]. Classes are names only: no module that a file names is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.values import MAX_RANK

Json: TypeAlias = Mapping[str, object]

OpenShape: TypeAlias = "tuple[int | None, ...]"
"""A shape in which None is an open size."""

NO_JSON: Json = {}

TENSOR = "__keras_tensor__"

_MAX_DEPTH = 24
"""Deepest lists in one another among the arguments of a call."""


class Reference(NamedTuple):
    """A tensor that a call takes: an output of an earlier call of a layer.

    Attributes:
        layer: the layer's name.
        call: which of its calls.
        output: which output of it.
        shape: as the file states it, where it does.
        dtype: likewise; empty where the file does not say.
        numbered_from_0: whether the first call of a nested model is 0, as Keras 3 has it in calls; else 1.
    """

    layer: str
    call: int
    output: int
    shape: OpenShape | None = None
    dtype: str = ""
    numbered_from_0: bool = True


class Held(NamedTuple):
    """A constant among the arguments of a call: only its shape and its type matter."""

    shape: tuple[int, ...]
    dtype: str


class Arguments(NamedTuple):
    """The arguments of a call: tensors as References, lists as tuples, slices as slices."""

    args: tuple[object, ...]
    kwargs: Mapping[str, object]

    def references(self) -> Iterator[Reference]:
        """Yield the tensors that it takes, in order."""
        yield from tensors_in(self.args, Reference)
        yield from tensors_in(tuple(self.kwargs.values()), Reference)


def tensors_in(value: object, kind: type[Reference]) -> Iterator[Reference]:
    """Yield the references among arguments, in order."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, object]", value).values():
            yield from tensors_in(item, kind)
    elif type(value) is tuple:
        for item in cast("tuple[object, ...]", value):
            yield from tensors_in(item, kind)


class LayerConfig(NamedTuple):
    """A layer of a model.

    Attributes:
        name: unique in its model.
        class_name: the class, without the package of a registered one.
        module: the module that the file names, `?` for one of the user's; never imported. Keras 2 writes none.
        config: the arguments of its constructor.
        calls: what each call takes; one without arguments for a layer of a Sequential.
        inputs: the shape of its first input, as the file states it.
        shared: the number of a layer that is in several models; None for one that is in one.
    """

    name: str
    class_name: str
    module: str
    config: Json
    calls: tuple[Arguments, ...]
    inputs: OpenShape | None
    shared: int | None = None


def layer_config(value: object) -> LayerConfig:
    """Return a layer of the list `layers`.

    Raises:
        FormatError: it is none.
    """
    entry = as_json(value)
    class_name = text(entry, "class_name")
    if not class_name:
        raise FormatError('a layer of the model has no "class_name"; this is no configuration of a Keras model')
    config = as_json(entry.get("config"))
    name = text(entry, "name") or text(config, "name") or class_name
    nodes = entry.get("inbound_nodes")
    calls = tuple([call_of(node, name) for node in cast("list[object]", nodes)]) if isinstance(nodes, list) else ()
    built = as_json(entry.get("build_config"))
    return LayerConfig(
        name=name,
        class_name=class_name.rpartition(">")[2],
        module=text(entry, "module") or ("?" if "module" in entry else ""),
        config=config,
        calls=calls,
        inputs=open_shape(built.get("input_shape", config.get("batch_input_shape"))),
        shared=_int_or_none(entry.get("shared_object_id")),
    )


def call_of(node: object, layer: str) -> Arguments:
    """Return a call from an entry of `inbound_nodes`.

    Raises:
        FormatError: it is malformed.
    """
    if isinstance(node, dict):
        entry = as_json(cast(object, node))
        args = argument(entry.get("args"))
        kwargs = argument(entry.get("kwargs"))
        if isinstance(args, tuple) and isinstance(kwargs, Mapping):
            return Arguments(cast("tuple[object, ...]", args), cast("Mapping[str, object]", kwargs))
    elif isinstance(node, list):
        return _call_of_keras_2(cast("list[object]", node), layer)
    raise FormatError(Message('layer {layer}: an entry of "inbound_nodes" is no call of a layer', layer=layer[:80]))


def _call_of_keras_2(node: Sequence[object], layer: str) -> Arguments:
    """Return a call from [[layer, call, output, keywords], …]; one tensor may stand without its list."""
    items = cast("Sequence[object]", [node] if node and isinstance(node[0], str) else node)
    found: list[object] = []
    kwargs: dict[str, object] = {}
    for item in items:
        reference = _constant_of_keras_2(item) if _is_constant(item) else reference_of(item)
        if reference is None:
            raise FormatError(Message('layer {layer}: an entry of "inbound_nodes" names no tensor', layer=layer[:80]))
        found.append(reference)
        more = cast("list[object]", item)[3:]
        kwargs.update(as_json(more[0] if more else None))
    return Arguments((found[0],) if len(found) == 1 else (tuple(found),), _keras_2_keywords(kwargs))


def _is_constant(item: object) -> bool:
    return isinstance(item, list) and cast("list[object]", item)[:1] == ["_CONSTANT_VALUE"]


def _constant_of_keras_2(item: object) -> object:
    return argument(cast("list[object]", item)[2]) if len(cast("list[object]", item)) > 2 else None


def _keras_2_keywords(kwargs: Mapping[str, object]) -> Mapping[str, object]:
    """Return keywords of a Keras 2 call, in which a tensor is a list [layer, call, output]."""
    return {key: reference_of(value) or argument(value) for key, value in kwargs.items()}


def reference_of(value: object) -> Reference | None:
    """Return the tensor that a list [layer, call, output] names; None for any other value."""
    match as_items(value)[:3]:
        case (str() as layer, int() as call, int() as output):
            return Reference(layer, call, output, numbered_from_0=False)
        case _:
            return None


def argument(value: object, depth: int = 0) -> object:
    """Return an argument of a Keras 3 call as a value.

    Raises:
        FormatError: its lists are nested too deeply.
    """
    if depth > _MAX_DEPTH:
        raise FormatError("the arguments of a call are nested too deeply")
    if isinstance(value, list):
        return tuple([argument(item, depth + 1) for item in cast("list[object]", value)])
    entry = as_json(value)
    if not isinstance(value, dict):
        return value
    config = as_json(entry.get("config"))
    match entry.get("class_name"):
        case "__keras_tensor__":
            return _tensor(config)
        case "__slice__":
            return slice(*(_int_or_none(config.get(key)) for key in ("start", "stop", "step")))
        case "__ellipsis__":
            return Ellipsis
        case "__numpy__" | "__tensor__":
            return Held(_shape_of_lists(config.get("value")), text(config, "dtype") or "float32")
        case _:
            return {key: argument(item, depth + 1) for key, item in entry.items()}


def _tensor(config: Json) -> object:
    found = reference_of(config.get("keras_history"))
    if found is None:
        return None
    shape, dtype = open_shape(config.get("shape")), text(config, "dtype")
    return found._replace(shape=shape, dtype=dtype, numbered_from_0=True)


def _int_or_none(value: object) -> int | None:
    return value if type(value) is int else None


def _shape_of_lists(value: object) -> tuple[int, ...]:
    sizes: list[int] = []
    while isinstance(value, list) and len(sizes) < MAX_RANK:
        items = cast("list[object]", value)
        sizes.append(len(items))
        value = items[0] if items else None
    return tuple(sizes)


def open_shape(value: object) -> OpenShape | None:
    """Return a shape with None for open sizes; None where the value is no shape."""
    if not isinstance(value, list) or len(cast("list[object]", value)) > MAX_RANK:
        return None
    sizes = cast("list[object]", value)
    if any(size is not None and (type(size) is not int or size < 0) for size in sizes):
        return None
    return tuple(cast("list[int | None]", sizes))


def as_json(value: object) -> Json:
    """Return an object of JSON, empty for any other value."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else NO_JSON


def as_items(value: object) -> tuple[object, ...]:
    """Return the items of a list, none where the value is no list."""
    return tuple(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else ()


def text(entry: Json, key: str) -> str:
    """Return the text of a key, empty where it has none."""
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def references_in(value: object) -> list[Reference]:
    """Return the tensors of `input_layers` or `output_layers`: one, or several in lists or by name."""
    found = reference_of(value)
    if found is not None:
        return [found]
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [each for item in items for each in references_in(item)]
