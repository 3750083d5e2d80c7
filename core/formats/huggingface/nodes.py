"""Small makers of layers and blocks, with the names that the templates have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.network.nodes import Block, Layer, Node

Nodes = tuple[Node, ...]


def layer(kind: str, name: str, *inputs: str, tied: str | None = None, **params: Any) -> Layer:
    """Return a layer; without inputs it takes the layer before it."""
    return Layer(name=name, type=kind, params=params, inputs=inputs, tied_to=tied)


def linear(name: str, features: int, *inputs: str, bias: bool = True, tied: str | None = None) -> Layer:
    """Return a linear map to `features`."""
    params: dict[str, Any] = {"out_features": features} if bias else {"out_features": features, "bias": False}
    return Layer(name=name, type="Linear", params=params, inputs=inputs, tied_to=tied)


def embedding(name: str, rows: int, features: int, *inputs: str, tied: str | None = None) -> Layer:
    """Return a table that is looked up."""
    params = {"num_embeddings": rows, "embedding_dim": features}
    return Layer(name=name, type="Embedding", params=params, inputs=inputs, tied_to=tied)


def block(name: str, layers: Sequence[Node], *inputs: str, outputs: Sequence[str] = (), repeat: int = 1) -> Block:
    """Return a block of layers."""
    return Block(name=name, layers=tuple(layers), inputs=inputs, outputs=tuple(outputs), repeat=repeat)


_GELU_TANH = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh")
_GELU = ("gelu", "gelu_python", "gelu_10", "gelu_accurate")
_PLAIN = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "silu": "SiLU",
    "swish": "SiLU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "mish": "Mish",
    "elu": "ELU",
    "selu": "SELU",
    "leaky_relu": "LeakyReLU",
    "linear": "Identity",
    "identity": "Identity",
}
_SQUARED = ("relu2", "relu_squared", "squared_relu")
_KNOWN = (*_GELU, *_GELU_TANH, *_PLAIN, *_SQUARED, "quick_gelu")


def activation(name: str, *, key: str = "hidden_act") -> Nodes:
    """Return the layers of an activation function by its name in transformers.

    Raises:
        FormatError: nobody knows it.
    """
    if name in _GELU:
        return (layer("GELU", "gelu"),)
    if name in _GELU_TANH:
        return (layer("GELU", "gelu", approximate="tanh"),)
    if name in _PLAIN:
        return (layer(_PLAIN[name], _PLAIN[name].lower()),)
    if name in _SQUARED:
        return (layer("ReLU", "relu"), layer("Pow", "square", exponent=2))
    if name == "quick_gelu":  # x·σ(1.702·x)
        parts = (
            layer("Mul", "scale", "input", other=1.702),
            layer("Sigmoid", "sigmoid"),
            layer("Mul", "product", "input", "sigmoid"),
        )
        return (block("quick_gelu", parts),)
    raise FormatError(
        Message(
            "{key} must be one of {known}; got {name}",
            key=key,
            known=", ".join(sorted(set(_KNOWN))),
            name=f'"{name[:40]}"',
        )
    )


def feed_forward(hidden: int, features: int, act: str, *inputs: str, bias: bool | tuple[bool, bool] = True) -> Block:
    """Return up, activation, down."""
    up, down = bias if isinstance(bias, tuple) else (bias, bias)
    inside = (linear("up", hidden, bias=up), *activation(act), linear("down", features, bias=down))
    return block("mlp", inside, *inputs)


def gated(hidden: int, features: int, act: str, *inputs: str, bias: bool = False) -> Node:
    """Return down(act(gate(x))·up(x)); SwiGLU and GeGLU are one layer."""
    kind = "SwiGLU" if act in ("silu", "swish") else "GeGLU" if act in (*_GELU, *_GELU_TANH) else None
    if kind:
        return layer(kind, "mlp", *inputs, hidden_features=hidden, bias=bias)
    function = activation(act)
    inside = (
        linear("gate", hidden, "input", bias=bias),
        *function,
        linear("up", hidden, "input", bias=bias),
        layer("Mul", "product", function[-1].name, "up"),
        linear("down", features, bias=bias),
    )
    return block("mlp", inside, *inputs)


def norm(kind: str, name: str, features: int, eps: float, *inputs: str) -> Layer:
    """Return RMSNorm, LayerNorm, or LayerNorm without its shift or both of its weights."""
    params: dict[str, Any] = {"normalized_shape": features, "eps": eps}
    if kind == "rms":
        return Layer(name=name, type="RMSNorm", params=params, inputs=inputs)
    more = {"no shift": {"bias": False}, "no weights": {"elementwise_affine": False}}.get(kind, {})
    return Layer(name=name, type="LayerNorm", params=params | more, inputs=inputs)


def eps_of(config: Config, default: float = 1e-5) -> float:
    """Return the small number of the norms, under any of its names."""
    for name in ("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon"):
        if (found := config.number(name)) is not None:
            if found < 0:
                raise config.wrong(name, Message("0 or more"), found)
            return found
    return default
