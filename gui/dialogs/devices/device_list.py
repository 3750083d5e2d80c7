"""List of all devices by kind, with a filter."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from layerledger.core.metrics.devices import DEVICES, KINDS, Device, devices

_ID = Qt.ItemDataRole.UserRole


class DeviceList(QTreeWidget):
    """Devices under the headings of their kinds; own devices are marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Devices"))
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setProperty("card", "true")
        self.setUniformRowHeights(True)

    def refresh(self, id_: str = "") -> None:
        """List all devices again, and select one: that of an id, or the first."""
        self.clear()
        found = list(devices().values())
        for kind in KINDS:
            members = [device for device in found if device.kind == kind]
            if members:
                self._add_kind(kind, members, id_)
        self._select_shown()

    def _add_kind(self, kind: str, members: list[Device], id_: str) -> None:
        top = QTreeWidgetItem(self, [QCoreApplication.translate("core", kind)])
        top.setFlags(Qt.ItemFlag.ItemIsEnabled)
        for device in members:
            item = QTreeWidgetItem(top, [device.title])
            item.setData(0, _ID, device.id)
            if device.id not in DEVICES.ids:
                item.setText(0, self.tr("%1 (own)").replace("%1", device.title))
            if device.id == id_:
                self.setCurrentItem(item)
        top.setExpanded(True)

    def _kinds(self) -> list[QTreeWidgetItem]:
        return list(filter(None, (self.topLevelItem(i) for i in range(self.topLevelItemCount()))))

    def _select_shown(self) -> None:
        """Select the first device that is shown unless the current one is shown; scroll to it."""
        item = self.currentItem()
        if item is None or item.isHidden() or item.parent() is None:
            shown = (member for top in self._kinds() for member in _members(top) if not member.isHidden())
            item = next(shown, None)
            if item is None:
                self.setCurrentIndex(QModelIndex())
            else:
                self.setCurrentItem(item)
        if item is not None:
            self.scrollToItem(item, QAbstractItemView.ScrollHint.EnsureVisible)

    def filter(self, text: str) -> None:
        """Hide devices that do not contain all words of a search; the current device is one that is shown."""
        words = text.lower().split()
        for top in self._kinds():
            members = _members(top)
            for item in members:
                text = f"{item.text(0)} {top.text(0)} {item.data(0, _ID)}".lower()
                item.setHidden(not all(word in text for word in words))
            top.setHidden(all(item.isHidden() for item in members))
        self._select_shown()

    def shows(self, id_: str) -> bool:
        """Return whether the device of an id is in the list and not hidden by the filter."""
        members = (member for top in self._kinds() for member in _members(top))
        return any(member.data(0, _ID) == id_ and not member.isHidden() for member in members)

    @property
    def current(self) -> Device | None:
        """The selected device."""
        item = self.currentItem()
        id_ = item.data(0, _ID) if item else None
        return devices()[id_] if id_ else None


def _members(top: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return list(filter(None, (top.child(i) for i in range(top.childCount()))))
