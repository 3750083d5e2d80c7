"""The chart of memory over time: its pieces against a brute-force count, and how it is worked with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, analyze
from layerledger.core.analysis.passes.liveness import IN_PLACE
from layerledger.core.library.templates.templates import load_template
from layerledger.core.reports.series.memory import REST, Timeline
from layerledger.gui.charts.memory.page import PACKED, MemoryPage
from layerledger.gui.charts.memory.painter import rectangles
from layerledger.gui.charts.memory.view import MemoryView
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme

TEMPLATES = ["resnet18", "unet", "densenet121", "lstm_classifier", "lesson"]


def chain(layers: int) -> Network:
    nodes = tuple(Layer(name=f"relu{i}", type="ReLU") for i in range(layers))
    return Network(name="chain", root=Block(name="", layers=nodes))


def timeline_of(network: Network) -> Timeline:
    return Timeline(analyze(network))


# -- data


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("in_place", [(), IN_PLACE], ids=["own", "in place"])
def test_the_pieces_of_each_step_are_what_is_alive(name: str, in_place: tuple[str, ...]) -> None:
    timeline = Timeline(analyze(load_template(name)), in_place=in_place)  # type: ignore[arg-type]
    count = len(timeline.steps)
    columns = timeline.columns(0, count - 1, count)
    assert [(c.first, c.last, c.step) for c in columns] == [(i, i, i) for i in range(count)]
    for column in columns:
        alive = timeline.memory.alive(column.step)
        assert sum(piece.size for piece in column.pieces) == timeline.live[column.step]
        base = 0
        for piece in column.pieces:
            assert piece.base == base
            base += piece.size
        shown = [timeline.memory.buffers[piece.buffer] for piece in column.pieces if piece.buffer != REST]
        sizes = sorted((buffer.size_bytes for buffer in alive if buffer.size_bytes), reverse=True)
        assert sorted((buffer.size_bytes for buffer in shown), reverse=True) == sizes[: len(shown)]


def test_columns_that_share_a_pixel_show_their_highest_step() -> None:
    timeline = timeline_of(load_template("densenet121"))
    count = len(timeline.steps)
    columns = timeline.columns(0, count - 1, 50)
    assert len(columns) <= 50
    assert columns[0].first == 0
    assert columns[-1].last == count - 1
    assert all(a.last + 1 == b.first for a, b in pairwise(columns))
    for column in columns:
        assert timeline.live[column.step] == max(timeline.live[column.first : column.last + 1])
    assert max(sum(p.size for p in c.pieces) for c in columns) == timeline.peak


def test_a_part_of_the_steps_is_the_same_as_in_the_whole() -> None:
    timeline = timeline_of(load_template("resnet18"))
    whole = timeline.columns(0, len(timeline.steps) - 1, 1_000)
    assert timeline.columns(20, 40, 1_000) == whole[20:41]


def test_words() -> None:
    timeline = timeline_of(load_template("resnet18"))
    assert timeline.name(1) == "bn1"
    assert timeline.type(1) == "BatchNorm2d"
    first = timeline.columns(0, 0, 1)[0]
    assert [timeline.tensor_text(piece.buffer, 0) for piece in first.pieces] == [
        "image 1×3×224×224 float32, 588 KiB",
        "conv1 1×64×112×112 float32, 3.06 MiB",
    ]
    assert timeline.marked([(4, 0)]) == [4, 11]
    assert timeline.marked([]) == timeline.marked([()]) == []


def test_ten_thousand_steps_are_drawn_by_columns_of_pixels(qtbot: QtBot) -> None:
    view = MemoryView()
    qtbot.addWidget(view)
    view.resize(1400, 200)
    timeline = timeline_of(chain(10_000))
    view.show_timeline(timeline)
    view.grab()
    assert len(view.columns) <= 1_400
    assert len(list(rectangles(view.place, view.columns))) < 3_000


# -- the view


@pytest.fixture
def document(qapp: QApplication) -> Document:
    theme.apply(qapp, theme.LIGHT)
    return Document(load_template("resnet18"))


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> Iterator[ChartPanel]:
    panel = ChartPanel(document)
    qtbot.addWidget(panel)
    panel.resize(1_000, 260)
    panel.show()
    qtbot.waitExposed(panel)
    panel.finish()
    return panel


@pytest.fixture
def page(panel: ChartPanel) -> MemoryPage:
    tabs = panel.controls.tabs
    tabs.setCurrentIndex([tabs.tabData(i) for i in range(tabs.count())].index("memory"))
    QApplication.processEvents()
    page = panel.opened["memory"]
    assert isinstance(page, MemoryPage)
    return page


def point_of(view: MemoryView, step: int, nbytes: int = 0) -> QPointF:
    return QPointF(view.place.x(step), view.place.y(nbytes) - 2)


def test_the_page_is_made_when_it_is_opened(panel: ChartPanel) -> None:
    assert not panel.opened


def test_a_click_selects_the_layer_and_with_ctrl_one_more(qtbot: QtBot, page: MemoryPage, document: Document) -> None:
    qtbot.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=point_of(page.view, 1).toPoint())
    assert document.selection == ((1,),)
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(page.view, Qt.MouseButton.LeftButton, control, point_of(page.view, 4).toPoint())
    assert document.selection == ((1,), (4, 0))
    assert page.view.timeline is not None
    assert page.view.timeline.marked(document.selection) == [1, 4, 11]
    assert not page.grab().isNull()


def test_what_is_pointed_at_is_told(qtbot: QtBot, page: MemoryPage) -> None:
    view = page.view
    QTest.mouseMove(view, point_of(view, 1, 4 * 2**20).toPoint())
    qtbot.waitUntil(lambda: view.hovered == 1)
    said = view.note(1, point_of(view, 1, 4 * 2**20))
    assert (said.name, said.kind) == ("bn1", "step 2  BatchNorm2d")
    assert said.value == "live 6.12 MiB · bn1 1×64×112×112 float32, 3.06 MiB"
    assert view.note(1, point_of(view, 1, 2**20)).value.endswith("· conv1 1×64×112×112 float32, 3.06 MiB")
    assert view.note(1).value == "live 6.12 MiB"
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert view.tip.isHidden()


def test_keys_walk_through_the_steps(qtbot: QtBot, page: MemoryPage, document: Document) -> None:
    view = page.view
    for key, path in ((Qt.Key.Key_Home, (0,)), (Qt.Key.Key_Right, (1,)), (Qt.Key.Key_End, (10,)), (Qt.Key.Key_P, (1,))):
        qtbot.keyClick(view, key)
        assert document.selection == (path,)
    assert view.accessibleDescription() == "bn1, step 2  BatchNorm2d, live 6.12 MiB"


def test_zoom_keeps_within_the_steps(qtbot: QtBot, page: MemoryPage) -> None:
    view = page.view
    for _ in range(20):
        qtbot.keyClick(view, "+")
    low, high = view.range
    assert high - low == pytest.approx(4)
    assert view.grab().width() > 0
    for _ in range(30):
        qtbot.keyClick(view, "-")
    assert view.range == (-0.5, view.count - 0.5)
    view.zoom(0.5, 0)
    qtbot.keyClick(view, "0")
    assert view.range == (-0.5, view.count - 0.5)
    view.zoom(0.3, 5)
    view.reveal(60)
    assert view.range[0] <= 60 <= view.range[1]


def test_what_is_in_place_lowers_the_peak_and_is_remembered(qtbot: QtBot, page: MemoryPage, document: Document) -> None:
    page.fill_options()
    actions = {action.text(): action for action in page.tools.options.actions()}
    assert page.tools.choose.text() == "In place: none"
    actions["Element-wise layers in place"].trigger()
    assert page.tools.choose.text() == "In place: 1"
    timeline = page.view.timeline
    assert timeline is not None
    assert timeline.peak < document.result.memory.peak_bytes
    assert timeline.packed is None
    actions[next(text for text in actions if text.startswith("Packed"))].trigger()
    assert page.view.timeline is not None
    assert page.view.timeline.packed is not None
    again = MemoryPage(document)
    qtbot.addWidget(again)
    assert PACKED in again.options
    assert "element-wise" in again.options


def test_it_follows_edits_only_while_it_is_in_sight(qtbot: QtBot, panel: ChartPanel, page: MemoryPage) -> None:
    document = panel._document
    before = page.view.timeline
    commands.set_param(document, (0,), "out_channels", 32)
    QApplication.processEvents()
    assert page.view.timeline is not before
    panel.controls.tabs.setCurrentIndex(0)
    QApplication.processEvents()
    shown = page.view.timeline
    commands.set_param(document, (0,), "out_channels", 16)
    QApplication.processEvents()
    assert page.view.timeline is shown
    assert "memory" not in vars(document.result)
    assert "flow" not in vars(document.result)


def test_a_large_network_follows_when_typing_rests(qtbot: QtBot, page: MemoryPage) -> None:
    page._document.replace(chain(500))
    before = page.view.timeline
    qtbot.waitUntil(lambda: page.view.timeline is not before)
    assert page.view.count == 500


def test_without_steps_it_says_why(page: MemoryPage) -> None:
    page._document.replace(Network(name="empty"))
    QApplication.processEvents()
    assert page.message.text() == "No layers yet"
    page._document.replace(Network(name="odd", root=Block(name="", layers=(Layer(name="x", type="NotKnown"),))))
    QApplication.processEvents()
    assert page.message.text() == "No layer has an output"
    assert not page.tools.save.isEnabled()


def test_a_picture_of_it(page: MemoryPage, tmp_path) -> None:  # type: ignore[no-untyped-def]
    page.copy_image()
    assert not QGuiApplication.clipboard().image().isNull()
    page.save(tmp_path / "memory.png")
    assert (tmp_path / "memory.png").stat().st_size > 2_000
