"""Models of Keras as configurations, with what Keras itself says of each: params, output shapes, and MACs.

Writes foreign/keras_models.json.xz beside this file: the JSON of each model as Keras 3 writes it, and as Keras 2 did
(which .h5 files still have). MACs are kernels × positions, from the kernels and the shapes that Keras reports, and
products of two tensors by hand. Needs keras with a backend: pip install tensorflow-cpu
"""

import json
import lzma
from collections.abc import Callable
from math import prod
from pathlib import Path

import keras
from keras import layers as L  # noqa: N812  (each model names many)
from keras import ops
from keras.src.backend.common import global_state
from keras.src.legacy.saving import saving_utils
from keras.src.saving import serialization_lib

IMAGE, SEQUENCE, FILM = (32, 40, 6), (20, 12), (6, 16, 16, 3)
A = keras.applications
CELLS = (L.LSTM, L.GRU, L.SimpleRNN)


def of(shape, *chain, **options):
    return keras.Sequential([keras.Input(shape, **options), *chain])


def functional(build: Callable, *shapes, **options):
    inputs = [keras.Input(shape, **options) for shape in shapes]
    return keras.Model(inputs, build(*inputs))


def nested():
    inner = keras.Sequential([keras.Input((16,)), L.Dense(8, activation="relu"), L.Dense(4)], name="inner")
    a = keras.Input((16,), name="a")
    middle = keras.Model(a, [inner(a), L.Dense(4)(a)], name="middle")
    x, y = keras.Input((16,), name="x"), keras.Input((16,), name="y")
    (p, q), (r, s) = middle(x), middle(y)
    return keras.Model([x, y], L.Add()([p, q, r, s]))


def nested_output():
    a = keras.Input((16,), name="a")
    inner = keras.Model(a, L.Dense(4)(a), name="inner")
    x, y = keras.Input((16,), name="x"), keras.Input((16,), name="y")
    return keras.Model([x, y], [inner(x), inner(y)])


def shared():
    dense, emb = L.Dense(12, activation="tanh"), L.Embedding(50, 12)
    x = keras.Input((5,), dtype="int32")
    y = dense(dense(emb(x)))
    return keras.Model(x, L.Dot(axes=(2, 2))([y, emb(x)]))


def frozen():
    base = keras.Sequential([keras.Input((32, 32, 3)), L.Conv2D(8, 3), L.BatchNormalization()], name="base")
    base.trainable = False
    x = keras.Input((32, 32, 3))
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling2D()(base(x, training=False))))


def unet():
    x = keras.Input((32, 32, 3))
    a = L.Conv2D(8, 3, padding="same", activation="relu")(x)
    b = L.Conv2D(16, 3, padding="same", activation="relu")(L.MaxPooling2D()(a))
    c = L.Conv2D(32, 3, padding="same", activation="relu")(L.MaxPooling2D()(b))
    d = L.Concatenate()([L.Conv2DTranspose(16, 2, strides=2)(c), b])
    e = L.concatenate([L.UpSampling2D(interpolation="bilinear")(d), a], axis=-1)
    return keras.Model(x, L.Conv2D(1, 1, activation="sigmoid")(e))


def transformer():
    x = keras.Input((24,), dtype="int32")
    y = L.Embedding(100, 32)(x)
    for _ in range(2):
        a = L.MultiHeadAttention(4, 8)(y, y, use_causal_mask=True)
        y = L.LayerNormalization()(y + a)
        y = L.LayerNormalization()(y + L.Dense(32)(L.Dense(64, activation="gelu")(y)))
    return keras.Model(x, L.Dense(100, activation="softmax")(y))


def vision_transformer():
    x = keras.Input((32, 32, 3))
    y = L.Reshape((64, 32))(L.Conv2D(32, 4, strides=4)(x))
    y = y + L.MultiHeadAttention(2, 24)(y, y)
    y = L.Flatten()(L.LayerNormalization(epsilon=1e-6)(y))
    return keras.Model(x, L.Dense(10)(y))


def operators():
    x = keras.Input((8, 8, 6))
    y = L.Conv2D(6, 3, padding="same")(x)
    y = ops.concatenate([y, x * 2.0, 1.0 - y, ops.relu(x) / 3.0], axis=-1)
    y = ops.mean(y, axis=(1, 2), keepdims=True) + y
    z = ops.reshape(y, (-1, 64, 24))
    w = ops.softmax(ops.matmul(z, ops.transpose(z, (0, 2, 1))), axis=-1)
    z = ops.einsum("bij,bjk->bik", w, z)
    first, second = ops.split(z, 2, axis=-1)
    z = ops.maximum(first, second)[:, 1:, ::2]
    z = ops.expand_dims(z[:, 0], 1) + ops.squeeze(ops.stack([z, z], axis=2)[:, :, :1], 2)
    return keras.Model(x, [ops.max(z, axis=1), ops.cast(z, "float16"), ops.where(z > 0, z, 0.0)])


def states():
    x = keras.Input(SEQUENCE)
    y, h, c = L.LSTM(10, return_sequences=True, return_state=True)(x)
    z = L.LSTM(10)(y, initial_state=[h, c])
    u, v = L.GRU(6, return_state=True)(y)
    both = L.Bidirectional(L.GRU(5, return_state=True))(y)
    return keras.Model(x, [z, L.GRU(6)(x, initial_state=v), u, *both])


def squeezed(x):
    y = L.Dense(6, activation="sigmoid")(L.GlobalAveragePooling2D()(x))
    return L.Multiply()([x, L.Reshape((1, 1, 6))(y)])


def attentions():
    q, v = keras.Input((7, 16)), keras.Input((9, 16))
    found = [
        L.Attention(use_scale=True)([q, v]),
        L.AdditiveAttention()([q, v]),
        L.Attention(score_mode="concat")([q, v]),
    ]
    found.append(L.MultiHeadAttention(2, 16, value_dim=5, output_shape=11, use_bias=False)(q, v))
    found.append(L.GroupQueryAttention(8, 4, 2)(q, v))
    found += L.MultiHeadAttention(2, 8)(q, q, return_attention_scores=True)
    found.append(L.MultiHeadAttention(4, 4)(q, v, attention_mask=ops.ones((1, 7, 9), "bool")))
    return keras.Model([q, v], found)


MODELS: dict[str, Callable[[], keras.Model]] = {
    **{
        f"applications {name}": lambda name=name: getattr(A, name)(weights=None)
        for name in (
            "ResNet50",
            "ResNet50V2",
            "ConvNeXtTiny",
            "EfficientNetV2B0",
            "EfficientNetB1",
            "Xception",
            "DenseNet121",
            "VGG16",
            "InceptionResNetV2",
            "MobileNet",
            "MobileNetV3Small",
            "MobileNetV3Large",
        )
    },
    "ResNet50 without top, open size": lambda: A.ResNet50(weights=None, include_top=False),
    **{
        f"Conv{d}D {padding} k{k} s{s} d{r}": lambda d=d, padding=padding, k=k, s=s, r=r: of(
            (*(13, 14, 15)[:d], 6), getattr(L, f"Conv{d}D")(8, k, strides=s, padding=padding, dilation_rate=r)
        )
        for d in (1, 2, 3)
        for padding in ("valid", "same")
        for k, s, r in ((3, 1, 1), (2, 1, 1), (4, 3, 1), (3, 2, 1), (3, 1, 2), (1, 2, 1))
    },
    **{
        f"Conv{d}DTranspose {padding} k{k} s{s}": lambda d=d, padding=padding, k=k, s=s: of(
            (*(5, 6, 7)[:d], 6), getattr(L, f"Conv{d}DTranspose")(8, k, strides=s, padding=padding)
        )
        for d in (1, 2, 3)
        for padding in ("valid", "same")
        for k, s in ((3, 1), (2, 1), (4, 2), (3, 2), (2, 3), (5, 3))
    },
    **{
        f"{kind}{d}D {padding} k{k} s{s}": lambda kind=kind, d=d, padding=padding, k=k, s=s: of(
            (*(13, 14, 15)[:d], 6), getattr(L, f"{kind}{d}D")(k, strides=s, padding=padding)
        )
        for kind in ("MaxPooling", "AveragePooling")
        for d in (1, 2, 3)
        for padding in ("valid", "same")
        for k, s in ((2, None), (3, 2), (2, 1), (4, 3), (3, 1), (2, 3))
    },
    "Conv1D causal": lambda: of(SEQUENCE, L.Conv1D(8, 3, padding="causal", dilation_rate=2), L.Conv1D(4, 1)),
    "Conv2D groups": lambda: of(IMAGE, L.Conv2D(9, (3, 5), groups=3, use_bias=False, activation="swish")),
    "channels first": lambda: of(
        (3, 20, 22),
        L.ZeroPadding2D(1, data_format="channels_first"),
        L.BatchNormalization(axis=1),
        L.GlobalAveragePooling2D(data_format="channels_first"),
    ),
    "SeparableConv": lambda: of(
        IMAGE,
        L.SeparableConv2D(8, 3, depth_multiplier=2, padding="same", strides=2),
        L.DepthwiseConv2D(3, use_bias=False),
    ),
    "SeparableConv1D": lambda: of(SEQUENCE, L.SeparableConv1D(8, 3, padding="same"), L.DepthwiseConv1D(3)),
    **{
        f"{cell.__name__} {name}": lambda cell=cell, options=options: of(SEQUENCE, cell(10, **options))
        for cell in CELLS
        for name, options in {
            "plain": {},
            "sequences": {"return_sequences": True},
            "no bias": {"use_bias": False},
            "backwards": {"go_backwards": True},
        }.items()
    },
    **{
        f"Bidirectional {cell.__name__} {mode} {sequences}": lambda cell=cell, mode=mode, sequences=sequences: of(
            SEQUENCE, L.Bidirectional(cell(10, return_sequences=sequences), merge_mode=mode)
        )
        for cell in CELLS
        for mode in ("concat", "sum", "ave", "mul")
        for sequences in (True, False)
    },
    "GRU reset before": lambda: of(SEQUENCE, L.GRU(10, reset_after=False)),
    "SimpleRNN relu": lambda: of(SEQUENCE, L.SimpleRNN(10, activation="relu")),
    "RNN of cells": lambda: of(SEQUENCE, L.RNN([L.LSTMCell(8), L.GRUCell(6)]), L.Dense(2)),
    "RNN of a cell": lambda: of(SEQUENCE, L.RNN(L.SimpleRNNCell(8), return_sequences=True)),
    "states": states,
    "TimeDistributed Dense": lambda: of(SEQUENCE, L.TimeDistributed(L.Dense(5, activation="relu"))),
    "TimeDistributed CNN": lambda: of(
        FILM,
        L.TimeDistributed(L.Conv2D(4, 3, activation="relu")),
        L.TimeDistributed(of((14, 14, 4), L.MaxPooling2D(), L.Flatten(), L.Dense(9))),
        L.LSTM(7),
    ),
    "norms": lambda: of(
        IMAGE,
        L.BatchNormalization(scale=False),
        L.BatchNormalization(center=False),
        L.GroupNormalization(3),
        L.GroupNormalization(-1, scale=False),
        L.LayerNormalization(),
        L.LayerNormalization(center=False),
        L.LayerNormalization(scale=False),
        L.LayerNormalization(axis=(1, 2, 3)),
        L.RMSNormalization(),
        L.UnitNormalization(),
        L.BatchNormalization(scale=False, center=False),
        L.Normalization(),
    ),
    "norms of sequences": lambda: of(
        SEQUENCE,
        L.BatchNormalization(),
        L.LayerNormalization(),
        L.GroupNormalization(4),
        L.RMSNormalization(),
    ),
    "norms of vectors": lambda: of((12,), L.BatchNormalization(), L.LayerNormalization(), L.Normalization()),
    "PReLU": lambda: of(IMAGE, L.PReLU(), L.PReLU(shared_axes=[1, 2]), L.Conv2D(4, 3), L.PReLU()),
    "activations": lambda: of(
        (9,),
        L.Dense(8),
        L.ReLU(max_value=6),
        L.ReLU(negative_slope=0.1),
        L.ReLU(max_value=3),
        L.LeakyReLU(),
        L.ELU(),
        L.Softmax(),
        *(
            L.Activation(name)
            for name in (
                "relu6",
                "selu",
                "gelu",
                "softplus",
                "softsign",
                "mish",
                "hard_sigmoid",
                "hard_silu",
                "exponential",
                "log_softmax",
                "celu",
                "hard_tanh",
                "tanh_shrink",
                "log_sigmoid",
            )
        ),
    ),
    "reshaping": lambda: of(
        IMAGE,
        L.ZeroPadding2D(((1, 2), (3, 4))),
        L.Cropping2D(((1, 0), (2, 1))),
        L.UpSampling2D((2, 3)),
        L.Permute((2, 1, 3)),
        L.Reshape((-1, 12)),
        L.Flatten(),
        L.RepeatVector(3),
        L.ZeroPadding1D(2),
        L.Cropping1D(1),
        L.UpSampling1D(2),
    ),
    "reshaping of volumes": lambda: of(
        (6, 8, 8, 2),
        L.ZeroPadding3D(1),
        L.Cropping3D(1),
        L.UpSampling3D(2),
        L.GlobalMaxPooling3D(keepdims=True),
    ),
    "global pooling": lambda: of(
        IMAGE, L.GlobalAveragePooling2D(keepdims=True), L.Conv2D(3, 1), L.GlobalMaxPooling2D()
    ),
    "global pooling of sequences": lambda: of(SEQUENCE, L.Conv1D(5, 3), L.GlobalAveragePooling1D()),
    "preprocessing": lambda: of(
        (40, 40, 3),
        L.Resizing(32, 36),
        L.CenterCrop(24, 20),
        L.Rescaling(1 / 255, offset=-1.0),
        L.RandomFlip(),
        L.RandomRotation(0.1),
        L.RandomZoom(0.1),
        L.Rescaling([1.0, 2.0, 3.0]),
        L.Normalization(mean=[1.0] * 3, variance=[1.0] * 3),
        L.GaussianNoise(0.1),
        L.SpatialDropout2D(0.1),
        L.Conv2D(2, 3),
    ),
    "merging": lambda: functional(
        lambda a, b: [
            layer([a, b])
            for layer in (
                L.Add(),
                L.Subtract(),
                L.Multiply(),
                L.Average(),
                L.Maximum(),
                L.Minimum(),
                L.Concatenate(),
                L.Concatenate(axis=1),
                L.Dot(axes=2),
                L.Dot(axes=(1, 1)),
            )
        ],
        (5, 8),
        (5, 8),
    ),
    "squeeze and excitation": lambda: functional(squeezed, IMAGE),
    "merging of other ranks": lambda: functional(lambda a, b: L.Add()([L.Conv2D(8, 3)(a), b]), (10, 10, 3), (8,)),
    "EinsumDense": lambda: of(
        (10, 12),
        L.EinsumDense("abc,cd->abd", (10, 8), bias_axes="d"),
        L.EinsumDense("abc,cde->abde", (10, 4, 3), bias_axes="de"),
        L.EinsumDense("...x,xy->...y", 7),
    ),
    "Embedding": lambda: of((15,), L.Embedding(30, 8, mask_zero=True), L.Masking(), L.LSTM(4), dtype="int32"),
    "Embedding of floats": lambda: of((15,), L.Embedding(30, 8)),
    "nested": nested,
    "nested output": nested_output,
    "shared": shared,
    "frozen": frozen,
    "unet": unet,
    "transformer": transformer,
    "vision transformer": vision_transformer,
    "operators": operators,
    "attentions": attentions,
    "fixed batch": lambda: keras.Sequential(
        [keras.Input(batch_shape=(4, 20, 12)), L.LSTM(8, stateful=True), L.Dense(2)]
    ),
}


def kernel_macs(kernel, positions: int) -> int:
    return prod(kernel.shape) * positions


def macs_of(layer, given, made) -> int:
    """Return the MACs of one call, by the shapes of its tensors at batch 1."""
    shapes = [sized(x) for x in given]
    x, y = shapes[0], sized(made[0])
    name = type(layer).__name__
    if isinstance(layer, keras.Model):
        return macs(layer)
    if isinstance(layer, L.TimeDistributed):
        inner = layer.layer
        if isinstance(inner, keras.Model):
            return x[1] * macs(inner)
        out = inner.compute_output_shape((1, *x[2:]))
        return x[1] * macs_of(inner, [keras.KerasTensor((1, *x[2:]))], [keras.KerasTensor(out)])
    if "SeparableConv" in name:
        spatial = prod(y[1:-1])
        return kernel_macs(layer.depthwise_kernel, spatial) + kernel_macs(layer.pointwise_kernel, spatial)
    if "Transpose" in name and hasattr(layer, "kernel"):
        return kernel_macs(layer.kernel, prod(x[1:-1]))
    if "Conv" in name:
        return kernel_macs(layer.kernel, prod(y[1:-1]))
    if name == "Dense":
        return kernel_macs(layer.kernel, prod(x[1:-1]))
    if name == "EinsumDense":
        left, rest = layer.equation.replace("...", "XYZ"[: len(x) - 1]).split(",")
        sizes = dict(zip(left, x, strict=False)) | dict(zip(rest.split("->")[0], layer.kernel.shape, strict=False))
        return prod(sizes.values())
    if isinstance(layer, (*CELLS, L.RNN, L.Bidirectional)):
        return x[1] * sum(prod(w.shape) for w in layer.weights if "kernel" in w.name)
    if name in ("MultiHeadAttention", "GroupedQueryAttention"):
        q, v = x, shapes[1]
        total = 0
        for dense, tokens in (
            (layer._query_dense, q),
            (layer._key_dense, v),
            (layer._value_dense, v),
            (layer._output_dense, q),
        ):
            total += kernel_macs(dense.kernel, tokens[1])
        heads = layer._query_dense.kernel.shape[1]
        sizes = layer._query_dense.kernel.shape[2] + layer._value_dense.kernel.shape[2]
        return total + heads * sizes * q[1] * v[1]
    if name == "Attention" and layer.score_mode == "dot":
        return 2 * x[1] * shapes[1][1] * x[2]
    if name in ("Attention", "AdditiveAttention"):
        return x[1] * shapes[1][1] * shapes[1][2]
    if name == "Dot":
        axes = (layer.axes,) * 2 if isinstance(layer.axes, int) else layer.axes
        return prod(x) * prod(shapes[1]) // x[axes[0]]
    if name == "Matmul":
        return prod(y) * x[-1]
    if name == "Einsum":
        letters = "".join(layer.subscripts.split("->")[0].split(","))
        return prod(dict(zip(letters, (*x, *shapes[1]), strict=False)).values())
    return 0


def sized(x) -> tuple[int, ...]:
    return tuple(1 if size is None else size for size in x.shape)


def macs(model) -> int:
    """Return the MACs of a model at batch 1."""
    model = getattr(model, "_functional", None) or model
    total = 0
    own = [node for nodes in model._nodes_by_depth.values() for node in nodes]
    for operation in model.operations:
        for node in operation._inbound_nodes:
            if any(node is each for each in own) and node.input_tensors:
                total += macs_of(operation, node.input_tensors, node.output_tensors)
    return total


def legacy(model) -> dict:
    """Return the configuration as .h5 files have it, which is that of Keras 2."""
    global_state.set_global_attribute("use_legacy_config", True)
    try:
        return json.loads(json.dumps(saving_utils.model_metadata(model)["model_config"], default=str))
    finally:
        global_state.set_global_attribute("use_legacy_config", False)


def stored(model) -> dict:
    """Return the configuration as .keras files have it."""
    with serialization_lib.ObjectSharingScope():
        return json.loads(json.dumps(serialization_lib.serialize_keras_object(model)))


def described(name: str, make: Callable[[], keras.Model]) -> dict:
    keras.utils.clear_session()
    model = make()
    is_open = any(None in x.shape[1:] for x in model.inputs)
    weights = lambda found: sum(prod(w.shape) for w in found)  # noqa: E731
    return {
        "name": name,
        "config": stored(model),
        **({} if name.startswith("applications") else {"legacy": legacy(model)}),
        "trainable": weights(model.trainable_weights),
        "non_trainable": weights(model.non_trainable_weights),
        "norms": sum("moving_mean" in w.path for w in model.weights),
        "macs": None if is_open else macs(model) * (model.inputs[0].shape[0] or 1),
        "outputs": [list(x.shape) for x in model.outputs],
    }


if __name__ == "__main__":
    found = []
    for name, make in MODELS.items():
        try:
            found.append(described(name, make))
        except Exception as error:
            print(name, type(error).__name__, error)
    meta = {"keras": keras.__version__, "backend": keras.backend.backend()}
    content = json.dumps({"meta": meta, "models": found}, separators=(",", ":"))
    path = Path(__file__).parent / "foreign" / "keras_models.json.xz"
    path.write_bytes(lzma.compress(content.encode(), preset=9))
    print(len(found), len(content), path.stat().st_size)
