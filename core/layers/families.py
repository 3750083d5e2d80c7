"""The files of the layer types. Importing one registers its types; this list is what makes LAYER_TYPES whole."""

from layerledger.core.layers import (  # noqa: F401
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
