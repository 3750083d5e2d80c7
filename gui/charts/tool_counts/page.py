"""The page "What other tools print": a table of conventions, and the details of a row."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QSplitter, QStackedLayout, QWidget

from layerledger.core.base.json_reader import DataError
from layerledger.core.formats import FormatError
from layerledger.core.metrics.conventions import add_convention
from layerledger.core.network.paths import NodePath
from layerledger.core.reports import tool_counts as comparison
from layerledger.gui.charts import image_export as export
from layerledger.gui.charts.page import Page
from layerledger.gui.charts.reasons import uncounted_reason
from layerledger.gui.charts.tool_counts import diverging_bars as parts
from layerledger.gui.charts.tool_counts.details import Details
from layerledger.gui.charts.tool_counts.header import ToolCountsHeader
from layerledger.gui.charts.tool_counts.table_model import ToolCountsModel, part_name
from layerledger.gui.charts.tool_counts.table_view import ToolCountsView
from layerledger.gui.document.document import Document
from layerledger.gui.theme import icons


class ToolCountsPage(Page):
    """Counts of the network by each convention; follows the document while it is visible."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.model = ToolCountsModel(document, self)
        self.view = ToolCountsView(self.model, self)
        self.details = Details(self)
        self.tools = ToolCountsHeader(self)
        self.message = QLabel(self)
        self.message.setProperty("muted", "true")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFocusProxy(self.view)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(8)
        self.split.addWidget(self.view)
        self.split.addWidget(self.details)
        self.split.setStretchFactor(0, 7)
        self.split.setStretchFactor(1, 3)
        self.split.setSizes([700, 300])
        self.pages = QStackedLayout(self)
        self.pages.addWidget(self.message)
        self.pages.addWidget(self.split)

    def _connect(self) -> None:
        self.model.compared.connect(self._follow)
        self.view.partChosen.connect(self._choose)
        self.view.countAsked.connect(self._count_by)
        self.view.subjectChanged.connect(self._show_details)
        self.view.menuRequested.connect(self._open_menu)
        self.details.partChosen.connect(self._choose_here)
        self.tools.own_scale.toggled.connect(lambda: self.view.set_own_scale(own=self.tools.own_scale.isChecked()))
        self.tools.copy.triggered.connect(self.copy_all)
        self.tools.save.triggered.connect(self._save)
        self.tools.add.triggered.connect(self._add)

    def header(self) -> QWidget:
        return self.tools

    # -- following the document

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.set_shown(shown=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.model.set_shown(shown=False)

    def _follow(self) -> None:
        root = self._document.result.root
        self.message.setText(nothing := uncounted_reason(self._document.result))
        self.pages.setCurrentWidget(self.message if nothing else self.split)
        self.tools.show_uncounted(0 if nothing else root.uncounted_layers)
        self.tools.legend.show_entries([] if nothing else parts.names(self.model.rows))
        for action in (self.tools.copy, self.tools.save):
            action.setEnabled(not nothing)
        if self.view.row < 0:
            self.view.set_row(max(0, self.model.row_of(self._document.count)))
        self._show_details()

    def _show_details(self) -> None:
        rows, row = self.model.rows, self.view.row
        self.details.show_row(rows[row] if 0 <= row < len(rows) else None, self.view.part)

    # -- requests of the table

    def _choose(self, row: int, part: int, extend: bool) -> None:
        """Select the layers of a part; with `extend`, add them to the selection or remove them."""
        found: set[NodePath] = {share.at for share in self.model.rows[row].parts[part].layers}
        selected = set(self._document.selection)
        if extend:
            found = selected - found if found <= selected else selected | found
        self._document.select(found)

    def _choose_here(self, part: int) -> None:
        self.view.set_part(part)
        self._choose(self.view.row, part, extend=False)

    def _count_by(self, row: int) -> None:
        self._document.change_settings(count=self.model.rows[row].convention.id)

    def row_menu(self) -> QMenu:
        """Return the menu of the current row."""
        menu, row, part = QMenu(self), self.view.row, self.view.part
        count = menu.addAction(icons.icon("check"), self.tr("Count &by this"), lambda: self._count_by(row))
        count.setEnabled(not self.model.is_counted(row))
        if part is not None:
            text = self.tr("&Select the layers of “%1”").replace("%1", part_name(self.model.rows[row].parts[part]))
            menu.addAction(icons.icon("wire"), text, lambda: self._choose(row, part, extend=False))
        menu.addSeparator()
        menu.addAction(icons.icon("copy"), self.tr("&Copy as text"), self.view.copy_rows)
        return menu

    def _open_menu(self, at: QPoint) -> None:
        if self.view.row >= 0:
            menu = self.row_menu()
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(at)

    # -- export

    def copy_all(self) -> None:
        """Put all rows on the clipboard, with headings."""
        self.model.finish()
        QGuiApplication.clipboard().setText(comparison.as_text(self.model.rows, header=True))

    def _save(self) -> None:
        self.model.finish()
        name = f"{export.safe_name(self._document.network)}-conventions"
        if file := export.ask(self, self.tr("Save the comparison"), name, "csv", self.tr("CSV")):
            export.write(self._document, file, comparison.as_csv(self.model.rows).encode())

    # -- import

    def _add(self) -> None:
        """Ask for a file with a convention, and add it."""
        dialog = QFileDialog(self.window(), self.tr("Add a convention"), "", self.tr("Conventions (*.json)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if dialog.exec():
            self.add_convention(Path(dialog.selectedFiles()[0]))
        dialog.deleteLater()

    def add_convention(self, file: Path) -> None:
        """Add the convention in a file and select its row; report an error in the status bar."""
        try:
            added = add_convention(file)
        except (DataError, FormatError) as error:
            self._document.reject(str(error))
            return
        self.model.forget()
        self.model.finish()
        self.view.set_row(self.model.row_of(added.id))
        if self._document.count == added.id:
            self._document.settingsChanged.emit(frozenset({"count"}))  # same id, other rules
