"""The orders of norms, attention and feed-forward part in a layer of a transformer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from layerledger.core.formats.huggingface.nodes import Nodes, layer
from layerledger.core.network.nodes import Block, Layer, Node

Order = Literal["pre", "parallel", "parallel two", "post", "sandwich", "after"]


class LayerParts(NamedTuple):
    """The parts of a layer.

    Attributes:
        norm: makes a norm of a name, and of what it takes.
        attention: the block `attention`.
        mlp: makes the feed-forward part, of what it takes.
        add: makes the sum of a name, of a branch and what goes around it.
    """

    norm: Callable[..., Layer]
    attention: Block
    mlp: Callable[..., Node]
    add: Callable[[str, str, str], Nodes]


def arranged(order: Order, parts: LayerParts, *, behind: bool = False) -> Nodes:
    """Return the layers in an order; `behind` the norms is where a sum of `pre` takes its residual from."""
    if order == "pre" and behind:
        return _pre(parts, "norm_1", "norm_2")
    if order == "pre":
        return _pre(parts, "input", "add_1")
    return _ORDERS[order](parts)


def _pre(parts: LayerParts, first: str, second: str) -> Nodes:
    mlp = parts.mlp()
    return (
        parts.norm("norm_1"),
        parts.attention,
        *parts.add("add_1", "attention", first),
        parts.norm("norm_2"),
        mlp,
        *parts.add("add_2", mlp.name, second),
    )


def _parallel(parts: LayerParts) -> Nodes:
    mlp = parts.mlp("norm")
    return (parts.norm("norm"), parts.attention, mlp, layer("Add", "add", "attention", mlp.name, "input"))


def _parallel_two(parts: LayerParts) -> Nodes:
    mlp = parts.mlp()
    return (
        parts.norm("norm_1"),
        parts.attention,
        parts.norm("norm_2", "input"),
        mlp,
        layer("Add", "add", "attention", mlp.name, "input"),
    )


def _post(parts: LayerParts) -> Nodes:
    mlp = parts.mlp()
    return (
        parts.attention,
        parts.norm("norm_1"),
        *parts.add("add_1", "norm_1", "input"),
        mlp,
        parts.norm("norm_2"),
        *parts.add("add_2", "norm_2", "add_1"),
    )


def _sandwich(parts: LayerParts) -> Nodes:
    mlp = parts.mlp()
    return (
        parts.norm("norm_1"),
        parts.attention,
        parts.norm("norm_2"),
        *parts.add("add_1", "norm_2", "input"),
        parts.norm("norm_3"),
        mlp,
        parts.norm("norm_4"),
        *parts.add("add_2", "norm_4", "add_1"),
    )


def _after(parts: LayerParts) -> Nodes:
    mlp = parts.mlp()
    return (
        parts.attention,
        *parts.add("add_1", "attention", "input"),
        parts.norm("norm_1"),
        mlp,
        *parts.add("add_2", mlp.name, "norm_1"),
        parts.norm("norm_2"),
    )


_ORDERS: dict[Order, Callable[[LayerParts], Nodes]] = {
    "parallel": _parallel,
    "parallel two": _parallel_two,
    "post": _post,
    "sandwich": _sandwich,
    "after": _after,
}
