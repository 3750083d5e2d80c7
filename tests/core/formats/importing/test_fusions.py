"""Layers that exporters take apart are put together, where nothing of the network changes by it."""

from dataclasses import replace
from math import pi, sqrt

import pytest

from layerledger.core import Network, analyze
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.attention import fuse_attention
from layerledger.core.formats.importing.fusions import fuse
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.tensor import ModulePlace, Tensor


class Writer:
    """Writes the operators of an exporter into a graph."""

    def __init__(self, *shape: int) -> None:
        self.graph = Graph()
        self.x = self.graph.add_input("x", shape, "float32")

    def put(
        self, kind: str, *inputs: Tensor, path: str = "block", weights: tuple[str, ...] = (), **params: Value
    ) -> Tensor:
        self.graph.place = ModulePlace(tuple(path.split(".")), kind.lower())
        return self.graph.emit(kind, inputs, params, weights=weights)[0]

    def weight(self, name: str, *shape: int) -> Tensor:
        return Tensor(name, shape, constant=True, weight=name)

    def network(self, *outputs: Tensor) -> Network:
        self.graph.outputs = list(outputs)
        fuse(self.graph)
        fuse_attention(self.graph)
        return assemble(self.graph, "net")


def types(network: Network) -> list[str]:
    return [row.type for row in analyze(network).rows()]


@pytest.mark.parametrize("form", ["half last", "half first"])
@pytest.mark.parametrize(("kind", "factor"), [("Div", sqrt(2)), ("Mul", sqrt(0.5))])
def test_an_exact_gelu(form: str, kind: str, factor: float) -> None:
    w = Writer(2, 5, 8)
    plus = w.put("Add", w.put("Erf", w.put(kind, w.x, other=factor)), other=1.0)
    if form == "half last":
        y = w.put("Mul", w.put("Mul", w.x, plus), other=0.5)
    else:
        y = w.put("Mul", w.put("Mul", w.x, other=0.5), plus)
    assert types(w.network(y)) == ["GELU"]


def test_a_gelu_by_tanh() -> None:
    w = Writer(2, 5, 8)
    inner = w.put("Add", w.x, w.put("Mul", w.put("Pow", w.x, exponent=3.0), other=0.044715))
    plus = w.put("Add", w.put("Tanh", w.put("Mul", inner, other=sqrt(2 / pi))), other=1.0)
    network = w.network(w.put("Mul", w.put("Mul", w.x, other=0.5), plus))
    assert types(network) == ["GELU"]
    assert network.layers[0].params["approximate"] == "tanh"  # type: ignore[union-attr]


def test_an_error_function_that_is_no_gelu_stays() -> None:
    w = Writer(2, 8)
    plus = w.put("Add", w.put("Erf", w.put("Div", w.x, other=2.0)), other=1.0)
    assert types(w.network(w.put("Mul", w.put("Mul", w.x, plus), other=0.5))) == ["Div", "Erf", "Add", "Mul", "Mul"]


def test_what_somebody_else_takes_stays() -> None:
    w = Writer(2, 8)
    erf = w.put("Erf", w.put("Div", w.x, other=sqrt(2)))
    y = w.put("Mul", w.put("Mul", w.x, w.put("Add", erf, other=1.0)), other=0.5)
    assert "GELU" not in types(w.network(y, erf))


def norm(w: Writer, *, centred: bool, reciprocal: bool = False) -> Tensor:
    x = w.put("Sub", w.x, w.put("Mean", w.x, dim=(-1,), keepdim=True)) if centred else w.x
    mean = w.put("Mean", w.put("Pow", x, exponent=2.0), dim=(-1,), keepdim=True)
    root = w.put("Sqrt", w.put("Add", mean, other=1e-5))
    return w.put("Mul", w.put("Reciprocal", root), x) if reciprocal else w.put("Div", x, root)


def test_a_layer_norm() -> None:
    w = Writer(2, 5, 8)
    scaled = w.put("Mul", norm(w, centred=True), w.weight("n.weight", 8))
    network = w.network(w.put("Add", scaled, w.weight("n.bias", 8)))
    assert types(network) == ["LayerNorm"]
    assert analyze(network).totals.params == 16


@pytest.mark.parametrize("reciprocal", [False, True])
def test_an_rms_norm(*, reciprocal: bool) -> None:
    w = Writer(2, 5, 8)
    network = w.network(w.put("Mul", w.weight("n.weight", 8), norm(w, centred=False, reciprocal=reciprocal)))
    assert types(network) == ["RMSNorm"]
    assert analyze(network).totals.params == 8


def test_a_linear_of_flattened_tokens() -> None:
    w = Writer(2, 5, 8)
    (flat,) = w.graph.reshape(w.x, (10, 8))
    y = w.put("Linear", flat, out_features=3, weights=("fc.weight", "fc.bias"))
    (y,) = w.graph.reshape(y, (2, 5, 3))
    network = w.network(y)
    assert types(network) == ["Linear"]
    assert analyze(network).totals.macs == 2 * 5 * 8 * 3


def packed_attention(w: Writer, tokens: int, width: int, heads: int, *, transposed: bool) -> Tensor:
    """Write nn.MultiheadAttention as torch.onnx does, on (N, L, E) with transposes around it, or on (L, N, E)."""
    path, size = "layer.self_attn", width // heads
    x = w.put("Transpose", w.x, path=path, dim0=0, dim1=1) if transposed else w.x
    qkv = w.put("Linear", x, path=path, out_features=3 * width, weights=("a.in_proj_weight", "a.in_proj_bias"))
    w.graph.place = ModulePlace(("layer", "self_attn"), "split")
    parts = w.graph.emit("Split", [qkv], {"split_size_or_sections": width, "dim": -1})
    heads_of = []
    for part in parts:
        w.graph.place = ModulePlace(("layer", "self_attn"), "reshape")
        (rows,) = w.graph.reshape(part, (tokens, heads, size))
        heads_of.append(w.put("Transpose", rows, path=path, dim0=0, dim1=1))
    keys = w.put("Transpose", heads_of[1], path=path, dim0=1, dim1=2)
    scores = w.put("Softmax", w.put("MatMul", heads_of[0], keys, path=path), path=path, dim=-1)
    y = w.put("Transpose", w.put("MatMul", scores, heads_of[2], path=path), path=path, dim0=0, dim1=1)
    (y,) = w.graph.reshape(y, (tokens, 1, width))
    y = w.put("Linear", y, path=path, out_features=width, weights=("a.out_proj.weight", "a.out_proj.bias"))
    return w.put("Transpose", y, path=path, dim0=0, dim1=1) if transposed else y


@pytest.mark.parametrize("transposed", [True, False])
def test_a_packed_attention(*, transposed: bool) -> None:
    tokens, width, heads = 7, 16, 4
    w = Writer(*((1, tokens, width) if transposed else (tokens, 1, width)))
    network = w.network(w.put("ReLU", packed_attention(w, tokens, width, heads, transposed=transposed), path="after"))
    assert types(network) == ["MultiheadAttention", "ReLU"]
    totals = analyze(network).totals
    # of torch.nn.MultiheadAttention: 4·E² weights and 4·E biases; 4·L·E² + 2·L²·E multiply-accumulates
    assert totals.params == 4 * width * width + 4 * width
    assert totals.macs == 4 * tokens * width * width + 2 * tokens * tokens * width
    first = network.layers[0]
    assert (first.name, bool(first.params.get("batch_first"))) == ("layer", transposed)  # type: ignore[union-attr]


def test_an_attention_that_costs_something_else_stays_in_parts() -> None:
    w = Writer(1, 7, 16)
    y = packed_attention(w, 7, 16, 4, transposed=True)
    y = w.put("Linear", y, path="layer.self_attn", out_features=16, weights=("more.weight", "more.bias"))
    assert "MultiheadAttention" not in types(w.network(y))


def test_the_batch_stays_free() -> None:
    w = Writer(1, 7, 16)
    network = w.network(packed_attention(w, 7, 16, 4, transposed=True))
    larger = replace(network, inputs=(replace(network.inputs[0], shape=(8, 7, 16)),))
    assert analyze(larger).totals.macs == 8 * analyze(network).totals.macs
