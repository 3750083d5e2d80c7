"""The page "Roofline": layers under the roof of the chosen device, and of others beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication, QHideEvent, QImage, QPainter, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedLayout, QToolButton, QWidget

from layerledger.core.device_metric import Target
from layerledger.core.devices import KINDS, Device, devices
from layerledger.core.network import Path as NodePath
from layerledger.gui import icons
from layerledger.gui.charts import export
from layerledger.gui.charts.device_reason import device_reason
from layerledger.gui.charts.legend import Legend
from layerledger.gui.charts.roofline_data import Maker
from layerledger.gui.charts.roofline_plot import RooflinePlot
from layerledger.gui.document import Document

_REFRESH = QEvent.Type(QEvent.registerEventType())


class RooflineTools(QWidget):
    """The row above the plot: the legend, other devices to lay over it, and the menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = Legend(self)
        self.overlays = QMenu(self)
        self.menu = QMenu(self)
        self.save = self.menu.addAction(icons.icon("image"), self.tr("Save as &PNG…"))
        self.copy = self.menu.addAction(icons.icon("copy"), self.tr("&Copy as an image"))
        self.others = self._button("device", self.tr("Roofs of other devices"), self.overlays)
        self.others.setText(self.tr("Compare"))
        self.others.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.legend, 1)
        row.addSpacing(8)
        row.addWidget(self.others)
        row.addWidget(self._button("export", self.tr("Save or copy the chart"), self.menu))

    def _button(self, icon: str, name: str, menu: QMenu) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        return button


class RooflinePage(QWidget):
    """Follows the document while it is in sight."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._maker = Maker()
        self._others: list[str] = []
        self._shown = self._pending = False
        self.tools = RooflineTools(self)
        self.plot = RooflinePlot(self)
        self.message = QLabel(self)
        self.message.setProperty("muted", "true")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.setFocusProxy(self.plot)
        self.pages = QStackedLayout(self)
        self.pages.addWidget(self.message)
        self.pages.addWidget(self.plot)
        self._connect()

    def _connect(self) -> None:
        for signal in (self._document.resultChanged, self._document.deviceChanged):
            signal.connect(self._later)
        self._document.selectionChanged.connect(self._mark)
        self.plot.chosen.connect(self._choose)
        self.plot.menuRequested.connect(self.tools.menu.popup)
        self.tools.overlays.aboutToShow.connect(self.fill_overlays)
        self.tools.copy.triggered.connect(self.copy_image)
        self.tools.save.triggered.connect(self._save)

    # -- following the document, once however much changes

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._shown = True
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._shown = False

    def _later(self) -> None:
        if self._shown and not self._pending:
            self._pending = True
            QGuiApplication.postEvent(self, QEvent(_REFRESH))

    def customEvent(self, event: QEvent) -> None:
        if event.type() == _REFRESH and self._pending:
            self.refresh()

    def refresh(self) -> None:
        """Draws what the document says now."""
        self._pending = False
        reason = self._reason()
        self.message.setText(reason)
        self.pages.setCurrentWidget(self.message if reason else self.plot)
        for action in (self.tools.save, self.tools.copy):
            action.setEnabled(not reason)
        target = self._document.target
        if reason or target is None:
            self.tools.legend.show_entries([])
            return
        roofs = self._maker.make(self._document.result, target, self._overlaid(target))
        self.plot.show_roofs(roofs)
        self.tools.legend.show_entries(roofs.families)
        self._mark()

    def _reason(self) -> str:
        """Returns why there is nothing to draw."""
        root = self._document.result.root
        if not root.layers:
            return self.tr("No layers yet")
        if root.uncounted >= root.layers:
            return self.tr("No layer could be counted")
        return device_reason(self._document)

    def _mark(self) -> None:
        if self._shown:
            self.plot.mark(self._document.selection)

    # -- other devices

    def _overlaid(self, target: Target) -> list[Target]:
        known = devices()
        ids = [id_ for id_ in self._others if id_ in known and id_ != target.device.id]
        return [Target(known[id_], target.efficiency, target.fused) for id_ in ids]

    def fill_overlays(self) -> None:
        """Fills the menu with the devices that there are now."""
        menu, found = self.tools.overlays, list(devices().values())
        menu.clear()
        for kind in KINDS:
            members = [device for device in found if device.kind == kind]
            if members:
                self._add_kind(menu.addMenu(QCoreApplication.translate("core", kind)), members)
        menu.addSeparator()
        menu.addAction(self.tr("&None"), self.clear_overlays).setEnabled(bool(self._others))

    def _add_kind(self, menu: QMenu, members: list[Device]) -> None:
        for device in members:
            action = menu.addAction(device.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(device.id in self._others)
            action.toggled.connect(partial(self._overlay, device.id))

    def _overlay(self, id_: str, on: bool) -> None:
        self._others = [other for other in self._others if other != id_] + ([id_] if on else [])
        self.refresh()

    def clear_overlays(self) -> None:
        """Shows the chosen device's roof alone."""
        self._others = []
        self.refresh()

    # -- what is asked for

    def _choose(self, path: NodePath, extend: bool) -> None:
        """Selects a dot's layer; with `extend`, adds it to the selection or takes it away."""
        selected = set(self._document.selection)
        self._document.select(selected ^ {path} if extend else {path})

    # -- what leaves

    def image(self) -> QImage:
        """Returns the chart as it is in sight, without what is selected or pointed at."""
        result = export.canvas(self.plot.size())
        self.plot.plain = True
        painter = QPainter(result)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.plot.paint_plot(painter)
        painter.end()
        self.plot.plain = False
        return result

    def copy_image(self) -> None:
        """Puts a picture of the chart on the clipboard."""
        QGuiApplication.clipboard().setImage(self.image())

    def _save(self) -> None:
        name = f"{export.safe_name(self._document.network)}-roofline"
        if file := export.ask(self, self.tr("Save the chart"), name, "png", self.tr("PNG image")):
            self.save(file)

    def save(self, file: Path) -> None:
        """Writes a picture of the chart."""
        export.write(self._document, file, export.as_png(self.image()))
