"""Tool bar button that chooses the device to time layers on."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QPaintEvent
from PySide6.QtWidgets import QMenu, QStyle, QStyleOptionToolButton, QStylePainter, QToolButton, QWidget

from layerledger.core.metrics.device_time import explained
from layerledger.core.metrics.devices import KINDS, Device, devices
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme

EFFICIENCIES = (100, 90, 80, 70, 60, 50, 40, 30, 20, 10)
"""Percent of the peak that can be chosen."""

_TEXT_LEFT = 10
_SAMPLE, _SHORT_SAMPLE = "RTX 2080 Ti", "STM32H743"
"""Sample names that set the width, so that the tool bar keeps its layout when another device is chosen."""


class DeviceBox(QToolButton):
    """Shows the chosen device; the menu chooses another one and its use."""

    devicesRequested = Signal()  # request to open the devices dialog

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._compact = False
        self.setProperty("outlined", "true")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self.fill)  # the files of the devices are read when the menu opens
        self.setMenu(self._menu)
        document.settingsChanged.connect(self._show)
        document.resultChanged.connect(self._describe)
        self._show()

    def set_compact(self, *, compact: bool) -> None:
        """Show only the name of the device if there is little room."""
        self._compact = compact
        self._show()

    def _show(self) -> None:
        target = self._document.target
        name = target.device.short if target else self.tr("none")
        alone = name if target else self.tr("Device")
        text = alone if self._compact else self._worded(name)
        metrics = self.fontMetrics()
        room = metrics.horizontalAdvance(self._sample())
        if metrics.horizontalAdvance(text) > room:  # Qt also elides a text that is as wide as the room
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        self.setText(text.replace("&", "&&"))
        self.updateGeometry()
        self._describe()

    def _worded(self, name: str) -> str:
        return self.tr("Device: {name}").format(name=name)

    def _sample(self) -> str:
        return _SHORT_SAMPLE if self._compact else self._worded(_SAMPLE)

    def compact_gain(self) -> int:
        """Return the pixels saved by showing only the name."""
        advance = self.fontMetrics().horizontalAdvance
        return advance(self._worded(_SAMPLE)) - advance(_SHORT_SAMPLE)

    def sizeHint(self) -> QSize:
        hint, advance = super().sizeHint(), self.fontMetrics().horizontalAdvance
        return QSize(hint.width() - advance(self.text()) + advance(self._sample()), hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _describe(self) -> None:
        """Show how the least time is computed; the dtype may have changed."""
        target = self._document.target
        if target is None:
            self.setToolTip(self.tr("Device on which layers are timed"))
            self.setAccessibleName(self.tr("Device: none"))
            return
        text = _tr_core(explained(target.roofline(self._document.result)))
        self.setToolTip(f"{target.device.title}\n{text}")
        self.setAccessibleName(self.tr("Device: {name}").format(name=target.device.title))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text aligned with the combo boxes beside it; a style sheet would centre it."""
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        text, option.text = option.text, ""
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setPen(QColor(theme.current().text))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic
        painter.drawText(self.rect().adjusted(_TEXT_LEFT, 0, 0, 0), flags, text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_document"):
            self._show()

    # -- the menu

    def fill(self) -> None:
        """Fill the menu with all devices."""
        menu, document = self._menu, self._document
        menu.clear()
        found = list(devices().values())
        chosen = document.target.device.id if document.target else ""
        group = QActionGroup(menu)
        none = self._checkable(menu, self.tr("No device"), group, checked=not chosen)
        none.triggered.connect(partial(self._choose, None))
        menu.addSeparator()
        for kind in KINDS:
            self._add_kind(menu, kind, [d for d in found if d.kind == kind], group, chosen)
        menu.addSeparator()
        self._add_use(menu)
        menu.addSeparator()
        menu.addAction(self.tr("&Devices…"), self.devicesRequested.emit)

    def _add_kind(self, menu: QMenu, kind: str, found: list[Device], group: QActionGroup, chosen: str) -> None:
        if not found:
            return
        below = menu.addMenu(_tr_core(kind))
        if any(device.id == chosen for device in found):
            font = below.menuAction().font()
            font.setBold(True)
            below.menuAction().setFont(font)
        for device in found:
            action = self._checkable(below, device.title, group, checked=device.id == chosen)
            action.triggered.connect(partial(self._choose, device))

    def _add_use(self, menu: QMenu) -> None:
        target = self._document.target
        efficiency = menu.addMenu(self.tr("&Efficiency"))
        efficiency.setToolTip(self.tr("Attained part of the peak"))
        group = QActionGroup(efficiency)
        for percent in EFFICIENCIES:
            part = Fraction(percent, 100)
            checked = bool(target and target.efficiency == part)
            action = self._checkable(efficiency, f"{percent} %", group, checked=checked)
            action.triggered.connect(partial(self._set_efficiency, part))
        fused = self._checkable(menu, self.tr("&Fused element-wise layers"), None, checked=False)
        fused.setChecked(self._document.fused)
        fused.triggered.connect(self._set_fused)
        efficiency.menuAction().setEnabled(target is not None)

    def _choose(self, device: Device | None) -> None:
        self._document.change_settings(device=device)

    def _set_efficiency(self, efficiency: Fraction) -> None:
        self._document.change_settings(efficiency=efficiency)

    def _set_fused(self, on: bool) -> None:
        self._document.change_settings(fused=on)

    def _checkable(self, menu: QMenu, text: str, group: QActionGroup | None, *, checked: bool) -> QAction:
        action = menu.addAction(text.replace("&", "&&") if group else text)
        action.setCheckable(True)
        action.setChecked(checked)
        if group:
            group.addAction(action)
        return action


def _tr_core(text: str) -> str:
    return QCoreApplication.translate("core", text)
