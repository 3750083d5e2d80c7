"""Beside the comparison: all that is known of one convention's count, in words that can be read, followed, copied."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QCoreApplication, QEvent, QMargins, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from layerledger.core.base import units
from layerledger.core.metrics.conventions import ToolCount
from layerledger.gui.charts import legend
from layerledger.gui.charts.tool_counts.table_model import counted_name, layers_text, part_name, share_text, title_of
from layerledger.gui.theme import theme
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import MOUSE_AND_KEYS, CopyLabel

_AFTER = "margin: 5px 0 1px 0"  # the room between two blocks


def _tr(text: str) -> str:
    return QCoreApplication.translate("Comparison", text)


class _Words(CopyLabel):
    """Rich text with links, to select with mouse and keys."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, by=MOUSE_AND_KEYS)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        links = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        self.setTextInteractionFlags(self.textInteractionFlags() | links)


class Details(QFrame):
    """A well that scrolls: name, what is counted, the sum, the parts, known faults, sources."""

    partChosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[ToolCount | None, int | None] = (None, None)
        self.setProperty("well", "true")
        self.words = _Words(self)
        self.words.setAccessibleName(self.tr("Details of a convention"))
        self.words.setContentsMargins(QMargins(10, 7, 8, 8))
        self.words.linkActivated.connect(self._follow_link)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.area)

    def show_row(self, row: ToolCount | None, part: int | None) -> None:
        """Show a row of the comparison, with one of its parts set off."""
        if (row, part) == self._shown:
            return
        before = self._shown[0]
        self._shown = (row, part)
        self._write()
        if row is None or before is None or row.convention is not before.convention:
            self.area.verticalScrollBar().setValue(0)

    def _write(self) -> None:
        row, part = self._shown
        self.words.setText("" if row is None else html(row, part))

    def _follow_link(self, link: str) -> None:
        self.partChosen.emit(int(link))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "words"):
            self._write()


def html(row: ToolCount, part: int | None = None) -> str:
    """Return what is said of a convention."""
    parts = (_sum(row), _faults(row), _not_modelled(row), _parts(row, part), _description(row), _sources(row))
    return _name(row) + "".join(parts)


def _name(row: ToolCount) -> str:
    version = f" {_muted(escape(row.convention.versions))}" if row.convention.versions else ""
    return f"<div><b>{escape(title_of(row))}</b>{version}</div>"


def _sum(row: ToolCount) -> str:
    counted = f" {escape(counted_name(row))}"
    beyond = counted
    if row.difference:
        sign, share = "−" if row.difference < 0 else "+", share_text(row, row.difference)
        own, difference = units.grouped(row.total - row.difference), units.grouped(abs(row.difference))
        beyond = f" = {own}{counted} {sign} {difference} {_muted(escape(share))}"
    return f'<p style="{_AFTER}"><b>{units.grouped(row.total)}</b>{beyond}</p>'


def _faults(row: ToolCount) -> str:
    if not row.defects:
        return ""
    lines = "".join(f"<div>• {escape(translated(each))}</div>" for each in row.defects)
    title = escape(_tr("Known faults"))
    return f'<p style="{_AFTER}; color: {theme.current().warning}"><b>{title}</b></p>{lines}'


def _not_modelled(row: ToolCount) -> str:
    """Return what this app does not know of the tool: no fault of the tool's."""
    if not row.not_modelled:
        return ""
    title = escape(_tr("Not modelled here"))
    return f'<p style="{_AFTER}"><b>{title}</b></p><div>{escape(translated(row.not_modelled))}</div>'


def _parts(row: ToolCount, chosen: int | None) -> str:
    if not row.parts:
        return ""
    title = f'<p style="{_AFTER}"><b>{escape(_tr("What makes the difference"))}</b></p>'
    lines = "".join(_part(row, i, chosen=i == chosen) for i in range(len(row.parts)))
    return f'{title}<table cellspacing="0" cellpadding="1" width="100%">{lines}</table>'


def _part(row: ToolCount, i: int, *, chosen: bool) -> str:
    part, colours = row.parts[i], theme.current()
    colour, sign = legend.colour(part.part).name(), "▨" if legend.is_hatched(part.part) else "■"
    link = f'<a href="{i}" style="color: {colours.text}; text-decoration: none">{escape(part_name(part))}</a>'
    cells = (
        f'<td><span style="color: {colour}">{sign}</span>&nbsp;{link}</td>',
        f'<td align="right">&nbsp;{units.signed(part.amount, full=True)}</td>',
        f'<td align="right">{_muted("&nbsp;&nbsp;" + layers_text(len(part.layers)))}</td>',
    )
    ground = f' bgcolor="{colours.selection}"' if chosen else ""
    return f"<tr{ground}>{''.join(cells)}</tr>"


def _description(row: ToolCount) -> str:
    text = QCoreApplication.translate("core", row.convention.description)
    return f'<p style="{_AFTER}">{escape(text)}</p>'


def _sources(row: ToolCount) -> str:
    lines = "<br>".join(escape(source) for source in row.convention.sources)
    return f'<p style="{_AFTER}">{_muted(lines)}</p>' if lines else ""


def _muted(text: str) -> str:
    return f'<span style="color: {theme.current().muted}">{text}</span>'
