"""The row above the comparison: uncounted layers, legend, scale and menu."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from layerledger.gui.charts.legend import Legend
from layerledger.gui.charts.tool_counts.table_model import layers_text
from layerledger.gui.theme import icons


class ToolCountsHeader(QWidget):
    """Controls of the comparison."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.uncounted = QLabel(self)
        self.uncounted.setProperty("warning", "true")
        self.uncounted.setProperty("small", "true")
        self.legend = Legend(self)
        self.own_scale = self._button(
            "fill-rows", self.tr("Scale each row separately, so that small parts are visible")
        )
        self.own_scale.setCheckable(True)
        self.menu = QMenu(self)
        self.copy = self.menu.addAction(icons.icon("copy"), self.tr("&Copy all as text"))
        self.save = self.menu.addAction(icons.icon("save"), self.tr("Save as C&SV…"))
        self.menu.addSeparator()
        self.add = self.menu.addAction(icons.icon("add"), self.tr("&Add a convention…"))
        more = self._button("export", self.tr("Save or copy the comparison"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(self.menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.uncounted)
        row.addWidget(self.legend, 1)
        row.addSpacing(8)
        row.addWidget(self.own_scale)
        row.addWidget(more)

    def _button(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def show_uncounted(self, number: int) -> None:
        """Show the number of layers that no convention counts, because of errors."""
        text = self.tr("%1 not counted").replace("%1", layers_text(number)) if number else ""
        self.uncounted.setText(text)
        self.uncounted.setVisible(bool(number))
        self.uncounted.setToolTip(
            self.tr("They are missing in all totals; the stack shows their problems") if number else ""
        )
