"""One call of an ATen operator: its arguments by name, and the layers that it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Graph, Uncounted
from layerledger.core.formats.importing.tensor import NO_PARAMS, Tensor

FINITE = 3.4028234663852886e38
"""The largest float32, in place of infinity: a parameter is a finite number."""


class Call:
    """A call of an operator.

    Attributes:
        graph: the layers so far.
        name: the operator's, without its namespace and overload: conv2d.
        overload: the operator's variant, such as Tensor or Scalar.
        arguments: by name; a tensor is a Tensor, a list of them a list.
        stated: the shapes of the outputs as the file states them.
        dtypes: of the outputs.
        kind: the class of the module that makes the call; empty where that is not known.
    """

    def __init__(
        self,
        graph: Graph,
        name: str,
        overload: str,
        arguments: Mapping[str, Any],
        stated: Sequence[Shape | None],
        dtypes: Sequence[str],
        kind: str = "",
    ) -> None:
        self.graph, self.name, self.overload, self.arguments = graph, name, overload, arguments
        self.stated, self.dtypes, self.kind = stated, dtypes, kind

    # -- arguments

    @property
    def values(self) -> list[Any]:
        """The arguments in order."""
        return list(self.arguments.values())

    @property
    def x(self) -> Tensor:
        """The first argument, a tensor."""
        first = self.values[0]
        if not isinstance(first, Tensor):
            raise Uncounted("its first argument is not a tensor")
        return first

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument; the default where it is not given or None."""
        value = self.arguments.get(name)
        return default if value is None else value

    def tensor(self, name: str) -> Tensor:
        """Return an argument that is a tensor.

        Raises:
            Uncounted: it is not.
        """
        found = self.optional(name)
        if found is None:
            raise Uncounted(Message("{name} is not a tensor", name=name))
        return found

    def optional(self, name: str) -> Tensor | None:
        """Return an argument that is a tensor, or None."""
        value = self.arguments.get(name)
        return value if isinstance(value, Tensor) else None

    def tensors(self) -> list[Tensor]:
        """Return all tensors among the arguments, in order."""
        return [each for name in self.arguments for each in self.tensors_of(name)]

    def tensors_of(self, name: str) -> list[Tensor]:
        """Return the tensors in an argument that is one or several."""
        return [each for each in self.listed(name) if isinstance(each, Tensor)]

    def listed(self, name: str) -> list[Any]:
        """Return an argument as a list: its items, or itself; none where it is not given."""
        value = self.arguments.get(name)
        return [] if value is None else cast("list[Any]", value) if isinstance(value, list) else [value]

    def ints(self, name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
        """Return an argument that is one number or several."""
        value = self.get(name, default)
        return (value,) if type(value) is int else tuple(int(each) for each in value)

    # -- layers

    def emit(
        self,
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] = NO_PARAMS,
        *,
        weights: Sequence[Tensor | None] = (),
        name: str = "",
    ) -> list[Tensor]:
        """Add the layer that makes the call's outputs."""
        names = tuple(each.weight or each.name for each in weights if each is not None)
        return self.graph.emit(type_name, inputs, params, name=name, weights=names, stated=self.stated)

    def step(
        self, type_name: str, inputs: Sequence[Tensor], params: Mapping[str, Value] = NO_PARAMS, name: str = ""
    ) -> Tensor:
        """Add a layer before the one that makes the outputs, and return its first output."""
        return self.graph.emit(type_name, inputs, params, name=name or type_name.lower())[0]


def square(values: Sequence[int]) -> int | tuple[int, ...]:
    """Return one number for equal ones, as people write a kernel of 3 × 3."""
    return values[0] if values and len(set(values)) == 1 else tuple(values)


def finite(value: float | str) -> int | float:
    """Return a number that a parameter may be; a file writes infinity as a text."""
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, bool):
        return int(value)
    if value != value:
        return 0
    return max(min(value, FINITE), -FINITE) if isinstance(value, float) else value
