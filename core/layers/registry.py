"""The files of the layer types. Importing one registers its types; this list is what makes LAYER_TYPES whole."""
# ruff: noqa: F401  (importing a family registers its types)

from layerledger.core.layers.types import (
    activation,
    arithmetic,
    attention,
    conv,
    conv_transposed,
    custom,
    dropout,
    einsum,
    elementwise,
    embedding,
    fold,
    linear,
    norm,
    padding,
    pooling,
    pooling_adaptive,
    pooling_average,
    pooling_lp,
    recurrent,
    recurrent_cells,
    reshape,
    rotary,
    scaled_dot_product,
    softmax,
    split,
    transformer,
    upsample,
    vision_ops,
)
from layerledger.core.layers.types import combine as merge
from layerledger.core.layers.types import feed_forward as gated
from layerledger.core.layers.types import norm_layer as norm_trailing
from layerledger.core.layers.types import parameter as learned
from layerledger.core.layers.types import reduction as reduce
from layerledger.core.layers.types import shape_ops as moving
from layerledger.core.layers.types import split_stack as indexing
