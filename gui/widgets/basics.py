"""Plain widgets that behave in panels: undo belongs to the document, the wheel to the panel, a change stays inside."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
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

from layerledger.gui.theme import theme

_PLAIN = {0x200B: None, 0x00A0: " ", 0x2028: "\n", 0x2029: "\n"}
"""What Qt's rich text has, and what plain text has for it."""

MOUSE_AND_KEYS = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
"""What may select a label's text."""

_UNDO = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


def set_flag(widget: QWidget, name: str, *, on: bool) -> None:
    """Set a property that the style sheet reads; a change dresses the widget anew."""
    value = "true" if on else ""
    if (widget.property(name) or "") != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class OpaqueBackground(QWidget):
    """A ground in the colour of panels that paints all of itself, so that nothing is painted behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), QColor(theme.current().panel))


class LayoutBoundary(QWidget):
    """Holds a widget; what changes in that is laid out around it only where it asks for another size.

    Qt lays out everything up to the window whenever a label gets another text, however long that is.
    """

    def __init__(self, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = content
        content.setParent(self)
        self.setSizePolicy(content.sizePolicy())
        self._asked = self._wanted()

    def _wanted(self) -> tuple[QSize, QSize, int, int]:
        return self.sizeHint(), self.minimumSizeHint(), self.width(), self.heightForWidth(self.width())

    def _ask(self) -> None:
        wanted = self._wanted()
        if wanted != self._asked:
            self._asked = wanted
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._ask()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()  # what is hidden is not told

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


class _UndoElsewhere(QObject):
    """Keeps undo and redo from a field: the keys go on to the window, whose document they change."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and any(event.matches(key) for key in _UNDO):
            event.ignore()
            return True
        return False


class LineEdit(QLineEdit):
    """A line of text that leaves undo to the document."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.installEventFilter(_UndoElsewhere(self))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        for action in menu.actions():
            if action.objectName() in ("edit-undo", "edit-redo"):
                menu.removeAction(action)
        menu.exec(event.globalPos())
        menu.deleteLater()


class SpinBox(QSpinBox):
    """A number that leaves undo to the document, and the wheel to the panel unless one is typing there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.installEventFilter(_UndoElsewhere(self))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CopyLabel(QLabel):
    """Text of which a part can be selected and copied: by the window's Copy, too, which takes the key."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        by: Qt.TextInteractionFlag = Qt.TextInteractionFlag.TextSelectableByMouse,
    ) -> None:
        """
        Args:
            by: what selects text, and whether the keyboard stops here.
        """
        super().__init__(parent)
        self.setTextInteractionFlags(by)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selected text on the clipboard, without the places where it may wrap or must not."""
        if self.hasSelectedText():
            QGuiApplication.clipboard().setText(self.selectedText().translate(_PLAIN))


class Combo(QComboBox):
    """A list to choose from that lets the wheel scroll the panel, and is as wide as its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(3)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
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
