"""Variables of the formulas of a convention: a fixed vocabulary over one layer, each value found on first access."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from typing import TypeAlias, cast

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.base.messages import Message
from layerledger.core.base.params import params_of
from layerledger.core.base.shapes import Shape, TensorSpec
from layerledger.core.formula.formula import FormulaError
from layerledger.core.layers.cost import Cost
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.network.nodes import Block

TORCH_CALL = "torch"
"""A layer's key in a file for the PyTorch code where that is not the module of its type: a function, such as
`functional.relu` or `mean`, which tools that watch modules do not see; another module class, such as `LayerNorm2d`,
which tools that know the exact class do not see; or `module of relu2`, where one module is called for this layer and
again for relu2, which tools with one row a module see once."""

_SHARED = "module of "

OPERATIONS = ("macs", "mul", "add", "cmp", "special")
WEIGHTS = ("params", "buffers")

_SIZE = re.compile(r"(in|out)_(\d)")
_ELEMENT = re.compile(r"(\w+)_(\d)")


class LayerVariables(dict[str, int]):
    """The numbers of one layer by name.

    Names are the layer's own symbols (C_in, K_h, g, …); its parameters (true is 1, an absent value is 0, sizes are
    multiplied, and `stride_0` is the first of them); the primitives params, buffers, macs, mul, add, cmp and special,
    of one pass and with the layer's own weights even where they count elsewhere; and those of NAMES. `in_0` and
    `out_0` are the first size of the first tensor.
    """

    __slots__ = ("_has_symbols", "cost", "inputs", "outputs", "result", "spec")

    def __init__(self, result: NodeResult, spec: LayerType, inputs: tuple[TensorSpec, ...], cost: Cost) -> None:
        super().__init__()
        self.result, self.spec, self.inputs, self.cost = result, spec, inputs, cost
        self.outputs = result.outputs or ()
        self._has_symbols = False

    def __missing__(self, name: str) -> int:
        self[name] = value = self._find(name)
        return value

    def text(self, name: str) -> str:
        """Return a parameter that is a text; empty for other kinds.

        Raises:
            FormulaError: the layer has no such parameter.
        """
        if name == TORCH_CALL:
            return self.call
        if name not in params_of(type(self.spec)):
            raise FormulaError(
                Message("{name} is no parameter of {type_name}", name=name, type_name=self.spec.type_name)
            )
        value = getattr(self.spec, name)
        return value if isinstance(value, str) else ""

    @property
    def call(self) -> str:
        """The PyTorch code of the layer; empty for the module of the type."""
        node = self.result.node
        value = "" if isinstance(node, Block) else node.torch_call
        return value if isinstance(value, str) else ""

    def _find(self, name: str) -> int:
        # Before the symbols of the layer: these names mean the same for every type, also where a user's formula has
        # one of them.
        if name in OPERATIONS:
            return getattr(self.cost, name)
        if find := NAMES.get(name):
            return find(self)
        if sized := _SIZE.fullmatch(name):
            return _size(_first(self.inputs if sized[1] == "in" else self.outputs), int(sized[2]))
        if not self._has_symbols:
            self._has_symbols = True
            # All at once, and only when one is used: many rules need nothing but shapes and counts.
            self.update(self.spec.symbols(self.inputs, self.outputs))
        return self[name] if name in self else _parameter(self.spec, name)


def numbers_of(result: NodeResult, cost: Cost | None = None) -> LayerVariables | None:
    """Return the variables of a layer; None where it could not be counted.

    Args:
        result: the layer's result.
        cost: its cost at one place, where weights may count elsewhere or be frozen; that of its result unless given.
    """
    inputs = result.known_inputs
    if result.op is None or inputs is None or result.outputs is None:
        return None
    return LayerVariables(result, result.op, inputs, result.cost if cost is None else cost)


def known_names(spec: type[LayerType]) -> set[str]:
    """Return every name that formulas and conditions may use for layers of a type."""
    symbols = {name for each in spec.formulas.values() for name in each.names}
    sized = (f"{name}_{i}" for name in ("in", "out", *params_of(spec)) for i in range(10))
    return {*OPERATIONS, *NAMES, TORCH_CALL, *params_of(spec), *symbols, *sized}


def _parameter(spec: LayerType, name: str) -> int:
    element = _ELEMENT.fullmatch(name) if name not in params_of(type(spec)) else None
    name = element[1] if element else name
    if name not in params_of(type(spec)):
        raise KeyError(name)
    value: object = getattr(spec, name)
    sizes = cast(tuple[object, ...], value) if isinstance(value, tuple) else (value,)
    return prod(_whole(size, name) for size in (sizes[int(element[2]) :][:1] if element else sizes))


def _whole(size: object, name: str) -> int:
    if size is not None and not isinstance(size, int):
        raise FormulaError(Message("{name} is not a whole number", name=name))
    return int(size or 0)


def _own(numbers: LayerVariables, primitive: str) -> int:
    """Return a count of weights from the layer's own symbols alone: a user may choose names such as these."""
    counted = numbers.spec.formulas.get(primitive)
    return counted(numbers.spec.symbols(numbers.inputs, numbers.outputs)) if counted else 0


def _is_class(call: str) -> bool:
    return not call.startswith(_SHARED) and call.rpartition(".")[2][:1].isupper()


def _first(tensors: tuple[TensorSpec, ...]) -> Shape:
    return tensors[0].shape if tensors else ()


def _size(shape: Shape, at: int) -> int:
    return shape[at] if -len(shape) <= at < len(shape) else 1


_Find: TypeAlias = Callable[[LayerVariables], int]

NAMES: dict[str, _Find] = {
    "params": lambda n: _own(n, "params"),
    "buffers": lambda n: _own(n, "buffers"),
    "counted_params": lambda n: n.cost.params,
    "trainable_params": lambda n: n.cost.trainable_params,
    "counted_buffers": lambda n: n.cost.buffers,
    "inputs": lambda n: len(n.inputs),
    "in_rank": lambda n: len(_first(n.inputs)),
    "out_rank": lambda n: len(_first(n.outputs)),
    "in_elements": lambda n: prod(_first(n.inputs)),
    "out_elements": lambda n: prod(_first(n.outputs)),
    "in_last": lambda n: _size(_first(n.inputs), -1),
    "out_last": lambda n: _size(_first(n.outputs), -1),
    "in_positions": lambda n: prod(_first(n.inputs)[2:]),
    "out_positions": lambda n: prod(_first(n.outputs)[2:]),
    "batch": lambda n: _size(_first(n.inputs), 0),
    "functional": lambda n: int(bool(n.call) and not _is_class(n.call) and not n.call.startswith(_SHARED)),
    "subclass": lambda n: int(_is_class(n.call)),
    "called_again": lambda n: int(n.call.startswith(_SHARED)),
}
"""Numbers of every layer: of its first input and first output, how many inputs it has, and whether PyTorch code has a
function or a class of its own in its place, or calls its module again for a later layer."""
