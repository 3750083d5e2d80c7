"""The content of a card of the header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["", "fits", "does not fit", "not known"]


@dataclass(frozen=True)
class Total:
    """The content of a card: a caption, the value in short, one line about it, and all details as a tool tip.

    Attributes:
        short: a shorter caption, for where the caption finds no room.
        short_line: a shorter line, for where even the first part of the line finds no room.
        verdict: whether the network fits the device; empty for a card of another kind.
    """

    caption: str
    value: str
    line: str
    tip: str
    verdict: Verdict = ""
    short: str = ""
    short_line: str = ""
