"""Operations on constants and shapes against NumPy, whose functions ONNX's operators describe."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.onnx.folding import folded
from layerledger.core.formats.onnx.folding.constants import constant
from layerledger.core.formats.onnx.operation import OnnxContext, OnnxOperation
from layerledger.core.formats.onnx.values import Initializers

NAMES = {"int64": "int64", "float32": "float32", "bool": "bool"}


class Nothing:
    """A file of which nothing is read."""


def held(array):
    return constant(array.shape, NAMES[str(array.dtype)], array.flatten().tolist())


def result(operator, *inputs, outputs=1, **attributes):
    op = OnnxOperation(
        operator,
        [None if each is None else held(np.asarray(each)) for each in inputs],
        attributes,
        outputs=["y"] * outputs,
        context=OnnxContext(),
        opset=20,
    )
    return folded(op, Initializers(Nothing()))


def check(wanted, operator, *inputs, **attributes):
    found = result(operator, *inputs, **attributes)
    assert found is not None
    assert found[0].shape == wanted.shape
    assert found[0].data is not None
    assert np.allclose(np.array(found[0].data).reshape(wanted.shape), wanted, atol=1e-6)


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@st.composite
def arrays(draw, shape=None, low=-9, high=9):
    shape = draw(sizes) if shape is None else shape
    count = int(np.prod(shape))
    numbers = draw(st.lists(st.integers(low, high), min_size=count, max_size=count))
    return np.array(numbers, dtype=np.int64).reshape(shape)


@st.composite
def pairs(draw):
    """Return two arrays that broadcast."""
    shape = draw(sizes)
    other = [size if draw(st.booleans()) else 1 for size in shape][draw(st.integers(0, len(shape) - 1)) :]
    both = draw(arrays(shape)), draw(arrays(other))
    return both if draw(st.booleans()) else both[::-1]


PAIRS = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Max": np.maximum,
    "Min": np.minimum,
    "Equal": np.equal,
    "Less": np.less,
    "Greater": np.greater,
    "LessOrEqual": np.less_equal,
    "GreaterOrEqual": np.greater_equal,
}


@given(st.sampled_from(sorted(PAIRS)), pairs())
def test_pairs(operator, both):
    check(PAIRS[operator](*both), operator, *both)


@given(pairs())
def test_whole_numbers_are_divided_toward_zero(both):
    a, b = both[0], np.where(both[1] == 0, 1, both[1])
    check(np.trunc(a / b).astype(np.int64), "Div", a, b)
    check(np.mod(a, b), "Mod", a, b)


@given(arrays(), st.data())
def test_moves(x, data):
    order = data.draw(st.permutations(range(x.ndim)))
    check(x.transpose(order), "Transpose", x, perm=order)
    check(x.reshape(-1), "Reshape", x, np.array([-1]))
    axis = data.draw(st.integers(-x.ndim - 1, x.ndim))
    check(np.expand_dims(x, axis), "Unsqueeze", x, np.array([axis]))
    times = [data.draw(st.integers(1, 3)) for _ in x.shape]
    check(np.tile(x, times), "Tile", x, np.array(times))
    wide = (2, *x.shape)
    check(np.broadcast_to(x, wide), "Expand", x, np.array(wide))
    split = data.draw(st.integers(0, x.ndim))
    check(x.reshape(int(np.prod(x.shape[:split])), -1), "Flatten", x, axis=split)


@given(arrays(), st.data())
def test_picks(x, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    size = x.shape[axis]
    index = data.draw(arrays(low=-size, high=size - 1))
    check(np.take(x, index, axis), "Gather", x, index, axis=axis)
    start, end = data.draw(st.integers(-6, 6)), data.draw(st.integers(-6, 6))
    step = data.draw(st.sampled_from([-2, -1, 1, 2]))
    cut = [slice(None)] * x.ndim
    cut[axis] = slice(start, end, step)
    check(x[tuple(cut)], "Slice", x, *(np.array([each]) for each in (start, end, axis, step)))


@given(arrays(), st.data())
def test_concat_and_where(x, data):
    axis = data.draw(st.integers(0, x.ndim - 1))
    other = data.draw(arrays(x.shape))
    check(np.concatenate([x, other], axis), "Concat", x, other, axis=axis)
    chosen = data.draw(arrays(x.shape)) > 0
    check(np.where(chosen, x, other), "Where", chosen, x, other)


@given(arrays())
def test_totals(x):
    for operator, function in (("ReduceProd", np.prod), ("ReduceSum", np.sum), ("ReduceMax", np.max)):
        check(np.array(function(x)), operator, x, keepdims=0)
        check(function(x, keepdims=True), operator, x)
    found = result("ReduceSum", x, np.array([0]), keepdims=0)
    assert found is not None
    assert found[0].shape == x.shape[1:]


@given(st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([-3, -1, 1, 2]))
def test_range(start, end, step):
    check(np.arange(start, end, step), "Range", *(np.array(each) for each in (start, end, step)))


@given(arrays([6]), st.lists(st.integers(0, 5), unique=True, min_size=1))
def test_numbers_of_a_shape_are_replaced(x, places):
    wanted = x.copy()
    wanted[places] = 7
    check(wanted, "ScatterND", x, np.array([[each] for each in places]), np.full(len(places), 7))


def test_casts_and_roots():
    check(np.array([True, False]), "Cast", np.array([2, 0]), to=9)
    check(np.array([1, -1]), "Cast", np.array([1.7, -1.7], dtype=np.float32), to=7)
    check(np.sqrt(np.array([64.0], dtype=np.float32)), "Sqrt", np.array([64.0], dtype=np.float32))
    check(np.array([3, 8]), "Shape", np.zeros((1, 3, 8), dtype=np.int64), start=1)
    check(np.array(24), "Size", np.zeros((1, 3, 8), dtype=np.int64))


@pytest.mark.parametrize(
    ("operator", "inputs"),
    [
        ("Div", ([1], [0])),
        ("Pow", ([10], [10_000])),
        ("Mul", ([2**62], [2**62])),
    ],
)
def test_what_has_no_value_is_not_known(operator, inputs):
    found = result(operator, *map(np.array, inputs))
    assert found is not None
    assert found[0].data is None or found[0].data[0] == 2**124


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes"),
    [
        ("ConstantOfShape", ([10**6, 10**6, 10**6],), {}),
        ("Expand", ([1], [10**9, 10**9]), {}),
        ("Tile", ([1], [10**12]), {}),
        ("Range", (np.array(0), np.array(10**15), np.array(1)), {}),
    ],
)
def test_large_constants_are_never_made(operator, inputs, attributes):
    found = result(operator, *map(np.array, inputs), **attributes)
    assert found is not None
    assert found[0].data is None
    assert found[0].elements >= 10**12


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes"),
    [
        ("Add", ([1, 2], [1, 2, 3]), {}),
        ("Reshape", ([1, 2], [3]), {}),
        ("Transpose", ([1, 2],), {"perm": [1]}),
        ("Unsqueeze", ([1], [5]), {}),
        ("Gather", ([1], [0]), {"axis": 3}),
        ("ConstantOfShape", ([-1],), {}),
    ],
)
def test_what_does_not_fit_is_said(operator, inputs, attributes):
    with pytest.raises(Uncounted):
        result(operator, *map(np.array, inputs), **attributes)
