"""Quick insert: a line becomes the layer that is meant, or one sentence about the mistake."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import Block, Layer, TensorSpec
from layerledger.core.base.params import Bool, Choice, Dims, Float, Int, OneOf, Optional, ParamKind, Sizes, Text, Value
from layerledger.core.formula.param_kinds import ConstantFormulas, CountFormula, ShapeFormulas
from layerledger.core.library.catalog.entries import CATALOG, CatalogEntry
from layerledger.core.library.catalog.quick_insert import QuickError, parse, read, summary, written
from layerledger.core.library.catalog.quick_insert import given as given_params
from layerledger.core.network.nodes import Node

IMAGE = (TensorSpec((1, 32, 56, 56)),)
SERIES = (TensorSpec((1, 32, 100)),)


def layer(text: str, inputs: tuple[TensorSpec, ...] = IMAGE) -> tuple[str, dict[str, Value]]:
    made = parse(text, inputs)
    assert isinstance(made, Layer)
    return made.type, dict(made.params)


LINES: list[tuple[str, str, dict[str, Value]]] = [
    ("conv 64 3 2", "Conv2d", {"out_channels": 64, "kernel_size": 3, "stride": 2}),
    ("  CONV   64  3  ", "Conv2d", {"out_channels": 64, "kernel_size": 3}),
    ("conv", "Conv2d", {"out_channels": 64, "kernel_size": 3}),
    ("conv 16", "Conv2d", {"out_channels": 16, "kernel_size": 3}),
    ('custom "N, C/2, H, W" macs=2*numel', "Custom", {"output_shape": "N, C/2, H, W", "macs": "2*numel"}),
    ("custom", "Custom", {}),
    ("conv1d 64 3", "Conv1d", {"out_channels": 64, "kernel_size": 3}),
    ("conv 3d 64 3", "Conv3d", {"out_channels": 64, "kernel_size": 3}),
    (
        "conv 64 3x5 padding=same bias=false groups=2",
        "Conv2d",
        {"out_channels": 64, "kernel_size": (3, 5), "padding": "same", "groups": 2, "bias": False},
    ),
    ("conv 64 3×5", "Conv2d", {"out_channels": 64, "kernel_size": (3, 5)}),
    ("conv 64 3 × 5", "Conv2d", {"out_channels": 64, "kernel_size": (3, 5)}),
    ("conv 64 3,5", "Conv2d", {"out_channels": 64, "kernel_size": (3, 5)}),
    ("conv 64 (3, 5)", "Conv2d", {"out_channels": 64, "kernel_size": (3, 5)}),
    ("conv 64, 3, 2", "Conv2d", {"out_channels": 64, "kernel_size": 3, "stride": 2}),
    ("conv 64 3 p=1 s = 2", "Conv2d", {"out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1}),
    ("conv out=8 k=5", "Conv2d", {"out_channels": 8, "kernel_size": 5}),
    ("conv k=5 8", "Conv2d", {"out_channels": 8, "kernel_size": 5}),
    ('conv 8 3 padding_mode="reflect"', "Conv2d", {"out_channels": 8, "kernel_size": 3, "padding_mode": "reflect"}),
    ("dw", "Conv2d", {"out_channels": 32, "kernel_size": 3, "groups": 32}),
    ("depthwise conv 5 2", "Conv2d", {"out_channels": 32, "kernel_size": 5, "stride": 2, "groups": 32}),
    ("dw 3 out_channels=64", "Conv2d", {"out_channels": 64, "kernel_size": 3, "groups": 32}),
    ("pw 128", "Conv2d", {"out_channels": 128, "kernel_size": 1}),
    ("1x1 128 2", "Conv2d", {"out_channels": 128, "kernel_size": 1, "stride": 2}),
    ("linear 10", "Linear", {"out_features": 10}),
    ("fc 10 false", "Linear", {"out_features": 10, "bias": False}),
    ("bn", "BatchNorm2d", {}),
    ("batch norm momentum=0.5", "BatchNorm2d", {"momentum": 0.5}),
    ("mul 0.5", "Mul", {"other": 0.5}),
    ("maxpool 3 2 1", "MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("max pool 3 2 1", "MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("gap 1", "AdaptiveAvgPool2d", {"output_size": 1}),
    ("dropout 0.2", "Dropout", {"p": 0.2}),
    ("gelu tanh", "GELU", {"approximate": "tanh"}),
    ("cat 2", "Concat", {"dim": 2}),
    ("Conv2d(32, 64, 3", "Conv2d", {"in_channels": 32, "out_channels": 64, "kernel_size": 3}),
    ("nn.Linear(512, 10)", "Linear", {"in_features": 512, "out_features": 10}),
    (
        "Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)",
        "Conv2d",
        {
            "in_channels": 3,
            "out_channels": 64,
            "kernel_size": (7, 7),
            "stride": (2, 2),
            "padding": (3, 3),
            "bias": False,
        },
    ),
]


@pytest.mark.parametrize(("text", "type_name", "params"), LINES, ids=[line[0] for line in LINES])
def test_a_line_is_a_layer(text: str, type_name: str, params: dict[str, Value]) -> None:
    assert layer(text) == (type_name, params)


def test_the_input_decides_on_the_dimensions() -> None:
    assert layer("conv 8 3", SERIES)[0] == "Conv1d"
    assert layer("conv2d 8 3", SERIES)[0] == "Conv2d"


def test_a_block_takes_its_copies() -> None:
    made = parse("block 3 share=true")
    assert isinstance(made, Block)
    assert (made.repeat, made.share_weights) == (3, True)


ERRORS = [
    ("", "type a layer, for example: conv 64 3 2"),
    ("cnov 3", 'unknown layer type "cnov"; did you mean Conv2d?'),
    ("xyzzy", 'unknown layer type "xyzzy"; try conv, linear or relu'),
    ("conv many", 'out_channels must be an integer ≥ 1; got "many"'),
    ("conv 0", "out_channels must be an integer ≥ 1; got 0"),
    ("conv 64 3x3x3", "kernel_size must be an integer ≥ 1, or 2 of them; got (3, 3, 3)"),
    ("conv 64 pad", 'padding= needs a value: "same" or "valid", or an integer ≥ 0, or 2 of them'),
    ("conv 64 pad=", 'padding= needs a value: "same" or "valid", or an integer ≥ 0, or 2 of them'),
    ("conv 64 3 stride=2 2", "stride is given twice; remove one"),
    ("conv 64 3 strude=2", 'Conv2d has no parameter "strude"; did you mean stride?'),
    ("linear zz=2", 'Linear has no parameter "zz"; it takes in_features, out_features, bias, lora_rank'),
    ("linear 10 true 7 8", 'Linear takes fewer values than given with "8"; it takes out_features, bias, lora_rank'),
    ("matmul 3", 'MatMul takes fewer values than given with "3"; it takes no values'),
    ("bilinear 8 in=3", '"in" can mean in1_features or in2_features; type more of the name'),
    ("linear 10 maybe", 'bias must be true or false; got "maybe"'),
    ("conv 64 3 groups=3", "out_channels 64 is not divisible by groups 3; the next that is: 66"),
    ("block 0", "repeat must be an integer ≥ 1; got 0"),
]


@pytest.mark.parametrize(("text", "sentence"), ERRORS)
def test_an_error_names_the_word_and_what_would_do(text: str, sentence: str) -> None:
    with pytest.raises(QuickError) as caught:
        parse(text, IMAGE)
    assert str(caught.value) == sentence


def test_what_will_be_inserted_is_said_as_its_row_will_say_it() -> None:
    assert summary(parse("conv 64 3 2", IMAGE), IMAGE) == "32→64 3×3 /2"
    assert summary(parse("conv 64 3 2")) == "64 3 2"
    assert summary(parse("conv2d 64 99", IMAGE), IMAGE) == "64 99", "it does not fit, which analysis will say"
    assert summary(parse("block 4")) == "×4"


# -- properties


def accepts(kind: ParamKind, value: Value, dims: int) -> bool:
    try:
        kind.read(value, dims)
    except ValueError:
        return False
    return True


def values(kind: ParamKind, dims: int) -> st.SearchStrategy[Value]:
    """Values of a kind, as a file holds them."""
    match kind:
        case Bool():
            return st.booleans()
        case Choice():
            return st.sampled_from(kind.options)
        case ShapeFormulas():
            return st.sampled_from(["", "N, C_out, floor(H/2), W", "N, 3; N", "scalar"])
        case ConstantFormulas():
            return st.sampled_from(["", "K = 3, C_out = (K - 1)/2"])
        case CountFormula():
            return st.sampled_from(["", "K*K*C*C_out", "2·N·(H − 1)", "7", "numel"])
        case Text():
            return st.sampled_from(["bij,bjk->bik", "...i,...i->...", "ij->ji", "i"])
        case Int():
            low = -3 if kind.min is None else kind.min
            return st.integers(low, min(kind.max, low + 300))
        case Float():
            low, high = kind.min if kind.min is not None else -2.0, kind.max if kind.max is not None else 5.0
            return st.floats(low, max(low, high))
        case Sizes():
            low = -3 if kind.min is None else kind.min
            one = st.integers(low, low + 99)
            many = st.tuples(*[st.none() | one if kind.keep else one] * dims * kind.per_dim)
            return (one | many).filter(lambda value: accepts(kind, value, dims))  # LPPool1d takes no list
        case Dims():
            low = int(-3 if kind.min is None else kind.min)
            return st.lists(st.integers(low, low + 9), max_size=4).map(tuple)
        case OneOf():
            return st.one_of(*(values(k, dims) for k in kind.kinds))
        case Optional():
            return st.none() | values(kind.kind, dims)
        case _:
            raise TypeError(kind)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[CatalogEntry, Node]:
    entry = draw(st.sampled_from([e for e in CATALOG if not e.fixed]))
    chosen = {
        name: draw(values(info.kind, entry.dims))
        for name, info in entry.declared.items()
        if not info.derived and draw(st.booleans())
    }
    return entry, entry.node((), chosen)


@given(drawn())
def test_what_is_written_is_read_back(made: tuple[CatalogEntry, Node]) -> None:
    entry, node = made
    line = read(written(node), rank=4)
    assert line.entries[0] is entry
    found = given_params(entry, line)
    params = node.params if isinstance(node, Layer) else {"repeat": node.repeat, "share_weights": node.share_weights}
    assert found.keys() == params.keys()
    for name, value in params.items():
        info = entry.declared[name]
        read_back, meant = info.read(found[name], entry.dims), info.read(value, entry.dims)
        assert read_back == meant or repr(read_back) == repr(meant)  # formulas are equal where they are written so


_SIGNS = ["=", "3x5", "(", ")", ",", "[", '"', "'"]
_WORDS = st.sampled_from(["conv", "linear", "64", "3", "pad", "None", "true", "same", "1e400", "-1", *_SIGNS])


@given(st.lists(_WORDS, max_size=8).map(" ".join) | st.lists(_WORDS, max_size=8).map("".join) | st.text())
def test_any_text_is_a_layer_or_one_sentence(text: str) -> None:
    with suppress(QuickError):
        assert isinstance(parse(text, IMAGE), Layer | Block)
