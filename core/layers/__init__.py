"""All layer types. Importing this package fills LAYER_TYPES, in the palette's order."""

from layerledger.core.layers import (  # noqa: F401  (importing a family registers its types)
    activation,
    attention,
    conv,
    conv_transposed,
    dropout,
    embedding,
    fold,
    linear,
    merge,
    norm,
    norm_trailing,
    padding,
    pooling,
    pooling_adaptive,
    recurrent,
    reshape,
    softmax,
    transformer,
    upsample,
)
from layerledger.core.layers.base import FAMILIES, LAYER_TYPES, Example, Fault, LayerType, order_by_family
from layerledger.core.layers.binding import Bound, bind, evaluate

__all__ = ["FAMILIES", "LAYER_TYPES", "Bound", "Example", "Fault", "LayerType", "bind", "evaluate"]

order_by_family()
