"""Dialog to choose a template while a network is open."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from layerledger.gui.start.template_gallery import TemplateChooser

_SIZE = QSize(920, 680)
_WINDOW_MARGIN = 60  # part of the window behind that stays visible


class TemplatesDialog(QDialog):
    """The gallery of the start page as a dialog; the search box stays while the cards scroll.

    Attributes:
        name: the chosen template; empty if the dialog was cancelled.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self.setWindowTitle(self.tr("New from template"))
        self.templates = TemplateChooser(self)
        self.area = self._make_area()
        self._lay_out()
        self.templates.chosen.connect(self._choose)
        self.templates.escaped.connect(self.reject)
        self.templates.reached.connect(self._show)
        self.templates.focus_search()
        room = parent.window().size() - QSize(_WINDOW_MARGIN, _WINDOW_MARGIN) if parent else _SIZE
        self.resize(_SIZE.boundedTo(room))

    def _make_area(self) -> QScrollArea:
        area = QScrollArea(self)
        area.setProperty("card", "true")
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)  # Enter is the search's
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 12)
        layout.setSpacing(10)
        layout.addWidget(self.templates.bar)
        layout.addWidget(self.area, 1)
        layout.addWidget(buttons)
        self.templates.setContentsMargins(10, 10, 0, 0)
        self.area.setWidget(self.templates)

    def _choose(self, name: str) -> None:
        self.name = name
        self.accept()

    def _show(self, rect: QRect) -> None:
        centre = rect.center()
        self.area.ensureVisible(centre.x(), centre.y(), 0, rect.height() // 2 + 8)
