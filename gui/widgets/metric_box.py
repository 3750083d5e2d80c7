"""Combo boxes of metrics: each with its full title, and the releases of the tool that it is the count of."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionViewItem,
    QStylePainter,
    QWidget,
)

from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import COUNTS
from layerledger.gui.theme import theme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

VERSIONS = Role.UserRole + 1
"""The role of an item's releases; empty where it is not a tool's count."""

_MOST_SEEN = 24
_SMALL = 0.88
_GAP, _PAD = 16, 8
_LONGEST, _SHORT = "torchinfo", "Parameters 0"


class _Delegate(QStyledItemDelegate):
    """Paints an item with the releases at its right end."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if versions := index.data(VERSIONS):
            painter.save()
            painter.setFont(theme.scaled(option.font, _SMALL))
            painter.setPen(QColor(theme.current().muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(option.rect.adjusted(0, 0, -_PAD, 0), right, versions)
            painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        if versions := index.data(VERSIONS):
            size.setWidth(size.width() + _GAP + _PAD + option.fontMetrics.horizontalAdvance(versions))
        return size


def fill(box: QComboBox, metrics: Iterable[tuple[str, Metric]]) -> None:
    """Fill a combo box with metrics by key: full titles, releases, and tool tips with their definitions."""
    for key, metric in metrics:
        title, text = (QCoreApplication.translate("core", t) for t in (metric.title, metric.help))
        box.addItem(title, key)
        last = box.count() - 1
        box.setItemData(last, f"{title}: {text}", Role.ToolTipRole)
        box.setItemData(last, metric.versions, VERSIONS)
    box.setItemDelegate(_Delegate(box))
    box.setMaxVisibleItems(_MOST_SEEN)


def widen(box: QComboBox) -> None:
    """Make the open list wide enough for its items."""
    view = box.view()
    view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * _PAD)


class MetricBox(QComboBox):
    """A choice of metrics. Its open list shows full titles, with conventions that were added since.

    Its size hint is small, so that its neighbours are not cut, and its maximum is the width of its items.
    """

    def sizeHint(self) -> QSize:
        return self._wide_enough_for(_SHORT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setMaximumWidth(max(super().sizeHint().width(), self.sizeHint().width()))

    def _wide_enough_for(self, text: str) -> QSize:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        inner = QSize(self.fontMetrics().horizontalAdvance(text) + 8, self.fontMetrics().height())
        kind = QStyle.ContentsType.CT_ComboBox
        return QSize(self.style().sizeFromContents(kind, option, inner, self).width(), super().sizeHint().height())

    def showPopup(self) -> None:
        self._add_new()
        widen(self)
        super().showPopup()

    def choose(self, key: str) -> None:
        """Choose a metric."""
        if self.findData(key) < 0:
            self._add_new()
        self.setCurrentIndex(self.findData(key))

    def _add_new(self) -> None:
        listed = {self.itemData(i) for i in range(self.count())}
        fill(self, [(key, metric) for key, metric in COUNTS.items() if listed.isdisjoint((key, metric.key))])


class CountBox(MetricBox):
    """A choice of conventions, which shows the short title while it is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compact = False
        fill(self, COUNTS.items())
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def shown_text(self) -> str:
        """Return the text of the closed box."""
        key = self.currentData()
        if not key:
            return ""
        return COUNTS[key].short if self._compact else self.tr("Count: {name}").format(name=COUNTS[key].short)

    def set_compact(self, *, compact: bool) -> None:
        """Show only the name of the convention if there is little room."""
        self._compact = compact
        self.updateGeometry()
        self.update()

    def compact_gain(self) -> int:
        """Return the pixels saved by showing only the name."""
        advance = self.fontMetrics().horizontalAdvance
        return advance(self.tr("Count: {name}").format(name=_LONGEST)) - advance(_LONGEST)

    def sizeHint(self) -> QSize:
        return self._wide_enough_for(_LONGEST if self._compact else self.tr("Count: {name}").format(name=_LONGEST))

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
