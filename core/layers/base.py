"""What a layer type says about itself, and the registry of layer types.

A layer type is one class: its parameters, its shape rule, the formulas of its counts, its examples. Everything else
(palette, inspector, explanations, tests) is derived from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar, dataclass_transform

from layerledger.core.cost import FIELDS, NOTHING, Cost
from layerledger.core.formula import Formula, formula
from layerledger.core.params import ParamInfo, Value, param, params_of, show
from layerledger.core.shapes import Shape, ShapeError, TensorSpec, check_size

Inputs: TypeAlias = tuple[TensorSpec, ...]
Outputs: TypeAlias = tuple[TensorSpec, ...]

Status: TypeAlias = Literal["exact", "approximated", "free"]
MANY = 1_000


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example: shown in the help, run as a test. The numbers come from `source`, never from this program."""

    params: Mapping[str, Value]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    counts: Mapping[str, int]
    source: str


class LayerType:
    """A layer type with its parameter values; immutable.

    Class attributes, stated by each type:
        family: the palette's heading, one of FAMILIES.
        dims: spatial dimensions, for parameters given one a dimension; 0 where there are none.
        counts: formulas by primitive (see Cost); what is left out is zero by definition of the convention.
        takes: fewest and most inputs.
        status: how far the counts can be trusted.
    """

    type_name: ClassVar[str]
    family: ClassVar[str]
    dims: ClassVar[int] = 0
    counts: ClassVar[Mapping[str, str]] = {}
    formulas: ClassVar[Mapping[str, Formula]] = {}
    takes: ClassVar[tuple[int, int]] = (1, 1)
    status: ClassVar[Status] = "exact"
    examples: ClassVar[tuple[Example, ...]] = ()

    def __init__(self, **values: Any) -> None: ...

    def check(self) -> None:
        """Raises ShapeError where parameters do not fit each other, whatever the input."""

    def shape(self, shape: Shape) -> Shape:
        """Returns the output's shape, for a type of one input and one output.

        Raises:
            ShapeError: the input does not fit.
        """
        return shape

    def outputs(self, inputs: Inputs) -> Outputs:
        """Returns what comes out.

        Raises:
            ShapeError: the inputs do not fit.
        """
        first = inputs[0]
        return (TensorSpec(self.shape(first.shape), first.dtype),)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        """Returns the parameters that follow from the inputs, by name."""
        return {}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        """Returns the numbers that the formulas' names stand for."""
        return {}

    def summary(self, inputs: Inputs) -> str:
        """Returns the few words a stack row shows beside the type, such as `64→64 3×3`."""
        return ""

    @classmethod
    def params(cls) -> dict[str, ParamInfo]:
        """Returns the declared parameters by name."""
        return params_of(cls)

    def result(self, inputs: Inputs) -> tuple[Outputs, Cost]:
        """Returns outputs and cost for `inputs`.

        Raises:
            ShapeError: the inputs do not fit.
        """
        self._check_arity(inputs)
        self._check_derived(self.derived(inputs))
        outputs = self.outputs(inputs)
        for output in outputs:
            check_size(output.shape)
        return outputs, self.cost(inputs, outputs)

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        """Returns the counts of one pass."""
        if not self.formulas:
            return NOTHING
        symbols = self.symbols(inputs, outputs)
        values = {name: count(symbols) for name, count in self.formulas.items()}
        values.setdefault("trainable_params", values.get("params", 0))
        return Cost(**values)

    def _check_arity(self, inputs: Inputs) -> None:
        fewest, most = self.takes
        if not fewest <= len(inputs) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} or more" if most == MANY else f"{fewest} to {most}"
            plural = "" if wanted == "1" else "s"
            raise ShapeError(f"{self.type_name} takes {wanted} input{plural}; it has {len(inputs)}", param="inputs")

    def _check_derived(self, derived: Mapping[str, Value]) -> None:
        for name, expected in derived.items():
            given = getattr(self, name)
            if given is not None and given != expected:
                raise ShapeError(f"{name} is {show(given)}, but the input makes it {show(expected)}", param=name)


FAMILIES = (
    "Convolution",
    "Linear",
    "Normalization",
    "Activation",
    "Pooling",
    "Attention",
    "Recurrent",
    "Embedding",
    "Transformer",
    "Dropout",
    "Padding",
    "Reshape",
    "Merge",
    "Other",
)

LAYER_TYPES: dict[str, type[LayerType]] = {}
"""All layer types by name, in the order of the palette."""

_T = TypeVar("_T", bound=LayerType)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(param,))
def declares(cls: type[_T]) -> type[_T]:
    """Makes a class that only shares parameters between layer types."""
    return dataclass(frozen=True, kw_only=True, eq=False)(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(param,))
def layer_type(family: str) -> Callable[[type[_T]], type[_T]]:
    """Makes a class a layer type and enters it in LAYER_TYPES."""

    def register(cls: type[_T]) -> type[_T]:
        cls = dataclass(frozen=True, kw_only=True, eq=False)(cls)
        if family not in FAMILIES or cls.__name__ in LAYER_TYPES:
            raise RuntimeError(f"{cls.__name__}: unknown family {family!r}, or registered twice")
        cls.type_name, cls.family = cls.__name__, family
        cls.formulas = {name: formula(text) for name, text in cls.counts.items()}
        if not set(cls.formulas) <= set(FIELDS):
            raise RuntimeError(f"{cls.__name__} counts {sorted(set(cls.formulas) - set(FIELDS))}, which is no primitive")
        LAYER_TYPES[cls.__name__] = cls
        return cls

    return register


@dataclass(frozen=True)
class Fault:
    """What is wrong with a layer: a sentence, and the parameter that would mend it."""

    message: str
    param: str | None = None


@dataclass(frozen=True)
class Bound:
    """Stored parameters read as a layer type, or what keeps them from it."""

    spec: LayerType | None
    faults: tuple[Fault, ...] = ()


def bind(type_name: str, params: Mapping[str, Value]) -> Bound:
    """Reads stored `params` as a layer of `type_name`; wrong ones become faults."""
    return _bind(type_name, _Keyed(params))


class _Keyed:
    """Parameters as a cache key: equal only if written the same (1 and true are equal in Python)."""

    __slots__ = ("key", "params")

    def __init__(self, params: Mapping[str, Value]) -> None:
        self.params = params
        self.key = repr(params)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.key == other.key


@lru_cache(maxsize=8192)
def _bind(type_name: str, keyed: _Keyed) -> Bound:
    cls = LAYER_TYPES[type_name]
    declared, values, faults = params_of(cls), dict[str, Any](), list[Fault]()
    for name, value in keyed.params.items():
        if name not in declared:
            faults.append(Fault(_unknown_param(type_name, name, declared), name))
            continue
        try:
            values[name] = declared[name].read(value, cls.dims)
        except ValueError as error:
            faults.append(Fault(str(error), name))
    for name, info in declared.items():
        if name not in keyed.params:
            if info.required:
                faults.append(Fault(f"{name} is missing; it must be {info.kind.hint_for(cls.dims)}", name))
            elif info.default is not None:
                values[name] = info.read(info.start, cls.dims)
    return Bound(None, tuple(faults)) if faults else _checked(cls(**values))


def _checked(spec: LayerType) -> Bound:
    try:
        spec.check()
    except ShapeError as error:
        return Bound(None, (Fault(str(error), error.param),))
    return Bound(spec)


def _unknown_param(type_name: str, name: str, declared: Mapping[str, ParamInfo]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, declared, 1)
    hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(declared) or 'none'}"
    return f"{type_name} has no parameter {show(name)}; {hint}"


@lru_cache(maxsize=16384)
def evaluate(spec: LayerType, inputs: Inputs) -> tuple[Outputs, Cost] | Fault:
    """Returns outputs and cost of `spec` on `inputs`, or what does not fit."""
    try:
        return spec.result(inputs)
    except ShapeError as error:
        return Fault(str(error), error.param)

