"""Texts on published figures: the number, its source, and the difference to the count here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from layerledger.core.base import units
from layerledger.core.library.templates.published import Deviation, Deviations, Published
from layerledger.core.metrics.conventions import conventions


class PublishedFigure(NamedTuple):
    """The lines of a card, and of its tool tip.

    Attributes:
        figure: the published number.
        verdict: the difference to the count here.
        source: its author.
        equal: whether the count here is the published number.
        details: full sentences for the tool tip.
    """

    figure: str
    verdict: str = ""
    source: str = ""
    equal: bool = True
    details: tuple[str, ...] = ()


def published_figure(published: Published | None, found: Deviations) -> PublishedFigure:
    """Return the texts on a network's published figures: on the first that differs, or else on the count.

    Without a published figure the text says so.
    """
    given = [each for each in (found.count, found.params) if each]
    if published is None or not given:
        return PublishedFigure(_tr("no published figure"))
    main = next((each for each in given if not each.equal), given[0])
    figure = _count_text(published, main) if main is found.count else _params_text(main)
    return PublishedFigure(
        figure=_tr("published {figure}").format(figure=figure),
        verdict=_tr("equal") if main.equal else main.share,
        source=published.source_name,
        equal=main.equal,
        details=tuple(_details(published, found)),
    )


def _count_text(published: Published, count: Deviation) -> str:
    short = conventions()[published.convention].short
    return f"{count.figure.text}{'' if short == 'MACs' else ' '}{short}"


def _params_text(params: Deviation) -> str:
    figure = params.figure
    number = units.count(figure.value) if figure.step == 1 else figure.text
    return _tr("{count} params").format(count=number)


def _details(published: Published, found: Deviations) -> Iterator[str]:
    yield _tr("Published: {source}").format(source=published.source)
    if found.params:
        yield _sentence(_tr("Parameters"), found.params)
    if found.count:
        convention = conventions()[published.convention]
        yield _sentence(convention.title, found.count)
        yield _tr("Convention: {convention}").format(convention=f"{convention.title}. {convention.description}")
    if published.note:
        yield published.note


def _sentence(name: str, deviation: Deviation) -> str:
    figure, ours = deviation.figure, units.grouped(deviation.ours)
    if deviation.equal:
        text = _tr("{figure}, as here") if figure.step == 1 else _tr("{figure}, which {here} rounds to")
        return f"{name}: {text.format(figure=figure.text, here=ours)}"
    difference = units.signed(deviation.difference, full=True)
    if difference != deviation.share:
        difference = f"{difference} ({deviation.share})"
    text = _tr("{figure}, here {here}: {difference}")
    return f"{name}: {text.format(figure=figure.text, here=ours, difference=difference)}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Gallery", text)
