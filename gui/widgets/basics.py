"""Basic widgets for panels: they leave undo to the document and the wheel to the panel."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from layerledger.core.base.values import parse_integer
from layerledger.gui.theme import theme

_TO_PLAIN_TEXT = {0x200B: None, 0x00A0: " ", 0x2028: "\n", 0x2029: "\n"}
"""Replacements for the special characters that Qt uses in rich text."""

MOUSE_AND_KEYS = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
"""Text of a label can be selected with the mouse and the keyboard."""

_UNDO = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


def set_flag(widget: QWidget, name: str, *, on: bool) -> None:
    """Set a property that the style sheet reads, and apply the style sheet again if it changed."""
    value = "true" if on else ""  # Qt matches property selectors by text
    if (widget.property(name) or "") != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class OpaqueBackground(QWidget):
    """A background in the colour of panels; it is opaque, so that Qt does not paint what is behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), QColor(theme.current().panel))


class LayoutBoundary(QWidget):
    """A container that passes a layout request on only if its content needs another size.

    Otherwise Qt repeats the layout of everything up to the window for each new text of a label, even if it fits.
    """

    def __init__(self, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = content
        content.setParent(self)
        self.setSizePolicy(content.sizePolicy())
        self._announced = self._size_request()

    def _size_request(self) -> tuple[QSize, QSize, int, int]:
        return self.sizeHint(), self.minimumSizeHint(), self.width(), self.heightForWidth(self.width())

    def _announce_size(self) -> None:
        wanted = self._size_request()
        if wanted != self._announced:
            self._announced = wanted
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._announce_size()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._announce_size()  # hidden widgets get no LayoutRequest

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._content.resize(event.size())

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._content.minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        return self._content.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        return self._content.heightForWidth(width)


class _UndoFilter(QObject):
    """Event filter that passes the undo and redo keys of a field on to the window."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and any(event.matches(key) for key in _UNDO):
            event.ignore()
            return True
        return False


class LineEdit(QLineEdit):
    """A line edit that leaves undo to the document."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.installEventFilter(_UndoFilter(self))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        # Qt's own undo would change the text alone and leave the document as it is
        for action in menu.actions():
            if action.objectName() in ("edit-undo", "edit-redo"):
                menu.removeAction(action)
        menu.exec(event.globalPos())
        menu.deleteLater()


_HALF = re.compile(r"-?\d*(\.\d*)?")
"""A number that may go on with a k, such as 1.5."""


class SpinBox(QSpinBox):
    """A spin box for sizes, which also reads 4k as 4,096; Escape takes back what was entered since Enter.

    It leaves undo to the document, and the wheel to the panel unless it has the focus.
    """

    cancelled = Signal()  # the values since the last editingFinished are void

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typing = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not WheelFocus: scrolling the panel must not focus it
        self.installEventFilter(_UndoFilter(self))
        self.lineEdit().textEdited.connect(self._begin)
        self.valueChanged.connect(self._begin)
        self.editingFinished.connect(self._settle)

    def _begin(self) -> None:
        self._typing = self._typing or self.hasFocus()

    def _settle(self) -> None:
        self._typing = False

    def validate(self, input: str, pos: int) -> tuple[QValidator.State, str, int]:
        value = parse_integer(input)
        if isinstance(value, int) and not isinstance(value, bool) and self.minimum() <= value <= self.maximum():
            return QValidator.State.Acceptable, input, pos
        half = _HALF.fullmatch(input) is not None
        return (QValidator.State.Intermediate, input, pos) if half else super().validate(input, pos)

    def valueFromText(self, text: str) -> int:
        value = parse_integer(text)
        return value if isinstance(value, int) else self.value()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._typing:
            self._typing = False
            self.cancelled.emit()
            self.lineEdit().setText(self.textFromValue(self.value()))  # a text that was no value yet
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CopyLabel(QLabel):
    """A label whose text can be selected and copied, also by the window's Copy action, which takes the shortcut."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        by: Qt.TextInteractionFlag = Qt.TextInteractionFlag.TextSelectableByMouse,
    ) -> None:
        """
        Args:
            by: whether the mouse, the keyboard or both select text.
        """
        super().__init__(parent)
        self.setTextInteractionFlags(by)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selected text on the clipboard, without zero-width and no-break spaces."""
        if self.hasSelectedText():
            QGuiApplication.clipboard().setText(self.selectedText().translate(_TO_PLAIN_TEXT))


class Combo(QComboBox):
    """A combo box that leaves the wheel to the panel, and elides its text to the width it gets."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(3)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        # QComboBox cuts a text that is too long without an ellipsis
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()
        fitting = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)
        if self.isEditable() or self.currentIndex() < 0 or fitting == self.currentText():
            super().paintEvent(event)
            return
        option.currentText = fitting
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
