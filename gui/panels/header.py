"""The header: a card for each total, live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core import units
from layerledger.core.analysis import Result
from layerledger.core.device_metric import dtype_text
from layerledger.core.metrics import METRICS
from layerledger.gui.document import Document


def _tr(text: str, **values: str) -> str:
    translated = QCoreApplication.translate("Header", text)
    return translated.format(**values) if values else translated


@dataclass(frozen=True)
class Total:
    """What a card says: what is counted, the value in short, one line on it, and the whole truth as a tool tip."""

    caption: str
    value: str
    line: str
    tip: str


def _parameters(result: Result) -> Total:
    totals = result.totals
    return Total(
        _tr("Parameters"),
        units.count(totals.params, digits=4),
        _tr("{size} as {dtype}", size=units.size(totals.weight_bytes), dtype=result.dtype),
        _counted("params", totals.params, result),
    )


def _macs(result: Result) -> Total:
    totals = result.totals
    double = units.count(totals.flops, digits=4).replace(" ", " ")
    return Total(
        _tr("MACs"),
        units.count(totals.macs, digits=4),
        _tr("{flops}FLOPs = 2 × MACs", flops=f"{double} " if double.isdigit() else double),
        _counted("macs", totals.macs, result),
    )


def _flops(result: Result) -> Total:
    flops = result.totals.exact_flops
    return Total(
        _tr("FLOPs"),
        units.count(flops, digits=4),
        _tr("every multiply and add"),
        _counted("exact_flops", flops, result),
    )


def _activations(result: Result) -> Total:
    largest = result.largest_activation
    line = _tr("no output yet")
    if largest:
        size = units.size(largest.result.activation_bytes)
        line = _tr("largest {size} at {layer}", size=size, layer=largest.path)
    nbytes = result.totals.activation_bytes
    return Total(_tr("Activations"), units.size(nbytes), line, _counted("activation_bytes", nbytes, result))


def _layers(result: Result) -> Total:
    totals = result.totals
    errors = sum(p.severity == "error" for p in result.problems)
    warnings = sum(p.severity == "warning" for p in result.problems)
    parts = [_plural(errors, _tr("1 error"), _tr("{n} errors"))] if errors else []
    parts += [_plural(warnings, _tr("1 warning"), _tr("{n} warnings"))] if warnings else []
    parts += [_tr("{n} not counted", n=units.grouped(totals.uncounted_layers))] if totals.uncounted_layers else []
    return Total(
        _tr("Layers"),
        units.grouped(totals.layers),
        ", ".join(parts) or _tr("no problems"),
        _tr("Layers of all passes of repeated blocks"),
    )


def latency(document: Document) -> Total | None:
    """Returns the least time on the chosen device; None where none is chosen."""
    time = document.time
    if time is None:
        return None
    found, roof = time.roofline.time(document.result.root), time.roofline
    value = f"≥ {time.text(found.total)}" if time.known else _tr("not known")
    line = _tr("{device}, {dtype}, roofline", device=roof.device.short, dtype=dtype_text(roof))
    tip = f"{_tr_core(time.title)}: {time.exact(found.total)}\n{_tr_core(time.help)}"
    if found.layers:
        waiting, all_layers = units.grouped(found.memory_bound_layers), units.grouped(found.layers)
        share = units.share(found.memory_bound, found.total)
        tip += _tr(
            "\n{n} of {all} layers wait for memory, {share} of the time.", n=waiting, all=all_layers, share=share
        )
    return Total(_tr("Latency, lower bound"), value, line, tip)


def _tr_core(text: str) -> str:
    return QCoreApplication.translate("core", text)


def _plural(n: int, one: str, many: str) -> str:
    return one if n == 1 else many.format(n=units.grouped(n))


def _counted(key: str, value: int, result: Result) -> str:
    metric = METRICS[key]
    tip = f"{QCoreApplication.translate('core', metric.title)}: {metric.exact(value)}\n"
    tip += QCoreApplication.translate("core", metric.help)
    left = result.totals.uncounted_layers
    return f"{tip}\n{_tr('{n} layers are not counted.', n=units.grouped(left))}" if left else tip


TOTALS: tuple[Callable[[Result], Total], ...] = (_parameters, _macs, _flops, _activations, _layers)
"""The cards, in order."""


class Card(QFrame):
    """One total; a click opens how it is counted."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 7, 8, 7)
        layout.setSpacing(0)
        self.caption, self.value, self.line = (self._label(layout, name) for name in ("small", "headline", "small"))
        self.caption.setProperty("muted", "true")
        self.line.setProperty("muted", "true")

    def _label(self, layout: QVBoxLayout, style: str) -> QLabel:
        label = QLabel(self)
        label.setProperty(style, "true")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setMinimumWidth(0)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout.addWidget(label)
        return label

    def show_total(self, total: Total) -> None:
        """Shows a total; what is the same is left alone."""
        rows = ((self.caption, total.caption), (self.value, total.value), (self.line, total.line))
        for label, text in rows:
            if label.text() != text:
                label.setText(text)
        self.setToolTip(total.tip)
        self.setAccessibleName(f"{total.caption} {total.value}, {total.line}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class Header(QWidget):
    """The cards side by side."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.cards = [Card(self) for _ in TOTALS]
        for card in self.cards:
            layout.addWidget(card, 1)
            card.clicked.connect(self._open)
        self.latency = Card(self)
        layout.addWidget(self.latency, 1)
        self.latency.clicked.connect(self._open)
        self.latency.hide()
        document.resultChanged.connect(self._show)
        document.deviceChanged.connect(self._show_latency)
        self._show()

    def _show_latency(self) -> None:
        """Shows the card of a device while one is chosen."""
        total = latency(self._document)
        self.latency.setVisible(total is not None)
        if total:
            self.latency.show_total(total)

    def _show(self) -> None:
        self._show_latency()
        for card, total in zip(self.cards, TOTALS, strict=True):
            card.show_total(total(self._document.result))

    def _open(self) -> None:
        """Shows the network itself in the inspector, where its totals are explained."""
        self._document.select([()])
