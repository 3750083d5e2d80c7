"""The charts: they show exact numbers however large, follow the document, and choose its rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, QCoreApplication, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QGuiApplication, QImage, QPaintEvent, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput, analyze, edits
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.metric import METRICS
from layerledger.core.metrics.step_metrics import PLACED
from layerledger.core.network.nodes import Node
from layerledger.core.reports.series import bars as data
from layerledger.core.reports.series.bars import GROUPINGS, Chart
from layerledger.core.reports.series.layer_series import SeriesBuilder
from layerledger.gui.charts import image_export as export
from layerledger.gui.charts import legend
from layerledger.gui.charts.cost.axes import place
from layerledger.gui.charts.cost.bar_view import BarView
from layerledger.gui.charts.cost.bars import BarFrame, pieces, rectangles
from layerledger.gui.charts.cost.plot import by_family
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.charts.scales import Linear, Log, tick_text
from layerledger.gui.charts.tip import note
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import AT_ONCE
from layerledger.gui.theme import theme

SUMS = [key for key, metric in METRICS.items() if metric.adds_up]
MACS, PARAMS, BYTES = METRICS["macs"], METRICS["params"], METRICS["activation_bytes"]
LAYER, BLOCK, TYPE = GROUPINGS["layer"], GROUPINGS["block"], GROUPINGS["type"]
HUGE = 10**400


def conv(name: str, out_channels: int = 8, **params: object) -> Layer:
    return Layer(
        name=name, type="Conv2d", params={"out_channels": out_channels, "kernel_size": 3, "padding": 1, **params}
    )


def relu(name: str) -> Layer:
    return Layer(name=name, type="ReLU")


def network(*nodes: Node, name: str = "net") -> Network:
    image = NetworkInput(name="image", shape=(1, 8, 16, 16))
    return Network(name=name, inputs=(image,), root=Block(name="", layers=nodes))


def staged() -> Network:
    """stem, relu, stage × 2 of (a, act, b), head: bars 0, 1, 2–4, 5–7, 8."""
    stage = Block(name="stage", repeat=2, layers=(conv("a"), relu("act"), conv("b")))
    return network(conv("stem"), relu("relu"), stage, conv("head", 64), name="staged")


def shared() -> Network:
    inner = Block(name="inner", repeat=3, share_weights=True, layers=(conv("a"), relu("r")))
    outer = Block(name="outer", repeat=2, layers=(inner, conv("b")))
    again = Block(name="again", repeat=2, share_weights=True, layers=(outer, replace(conv("c"), tied_to="first")))
    return network(conv("first"), again, Layer(name="odd", type="NotKnown"), conv("waits"))


def chart_of(net: Network, metric: str = "macs", grouping: str = "layer", *, descending: bool = False) -> Chart:
    result = analyze(net)
    return data.chart(result, SeriesBuilder().read(result), METRICS[metric], GROUPINGS[grouping], descending=descending)


def values_of(chart: Chart) -> list[int]:
    return [bar.value for bar in chart.bars]


def test_bars_of_what_a_layer_has_by_its_place() -> None:
    """3×3 convolutions see 3, 5, 7, … positions; what they read and give is alive; together they have the most."""
    result = analyze(network(conv("a"), relu("r"), Block(name="b", repeat=2, layers=(conv("c"),))))
    found = SeriesBuilder().read(result)
    seen, alive = PLACED["receptive_field"], PLACED["live_bytes"]
    before = data.chart(result, found, seen, GROUPINGS["layer"], descending=False)
    assert values_of(before) == [3, 3, 5, 7]
    assert values_of(data.chart(result, found, seen, GROUPINGS["block"], descending=False)) == [3, 3, 7]
    live = data.chart(result, found, alive, GROUPINGS["layer"], descending=False)
    assert values_of(live) == result.memory.live_bytes
    by_type = data.chart(result, found, alive, GROUPINGS["type"], descending=True)
    assert max(values_of(by_type)) == result.memory.peak_bytes
    other = analyze(network(conv("z"), relu("r"), Block(name="b", repeat=2, layers=(conv("c", 9),))), previous=result)
    again = data.chart(other, SeriesBuilder().read(other), seen, GROUPINGS["layer"], descending=False, before=before)
    assert values_of(again) == [3, 3, 5, 7]


def names(chart: Chart) -> list[str]:
    return [chart.name(i) for i in range(len(chart.bars))]


def values(chart: Chart) -> list[int]:
    return [bar.value for bar in chart.bars]


# -- bars


@pytest.mark.parametrize("net", [staged(), shared(), load_template("resnet50"), network()], ids=lambda n: n.name)
@pytest.mark.parametrize("metric", METRICS)
def test_a_bar_a_layer_says_what_the_flat_list_says(net: Network, metric: str):
    rows = list(analyze(net).rows())
    chart = chart_of(net, metric)
    assert names(chart) == [row.path for row in rows]
    assert values(chart) == [METRICS[metric].of_row(row) for row in rows]
    assert [chart.rows(i) for i in range(len(rows))] == [[row.at] for row in rows]


@pytest.mark.parametrize("net", [staged(), shared(), load_template("mobilenet_v2")], ids=lambda n: n.name)
@pytest.mark.parametrize("metric", SUMS)
@pytest.mark.parametrize("grouping", GROUPINGS)
@pytest.mark.parametrize("descending", [False, True])
def test_bars_add_up_to_the_whole(net: Network, metric: str, grouping: str, *, descending: bool):
    chart = chart_of(net, metric, grouping, descending=descending)
    assert sum(values(chart)) == chart.total == METRICS[metric].of(analyze(net).root)
    assert all(sum(bar.parts.values()) == bar.value for bar in chart.bars if bar.parts)
    if descending:
        assert values(chart) == sorted(values(chart), reverse=True)


@pytest.mark.parametrize("grouping", ["block", "type"])
def test_intensities_do_not_add_up(grouping: str):
    chart = chart_of(load_template("resnet18"), "intensity", grouping)
    assert all(not bar.parts for bar in chart.bars)
    for bar in chart.bars:
        macs = sum(visit.result.cost.macs for visit in bar.visits)
        moved = sum(visit.result.traffic.read_bytes + visit.result.traffic.write_bytes for visit in bar.visits)
        assert bar.value == 2_000_000 * macs // moved
    assert "%" not in note(chart, 0).value
    assert note(chart, 0).value.startswith("Intensity (2 × MACs per byte): ")


def test_ticks_of_intensities_are_plain_numbers():
    chart = chart_of(load_template("resnet18"), "intensity")
    for scale in (Linear(chart.metric, max(values(chart))), Log(chart.metric)):
        ticks = scale.ticks(*scale.fit([value for value in values(chart) if value]), 6)
        assert len(ticks) >= 2
        assert all(float(text.replace(",", "")) >= 0 for _, text in ticks)


def test_blocks_and_types_are_bars_of_what_has_a_value():
    by_block, by_type = chart_of(staged(), grouping="block"), chart_of(staged(), "params", "type")
    assert names(by_block) == ["stem", "stage", "head"]
    assert [by_block.rows(i) for i in range(3)] == [[(0,)], [(2,)], [(3,)]]
    assert names(by_type) == ["Conv2d"]
    assert by_type.rows(0) == [(0,), (2, 0), (2, 2), (3,)]


def test_a_blocks_bar_is_divided_among_its_families():
    bar = chart_of(staged(), "exact_flops", "block").bars[2]
    assert bar.family == "Convolution"
    bar = chart_of(staged(), "activation_bytes", "block").bars[2]
    assert dict(bar.parts) == {"Convolution": 4 * 8 * 256 * 4, "Activation": 2 * 8 * 256 * 4}


def test_marked_are_all_passes_of_a_layer_and_all_layers_of_a_block():
    chart = chart_of(staged())
    assert chart.marked([(2, 0)]) == [2, 5]
    assert chart.marked([(2,), (0,)]) == [0, 2, 3, 4, 5, 6, 7]
    assert chart.marked([()]) == []
    assert chart_of(staged(), grouping="block").marked([(2, 1)]) == [1]
    assert chart_of(staged(), "params", "type").marked([(2,)]) == [0]


def test_what_is_not_counted_keeps_its_place():
    never = Block(name="never", repeat=0, layers=(relu("c"),))
    broken = network(conv("a"), Layer(name="odd", type="NotKnown"), never, conv("b"))
    chart = chart_of(broken)
    assert names(chart) == ["a", "odd", "never.0.c", "b"]
    assert [bar.uncounted for bar in chart.bars] == [0, 1, 1, 1]
    assert note(chart, 1).value == "not counted; see its problem"
    assert names(chart_of(broken, grouping="type")) == ["Conv2d", "NotKnown", "ReLU"]
    assert note(chart_of(broken, grouping="type"), 0).value.endswith("1 layer not counted")


def test_a_note_gives_the_exact_value_with_its_convention_and_share():
    chart = chart_of(load_template("resnet18"), "exact_flops")
    said = note(chart, 0)
    assert (said.name, said.kind) == ("conv1", "Conv2d")
    assert said.value.startswith("FLOPs (every multiply and add): 235,225,088 · 6.")
    whole = note(chart_of(network(conv("only"))), 0)
    assert whole.text() == "only, Conv2d, MACs: 147,456 · 100.0%"
    assert note(chart_of(staged(), grouping="block"), 1).kind == "×2, 6 layers"
    assert note(chart_of(staged()), 1).value == "MACs: 0"


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 20)), max_size=6), st.sampled_from(sorted(METRICS)))
def test_what_is_kept_of_the_chart_before_is_never_wrong(changes: list[tuple[int, int]], metric: str):
    net = network(conv("a"), Block(name="b", repeat=2, layers=(conv("x"), relu("y"))), conv("c"), relu("d"), conv("e"))
    result, reader = analyze(net), SeriesBuilder()
    kept = data.chart(result, reader.read(result), METRICS[metric], LAYER, descending=False)
    for where, channels in changes:
        layers = net.root.layers
        if where == 5:
            net = edits.remove(net, [(len(layers) - 1,)]) if len(layers) > 1 else net
        elif where == 6:
            net = edits.insert(net, (1,), [conv("new", channels)])
        elif where < len(layers) and isinstance(layers[where], Layer):
            net = edits.set_param(net, (where,), "out_channels", channels)
        result = analyze(net, previous=result)
        kept = data.chart(result, reader.read(result), METRICS[metric], LAYER, descending=False, before=kept)
        assert values(kept) == values(chart_of(net, metric))
        assert names(kept) == [row.path for row in result.rows()]


# -- scales


@pytest.mark.parametrize("largest", [1, 7, 999, 118_013_952, 10**33, HUGE])
@pytest.mark.parametrize("metric", [MACS, BYTES], ids=lambda m: m.key)
@pytest.mark.parametrize("most", [2, 5, 12])
@pytest.mark.parametrize("kind", ["linear", "log"])
def test_ticks_are_few_short_and_in_range(largest: int, metric: object, most: int, kind: str):
    scale = Linear(metric, largest) if kind == "linear" else Log(metric)
    bottom, top = scale.fit([1, largest])
    ticks = scale.ticks(bottom, top, most)
    assert 1 <= len(ticks) <= most
    assert all(bottom - 1e-9 <= height <= top + 1e-9 for height, _ in ticks)
    assert all(len(text) <= 12 for _, text in ticks)
    assert len({text for _, text in ticks}) == len(ticks)


def test_tick_values_are_round_in_the_unit_of_the_metric():
    scale = Linear(MACS, 118_013_952)
    assert [text for _, text in scale.ticks(*scale.fit([118_013_952]), 6)] == [
        "0", "25 M", "50 M", "75 M", "100 M", "125 M",
    ]  # fmt: skip
    scale = Linear(BYTES, 3_211_264)
    assert [text for _, text in scale.ticks(*scale.fit([3_211_264]), 6)] == ["0 B", "1 MiB", "2 MiB", "3 MiB"]
    assert [t for _, t in Log(MACS).ticks(2.0, 7.0, 6)] == ["100", "1 k", "10 k", "100 k", "1 M", "10 M"]
    assert [t for _, t in Log(MACS).ticks(8.0, 9.0, 6)] == ["100 M", "200 M", "500 M", "1 G"]
    assert [t for _, t in Log(BYTES).ticks(10.0, 21.0, 4)] == ["1 KiB", "32 KiB", "1 MiB"]
    assert tick_text(MACS, 12 * 10**149) == "1.2e150"


@pytest.mark.parametrize("metric", [MACS, BYTES], ids=lambda m: m.key)
def test_heights_of_huge_integers_keep_their_proportion(metric: object):
    assert Linear(metric, HUGE).height(HUGE // 4) == 0.25
    assert Log(metric).height(HUGE) == pytest.approx(2 * Log(metric).height(10**200))


@pytest.mark.parametrize("value", [1, 10, 1024, 1025])
@pytest.mark.parametrize("metric", [MACS, BYTES], ids=lambda m: m.key)
def test_the_least_value_has_a_visible_bar_on_a_logarithmic_axis(value: int, metric: object):
    scale = Log(metric)
    bottom, top = scale.fit([value, 10**6])
    assert (scale.height(value) - bottom) / (top - bottom) > 0.01


# -- what is drawn


def test_bars_lie_on_whole_pixels_and_none_is_too_flat_to_see():
    frame = BarFrame(width=100, height=105, x=(-0.5, 2.5), y=(0.0, 1.0), ratio=1.5)
    boxes = rectangles(frame, pieces([(0, 0.0, 1.0), (1, 0.0, 1e-9), (2, -float("inf"), 0.5)]))
    assert [round(left * 1.5, 6) % 1 for left in boxes[:, 0]] == [0, 0, 0]
    assert boxes[:, 2].max() <= 100 / 3
    assert boxes[:, 3].tolist() == pytest.approx([100, 1.5, 50], abs=0.7)
    assert boxes[:, 3].min() >= 1.5
    assert (boxes * 1.5).round(6).tolist() == (boxes * 1.5).round().tolist()


def test_a_divided_bar_stands_among_the_whole_ones():
    """Drawing joins neighbours that share a pixel, and finds them by their order."""
    nodes = [relu("first"), *(Block(name=f"b{i}", layers=(conv("a"), relu("r"))) for i in range(3)), relu("last")]
    chart = chart_of(network(*nodes), "activation_bytes", "block")
    scale = Linear(chart.metric, max(chart.bars.values))
    drawn = by_family(chart, scale, stacked=True)
    assert {family: shown.x.tolist() for family, shown in drawn.items()} == {
        "Activation": [0, 1, 2, 3, 4],
        "Convolution": [1, 2, 3],
    }
    assert drawn["Activation"].low.tolist() == [0, 0.5, 0.5, 0.5, 0]
    assert list(by_family(chart, scale, stacked=False)) == ["Convolution", "Activation"]


def test_bars_that_share_a_pixel_show_the_tallest():
    found = [(i, 0.0, 1.0 if i == 4_321 else 0.1) for i in range(10_000)]
    frame = BarFrame(width=1000, height=105, x=(-0.5, 9999.5), y=(0.0, 1.0))
    boxes = rectangles(frame, pieces(found))
    assert len(boxes) <= 1002
    assert boxes[:, 3].max() == 100
    assert boxes[boxes[:, 3] == 100][:, 0].tolist() == [432]


@pytest.mark.parametrize("net", [staged(), load_template("resnet50"), network(*(conv(f"conv{i}") for i in range(500)))])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("width", [120, 1300])
def test_names_never_touch(net: Network, width: int, *, descending: bool):
    chart = chart_of(net, descending=descending)
    frame = BarFrame(width=width, height=100, x=(-0.5, len(chart.bars) - 0.5))
    placed = place(chart, frame, chart.label, lambda text: 6.0 * len(text), spans=chart.spanned)
    assert placed
    edges = [(left, left + 6.0 * len(text)) for left, text in placed]
    assert all(end < start for (_, end), (start, _) in pairwise(edges))
    assert edges[0][0] >= -15
    assert edges[-1][1] <= width + 15


def test_names_of_blocks_come_before_those_beside_them():
    chart = chart_of(load_template("resnet18"))
    frame = BarFrame(width=260, height=100, x=(-0.5, len(chart.bars) - 0.5))
    shown = [text for _, text in place(chart, frame, chart.label, lambda text: 6.0 * len(text), spans=True)]
    assert {"layer1", "layer2", "layer3", "layer4"} <= set(shown)


# -- the panel


def test_importing_the_panel_imports_neither_pyqtgraph_nor_numpy():
    program = (
        "import sys, layerledger.gui.charts.panel\n"
        "assert not {'pyqtgraph', 'numpy'} & set(sys.modules), 'the window would wait for them'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.fixture
def document(qapp: QApplication) -> Document:
    theme.apply(qapp, theme.LIGHT)
    return Document(staged())


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> Iterator[ChartPanel]:
    shown = ChartPanel(document)
    qtbot.addWidget(shown)
    shown.resize(1000, 220)
    with qtbot.waitSignal(shown.plotReady, timeout=20_000):
        shown.show()
    yield shown
    shown.close()


@pytest.fixture
def view(panel: ChartPanel) -> BarView:
    assert panel.view is not None
    panel.view.setFocus()
    return panel.view


def settle() -> None:
    QCoreApplication.sendPostedEvents()
    QApplication.processEvents()


def bar_at(view: BarView, position: int, up: float = 3.0) -> QPoint:
    """A pixel of the viewport in the column of a bar, just above its foot."""
    frame = view.bars.frame
    return view.mapFromScene(view.box.mapToScene(QPointF(frame.centre(position), frame.base - up)))


def click(view: BarView, position: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, bar_at(view, position))
    settle()


def hover(view: BarView, at: QPoint) -> None:
    QTest.mouseMove(view.viewport(), at)
    settle()


def wheel(
    view: BarView, at: QPoint, delta: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    where, no = QPointF(at), Qt.MouseButton.NoButton
    turn = QPoint(0, delta)
    event = QWheelEvent(
        where, QPointF(view.mapToGlobal(at)), QPoint(), turn, no, modifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(view.viewport(), event)
    settle()


def drag(view: BarView, start: QPoint, by: int) -> None:
    port, left = view.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(port, left, Qt.KeyboardModifier.NoModifier, start)
    for part in (0.3, 0.7, 1.0):
        QTest.mouseMove(port, start + QPoint(round(by * part), 0))
    QTest.mouseRelease(port, left, Qt.KeyboardModifier.NoModifier, start + QPoint(by, 0))
    settle()


def choose_metric(panel: ChartPanel, key: str) -> None:
    box = panel.controls.metric_box
    box.setCurrentIndex(box.findData(key))
    settle()


def show_tab(panel: ChartPanel, grouping: str) -> None:
    tabs = panel.controls.tabs
    index = next(i for i in range(tabs.count()) if tabs.tabData(i) == grouping)
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(index).center())
    settle()


def colours(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}


def test_the_window_is_painted_before_the_plot_is_made(qtbot: QtBot, document: Document):
    class Watched(ChartPanel):
        def paintEvent(self, event: QPaintEvent) -> None:
            ready_when_painted.append(self.ready)
            super().paintEvent(event)

    ready_when_painted: list[bool] = []
    panel = Watched(document)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(panel.plotReady, timeout=20_000):
        panel.show()
    assert ready_when_painted[0] is False
    assert panel.ready


def test_finish_makes_the_plot_at_once(qtbot: QtBot, document: Document):
    panel = ChartPanel(document)
    qtbot.addWidget(panel)
    panel.finish()
    assert panel.ready
    assert panel.chart is not None
    assert len(panel.chart.bars) == 9


def test_the_bars_have_the_colours_of_their_families(panel: ChartPanel, view: BarView):
    choose_metric(panel, "activation_bytes")
    families = theme.LIGHT.families
    assert {families["Convolution"], families["Activation"]} <= colours(view)
    assert panel.controls.legend.entries == ["Convolution", "Activation"]
    choose_metric(panel, "macs")
    assert panel.controls.legend.entries == ["Convolution"]
    assert families["Activation"] not in colours(view)


def test_a_theme_recolours_the_plot(qapp: QApplication, panel: ChartPanel, view: BarView):
    choose_metric(panel, "activation_bytes")
    theme.apply(qapp, theme.DARK)
    settle()
    shown = colours(view)
    assert {theme.DARK.panel, theme.DARK.families["Activation"]} <= shown
    assert theme.LIGHT.panel not in shown
    theme.apply(qapp, theme.LIGHT)


def test_pointing_at_a_bar_tells_its_exact_value(view: BarView):
    hover(view, bar_at(view, 4))
    assert view.tip.isVisible()
    assert "stage.0.b" in view.tip.name.text()
    assert "MACs:&nbsp;147,456" in view.tip.value.text()
    hover(view, QPoint(2, 2))
    assert not view.tip.isVisible()


def test_a_name_with_markup_is_shown_as_it_is(document: Document, view: BarView):
    document.replace(network(conv("<img src=x>&<b>")))
    settle()
    hover(view, bar_at(view, 0))
    assert "&lt;img&nbsp;src=x>&amp;&lt;b>" in view.tip.name.text()


@pytest.mark.parametrize("name", ["a", "a very long name " * 20])
def test_the_label_never_leaves_the_view(document: Document, view: BarView, name: str):
    document.replace(network(*(conv(f"{name}{i}") for i in range(40))))
    settle()
    height = view.viewport().height()
    for position in (0, 20, 39):
        for up in (1.0, view.bars.frame.height / 2, view.bars.frame.height - 8):
            hover(view, bar_at(view, position, up))
            assert view.tip.isVisible()
            assert view.viewport().rect().contains(view.tip.geometry()), (position, up, height)


def test_a_click_selects_the_row_and_marks_all_its_passes(document: Document, view: BarView):
    click(view, 5)
    assert document.selection == ((2, 0),)
    assert list(view.bars.marks.selected) == [2, 5]
    assert theme.LIGHT.accent in colours(view)


def test_control_and_click_adds_to_the_selection_and_takes_away(document: Document, view: BarView):
    click(view, 0)
    click(view, 8, Qt.KeyboardModifier.ControlModifier)
    assert document.selection == ((0,), (3,))
    click(view, 0, Qt.KeyboardModifier.ControlModifier)
    assert document.selection == ((3,),)


def test_a_click_selects_a_block_or_all_layers_of_a_type(document: Document, panel: ChartPanel, view: BarView):
    show_tab(panel, "block")
    click(view, 1)
    assert document.selection == ((2,),)
    show_tab(panel, "type")
    click(view, 0)
    assert document.selection == ((0,), (2, 0), (2, 2), (3,))


def test_the_selection_of_another_panel_is_marked_and_brought_into_sight(document: Document, view: BarView):
    for _ in range(20):
        wheel(view, bar_at(view, 0), 120)
    assert view.bars.frame.x[1] < 5
    document.select([(3,)])
    settle()
    assert list(view.bars.marks.selected) == [8]
    assert view.bars.frame.x[0] < 8 < view.bars.frame.x[1]


def test_a_bar_too_small_to_hit_is_chosen_by_its_column(document: Document, view: BarView):
    document.replace(network(conv("big", 512), conv("small", 1)))
    settle()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=bar_at(view, 1, up=90))
    assert document.selection == ((1,),)


def test_thin_bars_are_hit_from_beside(document: Document, view: BarView):
    nodes = [conv(f"conv{i}") if i % 100 == 50 else relu(f"relu{i}") for i in range(700)]
    document.replace(network(*nodes))
    settle()
    assert view.bars.frame.slot < 2
    assert view.hit(QPointF(bar_at(view, 250) + QPoint(2, 0))) == 250
    assert view.hit(QPointF(bar_at(view, 200))) == 200


def test_the_keyboard_walks_from_bar_to_bar(document: Document, view: BarView):
    for key, expected in (
        (Qt.Key.Key_Right, (0,)),
        (Qt.Key.Key_Right, (2, 0)),
        (Qt.Key.Key_Right, (2, 2)),
        (Qt.Key.Key_Right, (2, 0)),
        (Qt.Key.Key_Left, (2, 2)),
        (Qt.Key.Key_End, (3,)),
        (Qt.Key.Key_Right, (3,)),
        (Qt.Key.Key_Home, (0,)),
    ):
        QTest.keyClick(view, key)
        settle()
        assert document.selection == (expected,)
    assert view.tip.isVisible()
    assert view.accessibleDescription() == "stem, Conv2d, MACs: 147,456 · 7.7%"


def test_the_keyboard_zooms_and_brings_bars_into_sight(view: BarView):
    QTest.keyClick(view, Qt.Key.Key_Home)
    for _ in range(10):
        QTest.keyClicks(view, "+")
    assert view.zoomed
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.bars.frame.x[0] < 8 < view.bars.frame.x[1]
    QTest.keyClicks(view, "-")
    assert view.bars.frame.x[1] - view.bars.frame.x[0] > 4
    QTest.keyClicks(view, "0")
    assert not view.zoomed


def test_other_keys_go_on_to_the_window(qtbot: QtBot, document: Document):
    class Host(QWidget):
        def keyPressEvent(self, event: object) -> None:
            heard.append(event)

    heard: list[object] = []
    host = Host()
    qtbot.addWidget(host)
    panel = ChartPanel(document, host)
    panel.finish()
    host.show()
    QTest.keyClick(panel.view, Qt.Key.Key_F2)
    assert len(heard) == 1


def test_the_wheel_zooms_about_the_pointer_and_never_beyond_the_bars(view: BarView):
    at = bar_at(view, 6)
    wheel(view, at, 240)
    low, high = view.bars.frame.x
    assert (low, high) != (-0.5, 8.5)
    assert abs(bar_at(view, 6).x() - at.x()) <= 2
    for _ in range(40):
        wheel(view, at, 120)
    assert view.bars.frame.x[1] - view.bars.frame.x[0] == pytest.approx(4)
    for _ in range(40):
        wheel(view, at, -120)
    assert view.bars.frame.x == pytest.approx((-0.5, 8.5))


def test_dragging_pans_within_the_bars_and_selects_nothing(document: Document, view: BarView):
    wheel(view, bar_at(view, 4), 480)
    low, high = view.bars.frame.x
    drag(view, bar_at(view, 4), -60)
    moved = view.bars.frame.x
    assert moved[0] > low
    assert moved[1] - moved[0] == pytest.approx(high - low)
    drag(view, bar_at(view, 4), -4000)
    assert view.bars.frame.x[1] == pytest.approx(8.5)
    drag(view, bar_at(view, 6), 9000)
    assert view.bars.frame.x[0] == pytest.approx(-0.5)
    assert document.selection == ()


def test_the_wheel_pans_with_shift(view: BarView):
    wheel(view, bar_at(view, 4), 480)
    low = view.bars.frame.x[0]
    wheel(view, bar_at(view, 4), -120, Qt.KeyboardModifier.ShiftModifier)
    assert view.bars.frame.x[0] > low


def test_a_double_click_shows_all_bars(view: BarView):
    wheel(view, bar_at(view, 4), 480)
    assert view.zoomed
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=bar_at(view, 4))
    assert not view.zoomed


def test_the_heights_fit_what_is_in_sight(document: Document, view: BarView):
    document.replace(network(*(conv(f"c{i}", 8) for i in range(20)), conv("big", 4096)))
    settle()
    whole = view.bars.frame.y
    for _ in range(20):
        wheel(view, bar_at(view, 0), 120)
    assert view.bars.frame.y[1] < whole[1] / 100


def test_an_edit_keeps_the_part_in_sight(document: Document, panel: ChartPanel, view: BarView):
    wheel(view, bar_at(view, 4), 480)
    before = view.bars.frame.x
    commands.set_param(document, (0,), "out_channels", 32)
    settle()
    assert view.bars.frame.x == pytest.approx(before)
    show_tab(panel, "block")
    assert not view.zoomed


def test_the_chart_follows_edits_and_undo(document: Document, panel: ChartPanel):
    commands.set_param(document, (3,), "out_channels", 16)
    settle()
    assert values(panel.chart)[-1] == 16 * 8 * 9 * 256
    document.undo()
    settle()
    assert values(panel.chart)[-1] == 64 * 8 * 9 * 256


def test_many_changes_are_drawn_once(document: Document, panel: ChartPanel, monkeypatch: pytest.MonkeyPatch):
    drawn: list[object] = []
    original = data.chart
    monkeypatch.setattr(data, "chart", lambda *args, **options: drawn.append(args) or original(*args, **options))
    for channels in range(10, 20):
        commands.set_param(document, (0,), "out_channels", channels)
        document.select([(channels % 3,)])
    document.change_settings(count="exact")
    settle()
    assert len(drawn) == 1
    document.select([(0,)])
    settle()
    assert len(drawn) == 1


def test_a_hidden_chart_waits_until_it_is_shown(document: Document, panel: ChartPanel):
    panel.hide()
    before = panel.chart
    commands.set_param(document, (0,), "out_channels", 33)
    settle()
    assert panel.chart is before
    panel.show()
    settle()
    assert values(panel.chart)[0] == 33 * 8 * 9 * 256


def test_bars_that_need_the_whole_of_a_large_network_follow_when_typing_rests(
    qtbot: QtBot, document: Document, panel: ChartPanel
):
    document.replace(network(conv("first"), *(relu(f"relu{i}") for i in range(AT_ONCE))))
    choose_metric(panel, "live_bytes")
    settle()
    before = panel.chart
    assert values(before)[:3] == [2 * 8 * 256 * 4] * 3
    commands.set_param(document, (0,), "out_channels", 16)
    document.select([(1,)])
    settle()
    assert panel.chart is before
    assert "flow" not in vars(document.result)
    assert list(panel.view.bars.marks.selected) == [1]
    qtbot.waitUntil(lambda: panel.chart is not before)
    assert values(panel.chart)[:3] == [(8 + 16) * 256 * 4, 2 * 16 * 256 * 4, 2 * 16 * 256 * 4]
    commands.set_param(document, (0,), "out_channels", 32)
    panel.finish()
    assert values(panel.chart)[0] == (8 + 32) * 256 * 4
    commands.set_param(document, (0,), "out_channels", 8)
    choose_metric(panel, "macs")  # nothing is waited for any more
    settle()
    assert values(panel.chart)[0] == 8 * 8 * 9 * 256


def test_the_count_is_followed_unless_something_else_is_shown(document: Document, panel: ChartPanel):
    document.change_settings(count="exact")
    settle()
    assert panel.chart.metric.key == "exact_flops"
    choose_metric(panel, "params")
    document.change_settings(count="flops")
    settle()
    assert panel.chart.metric.key == "params"
    choose_metric(panel, "macs")
    assert document.count == "flops"
    document.change_settings(count="exact")
    settle()
    assert panel.chart.metric.key == "exact_flops"


def test_largest_first_leaves_out_what_is_zero(qtbot: QtBot, panel: ChartPanel):
    qtbot.mouseClick(panel.controls.sort, Qt.MouseButton.LeftButton)
    settle()
    assert names(panel.chart) == ["head", "stem", "stage.0.a", "stage.0.b", "stage.1.a", "stage.1.b"]


def test_zero_is_absent_on_a_logarithmic_axis(qtbot: QtBot, panel: ChartPanel, view: BarView):
    qtbot.mouseClick(panel.controls.log, Qt.MouseButton.LeftButton)
    settle()
    view.viewport().repaint()
    assert len(panel.chart.bars) == 9
    assert panel.chart.drawn == [0, 2, 4, 5, 7, 8]
    hover(view, bar_at(view, 1))
    assert "MACs:&nbsp;0" in view.tip.value.text()


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("grouping", GROUPINGS)
def test_numbers_beyond_every_float_are_drawn(
    document: Document, panel: ChartPanel, view: BarView, grouping: str, *, log: bool
):
    sizes = {"out_channels": 2**62, "kernel_size": (2**62, 2**62), "padding": (2**61, 2**61)}
    wide = replace(conv("wide"), params=sizes)
    image = NetworkInput(name="image", shape=(2**62, 2**62, 2**62, 2**62))
    document.replace(replace(network(wide, relu("act"), conv("next", 2**61)), inputs=(image,)))
    panel.controls.log.setChecked(log)
    show_tab(panel, grouping)
    settle()
    view.viewport().repaint()
    hover(view, bar_at(view, 0))
    assert panel.chart is not None


# -- nothing to draw


@pytest.mark.parametrize(
    ("net", "metric", "sentence"),
    [
        (network(), "macs", "No layers yet"),
        (network(relu("a")), "params", "No layer has parameters"),
        (network(relu("a")), "flops", "No layer has multiply-accumulates"),
        (network(Layer(name="a", type="NotKnown")), "macs", "No layer could be counted"),
        (network(Block(name="hollow")), "macs", "No layers yet"),
    ],
)
def test_an_empty_chart_says_why(document: Document, panel: ChartPanel, net: Network, metric: str, sentence: str):
    document.replace(net)
    choose_metric(panel, metric)
    assert panel.message.isVisible()
    assert panel.message.text() == sentence
    assert not panel.controls.legend.entries
    assert not panel.save_png.isEnabled()
    document.replace(staged())
    choose_metric(panel, "macs")
    assert panel.view.isVisible()
    assert panel.save_png.isEnabled()


def test_layers_that_are_not_counted_are_in_the_legend(document: Document, panel: ChartPanel, view: BarView):
    document.replace(network(conv("a"), Layer(name="odd", type="NotKnown")))
    settle()
    assert panel.controls.legend.entries == ["Convolution", legend.UNCOUNTED]
    assert theme.LIGHT.error in colours(view)
    click(view, 1)
    assert document.selection == ((1,),)


# -- pictures


def save_as(action: QAction, name: str) -> list[str]:
    """Triggers a saving action and answers its dialog with `name`; returns the name that was proposed."""
    proposed: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog):
            timer.stop()
            field = dialog.findChild(QLineEdit, "fileNameEdit")
            proposed.append(field.text())
            field.setText(name)
            dialog.accept()

    timer = QTimer()
    timer.timeout.connect(answer)
    timer.start()
    action.trigger()
    return proposed


@pytest.fixture
def own_dialogs(qapp: QApplication) -> Iterator[None]:
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, True)
    yield
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)


@pytest.mark.usefixtures("own_dialogs")
def test_a_png_is_saved_at_twice_the_size_without_marks(tmp_path: Path, panel: ChartPanel, view: BarView):
    click(view, 0)
    proposed = save_as(panel.save_png, str(tmp_path / "picture"))
    assert proposed == ["staged-macs-layer.png"]
    image = QImage(str(tmp_path / "picture.png"))
    assert image.width() == 2 * view.width()
    assert image.pixelColor(2, 2) == QColor(theme.LIGHT.panel)
    found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}
    assert theme.LIGHT.families["Convolution"] in found
    assert not {theme.LIGHT.accent, theme.LIGHT.selection} & found


@pytest.mark.usefixtures("own_dialogs")
def test_an_svg_keeps_its_texts_and_the_folder_is_remembered(tmp_path: Path, panel: ChartPanel):
    save_as(panel.save_svg, str(tmp_path / "picture.svg"))
    content = (tmp_path / "picture.svg").read_bytes()
    assert QSvgRenderer(QByteArray(content)).isValid()
    text = content.decode()
    words = ("staged", "MACs per layer", "Convolution", "stage.0.a", "head")
    assert [word for word in words if f">{word}</text>" not in text] == []
    assert theme.LIGHT.families["Convolution"] in text
    assert export.folder() == str(tmp_path)


def test_a_picture_that_cannot_be_written_is_refused_in_a_sentence(qtbot: QtBot, tmp_path: Path, document: Document):
    with qtbot.waitSignal(document.editRejected) as refused:
        export.write(document, tmp_path / "gone" / "picture.png", b"x")
    assert refused.args[0].startswith("picture.png cannot be written to")


def test_a_picture_goes_to_the_clipboard(panel: ChartPanel, view: BarView):
    panel.copy.trigger()
    image = QGuiApplication.clipboard().image()
    assert image.width() == 2 * view.width()
    assert export.png(view, panel.chart).startswith(b"\x89PNG")


def test_a_file_is_named_after_the_network():
    chart = replace_name(chart_of(staged()), "a/b: 层?")
    assert export.file_name(chart) == "a_b_ 层_-macs-layer"
    assert export.file_name(replace_name(chart, "..")) == "network-macs-layer"


def replace_name(chart: Chart, name: str) -> Chart:
    return replace(chart, network=replace(chart.network, name=name))


# -- menu and access


def test_the_menu_holds_what_can_be_done_with_the_chart(qtbot: QtBot, panel: ChartPanel, view: BarView):
    center = view.viewport().rect().center()
    QApplication.sendEvent(
        view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, center, view.mapToGlobal(center))
    )
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions() if not action.isSeparator()] == [
        "Save as &PNG…",
        "Save as &SVG…",
        "&Copy as an image",
        "Show &all bars",
    ]
    menu.close()
    wheel(view, bar_at(view, 4), 480)
    panel.reset.trigger()
    assert not view.zoomed


def test_every_control_has_a_name_and_the_keyboard_reaches_it(panel: ChartPanel, view: BarView):
    shown, controls = [w for w in panel.findChildren(QWidget) if w.isVisible()], panel.controls
    reached = [w for w in shown if w.focusPolicy() & Qt.FocusPolicy.TabFocus and not w.focusProxy()]
    assert {controls.tabs, controls.metric_box, controls.sort, controls.log, controls.more, view} <= set(reached)
    assert [widget for widget in reached if not widget.accessibleName()] == []
    panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
    assert view.hasFocus()
    assert theme.LIGHT.focus in colours(view)


def test_the_legend_says_how_many_do_not_fit(qtbot: QtBot, qapp: QApplication):
    theme.apply(qapp, theme.LIGHT)
    shown = legend.Legend()
    qtbot.addWidget(shown)
    shown.show_entries(["Convolution", "Linear", "Normalization", "Activation"])
    shown.resize(800, 24)
    assert {theme.LIGHT.families[f] for f in shown.entries} <= colours(shown)
    shown.resize(190, 24)
    few = colours(shown)
    assert theme.LIGHT.families["Convolution"] in few
    assert theme.LIGHT.families["Activation"] not in few
    assert shown.toolTip() == "Convolution, Linear, Normalization, Activation"
