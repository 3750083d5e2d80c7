"""The tool bar: common actions on the left, settings on the right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from layerledger.gui.theme import icons
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.window.settings_bar import SettingsBar

_Style = Qt.ToolButtonStyle

_COMPACT = 0.8
"""Part of the full width below which fields have no labels, even beside icons only."""

_BESIDE = 4
"""Pixels between an icon and its text."""

_BUTTONS: Sequence[tuple[str, str] | None] = (
    ("open", QT_TRANSLATE_NOOP("ToolBar", "Open")),
    ("save", QT_TRANSLATE_NOOP("ToolBar", "Save")),
    None,
    ("undo", QT_TRANSLATE_NOOP("ToolBar", "Undo")),
    ("redo", QT_TRANSLATE_NOOP("ToolBar", "Redo")),
    None,
    ("group", QT_TRANSLATE_NOOP("ToolBar", "Group")),
    ("repeat", QT_TRANSLATE_NOOP("ToolBar", "Repeat")),
    ("duplicate", QT_TRANSLATE_NOOP("ToolBar", "Duplicate")),
)
"""Actions with short texts; None is a separator."""


class ToolBar(QToolBar):
    """Buttons with texts if there is room, else with icons only."""

    def __init__(self, actions: dict[str, QAction], new_menu: QMenu, settings: SettingsBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._settings = settings
        self._buttons: list[QToolButton] = []
        self.setWindowTitle(self.tr("Tool bar"))
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._add_new(new_menu)
        for entry in _BUTTONS:
            if entry:
                self._add(*entry)
            else:
                self.addSeparator()
        self._add_space()
        self.addWidget(settings)
        self._add("export", QT_TRANSLATE_NOOP("ToolBar", "Export"), primary=True)
        self._wide = self.sizeHint().width()

    def _add_new(self, menu: QMenu) -> None:
        button = self._button(self.tr("New"))
        button.setIcon(icons.icon("new"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(self.tr("New network, or one from a template"))
        button.setMenu(menu)

    def _button(self, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolButtonStyle(_Style.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._buttons.append(button)
        self.addWidget(button)
        return button

    def _add(self, id_: str, text: str, *, primary: bool = False) -> None:
        action = self._actions[id_]
        short = QCoreApplication.translate("ToolBar", text)
        button = self._button(short)
        button.setDefaultAction(action)
        if primary:
            button.setProperty("primary", "true")
            self._buttons.remove(button)
            self._primary = button
        dress = partial(_dress, button, action, short, id_ if primary else "")
        action.changed.connect(dress)
        dress()

    def _add_space(self) -> None:
        space = QWidget(self)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _fit(self, width: int) -> None:
        """Hide the least important parts first: icons beside texts, labels of fields, texts."""
        bare = self._wide - len(self._buttons) * (self.iconSize().width() + _BESIDE)
        labels = self._settings.compact_gain
        style = _Style.ToolButtonTextBesideIcon if width >= self._wide else _Style.ToolButtonTextOnly
        if width < bare - labels:
            style = _Style.ToolButtonIconOnly
        for button in self._buttons:
            if button.toolButtonStyle() != style:
                button.setToolButtonStyle(style)
        self._settings.set_compact(compact=width < self._wide * _COMPACT or bare - labels <= width < bare)
        self._fit_primary(width)
        self._fit_shape(width)

    def _needed(self) -> int:
        """Return the width that the parts need as they are now."""
        if layout := self.layout():
            layout.invalidate()  # it knows the parts as they were before they became narrower
        return self.sizeHint().width()

    def _fit_shape(self, width: int) -> None:
        """Make the input's shape narrow rather than let the settings vanish."""
        self._settings.shape.set_narrow(narrow=False)
        self._settings.shape.set_narrow(narrow=self._needed() > width)
        if layout := self.layout():
            layout.invalidate()

    def _fit_primary(self, width: int) -> None:
        """Hide the text of the primary button rather than the button."""
        button, bare = self._primary, self._primary.toolButtonStyle() == _Style.ToolButtonIconOnly
        text = _BESIDE + button.fontMetrics().horizontalAdvance(button.text())
        needed = self._needed() + (text if bare else 0)
        if bare != (needed > width):
            button.setToolButtonStyle(_Style.ToolButtonTextBesideIcon if bare else _Style.ToolButtonIconOnly)


def _dress(button: QToolButton, action: QAction, text: str, primary_icon: str) -> None:
    """Give a button its short text, and a tool tip with the full text and the key of the action."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    button.setText(text)
    button.setToolTip(f"{action.text().replace('&', '')}  {keys}".strip())
    if primary_icon:
        button.setIcon(icons.icon(primary_icon, role="accent_text"))
