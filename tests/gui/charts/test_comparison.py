"""What other tools print: exact, in step with the document while it is looked at, and a way to the layers."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput, edits
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.conventions import CONVENTIONS, ToolCount, conventions, count_by_tools
from layerledger.core.metrics.registry import COUNTS
from layerledger.core.network.nodes import Node
from layerledger.gui.charts import legend
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.charts.tool_counts import diverging_bars as parts
from layerledger.gui.charts.tool_counts.details import html
from layerledger.gui.charts.tool_counts.page import ToolCountsPage
from layerledger.gui.charts.tool_counts.table_model import CONVENTION, FAULTS, PARTS, TOTAL, ToolCountsModel
from layerledger.gui.charts.tool_counts.table_view import ToolCountsView
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.widgets.metric_box import VERSIONS, CountBox
from layerledger.gui.window.settings_bar import SettingsBar

DISPLAY, TIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def conv(name: str, out_channels: int = 8, **params: object) -> Layer:
    return Layer(name=name, type="Conv2d", params={"out_channels": out_channels, "kernel_size": 3, **params})


def norm(name: str) -> Layer:
    return Layer(name=name, type="BatchNorm2d")


def network(*nodes: Node) -> Network:
    image = NetworkInput(name="image", shape=(1, 8, 16, 16))
    return Network(name="net", inputs=(image,), root=Block(name="", layers=nodes))


def small() -> Network:
    """stem, bn, stage × 2 of (a, bn), up: MACs, biases, norms, and a transposed convolution."""
    stage = Block(name="stage", repeat=2, layers=(conv("a", padding=1), norm("bn")))
    up = Layer(name="up", type="ConvTranspose2d", params={"out_channels": 4, "kernel_size": 2, "stride": 2})
    return network(conv("stem"), norm("bn"), stage, up)


@pytest.fixture
def document() -> Document:
    return Document(small())


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication, document: Document) -> ChartPanel:
    theme.apply(qapp, theme.LIGHT)
    panel = ChartPanel(document)
    qtbot.addWidget(panel)
    panel.resize(1400, 420)
    with qtbot.waitSignal(panel.plotReady):
        panel.show()
    return panel


def open_tab(panel: ChartPanel, title: str = "What other tools print") -> None:
    """Clicks on a tab."""
    tabs = panel.controls.tabs
    at = next(i for i in range(tabs.count()) if tabs.tabText(i) == title)
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(at).center())


@pytest.fixture
def page(qtbot: QtBot, panel: ChartPanel) -> ToolCountsPage:
    open_tab(panel)
    page = panel.opened["comparison"]
    assert isinstance(page, ToolCountsPage)
    if not page.model.rows:
        with qtbot.waitSignal(page.model.compared):
            pass
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Warning, page.model)
    return page


def row_of(page: ToolCountsPage, id_: str) -> ToolCount:
    return page.model.rows[page.model.row_of(id_)]


def part_of(row: ToolCount, name: str) -> int:
    return [part.part for part in row.parts].index(name)


def spot(view: ToolCountsView, id_: str, name: str) -> QPoint:
    """Return the middle of a part's bar, scrolled into sight."""
    row = view.comparison.row_of(id_)
    index = view.comparison.index(row, PARTS)
    view.scrollTo(index)
    wanted = part_of(view.comparison.rows[row], name)
    area = next(a for s, a in view.painter.segments(row, view.visualRect(index)) if s.part == wanted)
    return area.center().toPoint()


def click(view: ToolCountsView, id_: str, name: str, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, spot(view, id_, name))


def cell(model: QAbstractItemModel, row: int, column: int, role: Qt.ItemDataRole = DISPLAY) -> object:
    return model.data(model.index(row, column), role)


def settle() -> None:
    for _ in range(3):
        QCoreApplication.processEvents()


# -- what is shown


def test_every_convention_is_a_row_that_says_what_the_core_says(page: ToolCountsPage, document: Document):
    expected = count_by_tools(document.result)
    assert [row.convention.id for row in page.model.rows] == [*conventions()]
    for i, row in enumerate(expected):
        assert cell(page.model, i, CONVENTION) == row.convention.title
        assert cell(page.model, i, TOTAL, TIP) == f"{row.total:,}"
        assert cell(page.model, i, FAULTS) == (str(len(row.defects)) if row.defects else "")
        assert cell(page.model, i, FAULTS, TIP) == ("\n".join(filter(None, (*row.defects, row.not_modelled))) or None)
    thop = page.model.row_of("thop")
    assert str(cell(page.model, thop, PARTS)).startswith("transposed convolution on the output side +")
    assert "0.1.1.post2209072238" in str(cell(page.model, thop, CONVENTION, TIP))


def test_an_edit_is_followed_in_the_same_rows(qtbot: QtBot, page: ToolCountsPage, document: Document):
    page.view.set_row(page.model.row_of("fvcore"))
    with qtbot.waitSignal(page.model.compared):
        document.apply("edit", edits.set_param(document.network, (0,), "out_channels", 32))
    assert [row.total for row in page.model.rows] == [row.total for row in count_by_tools(document.result)]
    assert page.view.row == page.model.row_of("fvcore")
    assert f"{row_of(page, 'fvcore').total:,}" in page.details.words.text()


def test_a_hidden_page_computes_nothing(qtbot: QtBot, panel: ChartPanel, page: ToolCountsPage, document: Document):
    open_tab(panel, "By type")
    before = page.model.rows
    document.apply("edit", edits.set_param(document.network, (0,), "out_channels", 32))
    settle()
    assert page.model.rows is before
    assert panel.chart is not None
    assert panel.chart.total == document.result.totals.macs
    with qtbot.waitSignal(page.model.compared):
        open_tab(panel)
    assert page.model.rows[0].total == document.result.totals.macs


def test_the_chart_rests_while_the_page_is_open(panel: ChartPanel, page: ToolCountsPage, document: Document):
    before = panel.chart
    document.apply("edit", edits.set_param(document.network, (0,), "out_channels", 32))
    settle()
    assert panel.chart is before
    assert page.tools.isVisible()
    assert not panel.controls.metric_box.isVisible()
    open_tab(panel, "Cost per layer")
    settle()
    assert panel.chart is not before
    assert panel.pages.currentWidget() is panel.view
    assert panel.controls.metric_box.isVisible()
    assert not page.tools.isVisible()


def test_a_window_without_the_tab_reads_no_part_of_it():
    page = "layerledger.gui.charts.tool_counts.page"
    code = f"import sys, layerledger.gui.charts.panel as p; sys.exit('{page}' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0


def test_a_long_comparison_is_done_in_turns(qtbot: QtBot, page: ToolCountsPage, document: Document):
    nodes = [conv(f"c{i}", padding=1) if i % 2 else norm(f"n{i}") for i in range(600)]
    turns: list[int] = []
    page.model._turn.timeout.connect(lambda: turns.append(1))
    with qtbot.waitSignal(page.model.compared):
        document.replace(network(*nodes))
    assert len(turns) > 2
    assert page.model.rows[0].total == document.result.totals.macs


def test_a_network_without_layers_says_so(qtbot: QtBot, page: ToolCountsPage, document: Document):
    with qtbot.waitSignal(page.model.compared):
        document.replace(network())
    assert page.message.isVisible()
    assert page.message.text() == "No layers yet"
    assert not page.tools.save.isEnabled()
    with qtbot.waitSignal(page.model.compared):
        document.replace(network(conv("wrong", 0)))
    assert page.message.text() == "No layer could be counted"
    with qtbot.waitSignal(page.model.compared):
        document.replace(network(Layer(name="relu", type="ReLU")))
    assert page.view.isVisible()
    assert cell(page.model, page.model.row_of("all-ops"), 2) == "+2.05 k"


def test_layers_that_are_not_counted_are_named_in_number(qtbot: QtBot, page: ToolCountsPage, document: Document):
    assert not page.tools.uncounted.isVisible()
    with qtbot.waitSignal(page.model.compared):
        document.replace(network(conv("stem"), conv("wrong", 0), conv("waits")))
    assert page.tools.uncounted.isVisible()
    assert page.tools.uncounted.text() == "2 layers not counted"


def test_the_details_say_every_fault_and_every_part(page: ToolCountsPage):
    for row in page.model.rows:
        text = html(row)
        assert all(defect.replace("'", "&#x27;") in text for defect in row.defects)
        assert all(f">{part.part}</a>" in text for part in row.parts)
        assert f"{row.total:,}" in text
    page.view.set_row(page.model.row_of("thop"))
    assert "counted on its output" in page.details.words.text()


# -- from a part to its layers


def test_a_click_on_a_part_selects_its_layers(page: ToolCountsPage, document: Document):
    click(page.view, "thop", "normalization")
    assert document.selection == ((1,), (2, 1))
    click(page.view, "torchinfo", "transposed convolution on the output side")
    assert document.selection == ((3,),)
    click(page.view, "thop", "normalization", CONTROL)
    assert document.selection == ((1,), (2, 1), (3,))
    click(page.view, "thop", "normalization", CONTROL)
    assert document.selection == ((3,),)


def test_a_link_in_the_details_selects_too(page: ToolCountsPage, document: Document):
    page.view.set_row(page.model.row_of("thop"))
    page.details.words.linkActivated.emit(str(part_of(row_of(page, "thop"), "normalization")))
    assert document.selection == ((1,), (2, 1))
    assert page.view.part == part_of(row_of(page, "thop"), "normalization")


def test_the_pointer_is_told_what_a_part_is(page: ToolCountsPage):
    QTest.mouseMove(page.view.viewport(), spot(page.view, "ptflops-aten", "bias"))
    settle()
    assert page.view.tip.isVisible()
    assert "bias" in page.view.tip.name.text()
    assert "3&nbsp;layers" in page.view.tip.name.text()
    amount = next(part.amount for part in row_of(page, "ptflops-aten").parts if part.part == "bias")
    assert f"+{amount:,}" in page.view.tip.value.text()


def test_arrows_walk_rows_and_parts_and_enter_selects(page: ToolCountsPage, document: Document):
    view = page.view
    view.set_row(page.model.row_of("thop"))
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert document.selection == ()
    for _ in range(5):
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.part == part_of(row_of(page, "thop"), "normalization")
    assert view.accessibleDescription().startswith("normalization, 2 layers, +")
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert document.selection == ((1,), (2, 1))
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert document.selection == ((3,),)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.row == page.model.row_of("torch-flop-counter")
    assert view.part is None
    QTest.keyClick(view, Qt.Key.Key_Up)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.part is None


def test_a_part_stays_marked_through_an_edit(qtbot: QtBot, page: ToolCountsPage, document: Document):
    click(page.view, "thop", "normalization")
    with qtbot.waitSignal(page.model.compared):
        document.apply("edit", edits.remove(document.network, [(3,)]))
    assert page.view.part == part_of(row_of(page, "thop"), "normalization") == 0
    with qtbot.waitSignal(page.model.compared):
        document.replace(network(conv("only")))
    assert page.view.part is None


# -- counting by a row


def test_a_double_click_on_a_row_counts_by_it(page: ToolCountsPage, document: Document):
    row = page.model.row_of("thop")
    page.view.scrollTo(page.model.index(row, CONVENTION))
    at = page.view.visualRect(page.model.index(row, CONVENTION)).center()
    QTest.mouseDClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert document.count == "thop"
    assert page.model.is_counted(row)
    said = cell(page.model, row, CONVENTION, Qt.ItemDataRole.AccessibleTextRole)
    assert str(said).endswith("the window uses this convention")


def test_the_menu_of_a_row_counts_selects_and_copies(page: ToolCountsPage, document: Document):
    page.view.set_row(page.model.row_of("fvcore"))
    page.view.set_part(0)
    count, select, _, copy = page.row_menu().actions()
    count.trigger()
    assert document.count == "fvcore"
    assert not page.row_menu().actions()[0].isEnabled()
    assert select.text() == "&Select the layers of “normalization”"
    select.trigger()
    assert document.selection == ((1,), (2, 1))
    copy.trigger()
    assert QGuiApplication.clipboard().text().startswith("fvcore\t")


# -- what leaves


def test_rows_are_copied_by_key_though_the_window_copies_layers(qtbot: QtBot, document: Document):
    heard: list[str] = []
    window = QMainWindow()
    qtbot.addWidget(window)
    for keys in ("Ctrl+C", "Ctrl+A"):
        action = window.menuBar().addAction(keys)
        action.setShortcut(keys)
        action.triggered.connect(lambda _checked=False, keys=keys: heard.append(keys))
    page = ToolCountsPage(document, window)
    window.setCentralWidget(page)
    window.resize(1200, 500)
    with qtbot.waitSignal(page.model.compared):
        window.show()
    page.view.setFocus()
    page.view.set_row(page.model.row_of("thop"))
    QTest.keyClick(page.view, Qt.Key.Key_C, CONTROL)
    row = row_of(page, "thop")
    line = QGuiApplication.clipboard().text().split("\t")
    assert line[:3] == ["thop 0.1", str(row.total), str(row.difference)]
    assert line[3] == "; ".join(f"{part.part} {part.amount}" for part in row.parts)
    QTest.keyClick(page.view, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(page.view, Qt.Key.Key_C, CONTROL)
    assert len(QGuiApplication.clipboard().text().splitlines()) == len(conventions())
    assert heard == []


def test_all_rows_are_copied_and_saved(page: ToolCountsPage, tmp_path: Path):
    page.tools.copy.trigger()
    assert QGuiApplication.clipboard().text().startswith("Convention\tTotal\tDifference from MACs\tParts\nMACs\t")
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    proposed: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        proposed.append(Path(dialog.selectedFiles()[0]).name)
        dialog.selectFile(str(tmp_path / "tools.csv"))
        dialog.accept()

    QTimer.singleShot(0, answer)
    page.tools.save.trigger()
    assert proposed == ["net-conventions.csv"]
    assert (tmp_path / "tools.csv").read_text(encoding="utf-8").startswith("Convention,Versions,Total,")


# -- bars


@pytest.mark.parametrize("template", ["resnet18", "swin_t", "dcgan_generator", "llama-2-7b"])
@pytest.mark.parametrize("own", [False, True])
def test_bars_fit_touch_nothing_and_can_all_be_clicked(template: str, *, own: bool):
    rows = count_by_tools(Document(load_template(template)).result)
    for row in rows:
        scale = parts.own_scale(row, rows, 400.0) if own else parts.common_scale(rows, 400.0)
        found = parts.segments(row.parts, scale)
        assert sorted(each.part for each in found) == list(range(len(row.parts)))
        assert all(each.left > -0.01 and each.right < 400.01 for each in found)
        assert all(each.right - each.left > parts.LEAST - 1.01 for each in found)
        assert all(a.right < b.left + 0.01 for a, b in pairwise(found))
        for each in found:
            assert (each.right <= scale.zero) == (row.parts[each.part].amount < 0)


def test_lengths_are_in_proportion_however_large():
    wide = parts.DivergingScale(0.0, 400.0, 4 * 10**400)
    assert wide.pixels(10**400) == pytest.approx(100.0)
    assert wide.pixels(-(2 * 10**400)) == pytest.approx(200.0)
    assert wide.pixels(1) == parts.LEAST


def test_usual_parts_look_different():
    usual = [*parts._PLAIN, *parts._HATCHED]
    alike = {frozenset(pair) for pair in combinations(usual, 2) if len({*map(parts.look_of, pair)}) == 1}
    assert alike == {frozenset({"matrix products left out", "attention and tokens left out"})}
    assert parts.look_of("a user's own") == ("Other", True)
    assert all(legend.is_hatched(part) != (part in parts._PLAIN) for part in usual)


def test_a_row_in_a_scale_of_its_own_fills_its_room(page: ToolCountsPage):
    row = page.model.row_of("ptflops-aten")
    area = page.view.visualRect(page.model.index(row, PARTS))
    before = page.view.painter.segments(row, area)[0][1].width()
    page.tools.own_scale.click()
    assert page.view.painter.segments(row, area)[0][1].width() > 3 * before


def test_the_page_paints_in_both_themes_and_at_any_width(qapp: QApplication, page: ToolCountsPage, panel: ChartPanel):
    for colours in (theme.DARK, theme.LIGHT):
        theme.apply(qapp, colours)
        for width in (1600, 900, 500):
            panel.resize(width, 300)
            settle()
            assert not panel.grab().isNull()
    theme.apply(qapp, theme.LIGHT)


# -- choosing a convention


def test_the_list_of_counts_says_whole_names_and_versions(qtbot: QtBot):
    box = CountBox()
    qtbot.addWidget(box)
    assert [box.itemText(i) for i in range(box.count())] == [metric.title for metric in COUNTS.values()]
    box.setCurrentIndex(box.findData("torchstat-madd"))
    assert box.shown_text() == "Count: ts MAdd"
    assert box.currentData(VERSIONS) == "0.0.7"
    box.show()
    box.showPopup()
    assert box.view().width() >= box.view().sizeHintForColumn(0)
    box.hidePopup()


def test_the_model_stands_a_tester_from_the_beginning(qtbot: QtBot, document: Document):
    model = ToolCountsModel(document)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    with qtbot.waitSignal(model.compared):
        model.set_shown(shown=True)
    assert model.rowCount() == len(conventions())


MINE = """{"id": "mine", "title": "My count", "short": "Mine", "description": "Three a MAC.",
 "rules": [{"types": ["Conv?d"], "parts": {"multiply-accumulates": "macs", "twice more": "2*macs"}}],
 "default": {"note": "Not counted here."}}"""


def test_a_convention_of_ones_own_is_added_from_a_file(panel: ChartPanel, document: Document, tmp_path: Path) -> None:
    open_tab(panel)
    page = panel.findChild(ToolCountsPage)
    assert page
    bar = SettingsBar(document)
    refused: list[str] = []
    document.editRejected.connect(refused.append)
    file = tmp_path / "from a friend.json"
    file.write_text(MINE.replace("Conv?d", "Conv9d"), "utf-8")
    page.add_convention(file)
    assert "unknown layer type Conv9d" in refused[0]
    file.write_text(MINE, "utf-8")
    page.add_convention(file)
    row = page.model.rows[page.view.row]
    assert row.convention.id == "mine"
    assert row.total == 3 * sum(r.cost.macs for r in document.result.rows() if r.type == "Conv2d")
    assert (CONVENTIONS.own_folder() / "mine.json").read_text("utf-8") == MINE
    document.change_settings(count="mine")
    assert bar.count.currentText() == panel.controls.metric_box.currentText() == "My count"
    file.write_text(MINE.replace("2*macs", "macs"), "utf-8")
    page.add_convention(file)
    assert page.model.rows[page.view.row].total == row.total * 2 // 3
    file.write_text(MINE.replace('"mine"', '"thop"'), "utf-8")
    page.add_convention(file)
    assert "thop is a convention that comes with the app" in refused[1]
    assert len(refused) == 2
    (CONVENTIONS.own_folder() / "mine.json").unlink()
    page.model.forget()
