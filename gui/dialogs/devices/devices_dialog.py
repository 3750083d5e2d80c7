"""The devices on which layers can be timed, their figures with sources; one's own are added, edited and removed."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTextBrowser,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.base import units
from layerledger.core.base.json_reader import DataError
from layerledger.core.formats import FormatError
from layerledger.core.metrics.devices import DEVICES, KINDS, Device, add_device, devices, export_device, import_device
from layerledger.gui.charts import image_export as export
from layerledger.gui.dialogs.devices.device_editor import DeviceEditor, id_of
from layerledger.gui.document.document import Document
from layerledger.gui.theme import icons, theme
from layerledger.gui.widgets.basics import LineEdit, set_flag

_ID = Qt.ItemDataRole.UserRole


class DevicesDialog(QDialog):
    """A list beside the figures of the chosen device, or beside the form that edits one's own."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._removed: Device | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Devices"))
        self.search = self._make_search()
        self.list = self._make_list()
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

    def _make_list(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setAccessibleName(self.tr("Devices"))
        tree.setHeaderHidden(True)
        tree.setIndentation(14)
        tree.setProperty("card", "true")
        tree.setUniformRowHeights(True)
        return tree

    def _make_details(self) -> QTextBrowser:
        details = QTextBrowser(self)
        details.setAccessibleName(self.tr("Figures"))
        details.setOpenExternalLinks(True)
        details.setProperty("card", "true")
        return details

    def _make_buttons(self) -> None:
        self.new = self._tool("add", self.tr("&New"), self.tr("A device of your own"))
        self.edit = self._tool("rename", self.tr("&Edit"), self.tr("Change this device"))
        self.copy = self._tool(
            "duplicate", self.tr("&Copy"), self.tr("A device of your own, with the figures of this one")
        )
        self.remove = self._tool("delete", self.tr("&Remove"), self.tr("Remove this device of your own"))
        self.import_ = self._tool("open", self.tr("&Import…"), self.tr("Add a device from a file"))
        self.export = self._tool("export", self.tr("E&xport…"), self.tr("Write this device to a file"))
        self.use = QPushButton(self.tr("&Use this device"), self)
        self.use.setProperty("primary", "true")
        self.use.setAutoDefault(False)

    def _tool(self, icon: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text.replace("&", ""))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

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
        for button in (self.new, self.copy, self.edit, self.remove, self.import_, self.export):
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
        self.use.clicked.connect(self._use)
        self.editor.saved.connect(self._save)
        self.editor.cancelled.connect(self._close_editor)

    # -- the list

    def refresh(self, id_: str = "") -> None:
        """List the devices that there are now, and goes to one."""
        self.list.clear()
        found = list(devices().values())
        for kind in KINDS:
            members = [device for device in found if device.kind == kind]
            if members:
                self._add_kind(kind, members, id_)
        kinds = self._kinds()
        first = _members(kinds[0]) if kinds else []
        if self.list.currentItem() is None and first:
            self.list.setCurrentItem(first[0])
        self._filter()
        self._show_current()

    def _add_kind(self, kind: str, members: list[Device], id_: str) -> None:
        top = QTreeWidgetItem(self.list, [QCoreApplication.translate("core", kind)])
        top.setFlags(Qt.ItemFlag.ItemIsEnabled)
        for device in members:
            item = QTreeWidgetItem(top, [device.title])
            item.setData(0, _ID, device.id)
            if device.id not in DEVICES.ids:
                item.setText(0, self.tr("%1 (own)").replace("%1", device.title))
            if device.id == id_:
                self.list.setCurrentItem(item)
        top.setExpanded(True)

    def _kinds(self) -> list[QTreeWidgetItem]:
        return list(filter(None, (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))))

    def _filter(self) -> None:
        """Hides what does not have all words of the search."""
        words = self.search.text().lower().split()
        for top in self._kinds():
            members = _members(top)
            for item in members:
                text = f"{item.text(0)} {top.text(0)} {item.data(0, _ID)}".lower()
                item.setHidden(not all(word in text for word in words))
            top.setHidden(all(item.isHidden() for item in members))

    @property
    def current(self) -> Device | None:
        """The device that is looked at."""
        item = self.list.currentItem()
        id_ = item.data(0, _ID) if item else None
        return devices()[id_] if id_ else None

    def _show_current(self) -> None:
        device = self.current
        own = device is not None and device.id not in DEVICES.ids
        editing = self.pages.currentWidget() is self.editor
        for button, can in ((self.edit, own), (self.remove, own), (self.copy, device), (self.export, device)):
            button.setEnabled(bool(can) and not editing)
        for button in (self.new, self.import_, self.list, self.search):
            button.setEnabled(not editing)
        self.use.setEnabled(device is not None and not editing)
        self.details.setHtml(_html(device) if device else "")

    # -- editing

    def _open_editor(self, device: Device | None, id_: str) -> None:
        self._say("")
        self.pages.setCurrentWidget(self.editor)
        self.editor.edit(device, id_=id_)
        self._show_current()

    def _copy(self) -> None:
        """Open the form with the figures of the current device, under another name."""
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
                raise DataError(f"there is a device {device.id} already; another name would fit", place="title")
            add_device(device)
        except DataError as error:
            self.editor.complain(error)
        except FormatError as error:
            self.editor.complain(DataError(str(error)))
        else:
            self._changed(device.id, self.tr("Saved %1").replace("%1", device.title))

    def _changed(self, id_: str, text: str) -> None:
        """List the devices anew after one came, went or changed."""
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
        link = f'<a href="undo" style="color: {theme.current().accent}">{self.tr("Put it back")}</a>'
        self._changed("", f"{text} {link}")

    def _restore(self) -> None:
        """Put back what was removed last."""
        if self._removed is not None:
            device, self._removed = self._removed, None
            self._save_again(device)

    def _save_again(self, device: Device) -> None:
        try:
            add_device(device)
        except (DataError, FormatError) as error:
            self._say(str(error), error=True)
        else:
            self._changed(device.id, self.tr("Put back %1").replace("%1", escape(device.title)))

    def _use(self) -> None:
        if self.current is not None and self.use.isEnabled():
            self._document.change_settings(device=self.current)
            self._say(self.tr("Layers are timed on %1").replace("%1", escape(self.current.title)))

    def _say(self, text: str, *, error: bool = False) -> None:
        set_flag(self.message, "error", on=error)
        self.message.setText(escape(text) if error else text)
        self.message.setVisible(bool(text))

    # -- files

    def _import(self) -> None:
        dialog = QFileDialog(self, self.tr("Import a device"), export.folder(), self.tr("Devices (*.json)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if dialog.exec():
            self.import_file(Path(dialog.selectedFiles()[0]))
        dialog.deleteLater()

    def import_file(self, file: Path) -> None:
        """Add the device in a file; says in one sentence why that cannot be."""
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
        """Write the device to a file that can be imported elsewhere."""
        if self.current is None:
            return
        try:
            export_device(self.current, file)
        except FormatError as error:
            self._say(str(error), error=True)
        else:
            self._say(self.tr("Written to %1").replace("%1", escape(str(file))))


def _members(top: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return list(filter(None, (top.child(i) for i in range(top.childCount()))))


def _html(device: Device) -> str:
    """Return a device's figures, each with its source, and the note."""
    rows = [(" and ".join(peak.dtypes), units.rate(peak.operations_per_s, "op"), peak.source) for peak in device.peaks]
    if device.bandwidth:
        rows.append((_tr("bandwidth"), units.rate(device.bandwidth.value, "B"), device.bandwidth.source))
    rows += [(memory.name, units.size(memory.nbytes), memory.source) for memory in device.memories]
    muted = theme.current().muted
    cells = "".join(
        f'<tr><td style="padding: 3px 14px 3px 0; white-space: nowrap">{escape(name)}</td>'
        f'<td style="padding: 3px 14px 3px 0; white-space: nowrap"><b>{escape(value)}</b></td>'
        f'<td style="padding: 3px 0; color: {muted}">{_linked(source)}</td></tr>'
        for name, value, source in rows
    )
    kind = escape(QCoreApplication.translate("core", device.kind))
    note = f"<p>{escape(device.note)}</p>" if device.note else ""
    head = f'<p style="font-size: large; font-weight: 600; margin-bottom: 2px">{escape(device.title)}</p>'
    ident = f'<p style="color: {muted}; margin-top: 0">{kind} · {escape(device.id)}</p>'
    return f"{head}{ident}<table>{cells}</table>{note}"


def _linked(source: str) -> str:
    """Return a source as HTML; one that starts with an address links to it."""
    if not source.startswith("https://"):
        return escape(source)
    address, _, rest = source.partition(" ")
    link = address.rstrip(",;:")
    shown = link.removeprefix("https://")
    style = f"color: {theme.current().accent}; text-decoration: none"
    return f'<a href="{escape(link)}" style="{style}">{escape(shown)}</a>{escape(address[len(link) :])} {escape(rest)}'


def _tr(text: str) -> str:
    return QCoreApplication.translate("DevicesDialog", text)
