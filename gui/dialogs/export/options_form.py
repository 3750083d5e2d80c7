"""A form for the options of a report format, made from their declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QWidget

from layerledger.core.base.params import Bool, Choice, Optional, ParamInfo, ParamKind, Value, params_of
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import COUNTS
from layerledger.core.reports.columns import COLUMNS, DEVICE_COLUMNS
from layerledger.core.reports.options import COUNT, Columns, Options
from layerledger.gui.dialogs.export.column_chooser import ColumnChooser, ColumnList
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.widgets.editors import ChoiceEditor

_LABELS = {
    "columns": QT_TRANSLATE_NOOP("Export", "Columns"),
    "count": QT_TRANSLATE_NOOP("Export", "Count"),
    "delimiter": QT_TRANSLATE_NOOP("Export", "Delimiter"),
    "decimal_sign": QT_TRANSLATE_NOOP("Export", "Decimal sign"),
    "expand": QT_TRANSLATE_NOOP("Export", "A row for each pass of a repeated block"),
    "total": QT_TRANSLATE_NOOP("Export", "Total row"),
    "header": QT_TRANSLATE_NOOP("Export", "Header row"),
    "byte_order_mark": QT_TRANSLATE_NOOP("Export", "Byte order mark, for Excel"),
    "indent": QT_TRANSLATE_NOOP("Export", "Indented lines"),
}
_BESIDE = ("count", "delimiter", "decimal_sign")

LABEL_GAP = 8
"""Pixels between a label and its field; Qt takes another gap for a form without a widget of its own."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Export", text)


def _tr_core(text: str) -> str:
    return QCoreApplication.translate("core", text)


def make_label(text: str, parent: QWidget) -> QLabel:
    """Return the label of a row, as wide as the widest label, so that all fields line up."""
    label = QLabel(text, parent)
    widest = max(label.fontMetrics().horizontalAdvance(_tr(_LABELS[name])) for name in _BESIDE)
    label.setMinimumWidth(widest + 2)
    return label


class OptionsForm(QWidget):
    """A form that edits the options of one report format."""

    changed = Signal()

    def __init__(self, options: Options, parent: QWidget | None = None, *, device: bool = False) -> None:
        """
        Args:
            device: whether there is a device, for the columns that need one.
        """
        super().__init__(parent)
        self._device = device
        self._type = type(options)
        self._declared = params_of(self._type)
        self._values: dict[str, Value] = {name: getattr(options, name) for name in self._declared}
        self._columns: ColumnList | None = None
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(LABEL_GAP)
        for info in sorted(self._declared.values(), key=lambda info: isinstance(info.kind, Bool | Columns)):
            if not isinstance(info.kind, Columns):
                self._add(info)
        for info in self._declared.values():
            if isinstance(info.kind, Columns):
                self._add_columns(info)

    @property
    def values(self) -> dict[str, Value]:
        """The options by name, valid or not."""
        return dict(self._values)

    def options(self) -> Options:
        """Return the options.

        Raises:
            ValueError: an option is not valid.
        """
        return self._type(**{name: info.read(self._values[name], 0) for name, info in self._declared.items()})

    def _set(self, name: str, value: Value) -> None:
        if self._values[name] != value:
            self._values[name] = value
            if name == "count" and self._columns is not None:
                self._columns.retitle(self._titles())
            self.changed.emit()

    def _setter(self, name: str) -> Callable[[Value], None]:
        return lambda value: self._set(name, value)

    # -- editors

    def _add(self, info: ParamInfo) -> None:
        label = _tr(_LABELS.get(info.name, info.name.replace("_", " ").capitalize()))
        tip = _tr_core(info.help)
        if isinstance(info.kind, Bool):
            editor = QCheckBox(label, self)
            editor.setChecked(self._values[info.name] is True)
            editor.toggled.connect(self._setter(info.name))
            self._layout.addRow(editor)
        else:
            editor = ChoiceEditor(_choices(info.kind), self)
            editor.setAccessibleName(label)
            editor.show_value(self._values[info.name])
            editor.edited.connect(self._setter(info.name))
            caption = make_label(label, self)
            caption.setBuddy(editor)
            self._layout.addRow(caption, editor)
        editor.setToolTip(tip)

    def _add_columns(self, info: ParamInfo) -> None:
        tips = {key: _tr_core(column.help) for key, column in COLUMNS.items()}
        lacking = () if self._device else DEVICE_COLUMNS
        self._columns = columns = ColumnList(self._titles(), tips, self, lacking=lacking)
        value = self._values[info.name]
        columns.show_columns([key for key in value if isinstance(key, str)] if isinstance(value, tuple) else [])
        columns.changed.connect(lambda: self._set(info.name, columns.columns()))
        label = QLabel(_tr(_LABELS["columns"]), self)
        label.setToolTip(_tr_core(info.help))
        label.setBuddy(columns)
        self._layout.addRow(label)
        self._layout.addRow(ColumnChooser(columns, self))

    def _titles(self) -> Mapping[str, str]:
        count = COUNTS.get(str(self._values.get("count")), COUNTS["macs"])
        needs = _tr("%1 – needs a device")
        return {
            key: needs.replace("%1", _title(key, count))
            if key in DEVICE_COLUMNS and not self._device
            else _title(key, count)
            for key in COLUMNS
        }


def _title(key: str, count: Metric) -> str:
    return _tr_core(COLUMNS[key].title).format(count=count)


def _choices(kind: ParamKind) -> dict[str, Value]:
    """Return the values of a kind with few values, by their names on the screen."""
    if kind is COUNT:
        return {_tr_core(metric.title): key for key, metric in COUNTS.items()}
    if isinstance(kind, Optional):
        return {_tr("None"): None, **_choices(kind.kind)}
    return {_tr_core(option).capitalize(): option for option in kind.options} if isinstance(kind, Choice) else {}
