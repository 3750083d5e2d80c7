"""Counts of the parts of composite layers, and their composition as named terms.

A part is its formulas by primitive, over symbols of the layer that has it: b for its bias, E for its features.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from layerledger.core.layers.counting import Counts

Part: TypeAlias = Mapping[str, str]


def composed(parts: Mapping[str, Part]) -> Counts:
    """Return the counts of a layer made of named parts: each primitive is the sum over the parts."""
    primitives = dict.fromkeys(primitive for part in parts.values() for primitive in part)
    return {p: {name: part[p] for name, part in parts.items() if p in part} for p in primitives}


def repeated(times: str, parts: Mapping[str, Part]) -> dict[str, Part]:
    """Return `parts`, each multiplied by `times`."""
    return {name: {p: f"{times}*({text})" for p, text in part.items()} for name, part in parts.items()}


def linear(rows: str, n_in: str, n_out: str) -> Part:
    """A linear map of `rows` vectors; see Linear."""
    macs, add = f"{rows}*{n_in}*{n_out}", f"{rows}*({n_in} - 1 + b)*{n_out}"
    return {"params": f"{n_in}*{n_out} + b*{n_out}", "macs": macs, "mul": macs, "add": add}


def scores(queries: str, keys: str) -> Part:
    """Products of each query with each key, in h heads of E/h features, and their scale."""
    pairs = f"N*{queries}*{keys}"
    return {"macs": f"{pairs}*E", "mul": f"{pairs}*(E + h)", "add": f"{pairs}*(E - h)"}


def softmax(rows: str, n: str) -> Part:
    """Softmax of `rows` rows of n; see Softmax."""
    return {"cmp": f"{rows}*({n} - 1)", "add": f"{rows}*(2*{n} - 1)", "special": f"2*{rows}*{n}"}


def weighted_sum(queries: str, keys: str) -> Part:
    """Sum of the values of all keys for each query, weighted with its scores."""
    macs = f"N*{queries}*{keys}*E"
    return {"macs": macs, "mul": macs, "add": f"N*{queries}*({keys} - 1)*E"}


def attention(queries: str, keys: str, *, name: str = "") -> dict[str, Part]:
    """Return the parts of scaled dot-product attention: softmax(q·kᵀ·1/√(E/h))·v in h heads."""
    return {
        f"{name}scores": scores(queries, keys),
        f"{name}softmax": softmax(f"N*h*{queries}", keys),
        f"{name}weighted sum": weighted_sum(queries, keys),
    }


def layer_norms(count: str, rows: str) -> Part:
    """Layer normalizations of `rows` vectors of E; see LayerNorm."""
    return {
        "params": f"{count}*(1 + b)*E",
        "mul": f"{count}*{rows}*3*E",
        "add": f"{count}*{rows}*((3 + b)*E - 1)",
        "special": f"{count}*{rows}*4",
    }
