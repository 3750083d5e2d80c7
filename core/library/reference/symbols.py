"""What the symbols of formulas mean: one table for all layer types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache

from layerledger.core.layers import LayerType

_AXES = {"d": "depth", "h": "height", "w": "width"}
_FILTERS = "Conv* DeformConv*"
_SIZES = {"L": "length", "D": "depth", "H": "height", "W": "width"}


def _along_axes() -> dict[str, dict[str, str]]:
    """Return the symbols that stand for one spatial dimension each."""
    found: dict[str, dict[str, str]] = {}
    for axis, name in _AXES.items():
        found[f"K_{axis}"] = {
            _FILTERS: f"{name} of the filter (kernel_size)",
            "*": f"{name} of the window (kernel_size)",
        }
        found[f"S_{axis}"] = {
            "AvgPool1d AvgPool2d AvgPool3d": f"{name} of all windows together, without what is left out of the mean",
            "*": f"{name} of all windows together: neighbours overlap where sizes do not divide",
        }
        found[f"U_{axis}"] = {"*": f"positions that some tap of the filter reaches along the {name}"}
    for letter, name in _SIZES.items():
        found[f"{letter}_in"] = {"*": f"{name} of the input"}
        found[f"{letter}_out"] = {"*": f"{name} of the output"}
    return found


def _of_functions() -> dict[str, dict[str, str]]:
    """Return what one value of an activation function takes that is chosen by name."""
    what = {"cmp": "comparisons", "mul": "products", "add": "additions", "special": "divisions and exponentials"}
    which = {"a": "activation", "z": "scale_activation"}
    return {
        f"{letter}_{key}": {"*": f"{words} that one value of {param} takes"}
        for letter, param in which.items()
        for key, words in what.items()
    }


_ATTENDING = "MultiheadAttention Transformer*"
_TABLE: Mapping[str, Mapping[str, str]] = {
    **_along_axes(),
    **_of_functions(),
    "A": {
        "Einsum": "additions of all its sums",
        "*": "values in all windows together, in mode “area”",
    },
    "B": {"EmbeddingBag": "bags", "*": "pairs of matrices: the batch"},
    "C": {"*": "channels"},
    "C_1": {"*": "features of the first input"},
    "C_2": {"*": "features of the second input"},
    "C_in": {"Linear": "features of the input (in_features)", "*": "channels of the input"},
    "C_out": {
        "Linear Bilinear": "features of the output (out_features)",
        "*": "channels of the output (out_channels)",
    },
    "D": {
        "BatchNorm3d InstanceNorm3d": "depth",
        "Embedding EmbeddingBag": "features of a row (embedding_dim)",
        "*": "features of a row of the input",
    },
    "D_out": {
        "SwiGLU GeGLU MixtureOfExperts": "features of a row of the output",
        "*": "depth of the output",
    },
    "E": {
        _ATTENDING: "features of a token",
        "ScaledDotProductAttention": "features of a head’s queries and keys",
        "RotaryEmbedding": "values that are turned, in all inputs",
        "Einsum": "products of elements that nothing is summed over",
        "Parameter Constant": "elements",
        "*": "elements of the output",
    },
    "E_k": {"*": "features of a key"},
    "E_v": {"ScaledDotProductAttention": "features of a head’s values", "*": "features of a value"},
    "F": {
        "Transformer*": "features inside the feed-forward part (dim_feedforward)",
        "*": "features inside: hidden_features, or intermediate_size of an expert",
    },
    "H": {"*Norm*": "height", "*": "features of the state (hidden_size)"},
    "I": {"*": "features of the input (input_size)"},
    "K": {
        "MatMul": "columns of the first matrix, rows of the second",
        _FILTERS: "length of the filter (kernel_size)",
        "*": "length of the window (kernel_size)",
    },
    "L": {
        "RNN LSTM GRU": "layers in series (num_layers)",
        "RotaryEmbedding": "positions",
        "ScaledDotProductAttention": "queries",
        "Transformer*": "tokens",
        "*": "length",
    },
    "L_k": {"*": "keys, and as many values"},
    "L_q": {"*": "queries"},
    "M": {"Einsum": "multiply-accumulates of its matrix products", "*": "rows of the first matrix"},
    "N": {"*": "samples: the batch"},
    "O": {"*": "values that come out"},
    "P": {
        "Fold": "windows, a column of the input each",
        "GroupNorm": "positions in a channel",
        "LSTM": "features that the state is projected to (proj_size); 0 for none",
        "MatMul": "columns of the second matrix",
        "ScaledDotProductAttention": "pairs of a query and a key that are computed",
        "*": "pixels of a channel",
    },
    "R": {
        "LSTM": "features of the state that goes back: proj_size, or hidden_size",
        "LayerNorm2d": "pixels of all samples, each a row of its channels",
        "*": "rows: the sizes of the other dimensions, multiplied",
    },
    "S": {
        "MultiheadAttention": "keys that each query attends to, added ones included",
        "SqueezeExcitation": "channels between (squeeze_channels)",
        "Transformer*": "tokens of the memory",
        "*": "length of all windows together: neighbours overlap where sizes do not divide",
    },
    "T": {"*": "steps of the sequence"},
    "U": {"*": "positions that some tap of the filter reaches"},
    "V": {"*": "rows of the table (num_embeddings)"},
    "W": {"*": "width"},
    "a": {
        "EmbeddingBag": "1 in mode “mean”, else 0",
        "Upsampl* Interpolate": "1 in mode “area”, else 0",
        "LayerNorm RMSNorm": "1 with a learned scale (elementwise_affine), else 0",
        "BatchNorm?d InstanceNorm?d GroupNorm": "1 with a learned scale (affine), else 0",
        "*": "1 with a learned scale and shift, else 0",
    },
    "b": {
        "LayerNorm BatchNorm?d InstanceNorm?d GroupNorm": "1 with a learned shift too (bias), else 0",
        "*": "1 with bias, else 0",
    },
    "d": {
        "DeformConv2d": "groups of channels with offsets of their own",
        "*": "directions: 2 if bidirectional, else 1",
    },
    "g": {"GroupNorm": "groups that are normalized together (num_groups)", "*": "groups"},
    "h": {"*": "heads"},
    "k": {"*": "experts that a row goes through (num_experts_per_tok)"},
    "m": {
        "DeformConv2d": "1 with a third input that weighs the taps, else 0",
        "Pow": "products that the power takes",
        "*": "1 with a mask that is added to the scores, else 0",
    },
    "n": {
        "Clamp": "bounds that are given",
        "EmbeddingBag": "indices",
        "LocalResponseNorm": "neighbouring channels (size)",
        "Mean Reduce*": "values that make one that comes out",
        "MixtureOfExperts": "experts",
        "PReLU": "slopes",
        "TransformerEncoder TransformerDecoder": "layers in series (num_layers)",
        "LayerNorm RMSNorm *Softm* LogSoftmax": "elements of a row",
        "*": "inputs",
    },
    "r": {"*": "features of a head that are turned"},
    "s": {"*": "1 where the power needs a special function, else 0"},
    "t": {
        "BatchNorm?d InstanceNorm?d": "1 with kept statistics (track_running_stats), else 0",
        "GELU": "1 for the approximation by tanh, else 0",
        "RNN RNNCell": "1 for tanh, 0 for relu",
        "Parameter": "1 if it is trained, else 0",
        "*": "taps: inputs that are weighed for each output",
    },
    "u": {"*": "1 for GELU, 0 for ReLU"},
    "v": {"*": "1 with a key and a value added (add_bias_kv), else 0"},
    "w": {"*": "1 with weights, else 0"},
    "x": {"*": "1 in mode “max”, else 0"},
}


_NAMES = re.compile(r"[A-Za-z]\w*")
_FUNCTIONS = {"floor", "ceil", "min", "max"}


def symbols_of(cls: type[LayerType]) -> set[str]:
    """Return the symbols in the formulas of a layer type, which are only read, not parsed."""
    stated = (terms if isinstance(terms, str) else " ".join(terms.values()) for terms in cls.counts.values())
    return set(_NAMES.findall(" ".join(stated))) - _FUNCTIONS


@cache
def meaning(symbol: str, type_name: str) -> str:
    """Return what a symbol means in the formulas of a layer type; nothing for one that the table does not have."""
    for types, text in _TABLE.get(symbol, {}).items():
        if any(fnmatchcase(type_name, pattern) for pattern in types.split()):
            return text
    return ""
