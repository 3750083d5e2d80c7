"""Any layer with any parameters on any input: outputs and counts, or a fault in a sentence; never an exception."""

import pytest
from core_samples import checked_sentence
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
from layerledger.core.base.shapes import ELEMENT_BYTES, TensorSpec
from layerledger.core.formula.param_kinds import FormulaParam
from layerledger.core.layers import LAYER_TYPES, ParamProblem, bind, evaluate
from layerledger.core.layers.cost import FIELDS
from layerledger.core.layers.input_checks import MANY
from layerledger.core.layers.layer_type import dims_of

WRITTEN = st.sampled_from(
    ["", "N, C, 3", "C; N, numel", "K = 3, C = 8, P = (K - 1)/2", "K*C_out - numel", "N*D1/2", "x"]
)
_NUMBERS = st.one_of(st.integers(1, 4), st.integers(-3, 12), st.sampled_from([2**40, -(2**63), 2**64]))
_FRACTIONS = st.sampled_from([0.0, 0.5, 1.0, 1.7, 2, -1.5, 1e-300, 1e300])
_WRONG = st.sampled_from([None, True, "same", "", 1.5, (), (1, None), {"a": 1}])


def values(kind: ParamKind, dims: int) -> st.SearchStrategy[Value]:
    """Return values that mostly fit."""
    match kind:
        case Bool():
            return st.booleans()
        case Choice(options):
            return st.sampled_from(options)
        case Float():
            return _FRACTIONS
        case Sizes(_, per_dim):
            return _NUMBERS | st.tuples(*[st.integers(0, 4)] * dims * per_dim)
        case Dims(_, floats):
            return _NUMBERS | st.lists(_FRACTIONS if floats else st.integers(-2, 4), max_size=4).map(tuple)
        case FormulaParam():
            return WRITTEN
        case Text():
            return st.sampled_from(["ij,jk->ik", "...i->...", "ii->i", "ab,cd", "i,i,i->", "->", "i->j", "a1"])
        case OneOf(kinds):
            return st.one_of([values(each, dims) for each in kinds])
        case Optional(inner):
            return st.none() | values(inner, dims)
        case _:
            assert isinstance(kind, Int)
            return _NUMBERS


_SIZES = st.one_of(st.integers(1, 6), st.integers(0, 12), st.just(2**63 - 1))
_SHAPES = st.lists(_SIZES, max_size=6).map(tuple)
_DTYPES = st.sampled_from(["float32", "float32", "float16", *ELEMENT_BYTES])
_SPECS = st.builds(TensorSpec, _SHAPES, _DTYPES)


@pytest.mark.parametrize("type_name", LAYER_TYPES)
@given(data=st.data())
@settings(max_examples=max(10, settings.default.max_examples // 5))
def test_a_result_or_a_sentence(type_name: str, data: st.DataObject) -> None:
    cls = LAYER_TYPES[type_name]
    dims = dims_of(cls)
    drawn = {
        name: st.just(info.initial) | values(info.kind, dims) if info.required else values(info.kind, dims)
        for name, info in params_of(cls).items()
    }
    given_names = data.draw(st.lists(st.sampled_from(sorted(drawn)), unique=True)) if drawn else []
    required = [name for name, info in params_of(cls).items() if info.required]
    params = {name: data.draw(drawn[name]) for name in dict.fromkeys([*required, *given_names])}
    if params and data.draw(st.integers(0, 9)) == 0:
        params[data.draw(st.sampled_from(sorted(params)))] = data.draw(_WRONG)
    bound = bind(type_name, params)
    for fault in bound.problems:
        checked_sentence(fault.message)
        assert fault.param
    if bound.op is None:
        assert bound.problems
        return
    fewest, most = cls.input_arity
    rank = st.sampled_from([dims + 2, dims + 1] if dims else [2, 3])
    shape = data.draw(_SHAPES | rank.flatmap(lambda n: st.tuples(*[st.integers(1, 8)] * n)))
    first = TensorSpec(shape, data.draw(_DTYPES))
    others = st.lists(
        _SPECS | st.just(first), min_size=max(fewest - 1, 0), max_size=min(most, fewest + 2) if most < MANY else 3
    )
    inputs = (first, *data.draw(others))[:most]
    found = evaluate(bound.op, inputs)
    if isinstance(found, ParamProblem):
        checked_sentence(found.message)
        assert found.param in {"inputs", *params_of(cls)}
        return
    outputs, cost = found
    assert outputs
    assert all(size >= 0 for output in outputs for size in output.shape)
    assert all(isinstance(getattr(cost, key), int) for key in FIELDS)
    if all(output.elements for output in outputs):
        assert all(getattr(cost, key) >= 0 for key in FIELDS), cost
    assert len(bound.op.summary(inputs)) < 200
