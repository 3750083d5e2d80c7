"""Search box with a list of results."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QCoreApplication, QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QToolButton, QWidget

from layerledger.gui.theme import icons
from layerledger.gui.widgets.basics import LineEdit
from layerledger.gui.widgets.heading_list_painter import HeadingListDelegate

_ICON_MARGIN = -9  # Qt adds a margin beside the icon to the style sheet's padding
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TYPING = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier)


class SearchBox(LineEdit):
    """A line edit that emits the keys for the list of results: arrows, Enter and Escape."""

    stepped = Signal(int)
    entered = Signal()
    escaped = Signal()

    def __init__(self, parent: QWidget, *, name: str, hint: str, tip: str, clearable: bool = True) -> None:
        """Make a box.

        Args:
            parent: the widget around it.
            name: accessible name.
            hint: placeholder text.
            tip: tool tip: the texts that can be typed.
            clearable: whether a button clears it.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setToolTip(tip)
        self.setTextMargins(_ICON_MARGIN, 0, 0, 0)
        self.addAction(icons.icon("search", role="muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._name_unnamed_buttons(name)  # each of Qt's buttons exists only after its own call
        self.setClearButtonEnabled(clearable)
        self._name_unnamed_buttons(QCoreApplication.translate("SearchBox", "Clear"))

    def _name_unnamed_buttons(self, name: str) -> None:
        for button in self.findChildren(QToolButton):
            if not button.accessibleName():
                button.setAccessibleName(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and event.key() in _STEPS:
            self.stepped.emit(_STEPS[Qt.Key(event.key())])
        elif event.key() in _ENTER:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class ResultList(QListView):
    """A list of rows under headings; typing in it continues in the search box."""

    entered_row = Signal(QModelIndex)
    typed = Signal(QKeyEvent)
    escaped = Signal()

    def __init__(self, model: QAbstractItemModel, painter: HeadingListDelegate, parent: QWidget) -> None:
        super().__init__(parent)
        self.painter = painter
        self.setModel(model)
        self.setItemDelegate(painter)
        painter.refresh(self.font())
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.entered_row.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.text().strip() and event.text().isprintable() and event.modifiers() in _TYPING:
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(
            self, "painter"
        ):  # Qt sends some in __init__
            self.painter.refresh(self.font())
            self.scheduleDelayedItemsLayout()
