"""Every layer type around its examples: the formula as it is shown counts what is counted, by arithmetic of its own."""

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerledger.core.base.params import (
    Bool,
    Choice,
    Dims,
    Float,
    Int,
    OneOf,
    Optional,
    ParamKind,
    Sizes,
    Text,
    Value,
    params_of,
)
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.formula.param_kinds import ConstantFormulas, CountFormula, ShapeFormulas
from layerledger.core.layers import LAYER_TYPES, Example, LayerType, ParamProblem, bind, evaluate
from layerledger.core.layers.cost import FIELDS, Cost
from layerledger.core.layers.layer_type import Inputs, dims_of

OPERATIONS = ("macs", "mul", "add", "cmp", "special")

# -- any layer that fits


def values(kind: ParamKind, dims: int) -> st.SearchStrategy[Value]:
    """Return values in the declared range."""
    match kind:
        case Bool():
            return st.booleans()
        case Choice(options):
            return st.sampled_from(options)
        case Int(low, high):
            first = -2 if low is None else low
            return st.integers(first, min(high, first + 5))
        case Float(low, high):
            first = -2.0 if low is None else low
            return st.floats(first, first + 3 if high is None else high)
        case Sizes(low, per_dim):
            one = st.integers(low or 0, 4)
            return one | st.tuples(*[one] * dims * per_dim)
        case Dims(low, floats):
            return st.lists(st.floats(1, 3) if floats else st.integers(int(low or 0), 4), max_size=4).map(tuple)
        case ShapeFormulas():
            return st.sampled_from(["", "N, C", "D0, numel, K_h; N", "scalar"])
        case ConstantFormulas():
            return st.just("K_h = 3, P = (K_h - 1)/2, S = N + 1")
        case CountFormula():
            return st.sampled_from(["", "0", "K_h^2·N − P", "⌊numel/S⌋ + ⌈numel_out/2⌉", "max(N, numel - S, 2*P)*S/S"])
        case Text():
            return st.sampled_from(["...i,...i->...", "ij->ji", "bi,bj->bij"])
        case OneOf(kinds):
            return st.one_of([values(each, dims) for each in kinds])
        case Optional(inner):
            return st.none() | values(inner, dims)
        case _:
            raise AssertionError(kind)


@st.composite
def layers(draw: st.DrawFn, cls: type[LayerType]) -> tuple[Mapping[str, Value], Inputs]:
    """Draws an example with some parameters changed, and the batch, or sizes, of its inputs."""
    example: Example = draw(st.sampled_from(cls.examples))
    declared = {name: info for name, info in params_of(cls).items() if not info.derived}
    params = {name: value for name, value in example.params.items() if name in declared}
    for name in draw(st.lists(st.sampled_from(sorted(declared)), unique=True, max_size=3)) if declared else ():
        params[name] = draw(values(declared[name].kind, dims_of(cls)))
    shapes = example.inputs
    if draw(st.booleans()):
        times = draw(st.integers(1, 3))
        shapes = tuple((shape[0] * times, *shape[1:]) if shape else shape for shape in shapes)
    return params, tuple(TensorSpec(shape, example.dtype) for shape in shapes)


def counted(cls: type[LayerType], params: Mapping[str, Value], inputs: Inputs) -> tuple[LayerType, Inputs, Cost] | None:
    """Return a layer with its outputs and cost; None where it does not fit, which takes a sentence."""
    bound = bind(cls.type_name, params)
    if bound.op is None:
        assert bound.problems
        return None
    found = evaluate(bound.op, inputs)
    if isinstance(found, ParamProblem):
        assert found.message
        return None
    return bound.op, *found


# -- the formula, read by Python

SIGNS = {"·": "*", "×": "*", "−": "-", "^": "**", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}
FUNCTIONS = {
    "floor": lambda x: Fraction(floor(x)),
    "ceil": lambda x: Fraction(ceil(x)),
    "min": min,
    "max": max,
    "Fraction": Fraction,
}


def worth(text: str, symbols: Mapping[str, int]) -> Fraction:
    """Return the value of a formula as it is shown, in exact fractions."""
    for sign, python in SIGNS.items():
        text = text.replace(sign, python)
    text = re.sub(r"(?<!\w)(\d+)(?!\w)", r"Fraction(\1)", text)
    return eval(text, {**FUNCTIONS, **{name: Fraction(value) for name, value in symbols.items()}})


@pytest.mark.parametrize(
    ("text", "value"),
    [("K_h·K_w − 2^3", 7), ("⌊K_h/2⌋ + ⌈K_w/2⌉", 4), ("max(K_h, K_w)·6/4", Fraction(15, 2)), ("−K_h·2", -6)],
)
def test_reading_what_is_shown(text: str, value: Fraction) -> None:
    assert worth(text, {"K_h": 3, "K_w": 5}) == value


@pytest.mark.parametrize("cls", LAYER_TYPES.values(), ids=LAYER_TYPES)
@given(data=st.data())
@settings(max_examples=max(10, settings.default.max_examples // 2))
def test_what_is_shown_is_what_is_counted(cls: type[LayerType], data: st.DataObject) -> None:
    params, inputs = data.draw(layers(cls))
    found = counted(cls, params, inputs)
    if found is None:
        return
    spec, outputs, cost = found
    assert all(type(getattr(cost, key)) is int and getattr(cost, key) >= 0 for key in FIELDS)
    symbols = spec.symbols(inputs, outputs)
    for key in FIELDS:
        if key in spec.terms:
            shown = [worth(term.text(), symbols) for term in spec.terms[key].values()]
            filled = [worth(term.filled(symbols), {}) for term in spec.terms[key].values()]
            assert sum(shown) == sum(filled) == worth(spec.formulas[key].text(), symbols) == getattr(cost, key)
        elif key != "trainable_params":
            assert getattr(cost, key) == 0


# -- the batch


@pytest.mark.parametrize("cls", LAYER_TYPES.values(), ids=LAYER_TYPES)
@given(data=st.data())
@settings(max_examples=10)
def test_weights_do_not_depend_on_the_batch(cls: type[LayerType], data: st.DataObject) -> None:
    """Custom layers count what their formulas say, and may err."""
    params, inputs = data.draw(layers(cls))
    found = counted(cls, params, inputs)
    if found is None or cls.status == "stated":
        return
    spec, outputs, _ = found
    symbols = spec.symbols(inputs, outputs)
    for key in ("params", "trainable_params", "buffers"):
        if key in spec.formulas and "N" in symbols:
            assert spec.formulas[key]({**symbols, "N": 2 * symbols["N"]}) == spec.formulas[key](symbols)


EACH_BY_ITSELF = ("Convolution", "Pooling", "Activation", "Padding", "Dropout")
"""Families that take each of a batch by itself, so that operations follow its size; but a softmax may go across it."""


@pytest.mark.parametrize(
    "cls",
    [cls for cls in LAYER_TYPES.values() if cls.family in EACH_BY_ITSELF and "dim" not in params_of(cls)],
    ids=lambda cls: cls.type_name,
)
@given(data=st.data())
@settings(max_examples=10)
def test_a_batch_costs_so_many_times_one(cls: type[LayerType], data: st.DataObject) -> None:
    params, inputs = data.draw(layers(cls))
    times = data.draw(st.integers(2, 5))
    batched = all(len(each.shape) == dims_of(cls) + 2 for each in inputs) if dims_of(cls) else True
    more = tuple(TensorSpec((times * each.shape[0], *each.shape[1:]), each.dtype) for each in inputs)
    one, many = counted(cls, params, inputs), counted(cls, params, more)
    if one is None or many is None or not batched:
        return
    assert [getattr(many[2], key) for key in OPERATIONS] == [times * getattr(one[2], key) for key in OPERATIONS]
    assert many[2].params == one[2].params
