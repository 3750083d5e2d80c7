"""The cards of the header: one for each metric on cards, and one for the layers and problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from layerledger.core.analysis import Result
from layerledger.core.analysis.layer_dtypes import precision_text, weights_text
from layerledger.core.analysis.passes.schedule import name_of_step
from layerledger.core.base import units
from layerledger.core.metrics.device_time import DEVICE_TIME, dtype_text
from layerledger.core.metrics.lower_bound import marked
from layerledger.core.metrics.metric import Metric, MetricContext
from layerledger.core.metrics.registry import INTENSITY, METRICS, PEAK, metrics_on
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP, translated
from layerledger.gui.window import device_cards
from layerledger.gui.window.total import Total


def _tr(text: str, **values: str) -> str:
    found = QCoreApplication.translate("Header", text)
    return found.format(**values) if values else found


_DIGITS = 4


def _of_metric(metric: Metric, context: MetricContext) -> Total:
    """Return the card of a metric: its value, the line that belongs to it, and its definition."""
    named, value, result = metric.in_context(context) or metric, metric.whole(context), context.result
    line = _LINES[metric.key](context) if metric.key in _LINES else ""
    digits = _DIGITS if metric.unit == "count" else 3
    text = units.NONE if value is None else marked(named.text(value, digits=digits), named, result)
    return Total(_caption(metric), text, line, _tip(named, value, result), short=translated(metric.short))


def _caption(metric: Metric) -> str:
    return translated((metric.card.title if metric.card else "") or metric.title)


def _tip(metric: Metric, value: int | None, result: Result) -> str:
    tip = f"{_exact(metric, value)}\n{translated(metric.help)}"
    left = result.totals.uncounted_layers
    return f"{tip}\n{_tr('{n} layers are not counted.', n=units.grouped(left))}" if left else tip


def _exact(metric: Metric, value: int | None) -> str:
    return f"{translated(metric.title)}: {units.NONE if value is None else metric.exact(value)}"


# -- the lines


def _size_of_weights(context: MetricContext) -> str:
    result = context.result
    return _tr("{size} as {dtype}", size=units.size(result.totals.weight_bytes), dtype=weights_text(result))


def _flops_of_macs(context: MetricContext) -> str:
    double = units.count(context.result.totals.flops, digits=_DIGITS)
    spaced = f"{double} " if double.isdigit() else double
    return _tr("{flops}FLOPs = 2 × MACs", flops=spaced)


def _largest_activation(context: MetricContext) -> str:
    largest = context.result.largest_activation
    if largest is None:
        return _tr("no output yet")
    size, dtype = units.size(largest.result.largest), context.result.precision.activations
    return _tr("largest {size} at {layer}, {dtype}", size=size, layer=largest.path, dtype=dtype)


_LINES: Mapping[str, Callable[[MetricContext], str]] = {
    "params": _size_of_weights,
    "macs": _flops_of_macs,
    "exact_flops": lambda context: _tr("every multiply and add"),
    "activation_bytes": _largest_activation,
    "weight_bytes": lambda context: _tr("as {dtype}", dtype=weights_text(context.result)),
    "active_params": lambda context: _tr(
        "of {params}, for one token", params=units.count(context.result.totals.params, digits=_DIGITS)
    ),
}
"""The line below the value, by metric; cards of other metrics have none."""


# -- cards with more than one number


def _layers(result: Result) -> Total:
    totals, severities = result.totals, [problem.severity for problem in result.problems]
    errors, warnings = severities.count("error"), severities.count("warning")
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
    """Return the content of a card of a count: where no layer could be counted, it is not known."""
    layers, uncounted = result.totals.layers, result.totals.uncounted_layers
    return replace(total, value="?", line=_tr("no layer could be counted")) if layers == uncounted > 0 else total


def _plural(n: int, one: str, many: str) -> str:
    return one if n == 1 else many.format(n=units.grouped(n))


def latency(document: Document) -> Total | None:
    """Return the least time on the chosen device; None without a device."""
    time = document.time
    if time is None:
        return None
    found, roof = time.roofline.time(document.result.root), time.roofline
    value = f"≥ {time.text(found.total)}" if time.known else _tr("not known")
    line = _tr("{device}, {dtype}, roofline", device=roof.device.short, dtype=dtype_text(roof))
    tip = f"{translated(time.title)}: {time.exact(found.total)}\n{translated(time.help)}"
    if found.layers:
        waiting, layers = units.grouped(found.memory_bound_layers), units.grouped(found.layers)
        share = units.share(found.memory_bound, found.total)
        tip += _tr("\n{n} of {all} layers wait for memory, {share} of the time.", n=waiting, all=layers, share=share)
    return Total(_tr("Latency, lower bound"), value, line, tip)


def _peak(document: Document) -> Total:
    """Return the weights and the most live bytes beside them; walks through the whole schedule."""
    result = document.result
    memory, weights = result.memory, result.totals.weight_bytes
    alive, step = memory.peak_bytes, memory.peak_step
    if step is None:
        return Total(_tr("Peak memory"), units.size(weights), _tr("no output yet"), _tr("Weights and live activations"))
    at = memory.schedule.steps[step]
    layer = name_of_step(result.network, at.path, at.passes)
    tip = _tr(
        "Peak memory: {sum} B\nWeights, {weights} B, and the activations that are alive at {layer}, {alive} B.\n"
        "At each step its inputs and outputs are alive, and what is read later; every output is a tensor of its own.\n"
        "Precision: {precision}.",
        sum=units.grouped(weights + alive),
        weights=units.grouped(weights),
        alive=units.grouped(alive),
        layer=layer,
        precision=translated(precision_text(result)),
    )
    dtype = result.precision.activations
    line = _tr("{alive} live at {layer}, {dtype}", alive=units.size(alive), layer=layer, dtype=dtype)
    return Total(_tr("Peak memory"), marked(units.size(weights + alive), METRICS[PEAK], result), line, tip)


def _intensity(document: Document) -> Total:
    context = document.metrics
    found = _of_metric(METRICS[INTENSITY], context)
    line = _tr("2 × MACs per byte, fused") if context.fused else _tr("2 × MACs per byte")
    moved = (METRICS[key] for key in ("read_bytes", "write_bytes"))
    lines = [_exact(each.in_context(context) or each, each.whole(context)) for each in moved]
    return replace(found, line=line, short_line=_tr("2 × MACs/B"), tip="\n".join([found.tip, *lines]))


_SPECIAL: Mapping[str, Callable[[Document], Total | None]] = {
    INTENSITY: _intensity,
    PEAK: _peak,
    DEVICE_TIME: latency,
}
"""Cards that show more than the value of their metric."""


# -- the list


@dataclass(frozen=True, kw_only=True)
class CardKind:
    """One card.

    Attributes:
        key: its name in the settings.
        title: its name in a list of cards.
        total: returns its content; None while the document lacks what it needs.
        starts: whether it is shown until the user hides it.
        slow: whether its content takes a walk through the whole schedule.
        needs: a few words for what the document must have; empty for a card that is always available.
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
        """Return its content for a document; None while the document lacks what it needs."""
        total = self.total(document)
        return _as_known(total, document.result) if total and self.counts else total


def _has_no_device(document: Document) -> bool:
    return document.target is None


_GIVES_WAY: Mapping[str, Callable[[Document], bool]] = {
    PEAK: device_cards.has_device,
    INTENSITY: device_cards.may_be_timed,
    "activation_bytes": device_cards.may_be_timed,
}
"""Cards that make room, until the user shows them, where cards of the device say more."""


_STARTS: Mapping[str, Callable[[Document], bool]] = {
    "active_params": lambda document: document.result.root.cost.idle_params > 0
}
"""Cards that are shown by what the network has, until the user decides."""


def _starts_of(metric: Metric) -> Callable[[Document], bool]:
    """Return whether a card is shown until the user decides, by what the document has."""
    if metric.key in _STARTS:
        return _STARTS[metric.key]
    if metric.needs:
        return device_cards.has_device
    starts, gives_way = bool(metric.card and metric.card.starts), _GIVES_WAY.get(metric.key)
    return lambda document: starts and not (gives_way and gives_way(document))


def _card(metric: Metric) -> CardKind:
    surface = metric.card
    assert surface is not None
    special = _SPECIAL.get(metric.key)
    return CardKind(
        key=surface.key or metric.key,
        title=surface.title or metric.title,
        total=special or (lambda document: _of_metric(metric, document.metrics)),
        starts=_starts_of(metric),
        slow=surface.slow or metric.from_schedule,
        needs=metric.needs,
    )


FIT = "fit"
"""The key of the card that says whether the network fits the device."""

_FIT_CARD = CardKind(
    key=FIT,
    title=QT_TRANSLATE_NOOP("Header", "Memory on the device"),
    total=device_cards.memory,
    starts=device_cards.has_device,
    slow=True,
    needs=QT_TRANSLATE_NOOP("Header", "a device"),
    counts=False,
)
_GENERATION = QT_TRANSLATE_NOOP("Header", "a device and a language model")

CARDS = (
    _FIT_CARD,
    CardKind(
        key="first_token",
        title=QT_TRANSLATE_NOOP("Header", "Time to first token"),
        total=device_cards.first_token,
        starts=device_cards.may_be_timed,
        slow=True,
        needs=_GENERATION,
        counts=False,
    ),
    CardKind(
        key="tokens_per_s",
        title=QT_TRANSLATE_NOOP("Header", "Tokens per second"),
        total=device_cards.speed,
        starts=device_cards.may_be_timed,
        slow=True,
        needs=_GENERATION,
        counts=False,
    ),
    *map(_card, metrics_on("card")),
    CardKind(
        key="layers",
        title=QT_TRANSLATE_NOOP("Header", "Layers"),
        total=lambda document: _layers(document.result),
        starts=_has_no_device,
        counts=False,
    ),
)
"""The cards, in order."""


def title_of(kind: CardKind) -> str:
    """Return the title of a card in the user's language."""
    return translated(kind.title)


def needs_of(kind: CardKind) -> str:
    """Return a few words for what a card needs, in the user's language."""
    return _tr("needs {what}", what=translated(kind.needs))
