"""View of a reference page: HTML in the colours of the theme, with links to other pages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from string import Template

from PySide6.QtCore import QEvent, QMimeData, QTimer, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from layerledger.core.library.reference.markup import BREAK
from layerledger.gui.theme import theme

_MARGIN = 20

_SHEET = Template("""
body { color: $text; }
h1 { font-size: ${title}pt; font-weight: 700; margin-top: 0; margin-bottom: 5px; }
h2 { font-size: ${section}pt; font-weight: 600; margin-top: 18px; margin-bottom: 4px; }
p, li { margin-top: 3px; margin-bottom: 5px; line-height: 125%; }
a { color: $accent; text-decoration: none; }
code { font-family: 'DejaVu Sans Mono', Consolas, Menlo, monospace; font-size: ${small}pt; }
pre { font-family: 'DejaVu Sans Mono', Consolas, Menlo, monospace; font-size: ${small}pt; margin-top: 2px; }
table { border-collapse: collapse; margin-top: 2px; margin-bottom: 6px; }
th { color: $muted; font-weight: 400; font-size: ${small}pt; text-align: left; border-bottom: 1px solid $border; }
td { border-bottom: 1px solid $border; }
th, td { padding: 4px 14px 4px 0; }
.name { white-space: nowrap; }
.muted { color: $muted; }
.math { font-family: 'STIX Two Text', Cambria, Georgia, 'DejaVu Serif', 'Times New Roman', serif; }
""")


class PageView(QTextBrowser):
    """Text browser for one page; loads nothing from the Internet."""

    linked = Signal(str)  # the key of a page, or of a place in one

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._html, self._marked = "", ""
        self.places: list[QTextCursor] = []  # highlighted words, in the order of the page
        self._worn: object = None
        self.setAccessibleName(self.tr("Page"))
        self.setProperty("card", "true")
        self.setOpenLinks(False)
        self.document().setDocumentMargin(_MARGIN)
        self.anchorClicked.connect(self._follow)

    def show_page(self, html: str, *, mark: str = "") -> None:
        """Show a page from its beginning.

        Args:
            html: the page.
            mark: words to highlight.
        """
        self._html = html
        self._dress()
        self.mark(mark)

    def mark(self, text: str) -> None:
        """Highlight words, and scroll to the first."""
        self._mark(text)
        if self.places:
            at = self.cursorRect(self.places[0])
            if not self.viewport().rect().contains(at):
                self.verticalScrollBar().setValue(self.verticalScrollBar().value() + at.top() - _MARGIN * 3)

    def _mark(self, text: str) -> None:
        self._marked = text
        words = (word for word in text.split() if len(word) > 1)
        self.places = sorted(chain(*map(self._found, words)), key=lambda cursor: cursor.selectionStart())
        shape = QTextCharFormat()
        shape.setBackground(QColor(theme.current().selection))
        self.setExtraSelections([_selection(cursor, shape) for cursor in self.places])

    def _found(self, word: str) -> Iterator[QTextCursor]:
        cursor = self.document().find(word)
        while not cursor.isNull():
            yield cursor
            cursor = self.document().find(word, cursor)

    def find_next(self, *, back: bool = False) -> None:
        """Select the next highlighted word; continue at the beginning after the end."""
        places = self.places[:: -1 if back else 1]
        here = self.textCursor().selectionStart() if self.textCursor().hasSelection() else -1
        beyond = (c for c in places if (c.selectionStart() < here if back else c.selectionStart() > here))
        if places:
            self.setTextCursor(next(beyond, places[0]))

    def _follow(self, url: QUrl) -> None:
        if url.scheme():
            QDesktopServices.openUrl(url)
        else:
            self.linked.emit(url.fragment(QUrl.ComponentFormattingOption.FullyDecoded))

    # -- dressing

    def _dress(self) -> None:
        colours, points = theme.current(), self.font().pointSizeF()
        self._worn = (colours, points)
        sizes = {"title": points * 1.6, "section": points * 1.12, "small": points * 0.92}
        tokens = {name: value for name, value in vars(colours).items() if isinstance(value, str)}
        written = {name: f"{value:.2f}" for name, value in sizes.items()}
        self.document().setDefaultStyleSheet(_SHEET.substitute(tokens, **written))
        self.setHtml(f"<body>{self._html}</body>")

    def _redress(self) -> None:
        if self._html and self._worn != (theme.current(), self.font().pointSizeF()):
            at = self.verticalScrollBar().value()
            self._dress()
            self._mark(self._marked)
            self.verticalScrollBar().setValue(at)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._redress)  # an error in here would be lost inside Qt

    def createMimeDataFromSelection(self) -> QMimeData:
        """Return the selection without its optional line breaks."""
        chosen = self.textCursor().selection()
        data = QMimeData()
        data.setText(chosen.toPlainText().replace(BREAK, ""))
        data.setHtml(chosen.toHtml().replace(BREAK, ""))
        return data


def _selection(cursor: QTextCursor, shape: QTextCharFormat) -> QTextEdit.ExtraSelection:
    found = QTextEdit.ExtraSelection()
    setattr(found, "cursor", cursor)  # noqa: B010  (PySide's stubs leave both fields out)
    setattr(found, "format", shape)  # noqa: B010
    return found
