"""Composite layers weigh what they weigh written out: against networks of plain layers, in random places."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.liveness import IN_PLACE, LivenessProfile
from layerledger.core.analysis.result import Result
from layerledger.core.reports.series.memory import Timeline

Twin = tuple[list[Layer], list[Layer]]


def node(name: str, type_name: str, *inputs: str, **params: Any) -> Layer:
    return Layer(name=name, type=type_name, inputs=inputs, params=params)


def linear(name: str, taken: str, out: int, *, bias: bool = True) -> Layer:
    return node(name, "Linear", taken, out_features=out, bias=bias)


# -- the twins: a composite layer, and the same written out; both take `a`, and the last one is called `z`


def gated(type_name: str, function: str, features: int, hidden: int, *, bias: bool) -> Twin:
    written = [
        linear("gate", "a", hidden, bias=bias),
        node("active", function, "gate"),
        linear("up", "a", hidden, bias=bias),
        node("product", "Mul", "active", "up"),
        linear("z", "product", features, bias=bias),
    ]
    return [node("z", type_name, "a", hidden_features=hidden, bias=bias)], written


def heads(name: str, taken: str, count: int, features: int) -> list[Layer]:
    """Return the views that split features into heads."""
    split = node(f"{name}_split", "Unflatten", taken, dim=2, unflattened_size=(count, features // count))
    return [split, node(name, "Permute", f"{name}_split", dims=(0, 2, 1, 3))]


def joined(name: str, taken: str) -> list[Layer]:
    return [
        node(f"{name}_back", "Permute", taken, dims=(0, 2, 1, 3)),
        node(name, "Flatten", f"{name}_back", start_dim=2, end_dim=3),
    ]


def self_attention(features: int, count: int, *, weights: bool, bias: bool) -> Twin:
    whole = node("z", "MultiheadAttention", "a", num_heads=count, batch_first=True, need_weights=weights, bias=bias)
    written = [linear(name, "a", features, bias=bias) for name in "qkv"]
    written += [each for name in "qkv" for each in heads(f"{name}s", name, count, features)]
    if weights:
        written += [
            node("kt", "Permute", "ks", dims=(0, 1, 3, 2)),
            node("scores", "MatMul", "qs", "kt"),
            node("shares", "Softmax", "scores", dim=-1),
            node("mixed", "MatMul", "shares", "vs"),
            *joined("context", "mixed"),
            linear("out", "context", features, bias=bias),
            node("mean", "ReduceMean", "shares", dim=1),
        ]
    else:
        written += [
            node("mixed", "ScaledDotProductAttention", "qs", "ks", "vs"),
            *joined("context", "mixed"),
            linear("out", "context", features, bias=bias),
        ]
    # A view of the result, under the name of the composite layer.
    return [whole], [*written, node("z", "Identity", "out")]


def encoder(features: int, count: int, hidden: int, *, first: bool, gelu: bool) -> Twin:
    function = "gelu" if gelu else "relu"
    params = {"nhead": count, "dim_feedforward": hidden, "batch_first": True, "norm_first": first}
    whole = node("z", "TransformerEncoderLayer", "a", activation=function, **params)
    taken = "n1" if first else "a"
    written = [node("n1", "LayerNorm", "a")] if first else []
    written += [linear(name, taken, features) for name in "qkv"]
    written += [each for name in "qkv" for each in heads(f"{name}s", name, count, features)]
    written += [node("mixed", "ScaledDotProductAttention", "qs", "ks", "vs"), *joined("context", "mixed")]
    written += [linear("out", "context", features), node("y", "Add", "a", "out")]
    written += [node("n2", "LayerNorm", "y")]
    written += [linear("up", "n2", hidden), node("active", "GELU" if gelu else "ReLU", "up")]
    written += [linear("down", "active", features), node("s", "Add", "y" if first else "n2", "down")]
    return [whole], [*written, node("z", "Identity" if first else "LayerNorm", "s")]


def excitation(channels: int, squeezed: int) -> Twin:
    written = [
        node("mean", "AdaptiveAvgPool2d", "a", output_size=1),
        node("squeeze", "Conv2d", "mean", out_channels=squeezed, kernel_size=1),
        node("relu", "ReLU", "squeeze"),
        node("excite", "Conv2d", "relu", out_channels=channels, kernel_size=1),
        node("scales", "Sigmoid", "excite"),
        node("z", "Mul", "scales", "a"),
    ]
    return [node("z", "SqueezeExcitation", "a", squeeze_channels=squeezed)], written


def kernel(features: int) -> Twin:
    """Return attention whose scores are written out, in one head."""
    whole = node("z", "ScaledDotProductAttention", "a", "k", "a", fused=False)
    written = [
        node("turned", "Transpose", "k", dim0=1, dim1=2),
        node("scores", "MatMul", "a", "turned"),
        node("shares", "Softmax", "scores", dim=-1),
        node("z", "MatMul", "shares", "a"),
    ]
    keys = linear("k", "a", features)
    return [keys, whole], [keys, *written]


def cell(units: int, function: str) -> Twin:
    """Return one step of a recurrent layer whose state is made of its input."""
    state = linear("h", "a", units)
    written = [linear("i", "a", units), linear("s", "h", units), node("both", "Add", "i", "s")]
    whole = node("z", "RNNCell", "a", "h", hidden_size=units, nonlinearity=function.lower())
    return [state, whole], [state, *written, node("z", function, "both")]


TWINS: Mapping[str, Callable[[Any], Twin]] = {
    "swiglu": lambda draw: gated("SwiGLU", "SiLU", 8, draw(st.integers(1, 40)), bias=draw(st.booleans())),
    "geglu": lambda draw: gated("GeGLU", "GELU", 8, draw(st.integers(1, 40)), bias=draw(st.booleans())),
    "attention": lambda draw: self_attention(
        8, draw(st.sampled_from((1, 2, 4))), weights=draw(st.booleans()), bias=draw(st.booleans())
    ),
    "encoder": lambda draw: encoder(
        8,
        draw(st.sampled_from((1, 2, 4))),
        draw(st.integers(1, 40)),
        first=draw(st.booleans()),
        gelu=draw(st.booleans()),
    ),
    "kernel": lambda draw: kernel(8),
    "cell": lambda draw: cell(8, draw(st.sampled_from(("Tanh", "ReLU")))),
}


def net(layers: Sequence[Layer | Block], shape: tuple[int, ...]) -> Result:
    result = analyze(Network(inputs=(NetworkInput(name="x", shape=shape),), root=Block(name="", layers=tuple(layers))))
    assert result.ok, result.problems
    return result


def moved(result: Result) -> dict[str, int]:
    """Return the bytes that layers move; a view moves nothing, as its memory in PyTorch is that of its input."""
    names = ("weight_bytes", "read_bytes", "write_bytes", "fused_read_bytes", "fused_write_bytes")
    return {name: sum(getattr(row.traffic, name) for row in result.rows()) for name in names}


def check_twins(whole: Result, written: Result) -> None:
    assert moved(whole) == moved(written)
    for in_place in (("view",), IN_PLACE):
        one, other = (LivenessProfile(result.schedule, in_place=in_place) for result in (whole, written))
        assert one.peak_bytes == other.peak_bytes, in_place
        assert one.packed_bytes == other.packed_bytes, in_place
    # What is counted without expanding the inner steps is what is alive at the busiest of them.
    memory = whole.memory
    assert memory.live_bytes == [memory.live_at_moments[memory.busiest(i)] for i in range(len(whole.schedule.steps))]
    assert memory.peak_bytes == LivenessProfile(whole.schedule, in_place=("view",)).peak_bytes


@given(st.data())
@pytest.mark.parametrize("kind", TWINS)
def test_a_composite_layer_weighs_what_its_parts_weigh(kind: str, data: st.DataObject) -> None:
    composite, written = TWINS[kind](data.draw)
    batch, tokens = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 40))
    shape = (batch, 8) if kind == "cell" else (batch, tokens, 8)
    before, residual, after, repeat = (data.draw(st.booleans()) for _ in range(4))

    def around(parts: Sequence[Layer]) -> list[Layer | Block]:
        first = linear("a", "x", 8) if before else node("a", "ReLU", "x")
        rest = [node("sum", "Add", "z", "a")] if residual else []
        rest += [linear("end", rest[-1].name if rest else "z", 3)] if after else []
        if not repeat or after:
            return [first, *parts, *rest]
        inner = [Layer(name="a", type="ReLU", inputs=("input",)), *parts, *rest]
        return [linear("stem", "x", 8), Block(name="b", repeat=3, layers=tuple(inner))]

    check_twins(net(around(composite), shape), net(around(written), shape))


@given(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_squeeze_and_excitation_weighs_what_its_parts_weigh(n: int, size: int, squeezed: int, residual: bool) -> None:
    composite, written = excitation(6, squeezed)
    start, end = node("a", "ReLU", "x"), node("sum", "Add", "z", "a" if residual else "z")
    nets = (net([start, *parts, end], (n, 6, size, size)) for parts in (composite, written))
    check_twins(*nets)


def test_the_memory_page_names_what_is_alive_inside() -> None:
    """f(x)·g(x) of SwiGLU: three tensors of 2,048 values for each of 4 tokens, by hand."""
    result = net([node("mlp", "SwiGLU", hidden_features=2048, bias=False)], (1, 4, 512))
    timeline = Timeline(result)
    (column,) = timeline.columns(0, 0, 10)
    texts = [timeline.tensor_text(piece.buffer, 0) for piece in column.pieces]
    assert texts == [f"mlp: {name}, 32.0 KiB" for name in ("activation", "up", "product")]
    assert sum(piece.size for piece in column.pieces) == timeline.peak == 3 * 4 * 2048 * 4
    assert result.largest_activation
    assert result.largest_activation.result.largest == 4 * 2048 * 4


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_a_stack_weighs_what_its_layers_weigh(count: int) -> None:
    params = {"nhead": 2, "dim_feedforward": 24, "batch_first": True}
    stack = net([node("z", "TransformerEncoder", "x", num_layers=count, **params)], (2, 5, 8))
    layers = [node(f"l{i}", "TransformerEncoderLayer", **params) for i in range(count)]
    apart = net(layers, (2, 5, 8))
    assert moved(stack) == moved(apart)
    assert stack.memory.peak_bytes == apart.memory.peak_bytes
    assert stack.memory.packed_bytes == apart.memory.packed_bytes


def test_attention_of_a_sequence_to_itself() -> None:
    """By hand: scores and weights of 8 heads, 2 · 8 · 4096² values, beside the values, 4096 · 512 (float32)."""
    whole = net([node("m", "MultiheadAttention", "x", "x", "x", num_heads=8, batch_first=True)], (1, 4096, 512))
    assert whole.memory.peak_bytes == 4 * (2 * 8 * 4096**2 + 4096 * 512)
    flash = [node("m", "MultiheadAttention", "x", "x", "x", num_heads=8, batch_first=True, need_weights=False)]
    # Query, key, value and context at the kernel.
    assert net(flash, (1, 4096, 512)).memory.peak_bytes == 4 * 4 * 4096 * 512
