"""The exported program in the JSON of an archive: nodes, tensors, sizes, and what each input is.

Source: torch/_export/serde/schema.py of PyTorch 2.1 to 2.14. Only what is needed is looked at; weights are never read,
nor are stack traces, which hold paths of the machine that made the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.formats.importing.graph import is_possible
from layerledger.core.formats.pt2.expressions import symbol_in, value_of

Json: TypeAlias = Mapping[str, Any]

KNOWN_MAJOR = range(3, 9)
"""Major versions of the schema whose graphs have the form that is read here."""

DTYPES = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
    **dict.fromkeys(range(29, 35), "float8"),
}
"""The dtypes of torch's ScalarType in the schema; complex numbers have no counterpart here."""


class GivenInput(NamedTuple):
    """The kind of an input of the graph.

    Attributes:
        kind: user_input, parameter, buffer, tensor_constant and others, as the file says.
        name: the dotted name of a parameter, buffer or constant; empty for others.
    """

    kind: str
    name: str


class OpenDim(NamedTuple):
    """A size that the file leaves open.

    Attributes:
        symbol: the symbol on which it depends.
        written: the size as an expression of the symbol, such as 4*s33.
        traced: the size with which the network was exported.
    """

    symbol: str
    written: str
    traced: int


class Program:
    """An exported program.

    Attributes:
        nodes: the calls in order, as the file has them.
        made_by: such as PyTorch 2.14.1; empty where the file does not say.
    """

    def __init__(self, top: Json) -> None:
        version = _object(top.get("schema_version")).get("major")
        if version not in KNOWN_MAJOR:
            raise FormatError(
                Message(
                    "its schema has version {version}; versions {first} to {last} can be read",
                    version=str(version)[:20],
                    first=KNOWN_MAJOR[0],
                    last=KNOWN_MAJOR[-1],
                )
            )
        module = _object(top.get("graph_module"))
        self._graph, self._signature = _object(module.get("graph")), _object(module.get("signature"))
        self.nodes: Sequence[Json] = [node for node in _array(self._graph.get("nodes")) if isinstance(node, dict)]
        version_text = top.get("torch_version")
        self.made_by = f"PyTorch {version_text.partition('+')[0]}"[:40] if isinstance(version_text, str) else "PyTorch"
        self._tensors = _object(self._graph.get("tensor_values"))
        self._sizes = _object(self._graph.get("sym_int_values"))
        self.symbols: dict[str, int] = {}

    @property
    def inputs(self) -> Sequence[str]:
        """The names of the tensors that the graph takes, weights included."""
        return [name for each in _array(self._graph.get("inputs")) if (name := tensor_name(each))]

    @property
    def outputs(self) -> Sequence[str]:
        return [name for each in _array(self._graph.get("outputs")) for name in tensor_names(each)]

    def kinds(self) -> Mapping[str, GivenInput]:
        """Return by name what each input is."""
        found: dict[str, GivenInput] = {}
        for spec in _array(self._signature.get("input_specs")):
            for kind, content in _object(spec).items():
                content = _object(content)
                argument = _object(content.get("arg"))
                name = argument.get("name") or _object(argument.get("as_tensor")).get("name")
                held = next((content[key] for key in _HELD if isinstance(content.get(key), str)), "")
                if isinstance(name, str):
                    found[name] = GivenInput(kind, held)
        return found

    def open_dims(self, name: str) -> Mapping[int, OpenDim]:
        """Return the dimensions of a tensor that depend on a symbol, such as a batch that may change."""
        found: dict[int, OpenDim] = {}
        for i, size in enumerate(_array(_object(self._tensors.get(name)).get("sizes"))):
            expression = _object(_object(size).get("as_expr"))
            written, traced = expression.get("expr_str"), _object(expression.get("hint")).get("as_int")
            if isinstance(written, str) and (symbol := symbol_in(written)):
                found[i] = OpenDim(symbol, written, traced if type(traced) is int else 1)
        return found

    def shape(self, name: str) -> Shape | None:
        """Return the shape of a tensor; None where the file does not state it."""
        sizes = _object(self._tensors.get(name)).get("sizes")
        if not isinstance(sizes, list):
            return None
        found = [self._size(size) for size in cast("list[object]", sizes)]
        shape = tuple(size for size in found if size is not None)
        return shape if len(shape) == len(found) and is_possible(shape) else None

    def dtype(self, name: str) -> str:
        """Return the dtype of a tensor; that of most where the file states none that is known."""
        found = _object(self._tensors.get(name)).get("dtype")
        return DTYPES.get(found, "float32") if type(found) is int else "float32"

    def is_trained(self, name: str) -> bool:
        """Return whether a parameter takes part in training."""
        return _object(self._tensors.get(name)).get("requires_grad") is not False

    def size(self, argument: Json) -> int | None:
        """Return a size that is an argument: a number, or the name of one."""
        if type(number := argument.get("as_int")) is int:
            return number
        name = argument.get("as_name")
        return self._size(self._sizes.get(name)) if isinstance(name, str) else None

    def _size(self, size: object) -> int | None:
        stated = _object(size)
        if type(number := stated.get("as_int")) is int:
            return number
        expression = _object(stated.get("as_expr"))
        text = expression.get("expr_str")
        found = value_of(text, self.symbols) if isinstance(text, str) else None
        if found is not None:
            return found
        traced = _object(expression.get("hint")).get("as_int")
        return traced if type(traced) is int and not self.symbols else None


_HELD = ("parameter_name", "buffer_name", "tensor_constant_name", "custom_obj_name")


def tensor_name(argument: object) -> str:
    """Return the name in an argument that is a tensor; empty for another."""
    name = _object(_object(argument).get("as_tensor")).get("name")
    return name if isinstance(name, str) else ""


def tensor_names(argument: object) -> list[str]:
    """Return the names in an argument that is a tensor or several; empty for one that is not given."""
    stated = _object(argument)
    if "as_tensor" in stated:
        return [tensor_name(stated)]
    if "as_tensors" in stated:
        return [str(_object(each).get("name", "")) for each in _array(stated["as_tensors"])]
    if "as_optional_tensors" in stated:
        return [tensor_name(each) for each in _array(stated["as_optional_tensors"])]
    return []


def _object(value: object) -> Json:
    return cast(Json, value) if isinstance(value, dict) else {}


def _array(value: object) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()
