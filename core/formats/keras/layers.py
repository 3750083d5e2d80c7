"""The table of Keras classes: which mapping each has."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.formats.keras import (
    activations,
    attention,
    convolutions,
    core_layers,
    merging,
    normalization,
    operations,
    pooling,
    recurrent,
    reshaping,
)
from layerledger.core.formats.keras.calls import Mapper
from layerledger.core.formats.keras.config import LayerConfig

_LAYERS: Mapping[str, Mapper] = {
    **activations.LAYERS,
    **attention.LAYERS,
    **convolutions.LAYERS,
    **core_layers.LAYERS,
    **merging.LAYERS,
    **normalization.LAYERS,
    **pooling.LAYERS,
    **recurrent.LAYERS,
    **reshaping.LAYERS,
}

_PACKAGES = ("keras", "tf_keras", "tensorflow", "")
"""The packages whose classes have the names of the table; Keras 2 names none."""


def mapper_of(layer: LayerConfig) -> Mapper | None:
    """Return the mapping of a layer; None where it has none, such as a class of the user's own."""
    if layer.module.partition(".")[0] not in _PACKAGES:
        return None
    if ".ops." in layer.module or _is_operation(layer):
        return operations.OPERATIONS.get(layer.class_name)
    return _LAYERS.get(layer.class_name) or operations.LEGACY.get(layer.class_name)


def _is_operation(layer: LayerConfig) -> bool:
    """Return whether a class of a file without modules, as .h5 is, is an operation that has the name of a layer.

    A layer that merges takes one list, an operation its operands one by one.
    """
    name = layer.class_name
    if layer.module or name not in operations.OPERATIONS:
        return False
    operands = any(len(call.args) > 1 for call in layer.calls)
    return name not in _LAYERS or operands or (name == "Reshape" and "target_shape" not in layer.config)
