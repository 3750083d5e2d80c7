"""A layer that is not in the list: its output and its counts are formulas that the user writes.

The formulas are in the language of the built-in ones. They can name the sizes of inputs and outputs:

- of the first input `N`, `C`, `H`, `W` as torch names them (`N, C, L` and `N, C, D, H, W` in one and three dimensions),
  also with `_in`; any dimension as `D0`, `D1`, …; `numel`, the product of all; and `batch`, the first of them;
- the same of the first output with `_out`: `C_out`, `D1_out`, `numel_out`; not in the formulas of the output itself;
- of several inputs those of each after `X0_`, `X1_`, …, of several outputs after `Y0_`, `Y1_`, …: `X1_C`, `Y1_numel`;
- the names in `constants`, each of which may use those before it.

Weights count once, operations for the whole batch: a formula of operations has N in it, one of weights has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod
from typing import Any, ClassVar

from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.params import MAX_SIZE, Text, Value, param, params_of
from layerledger.core.base.shapes import AXES, Shape, ShapeError, TensorSpec, shape_text
from layerledger.core.formula.formula import Formula, FormulaError
from layerledger.core.formula.param_kinds import ConstantFormulas, Constants, CountFormula, ShapeFormulas, Shapes
from layerledger.core.layers.cost import FIELDS, Cost
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import MANY, Inputs, LayerType, Outputs, Preview, Status
from layerledger.core.layers.registry import layer_type

_LISTED = 12
"""Names that a sentence lists."""
_COMPARED = 400
"""Names that a wrong one is compared with."""
_LONGEST = 40
"""Characters of a formula in a sentence."""


def _count(help: str) -> Any:
    return param(CountFormula(), default="", help=help)


@layer_type("Other")
class Custom(LayerType):
    """A layer of your own: its output shape and all that it costs are formulas, such as K*K*C*C_out."""

    output_shape: Shapes = param(
        ShapeFormulas(),
        default="",
        help="Formulas of N, C, H, W or D0, D1, …, one a dimension; several outputs parted by ;. Empty: as the input.",
    )
    constants: Constants = param(
        ConstantFormulas(),
        default="",
        help="Names for the formulas, each with its value, such as K = 3, P = (K - 1)/2.",
    )
    params: Formula | None = _count("Learned values, whatever the batch.")
    trainable_params: Formula | None = _count("Those that training changes. Empty: all of them.")
    buffers: Formula | None = _count("Stored values that are not learned.")
    macs: Formula | None = _count("Multiply-accumulates of the whole batch: N is part of the formula.")
    mul: Formula | None = _count("Multiplications of the whole batch. Empty: one for each of the macs.")
    add: Formula | None = _count("Additions of the whole batch. Empty: one for each of the macs.")
    cmp: Formula | None = _count("Comparisons of the whole batch.")
    special: Formula | None = _count("Divisions, roots and exponentials of the whole batch.")
    label: str = param(Text(like="Deformable attention", blank=True), default="", help="What it is, in a few words.")

    input_arity = (1, MANY)
    status: ClassVar[Status] = "stated"
    why_zero = "{} has no formula for it."
    examples = (
        Example(
            params={
                "output_shape": "N, M, floor((H - K)/S) + 1, floor((W - K)/S) + 1",
                "constants": "K = 11, S = 4, M = 96",
                "params": "(K*K*C + 1)*M",
                "macs": "N*M*H_out*W_out*K*K*C",
                "add": "N*M*H_out*W_out*K*K*C",
            },
            inputs=((1, 3, 227, 227),),
            outputs=((1, 96, 55, 55),),
            counts={"params": 34_944, "trainable_params": 34_944, "macs": 105_415_200, "exact_flops": 210_830_400},
            source="the first convolution of AlexNet (Krizhevsky 2012), as cs231n counts its weights and outputs",
        ),
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        given = {name: getattr(self, name) for name in FIELDS}
        given["trainable_params"] = given["trainable_params"] or given["params"]
        for name in ("mul", "add"):  # a multiply-accumulate is one of each
            given[name] = given[name] or given["macs"]
        stated = {name: counted for name, counted in given.items() if counted}
        vars(self).update(  # in place of what other types share as a class
            counts={name: counted.source for name, counted in stated.items()},
            terms={name: {"": counted} for name, counted in stated.items()},
            formulas=stated,
        )

    def warning(self) -> str:
        return "" if self.counts else "no formula counts anything of this layer; write 0 where that is meant"

    def outputs(self, inputs: Inputs) -> Outputs:
        symbols = self._given(inputs)
        dtype = inputs[0].dtype
        if not self.output_shape:
            return (TensorSpec(inputs[0].shape, dtype),)
        return tuple(TensorSpec(_sizes(shape, symbols), dtype) for shape in self.output_shape)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        given, sizes = self._given(inputs), _names_of(outputs, "Y", "_out")
        for name, _ in self.constants:
            _check_same(name, given[name], sizes)
        return {**given, **sizes}

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        symbols = self.symbols(inputs, outputs)
        counts = {name: _counted(name, counted, symbols) for name, counted in self.formulas.items()}
        params, trainable = counts.get("params", 0), counts.get("trainable_params", 0)
        if trainable > params:
            message = f"trainable_params: {_shown(trainable)} are more than params has, {_shown(params)}"
            raise ShapeError(message, param="trainable_params")
        return Cost(**counts)

    def summary(self, inputs: Inputs) -> str:
        return self.label[:39]

    def _given(self, inputs: Inputs) -> Mapping[str, int]:
        """Return the numbers that are known before the output is: the inputs' sizes, then the constants."""
        for each in inputs:
            if each.elements > MAX_SIZE:
                message = (
                    f"the input {shape_text(each.shape)} has more elements than {MAX_SIZE}, the most that fit here"
                )
                raise ShapeError(message, param="inputs")
        symbols = dict(_names_of(inputs, "X", ""))
        for name, written in self.constants:
            value = _value("constants", written, symbols, of=f"{name} = ", least=-MAX_SIZE)
            _check_same(name, value, symbols)
            symbols[name] = value
        return symbols

    # -- trying out

    @classmethod
    def preview(cls, params: Mapping[str, Value], inputs: Inputs) -> Preview:
        spec = cls(**dict(_readable(cls, params)))
        values: dict[str, str] = {}
        given: Mapping[str, int] = {}
        symbols = given
        try:
            symbols = given = spec._given(inputs)
            values["constants"] = ", ".join(f"{n} = {units.grouped(given[n])}" for n, _ in spec.constants)
            outputs = spec.outputs(inputs)
            values["output_shape"] = f"= {'; '.join(shape_text(output.shape) for output in outputs)}"
            symbols = spec.symbols(inputs, outputs)
        except ShapeError:
            pass  # what it says is among the layer's problems
        values.update(_counts(spec, symbols))
        early, late = _main(given), _main(symbols)
        return Preview(values, {"output_shape": early, "constants": early, **dict.fromkeys(FIELDS, late)})


def _readable(cls: type[Custom], params: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    declared = params_of(cls)
    for name, value in params.items():
        try:
            if name in declared:
                yield name, declared[name].read(value, 0)
        except ValueError:
            continue


def _counts(spec: Custom, symbols: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, counted in spec.formulas.items():
        try:
            yield name, f"= {_shown(_counted(name, counted, symbols))}"
        except ShapeError:
            continue


# -- numbers


@lru_cache(maxsize=4_096)
def _names_of(tensors: tuple[TensorSpec, ...], letter: str, suffix: str) -> Mapping[str, int]:
    """Return the sizes of inputs or outputs by name, those of the first one also without its number."""
    if not tensors:
        return {}
    names = {f"{name}{suffix}": size for name, size in _axes(tensors[0].shape)}
    if not suffix:
        names |= {f"{name}_in": size for name, size in _axes(tensors[0].shape)}
        names["batch"] = tensors[0].shape[0] if tensors[0].shape else 1
    if len(tensors) > 1:
        names |= {f"{letter}{i}_{name}": size for i, each in enumerate(tensors) for name, size in _axes(each.shape)}
    return names


def _axes(shape: Shape) -> Iterator[tuple[str, int]]:
    yield from zip(("N", "C", *AXES.get(len(shape) - 2, ())), shape, strict=False)
    yield "numel", prod(shape)
    yield from ((f"D{i}", size) for i, size in enumerate(shape))


def _check_same(name: str, constant: int, sizes: Mapping[str, int]) -> None:
    """Raise ShapeError where a constant has the name of a size and another value."""
    if (size := sizes.get(name, constant)) != constant:
        is_both = f"{name} is {units.grouped(constant)}, but the tensors make it {units.grouped(size)}"
        raise ShapeError(Message("constants: {is_both}; another name would do", is_both=is_both), param="constants")


def _sizes(shape: tuple[Formula, ...], symbols: Mapping[str, int]) -> Shape:
    return tuple(_value("output_shape", size, symbols, of=f"D{i} = ", least=0) for i, size in enumerate(shape))


def _value(param: str, formula: Formula, symbols: Mapping[str, int], *, of: str, least: int) -> int:
    """Return the value of a size or a constant, which must be one that a tensor can have."""
    value = _evaluated(param, formula, symbols, of=of)
    if not least <= value <= MAX_SIZE:
        written = f"{of}{_cut(formula.source)}"
        raise ShapeError(
            Message(
                "{param}: {written} is {value}; it must be from {least} to {max_size}",
                param=param,
                written=written,
                value=_shown(value),
                least=least,
                max_size=MAX_SIZE,
            ),
            param=param,
        )
    return value


def _counted(param: str, formula: Formula, symbols: Mapping[str, int]) -> int:
    value = _evaluated(param, formula, symbols)
    if value < 0:
        raise ShapeError(
            Message(
                "{param}: {source} is {value}; a count is 0 or more",
                param=param,
                source=_cut(formula.source),
                value=_shown(value),
            ),
            param=param,
        )
    return value


def _evaluated(param: str, formula: Formula, symbols: Mapping[str, int], *, of: str = "") -> int:
    """Return the value of a formula.

    Raises:
        ShapeError: it has none, with the reason and, where that is a name, those that there are.
    """
    unknown = min(formula.names - symbols.keys(), default=None)
    if unknown is not None:
        raise ShapeError(Message("{param}: {unknown}", param=param, unknown=_unknown(unknown, symbols)), param=param)
    try:
        return formula(symbols)
    except FormulaError as error:
        raise ShapeError(
            Message(
                "{param}: {of}{source}: {error}{error2}",
                param=param,
                of=of,
                source=_cut(formula.source),
                error=error,
                error2=_mend(error),
            ),
            param=param,
        ) from None


def _unknown(name: str, symbols: Mapping[str, int]) -> str:
    from difflib import get_close_matches  # slow to import, seldom needed

    names, known = list(_main(symbols)), list(symbols)
    close = [n for some in (names, known) for n in get_close_matches(name[:_LONGEST], some[:_COMPARED], 1)]
    hint = f"did you mean {close[0]}? There" if close else "there"
    more = ", …" if len(names) > _LISTED else ""
    return f"{_cut(name)} is not known here; {hint} are {', '.join(names[:_LISTED])}{more}"


def _main(symbols: Mapping[str, int]) -> dict[str, int]:
    """Return the symbols to offer, without those that mean the same as another: `C_in`, `D1` where C is that."""
    named = "C" in symbols
    return {n: size for n, size in symbols.items() if not (n.endswith("_in") or (named and _is_plain(n)))}


def _is_plain(name: str) -> bool:
    return name[0] == "D" and name[1:].removesuffix("_out").isdigit()


def _mend(error: FormulaError) -> str:
    return "; floor( ) or ceil( ) rounds it" if "whole number" in str(error) else ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _shown(value: int) -> str:
    text = units.grouped(value)
    return text if len(text) <= _LONGEST else units.count(value)
