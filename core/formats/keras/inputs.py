"""The inputs of a Keras model: their layout, their types, and the sizes that the file leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ELEMENT_BYTES, Shape
from layerledger.core.base.values import MAX_SIZE
from layerledger.core.formats.importing.channels_last import Laid, channels_first
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.core.formats.importing.options import (
    BATCH,
    DEFAULT_BATCH,
    DEFAULT_IMAGE,
    DEFAULT_TOKENS,
    TOKENS,
    ImportOptions,
)
from layerledger.core.formats.keras.calls import CHANNELS_LAST
from layerledger.core.formats.keras.config import Json, LayerConfig, OpenShape, as_json, open_shape, text

_DEFAULT_DEPTH = 16
_DEFAULT_CHANNELS = 3

_DEFAULTS = {
    BATCH: DEFAULT_BATCH,
    TOKENS: DEFAULT_TOKENS,
    "depth": _DEFAULT_DEPTH,
    "height": DEFAULT_IMAGE,
    "width": DEFAULT_IMAGE,
    "channels": _DEFAULT_CHANNELS,
}

_NAMES: Mapping[int, tuple[str, ...]] = {
    1: (BATCH,),
    2: (BATCH, TOKENS),
    3: (BATCH, TOKENS, "channels"),
    4: (BATCH, "height", "width", "channels"),
    5: (BATCH, "depth", "height", "width", "channels"),
}
"""The names of an input's dimensions, by their number, with channels last."""


class Inputs:
    """Adds the inputs of a model to a graph.

    Attributes:
        tensors: the inputs that were added, with their layout.
    """

    def __init__(self, graph: Graph, options: ImportOptions, model: Json) -> None:
        self._graph, self._options = graph, options
        self._pictures = frozenset(_picture_ranks(model, 0))
        self._taken: dict[str, list[str]] = {}
        self.tensors: list[Laid] = []

    def add(self, name: str, shape: OpenShape | None, dtype: object) -> Laid:
        """Add an input with the shape that the file states.

        Raises:
            FormatError: it states none.
        """
        if not shape:
            raise FormatError(
                Message(
                    "the input {name} has no shape: call or build the model once before it is saved", name=name[:80]
                )
            )
        sizes = self._sizes(name, shape)
        moved = len(shape) in self._pictures
        tensor = self._graph.add_input(name, channels_first(sizes) if moved else sizes, _dtype(dtype))
        self.tensors.append(Laid(tensor, moved))
        return self.tensors[-1]

    def _sizes(self, name: str, shape: OpenShape) -> Shape:
        names = _NAMES.get(len(shape)) or (BATCH, *(f"size {i}" for i in range(1, len(shape))))
        found: list[int] = []
        for what, size in zip(names, shape, strict=True):
            if size is None:
                self._taken.setdefault(what, []).append(name)
                size = self._options.sizes.get(what, _DEFAULTS.get(what, DEFAULT_TOKENS))
            if not 0 < size <= MAX_SIZE:
                raise FormatError(
                    Message(
                        "the {what} of the input {name} must be above 0; got {size}", what=what, name=name, size=size
                    )
                )
            found.append(size)
        return tuple(found)

    def open_sizes(self) -> tuple[OpenSize, ...]:
        """Return the sizes that the file leaves open, with the values that were taken."""
        return tuple(
            OpenSize(what, self._options.sizes.get(what, _DEFAULTS.get(what, DEFAULT_TOKENS)), tuple(inputs))
            for what, inputs in self._taken.items()
        )


def stated_shape(layer: LayerConfig) -> OpenShape | None:
    """Return the shape of an input layer, under the name that Keras 2 or 3 has for it."""
    config = layer.config
    for key in ("batch_shape", "batch_input_shape"):
        if (shape := open_shape(config.get(key))) is not None:
            return shape
    shape = open_shape(config.get("shape", config.get("input_shape")))
    return None if shape is None else (None, *shape)


def _dtype(value: object) -> str:
    """Return the type of an input's elements, from its name or from a policy."""
    name = value if isinstance(value, str) else text(as_json(as_json(value).get("config")), "name")
    return held_dtype(name)


def held_dtype(name: str) -> str:
    """Return the type that holds elements of a type of Keras; texts are held as bytes."""
    name = {"string": "uint8", "uint16": "int32", "uint32": "int64", "uint64": "int64"}.get(name, name)
    return name if name in ELEMENT_BYTES else "float32"


def _picture_ranks(model: Json, depth: int) -> Iterator[int]:
    """Yield the ranks of pictures with channels last: those for which there is a layer of as many dimensions."""
    layers = model.get("layers")
    if not isinstance(layers, list) or depth > _MAX_DEPTH:
        return
    for entry in cast("list[object]", layers):
        layer = as_json(entry)
        config, name = as_json(layer.get("config")), text(layer, "class_name")
        yield from _picture_ranks(config, depth + 1)
        if config.get("data_format", CHANNELS_LAST) == CHANNELS_LAST and not name.startswith("ConvLSTM"):
            yield from (dims + 2 for dims in (2, 3) if f"{dims}D" in name)


_MAX_DEPTH = 24
