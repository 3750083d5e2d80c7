"""The window: puts the panels together around one document."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QInputDialog,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.network.nodes import Block, Layer
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.document import commands
from layerledger.gui.document import device_setting as device_choice
from layerledger.gui.document import recent_files as recent
from layerledger.gui.document.document import Document
from layerledger.gui.document.file_commands import Files
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.palette.palette import Palette
from layerledger.gui.stack.stack_panel import StackPanel
from layerledger.gui.start.start_page import StartPage
from layerledger.gui.theme import icons, theme
from layerledger.gui.widgets.basics import LayoutBoundary
from layerledger.gui.window import action_list, actions, tab_order
from layerledger.gui.window.budget_strip import BudgetStrip
from layerledger.gui.window.header import Header
from layerledger.gui.window.settings_bar import SettingsBar
from layerledger.gui.window.status_bar import StatusBar
from layerledger.gui.window.tool_bar import ToolBar

DEFAULT_SIZE, LEAST_SIZE = QSize(1440, 900), QSize(1024, 640)
MOST_REPEATS = 10_000
_GAP, _TITLE_BAR = 10, 40


def fitting(size: QSize, screen: QSize) -> QSize:
    """Return the size of a window that is seen whole on a screen, with its title bar, where the least size allows."""
    return size.boundedTo(QSize(screen.width(), screen.height() - _TITLE_BAR).expandedTo(LEAST_SIZE))


class MainWindow(QMainWindow):
    """One window with one document."""

    closed = Signal()  # after the question, where there was one

    def __init__(
        self,
        document: Document,
        spawn: Callable[[], MainWindow],
        showing: Callable[[Path], Files | None] = lambda file: None,
    ) -> None:
        """
        Args:
            spawn: opens another window.
            showing: returns the files of the window in which a file is open.
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

    # -- what actions ask for

    @property
    def document(self) -> Document:
        return self._document

    @property
    def files(self) -> Files:
        return self._files

    def new_from_template(self) -> None:
        """Lets a template be chosen: on the start page where that is shown, else in a dialog."""
        if self.centre.currentWidget() is self.start:
            self.start.focus_templates()
            return
        from layerledger.gui.start.templates_dialog import TemplatesDialog

        dialog = TemplatesDialog(self)
        if dialog.exec():
            self._files.new_from_template(dialog.name)
        dialog.deleteLater()

    def find_layer(self) -> None:
        """Put the cursor into the palette's search."""
        self.palette_panel.focus_search()

    def rename_layer(self) -> None:
        """Open the selected layer's name for editing."""
        self.stack.view.rename_current()

    def fold(self, *, expand: bool) -> None:
        """Expand or collapses all blocks."""
        self.stack.view.fold(expand=expand)

    def ask_repeat(self) -> None:
        """Asks how often the selection is repeated."""
        node = self._document.current_node
        now = node.repeat if isinstance(node, Block) else 2
        text = self.tr("Copies in series:")
        times, accepted = QInputDialog.getInt(self, self.tr("Repeat"), text, now, 1, MOST_REPEATS)
        if accepted:
            commands.repeat(self._document, times)

    def set_theme(self, name: str) -> None:
        """Show all windows in a theme, now and from now on."""
        theme.choose(theme.read_choice(name))
        QSettings().setValue("theme", name)
        self._refresh()

    def show_panel(self, name: str) -> None:
        """Give a panel the keyboard."""
        panels = {"stack": self.stack.view, "inspector": self.inspector, "chart": self.chart}
        if name == "palette":
            self.palette_panel.focus_search()
        else:
            panels[name].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def next_problem(self) -> None:
        """Select the next wrong layer after the selected one."""
        wrong = sorted({p.at for p in self._document.result.problems if p.severity != "info"})
        if wrong:
            last = self._document.selection[-1] if self._document.selection else ()
            after = [path for path in wrong if path > last]
            self._document.select([after[0] if after else wrong[0]])

    def export(self) -> None:
        """Open the export dialog."""
        from layerledger.gui.dialogs.export.export_dialog import ExportDialog

        ExportDialog(self._document, self).exec()

    def devices(self) -> None:
        """Open the list of devices, where one's own are added and removed."""
        from layerledger.gui.dialogs.devices.devices_dialog import DevicesDialog

        DevicesDialog(self._document, self).exec()

    def budgets(self) -> None:
        """Open the limits that the network is to keep."""
        from layerledger.gui.dialogs.budgets import BudgetsDialog

        dialog = BudgetsDialog(self._document, self)
        dialog.exec()
        dialog.deleteLater()

    def reference(self, *, of_layer: bool = False) -> None:
        """Open the reference, at the selected layer's type or where it was."""
        from layerledger.gui.dialogs.reference.reference_window import show_reference

        node = self._document.current_node if of_layer else None
        show_reference(f"type-{node.type}" if isinstance(node, Layer) else "")

    def about(self) -> None:
        """Says what this is."""
        from layerledger.gui.dialogs.about import AboutDialog

        AboutDialog(self).exec()

    def show_notice(self, notice: QWidget) -> None:
        """Show something to be answered, above all else and in nobody's way."""
        self._body.insertWidget(0, notice)

    def quit(self) -> None:
        """Close all windows, each after its question."""
        from PySide6.QtWidgets import QApplication

        QApplication.closeAllWindows()

    # -- building

    def _build(self) -> None:
        document = self._document
        self.header = Header(document, self)
        self.budget_strip = BudgetStrip(document, self)
        self.budget_strip.asked.connect(self.budgets)
        self.palette_panel = Palette(document, self)
        self.stack = StackPanel(document, self)
        self.start = StartPage(self)
        self.inspector = Inspector(document, self)
        self.chart = ChartPanel(document, self)
        device_choice.restore(document)
        self.settings_bar = SettingsBar(document, self)
        self.actions_by_id = actions.make(action_list.ACTIONS, self, self)
        self._menus = actions.fill_menu_bar(self.menuBar(), action_list.MENUS, self.actions_by_id)
        self.setStatusBar(StatusBar(document, self))
        self.tool_bar = ToolBar(self.actions_by_id, self._new_menu(), self.settings_bar, self)
        self.addToolBar(self.tool_bar)
        self._build_body()
        for id_ in action_list.CONTEXT:
            self.stack.view.addAction(self._separator() if id_ == actions.SEPARATOR else self.actions_by_id[id_])

    def _separator(self) -> QAction:
        separator = QAction(self)
        separator.setSeparator(True)
        return separator

    def _build_body(self) -> None:
        self.centre = QStackedWidget(self)
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
        changes = (document.stepsChanged, document.selectionChanged, document.countChanged, document.fusedChanged)
        for signal in changes:
            signal.connect(self._refresh)
        document.networkChanged.connect(self._choose_page)
        document.stateChanged.connect(self._show_state)
        self._menus[action_list.RECENT].aboutToShow.connect(self._list_recent)
        for id_, fill in ((action_list.COLUMNS, self.stack.view.columns.fill), (action_list.CARDS, self.header.fill)):
            self._menus[id_].aboutToShow.connect(partial(fill, self._menus[id_]))
        self.inspector.explanations.reference.clicked.connect(lambda: self.reference(of_layer=True))
        self.settings_bar.device.devicesRequested.connect(self.devices)
        self.palette_panel.left.connect(lambda: self.show_panel("stack"))
        self.start.newRequested.connect(self._begin)
        self.start.openRequested.connect(self._files.open)
        self.start.fileChosen.connect(self._files.open_file)
        self.start.templateChosen.connect(self._files.new_from_template)
        self._refresh()

    def _begin(self) -> None:
        """Leaves the start page for an empty stack."""
        self._begun = True
        self._choose_page()
        self.find_layer()

    def _refresh(self) -> None:
        fused = {"fused:on"} if self._document.fused else set[str]()
        checked = {f"count:{self._document.count}", f"theme:{theme.choice()}", *fused}
        actions.refresh(action_list.ACTIONS, self.actions_by_id, self._document, checked)

    def _show_state(self) -> None:
        self.setWindowTitle(f"{self._document.title}[*] – LayerLedger")
        self.setWindowModified(self._document.modified)
        self._choose_page()
        self._refresh()

    def _choose_page(self) -> None:
        empty = self._document.untouched and not self._begun
        self.centre.setCurrentWidget(self.start if empty else self.stack)

    def _list_recent(self) -> None:
        menu = self._menus[action_list.RECENT]
        menu.clear()
        for file in recent.files():
            action = menu.addAction(f"{file.name}  –  {file.parent}".replace("&", "&&"))
            action.triggered.connect(partial(self._recent_chosen, str(file)))
        if menu.isEmpty():
            menu.addAction(self.tr("No recent files")).setEnabled(False)

    def _recent_chosen(self, name: str) -> None:
        self._files.open_file(name)

    # -- Qt's events

    def restore(self, *, fit: bool = False) -> None:
        """Take the size and layout of the last window.

        Args:
            fit: whether the first window there ever was keeps within its screen.
        """
        settings = QSettings()
        geometry = settings.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        elif fit:
            self.resize(fitting(self.size(), self.screen().availableSize()))
        for name, splitter in (("columns", self.columns), ("rows", self.rows)):
            state = settings.value(f"window/{name}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._files.may_close():
            event.ignore()
            return
        settings = QSettings()
        settings.setValue("window/geometry", self.saveGeometry())
        settings.setValue("window/columns", self.columns.saveState())
        settings.setValue("window/rows", self.rows.saveState())
        event.accept()
        self.closed.emit()

    def focusNextPrevChild(self, next: bool) -> bool:
        panels = (self.tool_bar, *self._panels(), self.statusBar())
        return tab_order.step(panels, forward=next) or super().focusNextPrevChild(next)

    def _panels(self) -> list[QWidget]:
        """Return the panels from the top to the bottom: a notice where there is one, then the others."""
        found = [item.widget() for i in range(self._body.count()) if (item := self._body.itemAt(i))]
        above = [widget for widget in found if widget is not None and widget is not self.rows]
        return [*above, self.palette_panel, self.centre, self.inspector, self.chart]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._files.warn_of_loss()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        for name in names:
            self._files.open_file(name)
