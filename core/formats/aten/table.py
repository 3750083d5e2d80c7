"""The table of operators: a function for each, found by its name.

Source: aten/src/ATen/native/native_functions.yaml of PyTorch 2.14, whose argument names the functions use.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from layerledger.core.base.messages import Message
from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.importing.tensor import Tensor

Operator: TypeAlias = Callable[[Call], list[Tensor]]

_MODULES = ("elementwise", "weighted", "pooling", "views", "indexing", "reductions")
_TABLE: dict[str, Operator] = {}

UNCHANGED = frozenset(
    (
        "contiguous",
        "detach",
        "clone",
        "alias",
        "lift_fresh_copy",
        "lift_fresh_copy_",
        "detach_",
        "lift",
        "type_as",
        "lift_fresh",
        "dropout",
        "dropout_",
        "feature_dropout",
        "alpha_dropout",
        "feature_alpha_dropout",
        "native_dropout",
        "rrelu_with_noise",
        "_assert_tensor_metadata",
        "requires_grad_",
        "positive",
        "conj",
        "resolve_conj",
        "resolve_neg",
        "fill_diagonal_",
        "native_alpha_dropout",
    )
)
"""Operators that hand their first argument on in inference."""

MAKERS = frozenset(
    (
        "new_zeros",
        "new_ones",
        "zeros_like",
        "ones_like",
        "full_like",
        "new_full",
        "new_empty",
        "empty_like",
        "rand_like",
        "randn_like",
        "zeros",
        "ones",
        "full",
        "empty",
        "arange",
        "eye",
        "linspace",
        "rand",
        "randn",
        "randint",
        "scalar_tensor",
        "tensor",
        "bernoulli",
        "normal_functional",
    )
)
"""Operators whose outputs hold nothing of their arguments but the sizes."""


def operator(*names: str) -> Callable[[Operator], Operator]:
    """Register a function for operators; one that ends in _ works in place, and is mapped as the one without."""

    def register(function: Operator) -> Operator:
        for name in names:
            if name in _TABLE:
                raise RuntimeError(Message("{name} is registered twice", name=name))
            _TABLE[name] = function
        return function

    return register


def operator_of(name: str) -> Operator | None:
    """Return the function for an operator; None where there is no layer for it."""
    if not _TABLE:
        for module in _MODULES:
            import_module(f"{__package__}.{module}")
    return _TABLE.get(name) or _TABLE.get(name.rstrip("_")) or _TABLE.get(name.lstrip("_"))
