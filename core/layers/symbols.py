"""The symbols of formulas: their values in a layer, and their meanings."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.shapes import AXES, Shape

POSITIONS = {
    side: {1: f"L_{side}", 2: f"H_{side}*W_{side}", 3: f"D_{side}*H_{side}*W_{side}"} for side in ("in", "out")
}
"""Positions of the input and of the output, by their dimensions."""


_SIDES = {"in": "input", "out": "output"}
_SIZES = {"L": "length", "D": "depth", "H": "height", "W": "width"}

SYMBOL_HELP: Mapping[str, str] = {
    "N": "samples: the batch",
    "C": "channels",
    "C_in": "channels of the input",
    "C_out": "channels of the output (out_channels)",
    "W": "width",
    "K": "length of the window (kernel_size)",
    **{f"K_{name[0]}": f"{name} of the window (kernel_size)" for name in ("depth", "height", "width")},
    **{f"{letter}_{side}": f"{name} of the {of}" for letter, name in _SIZES.items() for side, of in _SIDES.items()},
    "b": "1 with bias, else 0",
    "g": "groups",
}
"""Meanings of the symbols that most types share; the `symbol_help` of a type states all others, and what differs."""


def meanings(**texts: str) -> Mapping[str, str]:
    """Return the meanings of a type's symbols, each under its symbol, for `symbol_help`."""
    return texts


def spatial_symbols(sizes: Shape, side: str) -> dict[str, int]:
    """Return {`H_out`: …, `W_out`: …} for the spatial sizes of one side, `in` or `out`."""
    return {f"{name}_{side}": size for name, size in zip(AXES[len(sizes)], sizes, strict=True)}


def kernel_symbols(sizes: Shape, *, letter: str = "K") -> dict[str, int]:
    """Return {`K_h`: …, `K_w`: …}, or {`K`: …} in one dimension."""
    return dict(zip(_names(letter, len(sizes)), sizes, strict=True))


def over_axes(letter: str, dims: int) -> str:
    """Return the product of a letter's symbols over the spatial dimensions, `K_h*K_w`."""
    return "*".join(_names(letter, dims))


def _names(letter: str, dims: int) -> tuple[str, ...]:
    return (letter,) if dims == 1 else tuple(f"{letter}_{axis.lower()}" for axis in AXES[dims])


def sizes_summary(sizes: tuple[int | None, ...], *, unless: int | None = None) -> str:
    """Return `3×3`, with `–` for a size that is kept; empty where all are `unless`."""
    if unless is not None and all(size == unless for size in sizes):
        return ""
    return "×".join("–" if size is None else str(size) for size in sizes)


def step_summary(stride: Shape) -> str:
    """Return `/2`, or `/2×1` where the directions differ; empty for a step of 1."""
    text = sizes_summary(stride if len(set(stride)) > 1 else stride[:1], unless=1)
    return f"/{text}" if text else ""
