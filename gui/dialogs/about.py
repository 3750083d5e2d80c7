"""About dialog: version, licence and components."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from layerledger.gui.dialogs.diagnostics import app_version, dependencies, diagnostic_lines
from layerledger.gui.theme import icons

_ICON = QSize(64, 64)


class AboutDialog(QDialog):
    """Name, version and licence of the program and of its components."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About LayerLedger"))
        self.copy_button = QPushButton(self.tr("&Copy diagnostics"), self)
        self.copy_button.setToolTip(self.tr("Copy versions and platform to the clipboard, for a problem report"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        self.licences_button = QPushButton(self.tr("&Licences…"), self)
        self.licences_button.setToolTip(self.tr("Show the licences of all components in full"))
        self.licences_button.setAutoDefault(False)
        self.licences_button.clicked.connect(self._show_licences)
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.licences_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        picture = QLabel(self)
        picture.setPixmap(icons.app_icon().pixmap(_ICON, self.devicePixelRatioF()))
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(self._words(), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 14)
        layout.setSpacing(16)
        layout.addLayout(top)
        layout.addWidget(buttons)

    def _words(self) -> QVBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._label("LayerLedger", "headline"))
        version = self.tr("Version %1").replace("%1", app_version() or "–")
        words.addWidget(self._label(self.tr("%1, MIT licence").replace("%1", version), "muted"))
        words.addSpacing(6)
        words.addWidget(self._label(self.tr("Weigh a neural network before you build it.")))
        words.addSpacing(10)
        words.addWidget(self._label(self.tr("Built on"), "section"))
        words.addLayout(self._table())
        return words

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        for row, part in enumerate(dependencies()):
            for column, text in enumerate((part.name, part.version, part.licence)):
                grid.addWidget(self._label(text, "muted" if column else ""), row, column)
        grid.setColumnStretch(3, 1)
        return grid

    def _label(self, text: str, style: str = "") -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if style:
            label.setProperty(style, "true")
        return label

    def _show_licences(self) -> None:
        from layerledger.gui.dialogs.licences import LicencesDialog

        LicencesDialog(self).open()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(diagnostic_lines()))
        self.copy_button.setText(self.tr("Copied"))
