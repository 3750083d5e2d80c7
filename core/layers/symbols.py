"""The names that formulas use, and the numbers that they have in a layer."""

from __future__ import annotations

from layerledger.core.base.shapes import AXES, Shape

POSITIONS = {
    side: {1: f"L_{side}", 2: f"H_{side}*W_{side}", 3: f"D_{side}*H_{side}*W_{side}"} for side in ("in", "out")
}
"""Positions of the input and of the output, by their dimensions."""


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
    """Return `3×3`, with `–` for a size that is kept; nothing where all are `unless`."""
    if unless is not None and all(size == unless for size in sizes):
        return ""
    return "×".join("–" if size is None else str(size) for size in sizes)


def step_summary(stride: Shape) -> str:
    """Return `/2`, or `/2×1` where the directions differ; nothing for a step of 1."""
    text = sizes_summary(stride if len(set(stride)) > 1 else stride[:1], unless=1)
    return f"/{text}" if text else ""
