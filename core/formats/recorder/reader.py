"""Reader of .trace.json: modules of torch.nn become layers with their own parameters, functions go by the table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from layerledger.core.base.files import FormatError, read_bytes
from layerledger.core.base.json_reader import Object, as_array, as_object
from layerledger.core.base.messages import Message
from layerledger.core.base.params import params_of
from layerledger.core.base.shapes import ELEMENT_BYTES, Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.aten.mapping import outputs_of
from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, parse_json
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.graph import Graph, Uncounted, is_possible
from layerledger.core.formats.importing.graph_notes import graph_notes
from layerledger.core.formats.importing.notes import Imported, sorted_notes
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.importing.tensor import ModulePlace, Tensor, UnknownShapeError
from layerledger.core.formats.recorder.functions import function_outputs
from layerledger.core.formats.recorder.recurrent import recurrent_params
from layerledger.core.formats.recorder.signatures import RENAMED, SIGNATURES, SPREAD
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.network.nodes import Network

TITLE = "PyTorch trace"
FORMAT = "layerledger-trace"
VERSION = 1

_INFINITY = re.compile(rb"(?<=[\[:, ])(-?Infinity|NaN)(?=[\],}])")
"""Numbers that Python writes into JSON though it has none of them, such as the argument of masked_fill."""

_MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError)


def read(path: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of a recorded trace.

    Raises:
        FormatError: the file is no trace, or one of a later version; the sentence says why.
    """
    content = _INFINITY.sub(rb'"\1"', read_bytes(path, MAX_JSON_BYTES))
    top = as_object(parse_json(content), "the file")
    if top.get("format") != FORMAT or top.get("version") != VERSION:
        raise FormatError(
            Message('this is no trace that can be read: "format" must be "{format}" and "version" 1', format=FORMAT)
        )
    tracer = _Tracer(options)
    try:
        tracer.run(top)
    except _MALFORMED as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("this trace is damaged: a tensor or a call in it is not as the recorder writes it") from None
    name = top.get("name")
    title = name if isinstance(name, str) and name else path.name.partition(".")[0]
    network = assemble(tracer.graph, title, options)
    version = top.get("torch")
    imported = Imported(
        file=path.name,
        format=TITLE,
        made_by=f"PyTorch {version.partition('+')[0]}"[:40] if isinstance(version, str) else "PyTorch",
        notes=sorted_notes(graph_notes(tracer.graph, network)),
    )
    return replace(network, imported=imported.stored())


class _Tracer:
    """Maps the calls of a trace in order."""

    def __init__(self, options: ImportOptions) -> None:
        self._options = options
        self.graph = Graph()
        self._known: dict[int, Tensor] = {}

    def run(self, top: Object) -> None:
        """Fill the graph."""
        for i, stated in enumerate(_objects(top, "inputs")):
            self._known[stated["t"]] = self.graph.add_input(f"x{i}" if i else "x", _shape(stated), _dtype(stated))
        for i, stated in enumerate(_objects(top, "calls")):
            self._options.report_operators(i)
            self._call(stated)
        found = [self._known.get(stated["t"]) for stated in _objects(top, "outputs")]
        self.graph.outputs = [x for x in found if x is not None and not x.constant]

    def _call(self, stated: Object) -> None:
        path, outputs = _path(stated["path"]), stated["out"]
        given = [self._value(each) for each in stated["args"]]
        named = {name: self._value(each) for name, each in stated["kwargs"].items()}
        name = str(stated["call"])
        if "module" in stated:
            self.graph.place = ModulePlace(path[:-1], path[-1] if path else name)
            made = self._module(name, stated, [*given, *named.values()])
        else:
            name = RENAMED.get(name, name)
            self.graph.place = ModulePlace(path, name.strip("_"))
            made = self._function(name, given, named, outputs)
        self._known.update((each["t"], x) for each, x in zip(outputs, made, strict=False))

    def _module(self, kind: str, stated: Object, given: Sequence[Any]) -> list[Tensor]:
        """Add the layer that a module of torch.nn is."""
        shapes = [_shape(each) for each in stated["out"]]
        tensors = _tensors(given)
        live = [x for x in tensors if not x.constant] or tensors[:1]
        try:
            if kind not in LAYER_TYPES:
                raise Uncounted("no layer type does this")
            if kind == "MultiheadAttention":
                live = live[:1] if all(x is live[0] for x in live[:3]) else live[:3]
            weights = tuple(str(each[2]) for each in stated["weights"])
            params = _module_params(kind, {**recurrent_params(kind, stated), **stated["module"]}, stated["kwargs"])
            return self.graph.emit(kind, live, params, weights=weights, stated=shapes)
        except Uncounted as reason:
            why = str(reason)
        except UnknownShapeError as error:
            why = Message("the shape of {tensor} is not known", tensor=str(error)[:60])
        return self.graph.opaque(kind, live, why, shapes, [_dtype(each) for each in stated["out"]])

    def _function(
        self, name: str, given: list[Any], named: Mapping[str, Any], outputs: Sequence[Object]
    ) -> list[Tensor]:
        if name in SPREAD and len(given) > 1 and isinstance(given[1], int):
            given = [given[0], given[1:]]
        if name in ("add", "mul") and len(given) > 1 and not isinstance(given[0], Tensor):
            given = [given[1], given[0]]
        names = SIGNATURES.get(name, ())
        arguments = {names[i] if i < len(names) else f"argument {i}": value for i, value in enumerate(given)}
        call = Call(
            self.graph,
            name,
            "",
            {**arguments, **named},
            [_shape(each) for each in outputs],
            [_dtype(each) for each in outputs],
        )
        return function_outputs(call) or outputs_of(call, [f"t{each['t']}" for each in outputs])

    def _value(self, stated: Any) -> Any:
        if isinstance(stated, dict):
            return self._tensor(cast(Object, stated))
        return [self._value(each) for each in cast("list[Any]", stated)] if isinstance(stated, list) else stated

    def _tensor(self, stated: Object) -> Tensor:
        number = stated["t"]
        if number not in self._known:
            name = stated.get("weight")
            weight = str(name) if name and stated.get("learned") else ""
            # One without a name was made before the model ran, or by a function that was not seen.
            self._known[number] = Tensor(
                str(name or f"t{number}"),
                _shape(stated),
                _dtype(stated),
                constant=True,
                stored=bool(name),
                weight=weight,
            )
        return self._known[number]


def _objects(top: Object, key: str) -> list[Object]:
    """Return the objects in an array of the file."""
    return [as_object(each, f"{key}[{i}]") for i, each in enumerate(as_array(top.get(key), key))]


def _module_params(kind: str, stated: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Value]:
    """Return the parameters of a module that its layer type has, without those that have their default."""
    declared = params_of(LAYER_TYPES[kind])
    found: dict[str, Value] = {}
    for name, written in stated.items():
        info = declared.get(name)
        if info is None or info.derived:
            continue
        value: Value = tuple(cast("list[Value]", written)) if isinstance(written, list) else written
        same = isinstance(value, tuple) and all(each == info.default for each in value)
        if info.required or (value != info.default and not same):
            found[name] = value
    if kind == "MultiheadAttention" and call.get("need_weights") is False:
        found["need_weights"] = False
    return found


def _tensors(given: Sequence[Any]) -> list[Tensor]:
    found: list[Tensor] = []
    for each in given:
        if isinstance(each, Tensor):
            found.append(each)
        elif isinstance(each, list):
            found += _tensors(cast("list[Any]", each))
    return found


def _path(modules: Sequence[str]) -> tuple[str, ...]:
    """Return the name of each module in the one around it."""
    path: list[str] = []
    before = ""
    for module in modules:
        if not isinstance(module, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (a file may hold anything)
            raise TypeError
        path.append(module[len(before) + 1 :] if before and module.startswith(f"{before}.") else module)
        before = module
    return tuple(path)


def _shape(stated: Object) -> Shape:
    shape = tuple(int(size) for size in stated["shape"])
    if not is_possible(shape):
        raise ValueError
    return shape


def _dtype(stated: Object) -> str:
    dtype = stated.get("dtype")
    return dtype if dtype in ELEMENT_BYTES else "float32"
