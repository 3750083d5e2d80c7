"""Published figures of a network, and the deviations of our numbers from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from layerledger.core.analysis import Result
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record

_DECIMALS = re.compile(r"(\d+)(?:\.(\d+))? ?([kMGTP])")


class Figure(Record):
    """A number as it was published.

    Attributes:
        text: the number as it is shown, 1.814 G.
        value: that number.
        step: the value of one unit in its last digit; 1 for an exact number.
    """

    text: str
    value: int
    step: int = 1

    def agrees(self, ours: int) -> bool:
        """Return whether our number, rounded to the published digits, is the published one."""
        return 2 * abs(ours - self.value) <= self.step


class Published(Record):
    """The published figures of a network.

    Attributes:
        source: the tool with its version, or the address of the figures.
        params: the number of parameters; None where it is not published.
        count: the number of operations; None where it is not published.
        convention: the id of the convention of `count`.
        note: a remark on the comparison with our numbers.
    """

    source: str
    params: Figure | None = None
    count: Figure | None = None
    convention: str = ""
    note: str = ""

    @property
    def source_name(self) -> str:
        """The source as a short text: the host of an address."""
        return urlsplit(self.source).netloc.removeprefix("www.") or self.source


class Deviation(NamedTuple):
    """Our number beside the published one."""

    figure: Figure
    ours: int

    @property
    def equal(self) -> bool:
        """Whether our number is the published one, to the published digits."""
        return self.figure.agrees(self.ours)

    @property
    def difference(self) -> int:
        """Our number minus the published one; 0 where they are equal."""
        return 0 if self.equal else self.ours - self.figure.value

    @property
    def share(self) -> str:
        """The difference in percent with its sign; as a number where the percentage is too small to show."""
        text = units.signed_share(self.difference, self.figure.value)
        return text if "%" in text and "<" not in text else units.signed(self.difference, full=True)


class Deviations(Record):
    """The deviations from the published figures; None for a figure that is not published."""

    params: Deviation | None
    count: Deviation | None


def read_published(entry: Mapping[str, Any]) -> Published:
    """Return the figures of a file's `published`.

    Raises:
        ValueError: a number is neither whole nor has digits and a prefix, or a count is without its convention.
    """
    figures = {key: read_figure(entry[key]) for key in ("params", "count") if key in entry}
    texts = {key: entry[key] for key in ("source", "convention", "note") if key in entry}
    if ("count" in figures) != ("convention" in texts):
        raise ValueError('a published "count" and the "convention" that it speaks come together')
    return Published(**figures, **texts)


def read_figure(given: int | str) -> Figure:
    """Return a number that is whole (11689512), or has the digits that were published and a prefix (1.814 G).

    Raises:
        ValueError: it is neither.
    """
    if isinstance(given, int):
        return Figure(text=units.grouped(given), value=given)
    if (match := _DECIMALS.fullmatch(given)) is None:
        raise ValueError(
            Message('a published figure must be a number, such as 11689512 or "1.814 G"; got "{given}"', given=given)
        )
    whole, decimals, prefix = match[1], match[2] or "", match[3]
    step = Fraction(1000 ** (" kMGTP".index(prefix)), 10 ** len(decimals))
    if step.denominator > 1:
        raise ValueError(Message('"{given}" has more digits than whole numbers have', given=given))
    return Figure(text=given, value=int(whole + decimals) * step.numerator, step=step.numerator)


def deviations(published: Published, result: Result) -> Deviations:
    """Return the deviations of an analysed network from its published figures, counted by their convention."""
    params = Deviation(published.params, result.totals.params) if published.params else None
    return Deviations(params, Deviation(published.count, _count(published, result)) if published.count else None)


def _count(published: Published, result: Result) -> int:
    if published.convention == "macs":
        return result.totals.macs
    # Imported here: most templates are published with parameters and MACs, which need no convention.
    from layerledger.core.metrics.conventions import conventions

    return conventions()[published.convention].of_result(result).value
