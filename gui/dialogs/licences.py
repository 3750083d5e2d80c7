"""Licences dialog: components and their licence texts, from the build or the installed packages."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QWidget,
)

from layerledger.core.app.licences import Component, components

_SIZE = QSize(840, 560)
_LIST_WIDTH = 220
_RULE = "─" * 60


class LicencesDialog(QDialog):
    """Components on the left, the texts of the selected one on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Licences"))
        self.components = components()
        self.summary = QLabel(self)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.summary.setWordWrap(True)
        self.summary.setProperty("title", "true")
        self.text = self._make_text()
        self.list = self._make_list()
        self._lay_out()
        self.resize(_SIZE)
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _make_list(self) -> QListWidget:
        found = QListWidget(self)
        found.setAccessibleName(self.tr("Components"))
        found.setFixedWidth(_LIST_WIDTH)
        found.setTextElideMode(Qt.TextElideMode.ElideRight)
        for component in self.components:
            item = QListWidgetItem(_titled(component), found)
            item.setToolTip(component.licence)
        found.currentRowChanged.connect(self._show)
        return found

    def _make_text(self) -> QPlainTextEdit:
        text = QPlainTextEdit(self)
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setAccessibleName(self.tr("Licence text"))
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        return text

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self.list, 0, 0, 2, 1)
        layout.addWidget(self.summary, 0, 1)
        layout.addWidget(self.text, 1, 1)
        layout.addWidget(buttons, 2, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        layout.setRowStretch(1, 1)

    def _show(self, row: int) -> None:
        component = self.components[row]
        stated = component.licence or self.tr("no licence stated")
        self.summary.setText(f"{_titled(component)}: {stated}")
        self.text.setPlainText(self._full(component))

    def _full(self, component: Component) -> str:
        if not component.texts:
            return self.tr("This installation does not include the licence text; the packaged app does.")
        if len(component.texts) == 1:
            return component.texts[0].text
        return f"\n{_RULE}\n".join(f"{text.name}\n\n{text.text}" for text in component.texts)


def _titled(component: Component) -> str:
    return f"{component.name} {component.version}".strip()
