"""The page "Roofline": layers under the roof of the chosen device, compared with other devices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QMenu, QWidget

from layerledger.core.metrics.device_time import DeviceTarget
from layerledger.core.metrics.devices import KINDS, Device, devices
from layerledger.core.reports.series.roofline import RoofsBuilder
from layerledger.gui.charts.page import ChartPage, PageTools, call
from layerledger.gui.charts.reasons import device_reason, uncounted_reason
from layerledger.gui.charts.roofline.plot import RooflinePlot
from layerledger.gui.document.document import Document
from layerledger.gui.theme import icons


class RooflineTools(PageTools):
    """The row above the plot: legend, devices to compare, and menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choose.setIcon(icons.icon("device"))
        self.choose.setText(self.tr("Compare"))
        self.choose.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        call(self.choose, self.tr("Roofs of other devices"))


class RooflinePage(ChartPage):
    """Layers under the roof; follows the document while it is visible."""

    name = "roofline"

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self._maker = RoofsBuilder()
        self._others: list[str] = []
        self.tools = RooflineTools(self)
        self.plot = RooflinePlot(self)
        self._set_up(self.tools, self.plot)
        document.settingsChanged.connect(self._changed)
        self.plot.chosen.connect(self._choose)
        self.plot.menuRequested.connect(self.tools.menu.popup)
        self.tools.options.aboutToShow.connect(self.fill_overlays)

    # -- following the document

    def _draw(self) -> Sequence[str]:
        target = self._document.target
        assert target is not None  # otherwise _reason is not empty
        roofs = self._maker.make(self._document.result, target, self._overlaid(target))
        self.plot.show_roofs(roofs)
        return roofs.families

    def _reason(self) -> str:
        return uncounted_reason(self._document.result) or device_reason(self._document)

    def _mark(self) -> None:
        if self._in_sight:
            self.plot.mark(self._document.selection)

    # -- other devices

    def _overlaid(self, target: DeviceTarget) -> list[DeviceTarget]:
        known = devices()
        ids = [id_ for id_ in self._others if id_ in known and id_ != target.device.id]
        return [DeviceTarget(known[id_], target.efficiency, target.fused) for id_ in ids]

    def fill_overlays(self) -> None:
        """Fill the menu with all devices."""
        menu, found = self.tools.options, list(devices().values())
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
        """Show only the roof of the chosen device."""
        self._others = []
        self.refresh()

    # -- pictures

    def _paint(self, painter: QPainter) -> None:
        self.plot.plain = True
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.plot.paint_plot(painter)
        self.plot.plain = False
