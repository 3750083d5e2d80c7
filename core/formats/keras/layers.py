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
    if ".ops." in layer.module:
        return operations.OPERATIONS.get(layer.class_name)
    return _LAYERS.get(layer.class_name) or operations.LEGACY.get(layer.class_name)
