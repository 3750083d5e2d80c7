"""The modules around a call: where it stood in the Python program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

_BESIDE = re.compile(r"^L\['\w+'\]\.|@\d+$")
"""The parts of a path that are no names of modules: the root before 2.8, and the number of a further call."""
_NUMBER = re.compile(r"_\d+$")

MAX_STACK = 20_000
"""Longest text of a module stack that is looked at, in characters."""


class Module(NamedTuple):
    """A module on the way to a call.

    Attributes:
        key: what tells one call of it from another.
        path: its dotted name; empty for the whole network.
        kind: the dotted name of its class.
    """

    key: str
    path: str
    kind: str


def modules_of(node: Mapping[str, Any]) -> list[Module]:
    """Return the modules around a call, the outermost first; none where the file does not say."""
    metadata = node.get("metadata")
    stack = cast("Mapping[str, Any]", metadata).get("nn_module_stack") if isinstance(metadata, dict) else None
    if not isinstance(stack, str):
        return []
    found: list[Module] = []
    for entry in stack[:MAX_STACK].split(";"):
        parts = entry.split(",")
        if len(parts) >= 3:
            found.append(Module(parts[0] + parts[1], _BESIDE.sub("", parts[1]), parts[-1]))
    return found


def relative_path(modules: list[Module]) -> tuple[str, ...]:
    """Return the name of each module but the outermost in the one around it: layer1, then 0, then conv1."""
    path: list[str] = []
    before = ""
    for module in modules[1:]:
        inside = bool(before) and module.path.startswith(f"{before}.")
        path.append(module.path[len(before) + 1 :] if inside else module.path)
        before = module.path
    return tuple(part for part in path if part)


def call_name(node: Mapping[str, Any], operator: str) -> str:
    """Return the name of a call without its number: conv2d_7 is conv2d."""
    name = node.get("name")
    return _NUMBER.sub("", name if isinstance(name, str) and name else operator) or operator
