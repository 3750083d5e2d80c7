"""The cards of the header, each once: what it says of a document, and whether it starts out shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.schedule import name_of_step
from layerledger.core.base import units
from layerledger.core.metrics.device_time import dtype_text
from layerledger.core.metrics.metric import INTENSITY, METRICS
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP


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
        _tr("{size} as {dtype}", size=units.size(totals.weight_bytes), dtype=result.weights),
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


def _as_known(total: Total, result: Result) -> Total:
    """Return what a card says of a count, which is not 0 where no layer could be counted, but not known."""
    layers, uncounted = result.totals.layers, result.totals.uncounted_layers
    if not layers or uncounted < layers:
        return total
    return replace(total, value="?", line=_tr("no layer could be counted"))


def latency(document: Document) -> Total | None:
    """Return the least time on the chosen device; None where none is chosen."""
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
    return _told(key, value, result, fused=False)


def _told(key: str, value: int, result: Result, *, fused: bool) -> str:
    metric = METRICS[key].when(fused=fused)
    tip = f"{_tr_core(metric.title)}: {metric.exact(value)}\n{_tr_core(metric.help)}"
    left = result.totals.uncounted_layers
    return f"{tip}\n{_tr('{n} layers are not counted.', n=units.grouped(left))}" if left else tip


def _peak(document: Document) -> Total:
    """Return the weights and the most that is alive beside them; goes through the whole network."""
    result = document.result
    memory, weights = result.memory, result.totals.weight_bytes
    alive, step = memory.peak_bytes, memory.peak_step
    if step is None:
        return Total(_tr("Peak memory"), units.size(weights), _tr("no output yet"), _tr("Weights and live activations"))
    at = memory.schedule.steps[step]
    layer = name_of_step(result.network, at.path, at.passes)
    tip = _tr(
        "Peak memory: {sum} B\nWeights, {weights} B, and the activations that are alive at {layer}, {alive} B.\n"
        "At each step its inputs and outputs are alive, and what is read later; every output is a tensor of its own.",
        sum=units.grouped(weights + alive),
        weights=units.grouped(weights),
        alive=units.grouped(alive),
        layer=layer,
    )
    line = _tr("{alive} live at {layer}", alive=units.size(alive), layer=layer)
    return Total(_tr("Peak memory"), units.size(weights + alive), line, tip)


def _intensity(document: Document) -> Total:
    result, fused = document.result, document.fused
    metric = METRICS[INTENSITY].when(fused=fused)
    value = metric.of(result.root)
    line = _tr("2 × MACs per byte, fused") if fused else _tr("2 × MACs per byte")
    shown = metric.text(value) if result.totals.intensity is not None else units.NONE
    moved = [METRICS[key].when(fused=fused) for key in ("read_bytes", "write_bytes")]
    lines = [_told(metric.key, value, result, fused=fused)]
    lines += [f"{_tr_core(each.title)}: {each.exact(each.of(result.root))}" for each in moved]
    return Total(_tr("Intensity"), shown, line, "\n".join(lines))


def _weights(result: Result) -> Total:
    nbytes = result.totals.weight_bytes
    line = _tr("as {dtype}", dtype=result.weights)
    return Total(_tr("Weight bytes"), units.size(nbytes), line, _counted("weight_bytes", nbytes, result))


# -- the list


@dataclass(frozen=True, kw_only=True)
class CardKind:
    """One card.

    Attributes:
        key: its name in the settings.
        title: its name in a list of cards.
        total: what it says; None while there is nothing to say.
        starts: whether it is shown as long as the user does not say otherwise.
        slow: whether it goes through the whole network, step by step.
        needs: what it waits for, in a few words, where it says nothing.
        counts: whether its value is not known where no layer could be counted.
    """

    key: str
    title: str
    total: Callable[[Document], Total | None]
    starts: Callable[[Document], bool]
    slow: bool = False
    needs: str = ""
    counts: bool = True

    def of(self, document: Document) -> Total | None:
        """Return what it says of a document now; None while what it needs is not there."""
        total = self.total(document)
        return _as_known(total, document.result) if total and self.counts else total


def _always(document: Document) -> bool:
    return True


def _never(document: Document) -> bool:
    return False


def _timed(document: Document) -> bool:
    return document.target is not None


def _untimed(document: Document) -> bool:
    return document.target is None


def _of(total: Callable[[Result], Total]) -> Callable[[Document], Total]:
    return lambda document: total(document.result)


CARDS = (
    CardKind(key="params", title=QT_TRANSLATE_NOOP("Header", "Parameters"), total=_of(_parameters), starts=_always),
    CardKind(key="macs", title=QT_TRANSLATE_NOOP("Header", "MACs"), total=_of(_macs), starts=_always),
    CardKind(key="flops", title=QT_TRANSLATE_NOOP("Header", "FLOPs"), total=_of(_flops), starts=_never),
    CardKind(
        key="activations", title=QT_TRANSLATE_NOOP("Header", "Activations"), total=_of(_activations), starts=_always
    ),
    CardKind(key="peak", title=QT_TRANSLATE_NOOP("Header", "Peak memory"), total=_peak, starts=_always, slow=True),
    CardKind(key="intensity", title=QT_TRANSLATE_NOOP("Header", "Intensity"), total=_intensity, starts=_always),
    CardKind(key="weights", title=QT_TRANSLATE_NOOP("Header", "Weight bytes"), total=_of(_weights), starts=_never),
    CardKind(
        key="latency",
        title=QT_TRANSLATE_NOOP("Header", "Latency, lower bound"),
        total=latency,
        starts=_timed,
        needs=QT_TRANSLATE_NOOP("Header", "a device"),
    ),
    CardKind(
        key="layers", title=QT_TRANSLATE_NOOP("Header", "Layers"), total=_of(_layers), starts=_untimed, counts=False
    ),
)
"""The cards, in order."""


def title_of(kind: CardKind) -> str:
    """Return what a card is called in the user's language."""
    return _tr(kind.title)


def needs_of(kind: CardKind) -> str:
    """Return what a card waits for, in the user's language."""
    return _tr("needs {what}", what=_tr(kind.needs))
