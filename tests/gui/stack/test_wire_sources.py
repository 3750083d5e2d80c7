"""The rows that feed each row: those of the slow twin, and as the analysis resolves references; the work is linear."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from network_strategies import built_networks
from pytestqt.qtbot import QtBot

import layerledger.core
from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.core.analysis.wiring import implicit_inputs
from layerledger.core.network.nodes import INPUT
from layerledger.core.network.paths import walk
from layerledger.core.network.references import split_reference
from layerledger.gui.document.document import Document
from layerledger.gui.stack.lanes import route
from layerledger.gui.stack.stack_model import StackModel
from layerledger.gui.stack.stack_row import StackRow
from layerledger.gui.stack.wire_sources import visible_rows, wire_sources
from layerledger.gui.window.main_window import MainWindow

# -- the slow twin: a dictionary of all earlier siblings for each row


def slow_sources(rows: list[StackRow], expanded: set[int], inputs: list[str]) -> list[list[int]]:
    at = {row.id: i for i, row in enumerate(rows)}
    ends: dict[int, int] = {}
    for row in reversed(rows):
        inside = row.children[-1] if row.children and row.id in expanded else None
        ends[row.id] = ends[inside.id] if inside and inside.id in at else at[row.id]
    return [slow_source(row, at, ends, inputs) for row in rows]


def slow_source(row: StackRow, at: dict[int, int], ends: dict[int, int], inputs: list[str]) -> list[int]:
    if row.part:
        return [at[row.id] - 1]
    if row.node is None or row.parent is None:
        return []
    before = row.parent.children[row.position - 1] if row.position else row.parent
    entry = at.get(row.parent.id, 0)
    if not row.node.inputs:
        return list(implicit_inputs(row.node, (ends[before.id] if row.position else entry,)))
    names = {child.node.name: child for child in row.parent.children[: row.position] if child.node is not None}
    return [slow_meant(ref, names, ends, entry, inputs) for ref in row.node.inputs]


def slow_meant(ref: str, names: dict[str, StackRow], ends: dict[int, int], entry: int, inputs: list[str]) -> int:
    try:
        name, _ = split_reference(ref)
    except ValueError:
        return -1
    if name in names:
        return ends[names[name].id]
    return entry if name == INPUT else 0 if name in inputs else -1


@given(built_networks(wrong=True), st.data())
def test_sources_are_those_of_the_slow_twin(qapp: object, network: Network, data: st.DataObject) -> None:
    inputs = [given.name for given in network.inputs]
    # of these two, the twin knew less than the analysis: see the tests below
    assume(not any(node.name in (INPUT, *inputs) for _, node in walk(network.root)))
    root = StackModel(Document(network)).root
    blocks = [row.id for row in visible_rows(root, {*range(10_000)}) if row.children]
    expanded = set(data.draw(st.lists(st.sampled_from(blocks)))) if blocks else set[int]()
    rows = list(visible_rows(root, expanded))
    assert [*map(list, wire_sources(rows, expanded, inputs))] == slow_sources(rows, expanded, inputs)


def sources(*layers: Layer | Block) -> list[tuple[int, ...]]:
    network = Network(inputs=(NetworkInput(name="image", shape=(1, 4, 6, 6)),), root=Block(name="", layers=layers))
    rows = list(visible_rows(StackModel(Document(network)).root, ()))
    return wire_sources(rows, (), ["image"])


def relu(name: str, *inputs: str) -> Layer:
    return Layer(name=name, type="ReLU", inputs=inputs)


def test_input_is_what_enters_the_block_whatever_a_sibling_is_called(qapp: object) -> None:
    assert sources(relu("input"), relu("b"), relu("c", "input"))[3] == (0,)


def test_a_later_sibling_hides_the_network_input_of_its_name(qapp: object) -> None:
    assert sources(relu("a"), relu("b", "image"), relu("image"))[2] == (-1,)
    assert sources(relu("a"), relu("b", "image"))[2] == (0,)


@pytest.mark.parametrize("reference", ["nowhere", "a:b", ":", "later"])
def test_a_reference_without_a_meaning_draws_no_wire(qapp: object, reference: str) -> None:
    assert sources(relu("a"), relu("b", reference), relu("later"))[2] == (-1,)


# -- the work, counted in lines of our own code that run


_OURS = tuple(str(Path(layerledger.core.__file__).parents[1] / folder) for folder in ("core", "gui"))


class _Work:
    """Counts the lines that run in the project's files, each turn of a loop for itself."""

    def __init__(self) -> None:
        self.lines = 0

    def of(self, run: Callable[[], object]) -> int:
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            run()
        finally:
            sys.settrace(before)
        return self.lines

    def _enter(self, frame: FrameType, event: str, arg: object) -> Callable[..., object] | None:
        file = frame.f_code.co_filename
        return self._line if file.startswith(_OURS) or file == __file__ else None

    def _line(self, frame: FrameType, event: str, arg: object) -> Callable[..., object]:
        self.lines += event == "line"
        return self._line


def with_skips(count: int) -> Network:
    """Return layers side by side, every third one a sum with a skip."""
    layers = [relu(f"l{i}") for i in range(count)]
    for i in range(5, count, 3):
        layers[i] = replace(layers[i], type="Add", inputs=(f"l{i - 1}", f"l{i - 3}"))
    return Network(inputs=(NetworkInput(name="image", shape=(1, 4, 6, 6)),), root=Block(name="", layers=tuple(layers)))


def test_twice_the_rows_are_twice_the_work(qapp: object) -> None:
    def work(count: int, find: Callable[..., object]) -> int:
        rows = list(visible_rows(StackModel(Document(with_skips(count))).root, ()))
        return _Work().of(lambda: find(rows, set[int](), ["image"]))

    def fast(*args: object) -> object:
        return route(wire_sources(*args))  # type: ignore[arg-type]  (the same arguments for both twins)

    assert work(2_000, fast) / work(1_000, fast) < 2.1
    assert work(2_000, slow_sources) / work(1_000, slow_sources) > 3  # so the count sees what is quadratic


def test_nested_skips_are_linear_too() -> None:
    def work(count: int) -> int:
        nested = [[i - 1] if i < count else [i - 1, 2 * count - i - 1] for i in range(2 * count)]
        return _Work().of(lambda: route(nested))

    assert work(2_000) / work(1_000) < 2.1


def test_opening_twice_the_layers_is_twice_the_work(qtbot: QtBot) -> None:
    """The whole window, until its first painting."""

    def work(count: int) -> int:
        document = Document()
        window = MainWindow(document, lambda: window)
        qtbot.addWidget(window)
        window.resize(1200, 800)
        window.show()

        def show() -> None:
            document.replace(network)
            window.chart.finish()
            window.header.finish()
            window.grab()

        network = with_skips(count)
        return _Work().of(show)

    work(10)  # imports
    assert work(2_000) / work(1_000) < 2.2
