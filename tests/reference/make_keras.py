"""Parameters that Keras counts, layer by layer and of whole networks: total, trainable and not trainable.

Writes keras.json beside this file. Needs keras with a backend: pip install tensorflow-cpu
"""

import json
from math import prod
from pathlib import Path

import keras
from keras import layers

SIZE, IMAGE = (10, 32), (8, 8, 64)


def counted(model: keras.Model) -> list[int]:
    """Return what model.summary() prints as total, trainable and non-trainable params."""
    trainable, fixed = (sum(prod(w.shape) for w in ws) for ws in (model.trainable_weights, model.non_trainable_weights))
    return [trainable + fixed, trainable, fixed]


def of_layers(shape: tuple[int, ...], *chain: layers.Layer) -> list[int]:
    """Return the params of layers in series."""
    return counted(keras.Sequential([keras.Input(shape), *chain]))


def frozen(layer: layers.Layer) -> layers.Layer:
    """Return a layer that is not trained."""
    layer.trainable = False
    return layer


def attention() -> list[int]:
    """Return the params of multi-head attention of 64 features."""
    x = keras.Input((10, 64))
    return counted(keras.Model(x, layers.MultiHeadAttention(4, 16)(x, x)))


def norm(*, scale: bool = True, center: bool = True) -> layers.Layer:
    """Return batch normalization."""
    return layers.BatchNormalization(scale=scale, center=center)


LAYERS = {
    "LSTM": of_layers(SIZE, layers.LSTM(32)),
    "LSTM without bias": of_layers(SIZE, layers.LSTM(32, use_bias=False)),
    "LSTM in both directions": of_layers(SIZE, layers.Bidirectional(layers.LSTM(32))),
    "two LSTMs": of_layers(SIZE, layers.LSTM(16, return_sequences=True), layers.LSTM(16)),
    "LSTM frozen": of_layers(SIZE, frozen(layers.LSTM(32))),
    "GRU": of_layers(SIZE, layers.GRU(32)),
    "GRU reset_after=False": of_layers(SIZE, layers.GRU(32, reset_after=False)),
    "SimpleRNN": of_layers(SIZE, layers.SimpleRNN(32)),
    "BatchNormalization": of_layers(IMAGE, norm()),
    "BatchNormalization scale=False": of_layers(IMAGE, norm(scale=False)),
    "BatchNormalization center=False": of_layers(IMAGE, norm(center=False)),
    "BatchNormalization neither": of_layers(IMAGE, norm(scale=False, center=False)),
    "BatchNormalization frozen": of_layers(IMAGE, frozen(norm())),
    "LayerNormalization": of_layers(SIZE, layers.LayerNormalization()),
    "RMSNormalization": of_layers(SIZE, layers.RMSNormalization()),
    "GroupNormalization": of_layers(IMAGE, layers.GroupNormalization(8)),
    "Dense": of_layers((32,), layers.Dense(10)),
    "Embedding": of_layers((10,), layers.Embedding(100, 16)),
    "PReLU": of_layers(IMAGE, layers.PReLU()),
    "Conv2D": of_layers(IMAGE, layers.Conv2D(32, 3, groups=2)),
    "DepthwiseConv2D": of_layers(IMAGE, layers.DepthwiseConv2D(3)),
    "Conv2DTranspose": of_layers(IMAGE, layers.Conv2DTranspose(32, 3)),
    "Dropout": of_layers(SIZE, layers.Dropout(0.5)),
    "MultiHeadAttention": attention(),
}
NETWORKS = {
    name: counted(getattr(keras.applications, name)(weights=None))
    for name in ("MobileNetV2", "ResNet50", "VGG16", "DenseNet121")
}

if __name__ == "__main__":
    found = {"keras": keras.__version__, "layers": LAYERS, "networks": NETWORKS}
    Path(__file__).with_name("keras.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
