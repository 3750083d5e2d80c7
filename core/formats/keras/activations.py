"""Activation functions of Keras, by name and as layers.

Source: keras.activations and keras.layers; the functions are those of torch.nn under other names.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper
from layerledger.core.formats.keras.config import as_json, text

_PLAIN: Mapping[str, tuple[str, Mapping[str, Value]]] = {
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.2}),
    "elu": ("ELU", {}),
    "selu": ("SELU", {}),
    "celu": ("CELU", {}),
    "gelu": ("GELU", {}),
    "silu": ("SiLU", {}),
    "swish": ("SiLU", {}),
    "mish": ("Mish", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "soft_shrink": ("Softshrink", {}),
    "hard_shrink": ("Hardshrink", {}),
    "hard_sigmoid": ("Hardsigmoid", {}),
    "hard_silu": ("Hardswish", {}),
    "hard_swish": ("Hardswish", {}),
    "hard_tanh": ("Hardtanh", {}),
    "tanh_shrink": ("Tanhshrink", {}),
    "log_sigmoid": ("LogSigmoid", {}),
    "exponential": ("Exp", {}),
}
"""Layer type and parameters of a function of each element."""

_ALONG_LAST = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}


def function_name(value: object) -> str:
    """Return the name of a function in a configuration: a text, or an object that names it."""
    if isinstance(value, str):
        return value
    entry = as_json(value)
    config = entry.get("config")
    if isinstance(config, str):
        return config
    return text(as_json(config), "name") or text(entry, "class_name")


def activated(call: LayerCall, x: Laid, value: object, *, part: str = "") -> Laid:
    """Add a function that a layer applies to its output, named in its configuration; none for `linear`.

    Args:
        call: the call.
        x: the output.
        value: the function in the configuration.
        part: the name behind that of the layer; empty for the function's own layer.
    """
    name = function_name(value) if value else "linear"
    if name == "linear":
        return x
    if name in _PLAIN:
        kind, params = _PLAIN[name]
        return call.same(kind, params, x=x, part=part and name)
    if name in _ALONG_LAST:
        return call.same(_ALONG_LAST[name], {"dim": x.dim(-1)}, x=x, part=part and name)
    why = Message("the function {name} of the layer is not known", name=name[:60])
    return Laid(call.graph.opaque(name, [x.tensor], why, [x.tensor.sizes])[0], x.moved)


def with_activation(call: LayerCall, x: Laid) -> Mapped:
    """Add the layer's own `activation` behind its output."""
    return [activated(call, x, call.config.get("activation"), part="activation")]


def _activation(call: LayerCall) -> Mapped:
    return [activated(call, call.x, call.config.get("activation"))]


def _relu(call: LayerCall) -> Mapped:
    most, slope, threshold = call.config.get("max_value"), call.real("negative_slope", 0.0), call.real("threshold", 0.0)
    if threshold:
        raise Uncounted(Message("a threshold of {threshold} is not covered", threshold=threshold))
    if slope:
        y = call.same("LeakyReLU", {"negative_slope": slope})
        return [y if most is None else call.same("Clamp", {"max": call.real("max_value", 0)}, x=y, part="clamp")]
    if most == 6:
        return [call.same("ReLU6")]
    if most is not None:
        return [call.same("Hardtanh", {"min_val": 0.0, "max_val": call.real("max_value", 0)})]
    return [call.same("ReLU")]


def _leaky_relu(call: LayerCall) -> Mapped:
    return [call.same("LeakyReLU", {"negative_slope": call.real("negative_slope", call.real("alpha", 0.3))})]


def _elu(call: LayerCall) -> Mapped:
    return [call.same("ELU", {"alpha": call.real("alpha", 1.0)})]


def _thresholded_relu(call: LayerCall) -> Mapped:
    return [call.same("Threshold", {"threshold": call.real("theta", 1.0), "value": 0.0})]


def _softmax(call: LayerCall) -> Mapped:
    axes = call.axes("axis", -1)
    if len(axes) != 1:
        raise Uncounted("a softmax over several axes together is not covered")
    return [call.same("Softmax", {"dim": call.x.dim(axes[0])})]


def _prelu(call: LayerCall) -> Mapped:
    """Add a PReLU with a slope a channel, or one for each position written out: max(x, 0) + a·min(x, 0)."""
    x = call.x
    shared = {axis % x.rank for axis in call.axes("shared_axes", 0)} if call.config.get("shared_axes") else set[int]()
    sizes = tuple([1 if axis in shared else size for axis, size in enumerate(x.shape)][1:])
    if all(size == 1 for size in sizes[:-1]) and x.rank > 1:
        first = call.layouts.as_first(x)
        params: dict[str, Value] = {"num_parameters": sizes[-1]}
        return [Laid(call.emit("PReLU", [first.tensor], params, weight="alpha"), first.moved)]
    with call.block():
        positive = call.emit("ReLU", [x.tensor], part="positive")
        negative = call.emit("Minimum", [x.tensor], {"other": 0.0}, part="negative")
        slopes = Laid(call.held((1, *sizes), "alpha"))
        given = call.layouts.first(slopes) if x.moved else slopes.tensor
        scaled = call.emit("Mul", [negative, given], part="scaled")
        return [Laid(call.emit("Add", [positive, scaled], part="sum"), x.moved)]


LAYERS: Mapping[str, Mapper] = {
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "ThresholdedReLU": _thresholded_relu,
    "Softmax": _softmax,
    "PReLU": _prelu,
}


def plain(name: str) -> tuple[str, Mapping[str, Value]] | None:
    """Return layer type and parameters of a function of each element; None for any other."""
    return _PLAIN.get(name)
