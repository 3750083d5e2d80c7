"""A button in the row above the list of devices."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from layerledger.gui.theme import icons


def tool_button(parent: QWidget, icon: str, text: str, tip: str) -> QToolButton:
    """Return a button with an icon and a text."""
    button = QToolButton(parent)
    button.setIcon(icons.icon(icon))
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text.replace("&", ""))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
