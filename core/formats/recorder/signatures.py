"""The argument names of Python functions of PyTorch, in the order in which a call gives them.

Source: torch.nn.functional and torch.Tensor of PyTorch 2.14. The names are those of the operators in ATen, which the
table of operators uses.
"""

from __future__ import annotations

from collections.abc import Mapping

_POOL = ("self", "kernel_size", "stride", "padding", "dilation", "ceil_mode")
_AVG_POOL = ("self", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_CONV = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_CONV_TRANSPOSE = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
_DIM = ("self", "dim", "keepdim")

SIGNATURES: Mapping[str, tuple[str, ...]] = {
    "flatten": ("self", "start_dim", "end_dim"),
    "transpose": ("self", "dim0", "dim1"),
    "permute": ("self", "dims"),
    "view": ("self", "size"),
    "reshape": ("self", "shape"),
    "expand": ("self", "size"),
    "repeat": ("self", "repeats"),
    "tile": ("self", "dims"),
    "chunk": ("self", "chunks", "dim"),
    "split": ("self", "split_size", "dim"),
    "unbind": ("self", "dim"),
    "unflatten": ("self", "dim", "sizes"),
    "unsqueeze": ("self", "dim"),
    "squeeze": ("self", "dim"),
    "cat": ("tensors", "dim"),
    "stack": ("tensors", "dim"),
    "select": ("self", "dim", "index"),
    "narrow": ("self", "dim", "start", "length"),
    "roll": ("self", "shifts", "dims"),
    "pad": ("self", "pad", "mode", "value"),
    "softmax": ("self", "dim"),
    "log_softmax": ("self", "dim"),
    **dict.fromkeys(("mean", "sum", "amax", "amin", "prod", "logsumexp", "max", "min", "argmax", "var", "std"), _DIM),
    "cumsum": ("self", "dim"),
    "topk": ("self", "k", "dim"),
    "gather": ("self", "dim", "index"),
    "index_select": ("self", "dim", "index"),
    "masked_fill": ("self", "mask", "value"),
    "where": ("condition", "self", "other"),
    "clamp": ("self", "min", "max"),
    "pow": ("self", "exponent"),
    "gelu": ("self",),
    "leaky_relu": ("self", "negative_slope"),
    "elu": ("self", "alpha"),
    "glu": ("self", "dim"),
    "linear": ("input", "weight", "bias"),
    "bilinear": ("input1", "input2", "weight", "bias"),
    "embedding": ("indices", "weight"),
    "conv1d": _CONV,
    "conv2d": _CONV,
    "conv3d": _CONV,
    "conv_transpose1d": _CONV_TRANSPOSE,
    "conv_transpose2d": _CONV_TRANSPOSE,
    "conv_transpose3d": _CONV_TRANSPOSE,
    "max_pool1d": _POOL,
    "max_pool2d": _POOL,
    "max_pool3d": _POOL,
    "avg_pool1d": _AVG_POOL,
    "avg_pool2d": _AVG_POOL,
    "avg_pool3d": _AVG_POOL,
    **{f"adaptive_{kind}_pool{dims}d": ("self", "output_size") for kind in ("avg", "max") for dims in (1, 2, 3)},
    "batch_norm": ("input", "running_mean", "running_var", "weight", "bias"),
    "layer_norm": ("input", "normalized_shape", "weight", "bias"),
    "rms_norm": ("input", "normalized_shape", "weight"),
    "group_norm": ("input", "num_groups", "weight", "bias"),
    "scaled_dot_product_attention": (
        "query",
        "key",
        "value",
        "attn_mask",
        "dropout_p",
        "is_causal",
        "scale",
        "enable_gqa",
    ),
    "linalg_vector_norm": ("self", "ord", "dim", "keepdim"),
    "norm": ("self", "p", "dim", "keepdim"),
    "pixel_shuffle": ("self", "upscale_factor"),
    "channel_shuffle": ("self", "groups"),
    "dropout": ("input", "p", "train"),
    "movedim": ("self", "source", "destination"),
}

RENAMED: Mapping[str, str] = {
    "__add__": "add",
    "__radd__": "add",
    "__iadd__": "add",
    "__sub__": "sub",
    "__isub__": "sub",
    "__rsub__": "rsub",
    "__mul__": "mul",
    "__rmul__": "mul",
    "__imul__": "mul",
    "__truediv__": "div",
    "__itruediv__": "div",
    "__rtruediv__": "rdiv",
    "__matmul__": "matmul",
    "__pow__": "pow",
    "__neg__": "neg",
    "__eq__": "eq",
    "__ne__": "ne",
    "__lt__": "lt",
    "__le__": "le",
    "__gt__": "gt",
    "__ge__": "ge",
    "__and__": "logical_and",
    "__or__": "logical_or",
    "__invert__": "logical_not",
    "__mod__": "remainder",
    "concat": "cat",
    "concatenate": "cat",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "vector_norm": "linalg_vector_norm",
    "view_as": "view_as",
}
"""Names of Python's operators and synonyms, with the ATen operator that they are."""

SPREAD = ("view", "reshape", "permute", "expand", "repeat", "tile")
"""Functions whose sizes may be given one by one: x.view(2, 3)."""
