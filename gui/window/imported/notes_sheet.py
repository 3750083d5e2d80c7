"""The sheet above the stack that tells what an import has assumed, simplified or not counted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from layerledger.core.formats.importing.notes import KINDS, Imported, ImportNote, NoteKind, imported_of
from layerledger.core.network.paths import Names
from layerledger.gui.document.document import Document
from layerledger.gui.document.imports import save_beside
from layerledger.gui.inspector.labels import WrapLabel, note, set_text_if_changed, small_button
from layerledger.gui.theme import icons
from layerledger.gui.window.imported.note_text import (
    KIND_TITLES,
    heading_html,
    linked_layers,
    notes_by_kind,
    notes_html,
    tr,
)
from layerledger.gui.window.imported.size_fields import SizeFields

_ICON = 16
_GAP = 10
_ORDER: tuple[NoteKind, ...] = ("assumed", *(kind for kind in KINDS if kind != "assumed"))


class NotesSheet(QFrame):
    """Shows the notes on an import, with a field for each open size; hidden for networks of this program's own files.

    It opens when a foreign file is opened. A user may close it, and show it again.
    """

    visibilityChanged = Signal()

    def __init__(self, document: Document, set_size: Callable[[str, int], object], parent: QWidget) -> None:
        """
        Args:
            set_size: sets an open size of the document's network.
        """
        super().__init__(parent)
        self._document, self._set_size = document, set_size
        self._source = document.origin.source
        self._shown: object = None
        self._wanted = self._source is not None
        self._notes: dict[NoteKind, list[ImportNote]] = {}
        self.setProperty("card", "true")
        self.setAccessibleName(self.tr("Notes on the import"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.heading = WrapLabel(self, by=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.heading.setTextFormat(Qt.TextFormat.RichText)
        self.close_button = small_button("close", self.tr("Close the notes"), self)
        self.close_button.clicked.connect(lambda: self.show_notes(on=False))
        self.fields = SizeFields(self)
        self.fields.chosen.connect(self._choose)
        self.fields.refused.connect(document.reject)
        self.lines = {kind: self._line(kind) for kind in _ORDER}
        self.titles = {kind: self._title(kind) for kind in _ORDER}
        self.saving = note(self)
        self._lay_out()
        document.networkChanged.connect(self._follow)
        document.resultChanged.connect(self._count)
        document.stateChanged.connect(self._follow_source)
        self._follow()

    # -- building

    def _title(self, kind: NoteKind) -> QLabel:
        title = QLabel(tr(KIND_TITLES[kind]), self)
        title.setProperty("muted", "true")
        return title

    def _line(self, kind: NoteKind) -> WrapLabel:
        both = Qt.TextInteractionFlag.TextBrowserInteraction
        line = WrapLabel(self, by=both)
        line.setTextFormat(Qt.TextFormat.RichText)
        line.linkActivated.connect(partial(self._select, kind))
        return line

    def _lay_out(self) -> None:
        self._sign = QLabel(self)
        self._sign.setPixmap(icons.pixmap("info", _ICON, role="accent", scale=self.devicePixelRatioF()))
        self.body = QWidget(self)
        self._grid = grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, _GAP, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.heading, 0, 0, 1, 2)
        grid.addWidget(self.fields, 1, 1)
        for row, kind in enumerate(_ORDER, 2):
            grid.addWidget(self.titles[kind], row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.lines[kind], row, 1)
        grid.addWidget(self.saving, len(_ORDER) + 2, 1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.body)
        line = self.close_button.sizeHint().height()
        self._sign.setFixedHeight(line)
        self.heading.setMinimumHeight(line)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(_GAP, 8, 8, 8)
        whole.setSpacing(_GAP)
        whole.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        whole.addWidget(self.area, 1)
        whole.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)

    # -- following the document

    @property
    def is_on(self) -> bool:
        """Whether the sheet is shown."""
        return not self.isHidden()

    @property
    def has_notes(self) -> bool:
        """Whether the network was imported, so that there is something to show."""
        return self._document.network.imported is not None

    def show_notes(self, *, on: bool = True) -> None:
        """Show or close the sheet."""
        self._wanted = on
        self._show_or_hide()

    def _show_or_hide(self) -> None:
        if (on := self._wanted and self.has_notes) == self.isHidden():
            self.setVisible(on)
            self.visibilityChanged.emit()

    def _follow_source(self) -> None:
        source = self._document.origin.source
        if source != self._source:
            self._source, self._wanted = source, source is not None
        self._show_or_hide()
        self._say_where()

    def _follow(self) -> None:
        stored = self._document.network.imported
        if stored is not self._shown:
            self._shown = stored
            if imported := imported_of(self._document.network):
                self._show_import(imported)
        self._show_or_hide()

    def _show_import(self, imported: Imported) -> None:
        self._notes = notes_by_kind(imported)
        self._count()
        self.fields.show_sizes(imported.sizes)
        for kind in _ORDER:
            notes = self._notes.get(kind, [])
            set_text_if_changed(self.lines[kind], notes_html(notes))
            self.titles[kind].setVisible(bool(notes) or (kind == "assumed" and bool(imported.sizes)))
        self._place_assumed(beside_fields=bool(imported.sizes))
        self._say_where()
        self.updateGeometry()

    def _place_assumed(self, *, beside_fields: bool) -> None:
        """Put the title of what was assumed beside the fields, else beside its notes."""
        where, middle, top = (1 if beside_fields else 2), Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(self.titles["assumed"], where, 0, middle if beside_fields else top)

    def _count(self) -> None:
        if imported := imported_of(self._document.network):
            self.heading.setText(heading_html(imported, self._document.result.totals.layers))

    def _say_where(self) -> None:
        file = None if self._document.file else save_beside(self._document)
        sentence = self.tr("Save writes {file} beside the file, which stays as it is.")
        set_text_if_changed(self.saving, sentence.format(file=file.name) if file else "")

    # -- what the user does

    def _choose(self, name: str, value: int) -> None:
        self._set_size(name, value)
        if imported := imported_of(self._document.network):
            self.fields.show_sizes(imported.sizes)  # a size that was not taken

    def _select(self, kind: NoteKind, link: str) -> None:
        names = linked_layers(link, self._notes[kind])
        finder = Names(self._document.network)
        found = [path for name in names if (path := finder.find(name)) is not None]
        if found:
            self._document.select(found)
        else:
            self._document.reject(self.tr("{name} is no longer in the network").format(name=names[0]))

    # -- size

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout, grid = self.layout(), self._grid
        assert layout is not None
        margins = layout.contentsMargins()
        beside = self._sign.sizeHint().width() + self.close_button.sizeHint().width() + 2 * _GAP
        inner = width - margins.left() - margins.right() - beside - 2  # the frame
        return grid.heightForWidth(inner) + margins.top() + margins.bottom() + 2

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 30, self.fontMetrics().height() * 3)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_grid"):
            QTimer.singleShot(0, self, self._restyle)  # an error in here would be lost inside Qt

    def _restyle(self) -> None:
        self._sign.setPixmap(icons.pixmap("info", _ICON, role="accent", scale=self.devicePixelRatioF()))
        for kind, notes in self._notes.items():
            set_text_if_changed(self.lines[kind], notes_html(notes))
