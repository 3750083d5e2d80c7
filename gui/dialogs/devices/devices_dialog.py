"""Dialog of all devices and their figures; user-defined devices are added, edited and removed here."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.base.json_reader import DataError
from layerledger.core.formats import FormatError
from layerledger.core.metrics.devices import DEVICES, Device, add_device, devices, export_device, import_device
from layerledger.gui.charts import image_export as export
from layerledger.gui.dialogs.devices.device_details import details_html
from layerledger.gui.dialogs.devices.device_editor import DeviceEditor, id_of
from layerledger.gui.dialogs.devices.device_list import DeviceList
from layerledger.gui.dialogs.devices.tool_button import tool_button
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import LineEdit, set_flag


class DevicesDialog(QDialog):
    """A list of devices beside the figures of the selected one, or beside the form that edits it."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._removed: Device | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Devices"))
        self.search = self._make_search()
        self.list = DeviceList(self)
        self.details = self._make_details()
        self.editor = DeviceEditor(self)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.linkActivated.connect(self._restore)
        self._make_buttons()
        self._lay_out()
        self._connect()
        target = document.target
        self.refresh(target.device.id if target else "")
        for problem in devices().problems:
            self._say(problem, error=True)

    # -- building

    def _make_search(self) -> LineEdit:
        search = LineEdit(self)
        search.setPlaceholderText(self.tr("Search"))
        search.setAccessibleName(self.tr("Search devices"))
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._filter)
        return search

    def _make_details(self) -> QTextBrowser:
        details = QTextBrowser(self)
        details.setAccessibleName(self.tr("Figures"))
        details.setOpenExternalLinks(True)
        details.setProperty("card", "true")
        return details

    def _make_buttons(self) -> None:
        self.new = tool_button(self, "add", self.tr("&New"), self.tr("Define a device"))
        self.edit = tool_button(self, "rename", self.tr("&Edit"), self.tr("Edit this device"))
        self.copy = tool_button(
            self, "duplicate", self.tr("&Copy"), self.tr("Define a device with the figures of this one")
        )
        self.remove = tool_button(self, "delete", self.tr("&Remove"), self.tr("Remove this user-defined device"))
        self.import_ = tool_button(self, "open", self.tr("&Import…"), self.tr("Add a device from a file"))
        self.export = tool_button(self, "export", self.tr("E&xport…"), self.tr("Write this device to a file"))
        self.measure = tool_button(self, "device", self.tr("&Measure…"), self.tr("Measure this computer, as a device"))
        self.use = QPushButton(self.tr("&Use this device"), self)
        self.use.setProperty("primary", "true")
        self.use.setAutoDefault(False)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.details)
        self.pages.addWidget(self.editor)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addLayout(left, 2)
        body.addWidget(self.pages, 3)
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for button in (self.new, self.copy, self.edit, self.remove, self.import_, self.export, self.measure):
            tools.addWidget(button)
        tools.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(tools)
        layout.addLayout(body, 1)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        wanted = QSize(self.fontMetrics().averageCharWidth() * 140, self.fontMetrics().height() * 34)
        self.resize(wanted.boundedTo(self.screen().availableSize() * 0.9))

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._show_current)
        self.list.itemActivated.connect(self._use)
        self.new.clicked.connect(lambda: self._open_editor(None, ""))
        self.copy.clicked.connect(self._copy)
        self.edit.clicked.connect(lambda: self._open_editor(self.current, self.current.id if self.current else ""))
        self.remove.clicked.connect(self._remove)
        self.import_.clicked.connect(self._import)
        self.export.clicked.connect(self._export)
        self.measure.clicked.connect(self._measure)
        self.use.clicked.connect(self._use)
        self.editor.saved.connect(self._save)
        self.editor.cancelled.connect(self._close_editor)

    # -- the list

    def refresh(self, id_: str = "") -> None:
        """List all devices again, select one and scroll to it; a search that hides it is cleared."""
        self.list.refresh(id_)
        self.list.filter(self.search.text())
        if id_ and not self.list.shows(id_) and id_ in devices():
            self.search.clear()
            self.list.refresh(id_)
        self._show_current()

    @property
    def current(self) -> Device | None:
        """The selected device."""
        return self.list.current

    def _filter(self, text: str) -> None:
        self.list.filter(text)
        self._show_current()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if item := self.list.currentItem():  # only now the list has its height
            self.list.scrollToItem(item, DeviceList.ScrollHint.PositionAtCenter)

    def _show_current(self) -> None:
        device = self.current
        own = device is not None and device.id not in DEVICES.ids
        editing = self.pages.currentWidget() is self.editor
        for button, can in ((self.edit, own), (self.remove, own), (self.copy, device), (self.export, device)):
            button.setEnabled(bool(can) and not editing)
        for button in (self.new, self.import_, self.measure, self.list, self.search):
            button.setEnabled(not editing)
        self.use.setEnabled(device is not None and not editing)
        self.details.setHtml(details_html(device) if device else "")

    # -- editing

    def _open_editor(self, device: Device | None, id_: str) -> None:
        self._say("")
        self.pages.setCurrentWidget(self.editor)
        self.editor.edit(device, id_=id_)
        self._show_current()

    def _copy(self) -> None:
        """Open the form with the figures of the selected device and another name."""
        if self.current is not None:
            self._open_editor(self.current, "")
            self.editor.title.setText(self.tr("%1, own").replace("%1", self.current.title))
            self.editor.title.selectAll()

    def _close_editor(self) -> None:
        self.pages.setCurrentWidget(self.details)
        self._show_current()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _save(self, device: Device) -> None:
        known = device.id in devices() and device.id != (self.current.id if self.current else "")
        try:
            if known and id_of(device.title) == device.id:
                raise DataError(f"a device named {device.id} exists already; choose another name", place="title")
            add_device(device)
        except DataError as error:
            self.editor.complain(error)
        except FormatError as error:
            self.editor.complain(DataError(str(error)))
        else:
            self._changed(device.id, self.tr("Saved %1").replace("%1", device.title))

    def _changed(self, id_: str, text: str) -> None:
        """Refresh the list after a device was added, removed or changed."""
        self._document.reload_device()
        self.pages.setCurrentWidget(self.details)
        self.refresh(id_)
        self._say(text)

    def _remove(self) -> None:
        device = self.current
        if device is None:
            return
        try:
            DEVICES.remove(device.id)
        except DataError as error:
            self._say(str(error), error=True)
            return
        self._removed = device
        text = self.tr("Removed %1.").replace("%1", escape(device.title))
        link = f'<a href="undo" style="color: {theme.current().accent}">{self.tr("Undo")}</a>'
        self._changed("", f"{text} {link}")

    def _restore(self) -> None:
        """Restore the device that was removed last."""
        if self._removed is not None:
            device, self._removed = self._removed, None
            self._add(device, self.tr("Restored %1"))

    def _add(self, device: Device, text: str) -> None:
        try:
            add_device(device)
        except (DataError, FormatError) as error:
            self._say(str(error), error=True)
        else:
            self._changed(device.id, text.replace("%1", escape(device.title)))

    def _use(self) -> None:
        if self.current is not None and self.use.isEnabled():
            self._document.change_settings(device=self.current)
            self._say(self.tr("Layers are now timed on %1").replace("%1", escape(self.current.title)))

    def _say(self, text: str, *, error: bool = False) -> None:
        set_flag(self.message, "error", on=error)
        self.message.setText(escape(text) if error else text)
        self.message.setVisible(bool(text))

    def _measure(self) -> None:
        from layerledger.gui.dialogs.devices.measure_dialog import MeasureDialog  # few users measure

        dialog = MeasureDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.saved.connect(self.add_measured)
        dialog.open()

    def add_measured(self, device: Device) -> None:
        """Add a measured device to the user's own ones, in place of an earlier measurement."""
        self._add(device, self.tr("Saved %1"))

    # -- files

    def _import(self) -> None:
        dialog = QFileDialog(self, self.tr("Import a device"), export.folder(), self.tr("Devices (*.json)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if dialog.exec():
            self.import_file(Path(dialog.selectedFiles()[0]))
        dialog.deleteLater()

    def import_file(self, file: Path) -> None:
        """Add the device in a file, or show why it cannot be added."""
        try:
            device = import_device(file)
        except (DataError, FormatError) as error:
            self._say(str(error), error=True)
        else:
            self._changed(device.id, self.tr("Imported %1").replace("%1", escape(device.title)))

    def _export(self) -> None:
        if self.current is None:
            return
        dialog = QFileDialog(self, self.tr("Export the device"), export.folder(), self.tr("Devices (*.json)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{self.current.id}.json")
        if dialog.exec():
            self.export_file(Path(dialog.selectedFiles()[0]))
        dialog.deleteLater()

    def export_file(self, file: Path) -> None:
        """Write the device to a file for import elsewhere."""
        if self.current is None:
            return
        try:
            export_device(self.current, file)
        except FormatError as error:
            self._say(str(error), error=True)
        else:
            self._say(self.tr("Exported to %1").replace("%1", escape(str(file))))
