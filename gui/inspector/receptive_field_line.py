"""Line on the receptive field of the selected layer, such as "receptive field 427 × 427, stride 32"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from layerledger.core.analysis import Result
from layerledger.core.metrics.step_metrics import is_bound, smallest_fields
from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.labels import WrapLabel, set_text_if_changed
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.widgets.debounce import Debounce

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.field_map import AxisField
    from layerledger.core.layers.windows import Number


_BLANK = "\u00a0"


class ReceptiveFieldLine(WrapLabel):
    """The receptive field, computed once typing pauses and kept until the network changes.

    For a single layer the line is always there, blank if need be: the fields below it must not move.
    """

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("small", "true")
        self.setProperty("muted", "true")
        self.setVisible(False)
        self._document = document
        self._path: NodePath | None = None
        self._shown_result: Result | None = None  # its fields are known, so another layer of it needs no pause
        self._later = Debounce(self._show_field, self)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the receptive field of a single layer; hide otherwise."""
        moved = self._path != (inspected.path if inspected.layer and inspected.single else None)
        self._path = inspected.path if inspected.layer and inspected.single else None
        if self._path is None:
            self._later.stop()
            set_text_if_changed(self, "")
        elif self._shown_result is self._document.result:
            self._show_field()
        else:
            if moved:
                set_text_if_changed(self, _BLANK)
            self._later.start()

    def _show_field(self) -> None:
        parent = self.parentWidget()
        if self._path is None or parent is None or not parent.isVisible():
            return
        self._shown_result = self._document.result
        fields = self._shown_result.receptive.at(self._path)
        set_text_if_changed(self, _text(fields) or _BLANK)
        self.setToolTip(_tip(fields))


def _text(fields: Sequence[AxisField]) -> str:
    """Return the sizes and the stride, or the reason why the sizes are not defined."""
    if not fields:
        return ""
    if all(field.whole for field in fields):
        return _tr("receptive field: the whole input")
    if all(field.size is None for field in fields):
        return _tr("receptive field not defined: {reason}").format(reason=fields[0].reason)
    sizes = _sizes([field.positions for field in fields])
    least = smallest_fields(fields)
    if is_bound(fields):
        text = _tr("receptive field at most {sizes}").format(sizes=sizes)
    elif least:
        text = _tr("receptive field {sizes}, smallest {least}").format(sizes=sizes, least=_sizes(least))
    else:
        text = _tr("receptive field {sizes}").format(sizes=sizes)
    strides = [_number(field.stride) for field in fields if field.stride is not None]
    if len(strides) < len(fields):
        return text
    shown = strides[0] if len(set(strides)) == 1 else " × ".join(strides)
    return f"{text}, {_tr('stride {stride}').format(stride=shown)}"


def _tip(fields: Sequence[AxisField]) -> str:
    """Return the definition, and the first position that output 0 sees."""
    starts = [_number(field.start) for field in fields if field.start is not None]
    lines = [
        _tr("The part of the input that one output sees, and the distance between those of two neighbours."),
        _tr("Padding and what lies past a border count as input."),
    ]
    if smallest_fields(fields):
        lines.append(_tr("Outputs see parts of different size: the largest and the smallest are shown."))
    if is_bound(fields):
        lines.append(_tr("Too many outputs see different parts: this is an upper bound."))
    if starts and len(starts) == len(fields) and not any(field.whole for field in fields):
        lines.append(_tr("The part of output 0 starts at position {position}.").format(position=" × ".join(starts)))
    return "\n".join(lines)


def _sizes(sizes: Sequence[int | None]) -> str:
    return " × ".join("?" if size is None else f"{size:,}" for size in sizes)


def _number(number: Number | None) -> str:
    return f"{number}".replace("-", "−")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReceptiveLine", text)
