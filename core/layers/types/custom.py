"""A layer that is not among the types: its output and its counts are formulas that the user writes.

The formulas are in the language of the built-in ones. They can use the sizes of inputs and outputs:

- of the first input `N`, `C`, `H`, `W` as torch names them (`N, C, L` and `N, C, D, H, W` in one and three dimensions),
  also with `_in`; any dimension as `D0`, `D1`, …; `numel`, the product of all; and `batch`, the first of them;
- the same of the first output with `_out`: `C_out`, `D1_out`, `numel_out`; not in the formulas of the output itself;
- of several inputs those of each after `X0_`, `X1_`, …, of several outputs after `Y0_`, `Y1_`, …: `X1_C`, `Y1_numel`;
- the names in `constants`, each of which may use those before it.

Weights count once, operations for the whole batch: a formula of operations contains N, one of weights does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.params import MAX_SIZE, Text, Value, param, params_of
from layerledger.core.base.shapes import ShapeError, TensorSpec, shape_text
from layerledger.core.formula.formula import Formula
from layerledger.core.formula.param_kinds import ConstantFormulas, Constants, CountFormula, ShapeFormulas, Shapes
from layerledger.core.layers.cost import FIELDS, Cost
from layerledger.core.layers.counting import Status
from layerledger.core.layers.examples import Example
from layerledger.core.layers.formula_values import (
    check_constant,
    evaluate_count,
    evaluate_size,
    evaluate_sizes,
    main_symbols,
    short_count,
    tensor_symbols,
)
from layerledger.core.layers.generation import CarriedState, Kept
from layerledger.core.layers.input_checks import MANY
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.preview import Preview
from layerledger.core.layers.registry import layer_type


def _count(help: str) -> Any:
    return param(CountFormula(), default="", help=help)


@layer_type("Other", order=10)
class Custom(LayerType):
    """A layer of your own: its output shape and its costs are formulas, such as K*K*C*C_out."""

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
    state: Formula | None = _count(
        "Values that a scan carries from token to token, of the whole batch, such as N*C*16. Empty: not stated."
    )
    label: str = param(
        Text(like="Deformable attention", blank=True), default="", help="A short description of the layer."
    )

    input_arity = (1, MANY)
    status: ClassVar[Status] = "stated"
    aliases = ("custom", "own", "formula", "unknown")
    indices = "kept"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    receptive = "not modelled"
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
        return tuple(TensorSpec(evaluate_sizes(shape, symbols), dtype) for shape in self.output_shape)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        given, sizes = self._given(inputs), tensor_symbols(outputs, "Y", "_out")
        for name, _ in self.constants:
            check_constant(name, given[name], sizes)
        return {**given, **sizes}

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        symbols = self.symbols(inputs, outputs)
        counts = {name: evaluate_count(name, counted, symbols) for name, counted in self.formulas.items()}
        params, trainable = counts.get("params", 0), counts.get("trainable_params", 0)
        if trainable > params:
            raise ShapeError(
                Message(
                    "trainable_params must be at most params, {params}; got {trainable}",
                    params=short_count(params),
                    trainable=short_count(trainable),
                ),
                param="trainable_params",
            )
        if self.state is not None:
            evaluate_count("state", self.state, symbols)  # a formula without a value is a problem of the layer
        return Cost(**counts)

    def kept_in_generation(self, inputs: Inputs, outputs: Outputs) -> Kept:
        """Return its state, which is unknown for a layer with MACs that does not state it."""
        if self.state is None:
            return (CarriedState(None),) if "macs" in self.formulas else ()
        return (CarriedState(evaluate_count("state", self.state, self.symbols(inputs, outputs))),)

    def summary(self, inputs: Inputs) -> str:
        return self.label[:39]

    def _given(self, inputs: Inputs) -> Mapping[str, int]:
        """Return the symbols that are known before the output: the sizes of the inputs, then the constants."""
        for each in inputs:
            if each.elements > MAX_SIZE:
                raise ShapeError(
                    Message(
                        "an input must have at most {max_size} elements; {shape} has more",
                        max_size=MAX_SIZE,
                        shape=shape_text(each.shape),
                    ),
                    param="inputs",
                )
        symbols = dict(tensor_symbols(inputs, "X", ""))
        for name, written in self.constants:
            value = evaluate_size("constants", written, symbols, of=f"{name} = ", least=-MAX_SIZE)
            check_constant(name, value, symbols)
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
            pass  # the preview ends where a formula does not hold; the sentence is among the layer's problems
        values.update(_counts(spec, symbols))
        early, late = main_symbols(given), main_symbols(symbols)
        return Preview(values, {"output_shape": early, "constants": early, **dict.fromkeys((*FIELDS, "state"), late)})


def _readable(cls: type[Custom], params: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    declared = params_of(cls)
    for name, value in params.items():
        try:
            if name in declared:
                yield name, declared[name].read(value, 0)
        except ValueError:
            continue


def _counts(spec: Custom, symbols: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    stated = {"state": spec.state} if spec.state is not None else {}
    for name, counted in {**spec.formulas, **stated}.items():
        try:
            yield name, f"= {short_count(evaluate_count(name, counted, symbols))}"
        except ShapeError:
            continue
