"""The main window: the panels around one document."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.document import Document
from layerledger.gui.document.file_commands import Files
from layerledger.gui.document.imports import set_open_size
from layerledger.gui.document.settings import WINDOW_COLUMNS, WINDOW_GEOMETRY, WINDOW_ROWS
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.palette.palette import Palette
from layerledger.gui.stack.stack_panel import StackPanel
from layerledger.gui.start.start_page import StartPage
from layerledger.gui.theme import icons
from layerledger.gui.widgets.basics import LayoutBoundary
from layerledger.gui.window import tab_order
from layerledger.gui.window.actions import SEPARATOR, Actions, WindowContext
from layerledger.gui.window.budget_strip import BudgetStrip
from layerledger.gui.window.header import Header
from layerledger.gui.window.imported.notes_sheet import NotesSheet
from layerledger.gui.window.menus.help_menu import open_layer_reference
from layerledger.gui.window.menus.menu_bar import CONTEXT_MENU, MENUS
from layerledger.gui.window.settings_bar import SettingsBar
from layerledger.gui.window.status_bar import StatusBar
from layerledger.gui.window.tool_bar import ToolBar

DEFAULT_SIZE, LEAST_SIZE = QSize(1440, 900), QSize(1024, 640)
_GAP, _TITLE_BAR = 10, 40


def fitting(size: QSize, screen: QSize) -> QSize:
    """Return a window size that fits on a screen with its title bar, but at least the least size."""
    return size.boundedTo(QSize(screen.width(), screen.height() - _TITLE_BAR).expandedTo(LEAST_SIZE))


class MainWindow(QMainWindow):
    """One window with one document."""

    closed = Signal()  # after the question about unsaved changes, if there was one

    def __init__(
        self,
        document: Document,
        spawn: Callable[[], MainWindow],
        showing: Callable[[Path], Files | None] = lambda file: None,
    ) -> None:
        """
        Args:
            spawn: opens another window.
            showing: returns the files of the window in which a file is open, or None.
        """
        super().__init__()
        self._document = document
        self._begun = False
        self._files = Files(document, self, lambda: spawn().files, showing)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.setWindowIcon(icons.app_icon())
        self._build()
        self._connect()
        self.resize(DEFAULT_SIZE)
        self._show_state()

    @property
    def document(self) -> Document:
        return self._document

    @property
    def files(self) -> Files:
        return self._files

    def show_notice(self, notice: QWidget) -> None:
        """Show a notice above everything else in the window."""
        self._body.insertWidget(0, notice)

    # -- building

    def _build(self) -> None:
        document = self._document
        self.header = Header(document, self)
        self.budget_strip = BudgetStrip(document, self)
        self.palette_panel = Palette(document, self)
        self.stack = StackPanel(document, self)
        self.notes = NotesSheet(document, partial(set_open_size, document, self), self)
        self.stack.show_above(self.notes)
        self.start = StartPage(self)
        self.inspector = Inspector(document, self)
        self.chart = ChartPanel(document, self)
        self.settings_bar = SettingsBar(document, self)
        self.centre = QStackedWidget(self)
        self._context = self._make_context()
        self._actions = Actions(MENUS, self._context)
        self._actions.fill_menu_bar(self.menuBar())
        self.actions_by_id = self._actions.by_id
        self.status_bar = StatusBar(document, self)
        self.setStatusBar(self.status_bar)
        self.tool_bar = ToolBar(self.actions_by_id, self._new_menu(), self.settings_bar, self)
        self.addToolBar(self.tool_bar)
        self._build_body()
        for id_ in CONTEXT_MENU:
            self.stack.view.addAction(self._separator() if id_ == SEPARATOR else self.actions_by_id[id_])

    def _make_context(self) -> WindowContext:
        return WindowContext(
            window=self,
            document=self._document,
            files=self._files,
            header=self.header,
            palette=self.palette_panel,
            stack=self.stack,
            notes=self.notes,
            start=self.start,
            centre=self.centre,
            inspector=self.inspector,
            chart=self.chart,
        )

    def _separator(self) -> QAction:
        separator = QAction(self)
        separator.setSeparator(True)
        return separator

    def _build_body(self) -> None:
        self.centre.addWidget(self.stack)
        self.centre.addWidget(self.start)
        self.columns = self._splitter(Qt.Orientation.Horizontal, [self.palette_panel, self.centre, self.inspector])
        self.rows = self._splitter(Qt.Orientation.Vertical, [self.columns, self.chart])
        self.columns.setStretchFactor(1, 1)
        self.rows.setStretchFactor(0, 7)
        self.rows.setStretchFactor(1, 3)
        body = QWidget(self)
        self._body = layout = QVBoxLayout(body)
        layout.setContentsMargins(_GAP, _GAP, _GAP, _GAP - 2)
        layout.setSpacing(_GAP)
        layout.addWidget(LayoutBoundary(self.header, body))
        layout.addWidget(self.budget_strip)
        layout.addWidget(self.rows, 1)
        self.setCentralWidget(body)
        self.columns.setSizes([196, 900, 316])
        self.rows.setSizes([486, 222])

    def _splitter(self, orientation: Qt.Orientation, panels: list[QWidget]) -> QSplitter:
        splitter = QSplitter(orientation, self)
        splitter.setHandleWidth(_GAP)
        splitter.setChildrenCollapsible(False)
        for panel in panels:
            splitter.addWidget(panel)
        return splitter

    def _new_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addActions([self.actions_by_id[id_] for id_ in ("new", "new-from-template")])
        return menu

    # -- following the document

    def _connect(self) -> None:
        document = self._document
        for signal in (document.networkChanged, document.selectionChanged, document.settingsChanged):
            signal.connect(self._refresh)
        document.networkChanged.connect(self._choose_page)
        document.stateChanged.connect(self._show_state)
        self.status_bar.notesRequested.connect(self.notes.show_notes)
        self.notes.visibilityChanged.connect(self._refresh)
        self.budget_strip.asked.connect(self.actions_by_id["budgets"].trigger)
        self.inspector.explanations.reference.clicked.connect(lambda: open_layer_reference(self._context))
        self.settings_bar.device.devicesRequested.connect(self.actions_by_id["devices"].trigger)
        self.palette_panel.left.connect(self.actions_by_id["focus-stack"].trigger)
        self.start.newRequested.connect(self._begin)
        self.start.openRequested.connect(self._files.open)
        self.start.fileChosen.connect(self._files.open_file)
        self.start.templateChosen.connect(self._files.new_from_template)
        self._refresh()

    def _begin(self) -> None:
        """Replace the start page by an empty stack."""
        self._begun = True
        self._choose_page()
        self.palette_panel.focus_search()

    def _refresh(self) -> None:
        self._actions.refresh()

    def _show_state(self) -> None:
        self.setWindowTitle(f"{self._document.title}[*] — LayerLedger")
        self.setWindowModified(self._document.modified)
        self._choose_page()
        self._refresh()

    def _choose_page(self) -> None:
        empty = self._document.untouched and not self._begun
        self.centre.setCurrentWidget(self.start if empty else self.stack)

    # -- Qt's events

    def restore(self, *, fit: bool = False) -> None:
        """Restore the size and layout of the last window.

        Args:
            fit: whether the first window ever must fit on its screen.
        """
        if geometry := store.read(WINDOW_GEOMETRY):
            self.restoreGeometry(geometry)
        elif fit:
            self.resize(fitting(self.size(), self.screen().availableSize()))
        for setting, splitter in ((WINDOW_COLUMNS, self.columns), (WINDOW_ROWS, self.rows)):
            if state := store.read(setting):
                splitter.restoreState(state)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._files.may_close():
            event.ignore()
            return
        store.write(WINDOW_GEOMETRY, self.saveGeometry())
        store.write(WINDOW_COLUMNS, self.columns.saveState())
        store.write(WINDOW_ROWS, self.rows.saveState())
        event.accept()
        self.closed.emit()

    def focusNextPrevChild(self, next: bool) -> bool:
        panels = (self.tool_bar, *self._panels(), self.statusBar())
        return tab_order.step(panels, forward=next) or super().focusNextPrevChild(next)

    def _panels(self) -> list[QWidget]:
        """Return the panels from top to bottom, a notice first if there is one."""
        found = [item.widget() for i in range(self._body.count()) if (item := self._body.itemAt(i))]
        above = [widget for widget in found if widget is not None and widget is not self.rows]
        return [*above, self.palette_panel, self.centre, self.inspector, self.chart]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._files.warn_of_loss()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            self._accept_copy(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._accept_copy(event)

    def _accept_copy(self, event: QDropEvent) -> None:
        """Accept a file as a copy: a file manager that proposes to move it would delete it after the drop."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        self._accept_copy(event)
        for name in names:
            self._files.open_file(name)
