"""The pages on general concepts: an introduction, the lesson, the counts, symbols, and status."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from layerledger.core.base import units
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.quantized import GGUF, INT4, storage_note
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.layers import LAYER_TYPES, LayerType
from layerledger.core.library.reference.describe import TITLES, Worked, describe
from layerledger.core.library.reference.lesson_page import lesson_page
from layerledger.core.library.reference.markup import (
    bullets,
    link,
    links,
    paragraph,
    place,
    section,
    sum_of,
    symbol,
    table,
    words,
)
from layerledger.core.library.reference.schedule_page import TITLE, place_page
from layerledger.core.library.reference.symbols import meaning, symbols_of
from layerledger.core.library.reference.training_page import TITLE as TRAINING_TITLE
from layerledger.core.library.reference.training_page import training_page
from layerledger.core.library.reference.type_page import STATUS
from layerledger.core.metrics.conventions import conventions
from layerledger.core.metrics.intensity import MILLION, ratio
from layerledger.core.metrics.metric import Metric, SumMetric
from layerledger.core.metrics.registry import INTENSITY, METRICS, metrics_on

START, LESSON, SYMBOLS, STATUS_PAGE = "notion-start", "notion-lesson", "notion-symbols", "notion-status"
PLACE, TRAINING = "notion-place", "notion-training"

_SPECIAL = {
    "mul": "Products of two numbers.",
    "add": "Sums and differences of two numbers.",
    "cmp": "Comparisons of two numbers, as in a maximum or a choice between two cases.",
    "special": (
        "Divisions, square roots, exponentials, logarithms and other transcendental functions. One counts as one, "
        "although a processor takes longer for it than for a product."
    ),
}
_MADE_OF: Mapping[str, tuple[str, ...]] = {"flops": ("macs",), "exact_flops": ("mul", "add"), INTENSITY: ("macs",)}
_SHOWN_IN = {"buffers": "BatchNorm2d", "cmp": "MaxPool2d", "special": "Softmax", "trainable_params": "Parameter"}


def titles() -> Mapping[str, str]:
    """Return the titles of these pages by key, in order."""
    first = {START: "How layers are counted", LESSON: "The lesson: counting a CNN"}
    last = {
        PLACE: TITLE,
        TRAINING: TRAINING_TITLE,
        SYMBOLS: "Symbols of formulas",
        STATUS_PAGE: "How far a count can be trusted",
    }
    return {**first, **{f"notion-{key}": title for key, title in TITLES.items()}, **last}


def notion_page(key: str) -> str:
    """Return one of these pages as HTML."""
    return _PAGES[key]() if key in _PAGES else _count_page(key.removeprefix("notion-"))


# -- where to begin

_PLACED = "What a layer has by its place among the others is told in: "


def _start_page() -> str:
    return "".join(
        (
            "<h1>How layers are counted</h1>\n",
            paragraph(
                "A layer is counted by formulas over its sizes. The same formula counts the layer in the window and "
                "explains it here, so what is shown cannot differ from what is counted; each type has an example whose "
                "numbers come from elsewhere, and which is run as a test."
            ),
            paragraph(f"To learn it from the beginning, read {link(LESSON, 'the lesson')}."),
            section(
                "What is counted",
                table(_notions())
                + paragraph(words(_PLACED) + links(((PLACE, TITLE), (TRAINING, TRAINING_TITLE))) + "."),
            ),
            section("How far it can be trusted", table(_statuses())),
            section(
                "How others count", paragraph(links((f"convention-{c.id}", c.title) for c in conventions().values()))
            ),
            section("Layer types", table(_families())),
        )
    )


def _notions() -> Iterator[tuple[str, str]]:
    return ((link(f"notion-{metric.key}", metric.title), words(metric.help)) for metric in metrics_on("notion"))


def _statuses() -> Iterator[tuple[str, str]]:
    yield from ((link(STATUS_PAGE, status), f"{words(text)}") for status, text in STATUS.items())
    yield link(STATUS_PAGE, "not modelled"), "the type is not known here, and the layer is reported as not counted"


def _families() -> Iterator[tuple[str, str]]:
    for family, types in groupby(LAYER_TYPES.values(), key=lambda cls: cls.family):
        yield family, links((f"type-{cls.type_name}", cls.type_name) for cls in types)


# -- counts


def _count_page(key: str) -> str:
    metric = METRICS.get(key) if key in METRICS else None
    text = metric.help if metric else _SPECIAL[key]
    made = _MADE_OF.get(key, (key,))
    name = f" · in files {key}" if metric else ""
    return "".join(
        (
            f"<h1>{words(TITLES[key])}</h1>\n",
            paragraph(f"What is counted{words(name)}", "muted"),
            paragraph(words(text)),
            _worked(metric, key),
            section("Layer types that have some", table(_having(made))),
            section("See also", paragraph(links((f"notion-{k}", t) for k, t in TITLES.items() if k != key))),
        )
    )


def _worked(metric: Metric | None, key: str) -> str:
    if isinstance(metric, SumMetric) and metric.unit == "bytes":
        return _bytes(metric)
    return _ratio(metric) if metric and metric.unit == "ratio" else _example(key)


def _ratio(metric: Metric) -> str:
    example = describe(LAYER_TYPES["Conv2d"]).examples[0]
    moved, cost = example.result.traffic, example.result.cost
    call = f"{link('type-Conv2d', example.call)} on {example.inputs} of float32:"
    read, written = (units.grouped(n) for n in (moved.read_bytes, moved.write_bytes))
    total = f"2 · {units.grouped(cost.macs)} / ({read} + {written})"
    value = metric.exact(int(MILLION * (ratio(cost, moved) or 0)))
    return section("Example", paragraph(call) + paragraph(f"{words(total)} = <b>{words(value)}</b>"))


def _example(key: str) -> str:
    cls = LAYER_TYPES[_SHOWN_IN.get(key, "Conv2d")]
    example = describe(cls).examples[0]
    counted = next((each for each in example.explanations if each.title == TITLES[key]), None)
    if counted is None:  # a metric without a formula
        return ""
    layer = f"{link(f'type-{cls.type_name}', example.call)} on {example.inputs}:"
    return section("Example", paragraph(layer) + paragraph(sum_of(counted.filled, counted.value)))


def _bytes(metric: SumMetric) -> str:
    example = describe(LAYER_TYPES["Conv2d"]).examples[0]
    call = f"{link('type-Conv2d', example.call)} on {example.inputs} gives {example.outputs} of float32:"
    value, values = metric.read(example.result), _values(metric.key, example)
    total = f"{values} · {ELEMENT_BYTES['float32']}" if values else metric.title
    sizes = ((words(dtype), str(size)) for dtype, size in ELEMENT_BYTES.items())
    example_text = paragraph(call) + paragraph(f"{sum_of(total, value)} bytes")
    found = section("Example", example_text) + section("Bytes of an element", table(sizes))
    if metric.key != "weight_bytes":
        return found
    stored = ((words(name), words(storage_note(name))) for name in (INT4, *GGUF))
    return found + section("Weights in blocks with scales", table(stored))


def _values(key: str, example: Worked) -> str:
    """Return the number of values whose bytes a metric counts, as a product; empty for a metric of other bytes."""
    taken, given = (" · ".join(shape.split("×")) for shape in (example.inputs, example.outputs))
    params = f"{example.result.cost.params:,}"
    known = {"weight_bytes": params, "read_bytes": f"({taken} + {params})"}
    return known.get(key, given if key in ("write_bytes", "activation_bytes") else "")


def _having(primitives: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    found = (cls for cls in LAYER_TYPES.values() if any(key in cls.counts for key in primitives))
    for family, types in groupby(found, key=lambda cls: cls.family):
        yield family, links((f"type-{cls.type_name}", cls.type_name) for cls in types)


# -- symbols


def _symbols_page() -> str:
    rows = ((place(f"symbol-{name}", symbol(name)), _uses(uses)) for name, uses in sorted(_meanings().items()))
    return "".join(
        (
            "<h1>Symbols of formulas</h1>\n",
            paragraph(
                "What a letter stands for depends on the layer type. A formula is evaluated on whole numbers, exactly."
            ),
            table(rows),
        )
    )


def _meanings() -> dict[str, dict[str, list[str]]]:
    """Return the types that use a symbol, by symbol and meaning."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, cls in LAYER_TYPES.items():
        for each in symbols_of(cls):
            found.setdefault(each, {}).setdefault(meaning(each, cls), []).append(name)
    return found


_SHOWN_TYPES = 12


def _uses(uses: Mapping[str, list[str]]) -> str:
    return "".join(paragraph(f"{words(text)} {_shown(types)}") for text, types in uses.items())


def _shown(types: list[str]) -> str:
    shown = links((f"type-{name}", name) for name in types[:_SHOWN_TYPES])
    rest = len(types) - _SHOWN_TYPES
    return f'<span class="muted">({shown}{f" and {units.grouped(rest)} more" if rest > 0 else ""})</span>'


# -- status


def _status_page() -> str:
    return "".join(
        (
            "<h1>How far a count can be trusted</h1>\n",
            paragraph("Each layer type says how its operations are counted; the report has it as a column."),
            section("Exact", _types_that_are("exact")),
            section("Approximated", paragraph(_sentence("approximated")) + bullets(_approximated())),
            section("Free", _types_that_are("free")),
            section("Stated", _types_that_are("stated")),
            section("Not counted", _types_that_are("not counted")),
            section("Not modelled", paragraph(_NOT_MODELLED)),
            section("How numbers are written", paragraph(words(_units()))),
        )
    )


_NOT_MODELLED = (
    "A layer of a type that is not known here is kept and saved as it is. It counts nothing, and the window and every "
    "report say how many such layers there are: nothing is silently zero."
)


def _sentence(status: str) -> str:
    return f"{words(STATUS[status]).capitalize()}."


def _types_that_are(status: str) -> str:
    names = (name for name, cls in LAYER_TYPES.items() if cls.status == status)
    return paragraph(_sentence(status)) + paragraph(links((f"type-{name}", name) for name in names))


def _units() -> str:
    return (
        f"Counts are whole numbers. Short forms have decimal prefixes, {units.count(1_814_073_344)}; bytes have binary "
        f"ones, {units.size(24_641_536)}."
    )


def _approximated() -> Iterator[str]:
    found = (cls for cls in LAYER_TYPES.values() if cls.status == "approximated")
    return (_how(cls) for cls in found)


def _how(cls: type[LayerType]) -> str:
    return f"{link(f'type-{cls.type_name}', cls.type_name)}: {words(cls.approximation)}"


_PAGES: Mapping[str, Callable[[], str]] = FrozenMap(
    {
        START: _start_page,
        LESSON: lesson_page,
        PLACE: place_page,
        TRAINING: training_page,
        SYMBOLS: _symbols_page,
        STATUS_PAGE: _status_page,
    }
)
