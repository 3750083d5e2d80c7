"""The inspector's line on the receptive field of the selected layer: receptive field 427 × 427, stride 32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from layerledger.core.analysis import Result
from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.labels import WrapLabel, set_text_if_changed
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.widgets.debounce import Debounce

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.field_map import AxisField
    from layerledger.core.layers.windows import Number


class ReceptiveLine(WrapLabel):
    """What one output of the layer sees; worked out once typing rests, and kept until the network changes."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("small", "true")
        self.setProperty("muted", "true")
        self.setVisible(False)
        self._document = document
        self._path: NodePath | None = None
        self._known: Result | None = None
        self._later = Debounce(self._follow, self)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the field of the one layer that is selected; hides for anything else."""
        moved = self._path != (subject.path if subject.layer and subject.single else None)
        self._path = subject.path if subject.layer and subject.single else None
        if self._path is None:
            self._later.stop()
            set_text_if_changed(self, "")
        elif self._known is self._document.result:
            self._follow()
        else:
            if moved:
                set_text_if_changed(self, "")
            self._later.start()

    def _follow(self) -> None:
        parent = self.parentWidget()
        if self._path is None or parent is None or not parent.isVisible():
            return
        self._known = self._document.result
        fields = self._known.receptive.at(self._path)
        set_text_if_changed(self, _text(fields))
        self.setToolTip(_tip(fields))


def _text(fields: Sequence[AxisField]) -> str:
    """Return the sizes, and the stride where there is one; why there is no size where there is none."""
    if not fields:
        return ""
    if all(field.whole for field in fields):
        return _tr("receptive field: the whole input")
    if all(field.size is None for field in fields):
        return _tr("receptive field not defined: %1").replace("%1", fields[0].reason)
    sizes = " × ".join("?" if field.positions is None else f"{field.positions:,}" for field in fields)
    text = _tr("receptive field %1").replace("%1", sizes)
    strides = [_number(field.stride) for field in fields if field.stride is not None]
    if len(strides) < len(fields):
        return text
    shown = strides[0] if len(set(strides)) == 1 else " × ".join(strides)
    return f"{text}, {_tr('stride %1').replace('%1', shown)}"


def _tip(fields: Sequence[AxisField]) -> str:
    """Return from where output 0 looks, as text."""
    starts = [_number(field.start) for field in fields if field.start is not None]
    lines = [_tr("How much of the input one output sees, and how far neighbouring outputs look apart.")]
    if starts and len(starts) == len(fields) and not any(field.whole for field in fields):
        lines.append(_tr("Output 0 sees from position %1 on.").replace("%1", " × ".join(starts)))
    return "\n".join(lines)


def _number(number: Number | None) -> str:
    return f"{number}".replace("-", "−")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReceptiveLine", text)
