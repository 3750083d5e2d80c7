"""A section of a report: lines for people, data for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from layerledger.core.base import units
from layerledger.core.metrics.metric import Unit


class SectionLine(NamedTuple):
    """A number of a section.

    Attributes:
        name: its name.
        value: counts and bytes as they are, a time in attoseconds.
        unit: its unit.
        rule: the rule that it follows.
        text: its text where it is a bound, such as `≥ 7.54 ms`; empty for a number that is shown in full.
    """

    name: str
    value: int
    unit: Unit
    rule: str
    text: str = ""

    @property
    def exact(self) -> str:
        """The value in full, or its text."""
        return self.text or f"{units.grouped(self.value)} B" * (self.unit == "bytes") or units.grouped(self.value)

    @property
    def rounded(self) -> str:
        """The value in a prefix that suits it; empty where it has a text."""
        if self.text:
            return ""
        return units.size(self.value) if self.unit == "bytes" else units.count(self.value)


class Section(NamedTuple):
    """Lines under a heading, and sentences below them.

    Attributes:
        key: its key in JSON reports.
        title: its heading.
        lines: the numbers, each with its rule.
        notes: the sentences below them.
        data: the same for scripts; None where there is nothing to say.
        table: rows of cells below the lines, the headings first; () for none.
    """

    key: str
    title: str
    lines: tuple[SectionLine, ...]
    notes: tuple[str, ...]
    data: Mapping[str, Any] | None
    table: tuple[tuple[str, ...], ...] = ()


def bytes_line(name: str, nbytes: int, rule: str) -> SectionLine:
    """Return a line of bytes."""
    return SectionLine(name, nbytes, "bytes", rule)


def count_line(name: str, count: int, rule: str) -> SectionLine:
    """Return a line of a count."""
    return SectionLine(name, count, "count", rule)
