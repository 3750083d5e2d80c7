"""The reference: every declaration has a page that says how it is counted, and is right."""

import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_layer import cost

from layerledger.core.base.params import params_of
from layerledger.core.layers import LAYER_TYPES, LayerType, bind
from layerledger.core.layers.symbols import SYMBOL_HELP
from layerledger.core.library.reference import book, contents, find, page, page_key
from layerledger.core.library.reference.describe import TITLES, describe
from layerledger.core.library.reference.lesson_table import TABLE, LessonRow
from layerledger.core.library.reference.markup import BREAK
from layerledger.core.library.reference.schedule_page import example as chain
from layerledger.core.library.reference.symbols import meaning
from layerledger.core.metrics.conventions import conventions
from layerledger.core.metrics.registry import METRICS, metrics_on
from layerledger.core.metrics.step_metrics import live_bytes

TYPES = pytest.mark.parametrize("cls", LAYER_TYPES.values(), ids=LAYER_TYPES)
PAGES = pytest.mark.parametrize("key", [entry.key for entry in contents()])
VOID = {"br", "meta"}


class Page(HTMLParser):
    """Reads HTML strictly: what is opened is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.links += [found["href"] or ""] if "href" in found else []
        self.places += [found["id"] or ""] if "id" in found else []
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {*VOID, "wbr"}

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.replace(BREAK, "")


def read(key: str) -> Page:
    return Page(page(key))


# -- layer types


@TYPES
def test_a_type_says_all_that_a_reader_needs(cls: type[LayerType]) -> None:
    found = describe(cls)
    assert found.summary.endswith(".")
    assert found.shapes
    assert [p.name for p in found.parameters] == list(params_of(cls))
    assert all(p.help and p.takes and p.default for p in found.parameters)
    assert bool(found.counts) == (found.status in ("exact", "approximated"))
    assert bool(found.approximation) == (found.status == "approximated")
    assert not found.approximation or (found.approximation.endswith(".") and len(found.approximation.split()) > 5)
    assert found.sources
    assert found.examples
    counted = found.status != "not counted"
    assert all(example.source and bool(example.checked) == counted for example in found.examples)


@TYPES
def test_every_symbol_of_a_formula_has_a_meaning(cls: type[LayerType]) -> None:
    used = {name for formula in cls.formulas.values() for name in formula.names}
    assert describe(cls).symbols.keys() == used
    assert [name for name in used if not meaning(name, cls)] == []


def test_every_stated_meaning_of_a_symbol_is_shown() -> None:
    # Some options have formulas of their own, such as the adapter of Linear; an example has it. Those of Custom are the
    # file's.
    ops = [bind(name, each.params).op for name, cls in LAYER_TYPES.items() for each in cls.examples]
    counted = [
        *((cls, cls) for cls in LAYER_TYPES.values()),
        *((op, type(op)) for op in ops if op and op.type_name != "Custom"),
    ]
    used = {(s, meaning(s, cls)) for each, cls in counted for f in each.formulas.values() for s in f.names}
    stating = {base for cls in LAYER_TYPES.values() for base in cls.__mro__ if issubclass(base, LayerType)}
    assert {pair for help in (SYMBOL_HELP, *(base.symbol_help for base in stating)) for pair in help.items()} == used


def test_a_symbol_that_no_class_explains_has_no_meaning() -> None:
    assert meaning("Q", LAYER_TYPES["Conv2d"]) == ""


@TYPES
def test_the_filled_examples_are_the_counts(cls: type[LayerType]) -> None:
    for example in describe(cls).examples:
        # A type whose counts are not known says so of each layer.
        assert not [each for each in example.result.problems if each.severity == "error" or cls.status != "not counted"]
        values = {each.title: each.value for each in example.explanations}
        stored = {key for key, metric in METRICS.items() if metric.unit != "count"}
        for key in TITLES.keys() - stored - {"trainable_params"}:
            assert values.get(TITLES[key], 0) == getattr(example.result.cost, key)
        for title, value in example.checked.items():
            assert values.get(title, 0) == value
        for each in example.explanations:
            assert each.value == sum(term.value for term in each.terms) or not each.terms


@TYPES
def test_a_page_shows_what_is_declared(cls: type[LayerType]) -> None:
    words = read(f"type-{cls.type_name}").words
    found = describe(cls)
    assert words.startswith(cls.type_name)
    for text in (found.status, found.family, found.summary.replace("`", ""), found.shapes):
        assert text in words
    for each in found.parameters:
        assert each.name in words
        assert each.help in words
    for example in found.examples:
        assert example.call in words
        assert example.source in words
        assert all(f"{value:,}" in words for value in example.checked.values())


# -- the lesson


SIZES = st.integers(1, 9)


@given(line=st.sampled_from(TABLE), c_in=SIZES, c_out=SIZES, groups=SIZES, k=st.integers(1, 5), size=st.integers(5, 12))
def test_the_lesson_counts_as_the_layers_do(
    line: LessonRow, c_in: int, c_out: int, groups: int, k: int, size: int
) -> None:
    g = groups if "grouped" in line.title else 1
    symbols = {"k": k, "C_in": c_in * g, "C_out": c_out * g, "g": g, "H_out": size - k + 1, "W_out": size + 3 - k + 1}
    if line.type_name == "Linear":
        found = cost("Linear", (1, c_in), out_features=c_out, bias=line.bias)
    else:
        shape = (1, c_in * g, size, size + 3)
        found = cost("Conv2d", shape, out_channels=c_out * g, kernel_size=k, groups=g, bias=line.bias)
    assert (line.params(symbols), line.flops(symbols)) == (found.params, found.exact_flops)


def test_the_lesson_reads_as_it_was_taught() -> None:
    words = read("notion-lesson").words
    for text in (
        *(line.title for line in TABLE),
        "[k·k·Cin + (k·k·Cin − 1)]·Hout·Wout·Cout",
        "[k·k·Cin/g + (k·k·Cin/g − 1) + 1]·Hout·Wout·(Cout/g)·g",
        "[Cin + (Cin − 1) + 1]·Cout",
        "(3·3·3 + 1)·6 = 168",
        "[3·3·3 + (3·3·3 − 1) + 1]·2·2·6 = 1,296",
        "(3·3·3/3 + 1)·(6/3)·3 = 60",
        "[3·3·3/3 + (3·3·3/3 − 1) + 1]·2·2·(6/3)·3 = 432",
        "171.1",
        "2.2",
    ):
        assert text in words


# -- pages


@PAGES
def test_pages_are_well_formed_and_their_links_lead_somewhere(key: str) -> None:
    found = read(key)
    places = {place for entry in contents() for place in Page(page(entry.key)).places} if "symbol" in key else set()
    for link in found.links:
        target = link.removeprefix("#")
        assert target.startswith("https://") or page_key(target) == target or target.startswith("symbol-")
    assert all(place.startswith("symbol-") for place in places)


def test_a_symbol_leads_to_its_line() -> None:
    assert "#symbol-K_h" in read("type-Conv2d").links
    assert page_key("symbol-K_h") == "notion-symbols"
    assert "symbol-K_h" in read("notion-symbols").places


def test_what_is_unknown_leads_to_the_beginning() -> None:
    assert page_key("type-Conv9d") == "notion-start"


@pytest.mark.parametrize("metric", metrics_on("notion"), ids=lambda metric: metric.key)
def test_each_metric_has_a_page(metric) -> None:
    assert metric.help in read(f"notion-{metric.key}").words


def test_what_a_layer_has_by_its_place_has_a_page_with_an_example_in_print() -> None:
    """The bytes are those of the README of tflite-tools; 3 + 2 positions, and one more for a pooling of 2."""
    words = read("notion-place").words
    steps = chain()
    assert [live_bytes(steps, [i]) for i in range(3)] == [17_472, 26_944, 15_680]
    for text in ("1×16×30×3017,472 B3×3", "1×16×28×2826,944 B5×5", "1×16×14×1415,680 B6×6"):
        assert text in words
    assert all(metric.help in words for metric in (METRICS["live_bytes"], METRICS["receptive_field"]))
    for typed in ("receptive field", "peak memory", "live", "packed"):
        assert "notion-place" in [entry.key for entry in find(typed)], typed


@pytest.mark.parametrize("convention", conventions().values(), ids=list(conventions()))
def test_each_convention_has_a_page(convention) -> None:
    words = read(f"convention-{convention.id}").words
    assert convention.description in words
    assert convention.versions in words
    assert all(defect.text in words for defect in convention.known_issues)
    assert all(rule.note in words for rule in convention.rules)
    assert all(source.removeprefix("https://") in words for source in convention.sources)


def test_every_status_lists_its_types() -> None:
    words = read("notion-status").words
    for name, cls in LAYER_TYPES.items():
        assert name in words or cls.status == "exact"
        assert cls.approximation in words
    assert "Not modelled" in words


# -- finding


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("conv2d", "Conv2d"),
        ("depthwise", "Conv2d"),
        ("bn", "BatchNorm1d"),
        ("attention", "MultiheadAttention"),
        ("num_heads", "MultiheadAttention"),
        ("C_in", "Conv1d"),
        ("K_h", "Conv2d"),
        ("macs", "MACs"),
        ("thop", "thop 0.1"),
        ("lesson", "The lesson: counting a CNN"),
        ("running_stats", "BatchNorm1d"),
        ("probability zeroed", "Dropout"),
    ],
)
def test_finds_types_parameters_symbols_and_words(text: str, title: str) -> None:
    assert find(text)[0].title == title


def test_bias_finds_every_type_that_has_one() -> None:
    found = {entry.type_name for entry in find("bias")}
    assert {name for name, cls in LAYER_TYPES.items() if "bias" in params_of(cls)} <= found


@pytest.mark.parametrize(("text", "count"), [("", len(contents())), ("  ", len(contents())), ("xyzzy", 0), ("?", 0)])
def test_finds_all_or_nothing(text: str, count: int) -> None:
    assert len(find(text)) == count


@given(st.text(max_size=12))
def test_any_text_can_be_searched_for(text: str) -> None:
    assert set(find(text)) <= set(contents())


# -- the whole


def test_the_book_is_one_whole_file() -> None:
    html = book()
    found = Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert BREAK not in html
    assert "<script" not in html
    assert "<img" not in html
    assert len(found.places) == len(set(found.places))
    assert {entry.key for entry in contents()} <= set(found.places)
    inside = {link.removeprefix("#") for link in found.links if link.startswith("#")}
    assert inside <= set(found.places)
    assert all(f"#{entry.key}" in found.links for entry in contents())


def test_counting_does_not_load_the_reference() -> None:
    code = "import layerledger.core, sys; sys.exit(any('core.library.reference.' in name for name in sys.modules))"
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
