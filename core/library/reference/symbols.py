"""The symbols in the formulas of a layer type, and their meanings."""

from __future__ import annotations

import re
from functools import cache

from layerledger.core.layers import LayerType
from layerledger.core.layers.symbols import SYMBOL_HELP

_NAMES = re.compile(r"[A-Za-z]\w*")
_FUNCTIONS = {"floor", "ceil", "min", "max"}


def symbols_of(cls: type[LayerType]) -> set[str]:
    """Return the symbols in the formulas of a layer type, found without parsing the formulas."""
    stated = (terms if isinstance(terms, str) else " ".join(terms.values()) for terms in cls.counts.values())
    return set(_NAMES.findall(" ".join(stated))) - _FUNCTIONS


# Key: the class, so the bound is the number of layer types; never stale.
@cache
def meaning(symbol: str, cls: type[LayerType]) -> str:
    """Return the meaning of a symbol in the formulas of a layer type; empty where none is stated.

    The type's own `symbol_help` goes before that of its base classes, and all before SYMBOL_HELP.
    """
    stated = (base.symbol_help for base in cls.__mro__ if issubclass(base, LayerType))
    return next((help[symbol] for help in (*stated, SYMBOL_HELP) if symbol in help), "")
