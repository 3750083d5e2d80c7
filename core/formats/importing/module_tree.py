"""The tree of blocks that the module paths of operations form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from layerledger.core.formats.importing.tensor import DraftLayer, Tensor
from layerledger.core.network.nodes import INPUT, MAX_DEPTH
from layerledger.core.network.references import FreeNames

_FORBIDDEN = re.compile(r"[.:\x00-\x1f\x7f]")

MAX_NAME = 80
"""Longest name of a layer or block, in characters."""

_DEEPEST = MAX_DEPTH - 2
"""Most blocks around a layer; the rest of a longer path becomes part of the layer's name."""


def clean(name: str) -> str:
    """Return a name that a layer may have."""
    name = _FORBIDDEN.sub("_", name)[:MAX_NAME].strip() or "layer"
    return f"{name}_" if name == INPUT else name


class Group:
    """Operations and groups of one module, in order."""

    __slots__ = ("children", "name", "names", "part")

    def __init__(self, name: str, part: str, reserved: frozenset[str]) -> None:
        self.name, self.part = name, part
        self.children: list[Item] = []
        self.names = FreeNames(reserved)


Item: TypeAlias = "Group | Leaf"


class Leaf:
    """An operation under its name in its group."""

    __slots__ = ("draft", "name")

    def __init__(self, name: str, draft: DraftLayer) -> None:
        self.name, self.draft = name, draft


def module_tree(drafts: Sequence[DraftLayer], reserved: frozenset[str]) -> Group:
    """Return the groups of drafts; those of one module that follow each other share one.

    Args:
        drafts: in order.
        reserved: names that no layer may take, such as those of the network's inputs.
    """
    root = Group("", "", reserved)
    for draft in drafts:
        group = root
        for part in draft.place.path[:_DEEPEST]:
            part = clean(part)
            last = group.children[-1] if group.children else None
            if isinstance(last, Group) and last.part == part:
                group = last
            else:
                child = Group(group.names.take(part), part, reserved)
                group.children.append(child)
                group = child
        group.children.append(Leaf(group.names.take(clean(draft.place.name)), draft))
    return root


def drafts_in(item: Item) -> Iterator[DraftLayer]:
    """Yield the operations in a group, in order."""
    if isinstance(item, Leaf):
        yield item.draft
    else:
        for child in item.children:
            yield from drafts_in(child)


def without_dead(drafts: Sequence[DraftLayer], outputs: Sequence[Tensor]) -> list[DraftLayer]:
    """Return the operations on which an output depends."""
    needed = {id(tensor) for tensor in outputs}
    kept: list[DraftLayer] = []
    for draft in reversed(drafts):
        if any(id(tensor) in needed for tensor in draft.outputs):
            needed.update(map(id, draft.inputs))
            kept.append(draft)
    return kept[::-1]
