"""All operators that are mapped, by domain and name."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.formats.onnx.operators import (
    activations,
    arithmetic,
    attention,
    indexing,
    norms,
    products,
    quantized,
    recurrent,
    reductions,
    shaping,
    windows,
)
from layerledger.core.formats.onnx.operators.handlers import Handler

STANDARD = ("", "ai.onnx")
"""The names of the domain of ONNX itself."""

_FUNCTIONS = ("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "IsInf", "Shrink")

KEEP_SHAPE = frozenset((*_FUNCTIONS, "BitwiseNot", "Hardmax", "ReverseSequence", "Bernoulli", "RotaryEmbedding"))
"""Operators without a layer type whose output has the shape of the first input."""

_RUNTIME = ("com.microsoft", "com.microsoft.nchwc")

_MODULES = (activations, arithmetic, indexing, norms, products, quantized, recurrent, reductions, shaping, windows)
_COMMON: Mapping[str, Handler] = {name: handler for module in _MODULES for name, handler in module.HANDLERS.items()}


def handler_of(domain: str, operator: str) -> Handler | None:
    """Return the mapping of an operator; None for an operator without a layer type."""
    if domain in STANDARD:
        return _COMMON.get(operator) or attention.HANDLERS.get(operator)
    if domain in _RUNTIME:
        return attention.RUNTIME.get(operator) or _COMMON.get(operator)
    return None
