"""Layers of Keras that have no module of their own: dense layers, embeddings, dropout, what passes at inference.

Source: keras.layers.core, keras.layers.regularization and keras.layers.preprocessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.keras.activations import with_activation
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper
from layerledger.core.formats.keras.config import as_items, as_json
from layerledger.core.formats.keras.merging import binary


def _dense(call: LayerCall) -> Mapped:
    params: dict[str, Value] = {"out_features": call.number("units")}
    if not call.flag("use_bias", default=True):
        params["bias"] = False
    return with_activation(call, Laid(call.emit("Linear", [call.layouts.last(call.x)], params, weight="kernel")))


def _einsum_dense(call: LayerCall) -> Mapped:
    """Add a product with a kernel by an equation, such as abc,cd->abd."""
    equation = call.word("equation", "").replace(" ", "")
    x = call.layouts.last(call.x)
    names, output, expanded = _einsum_sizes(call, equation, x)
    left, right = expanded.split("->")[0].split(",")
    last = right[:1]
    if len(right) == 2 and last == left[-1:] and output == left[:-1] + right[1] and _bias_axes(call) in ("", right[1]):
        params: dict[str, Value] = {"out_features": names[right[1]]}
        if not _bias_axes(call):
            params["bias"] = False
        return with_activation(call, Laid(call.emit("Linear", [x], params, weight="kernel")))
    kernel = call.held(tuple([names[letter] for letter in right]), "kernel")
    y = call.emit("Einsum", [x, kernel], {"equation": expanded})
    if bias := _bias_axes(call):
        first = min(output.index(letter) for letter in bias)
        shape = tuple([names[letter] if letter in bias else 1 for letter in output[first:]])
        y = call.emit("Add", [y, call.held(shape, "bias")], part="add")
    return with_activation(call, Laid(y))


def _bias_axes(call: LayerCall) -> str:
    return call.word("bias_axes", "")


def _einsum_sizes(call: LayerCall, equation: str, x: Tensor) -> tuple[Mapping[str, int], str, str]:
    """Return the size of each letter, the letters of the output, and the equation without dots.

    Raises:
        Uncounted: the equation is not that of an input and a kernel.
    """
    sides, arrow, output = equation.partition("->")
    left, comma, right = sides.partition(",")
    if not arrow or not comma or "," in right:
        raise Uncounted(Message('the equation "{equation}" is not covered', equation=equation[:60]))
    spare = "".join(letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in equation)
    dots = spare[: max(x.rank - len(left.replace("...", "")), 0)]
    left, output = left.replace("...", dots), output.replace("...", dots)
    stated = call.config.get("output_shape")
    wanted = (stated,) if type(stated) is int else as_items(stated)
    names = dict(zip(left, x.sizes, strict=True))
    for letter, size in zip(reversed(output), reversed(wanted), strict=False):
        if letter not in names and type(size) is int:
            names[letter] = size
    if any(letter not in names for letter in right + output):
        raise Uncounted(Message('the sizes of the equation "{equation}" are not known', equation=equation[:60]))
    return names, output, f"{left},{right}->{output}"


def _embedding(call: LayerCall) -> Mapped:
    x = call.layouts.last(call.x)
    if x.dtype not in ("int32", "int64"):
        x = _as_indices(call, x)
    params: dict[str, Value] = {"num_embeddings": call.number("input_dim"), "embedding_dim": call.number("output_dim")}
    return [Laid(call.emit("Embedding", [x], params, weight="embeddings"))]


def _as_indices(call: LayerCall, x: Tensor) -> Tensor:
    """Return a tensor as the integers that Keras makes of it; an input that nothing has taken yet is one of them."""
    if x in call.graph.inputs and not any(x in draft.inputs for draft in call.graph.drafts):
        x.dtype = "int64"
        return x
    return call.emit("Cast", [x], {"dtype": "int64"}, part="indices")


def _dropout(kind: str) -> Mapper:
    return lambda call: [call.same(kind, {"p": call.real("rate", call.real("drop_path_rate", 0.5))})]


def _channel_dropout(dims: int) -> Mapper:
    return lambda call: [call.made(call.emit(f"Dropout{dims}d", [call.picture()], {"p": call.real("rate", 0.5)}))]


def _identity(call: LayerCall) -> Mapped:
    return [call.same("Identity")]


def _rescaling(call: LayerCall) -> Mapped:
    """Add x·scale + offset, of one number or one a channel; neither is a weight."""
    y = binary(call, "Mul", call.x, _numbers(call, "scale", 1.0))
    offset = _numbers(call, "offset", 0.0)
    if offset == 0:
        return [y]
    call.graph.place = call.graph.place._replace(name=f"{call.graph.place.name}_offset")
    return [binary(call, "Add", y, offset)]


def _numbers(call: LayerCall, key: str, default: float) -> Laid | float:
    """Return a number of the configuration, or one a channel."""
    value = call.config.get(key, default)
    if isinstance(value, dict):  # an array of NumPy
        value = as_json(as_json(cast(object, value)).get("config")).get("value")
    if items := as_items(value):
        return call.constant(items, key)
    if type(value) not in (int, float):
        raise Uncounted(Message("{key} must be a number or one a channel", key=key))
    return float(cast(float, value))


def _masking(call: LayerCall) -> Mapped:
    call.graph.folded += 1
    return [call.x]


_PASSES = (
    "Identity",
    "ActivityRegularization",
    "GaussianNoise",
    "GaussianDropout",
    "AugMix",
    "AutoContrast",
    "CutMix",
    "Equalization",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHeight",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomWidth",
    "RandomZoom",
    "Solarization",
)
"""Layers that pass their input on at inference."""

LAYERS: Mapping[str, Mapper] = {
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedding,
    "Dropout": _dropout("Dropout"),
    "AlphaDropout": _dropout("AlphaDropout"),
    "StochasticDepth": _dropout("StochasticDepth"),
    "SpatialDropout1D": _channel_dropout(1),
    "SpatialDropout2D": _channel_dropout(2),
    "SpatialDropout3D": _channel_dropout(3),
    "Rescaling": _rescaling,
    "Masking": _masking,
    **dict.fromkeys(_PASSES, _identity),
}
