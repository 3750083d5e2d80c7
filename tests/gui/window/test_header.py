"""The cards, the settings in the tool bar and the status bar: what they say, and how they edit the document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network
from layerledger.core.base.precision import BUNDLES
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.devices import devices
from layerledger.gui.app.application import choose_theme, make_application
from layerledger.gui.app.windows import Windows
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.explanations import CountLabel
from layerledger.gui.inspector.shape_edit import read_shape
from layerledger.gui.theme import theme
from layerledger.gui.window.card_labels import FittingLabel
from layerledger.gui.window.header import Card, Header
from layerledger.gui.window.main_window import DEFAULT_SIZE, MainWindow, fitting
from layerledger.gui.window.settings_bar import SettingsBar
from layerledger.gui.window.status_bar import StatusBar
from layerledger.gui.window.tool_bar import ToolBar

# The lesson's worked example: Conv2d(3, 6, 3, stride=3) with bias on 1×3×6×6 has 168 params and 1296 FLOPs.
LESSON = Layer(name="conv", type="Conv2d", params={"out_channels": 6, "kernel_size": 3, "stride": 3})


@pytest.fixture
def larger_font() -> Iterator[None]:
    """One and a half times the font of the interface, as a system may have it."""
    app = make_application()
    choose_theme(app, "light")
    before = app.font()
    app.setFont(theme.scaled(before, 1.5))
    yield
    app.setFont(before)


@pytest.fixture
def document(qapp: object) -> Document:
    document = Document(Network(name="lesson", root=Block(name="", layers=(LESSON,))))
    commands.set_input_shape(document, 0, (1, 3, 6, 6))
    document.end_typing()
    return document


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """A window of the smallest size; it is closed without a question."""
    choose_theme(make_application(), "light")
    made = MainWindow(Document(Network(name="lesson", root=Block(name="", layers=(LESSON,)))), lambda: made)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    made.resize(1024, 640)
    qtbot.addWidget(made, before_close_func=lambda _: made.document.replace(Network()))
    made.show()
    qtbot.waitExposed(made)
    return made


def shown(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)


def shown_cards(header: Header) -> list[Card]:
    return [card for card in header.cards.values() if not card.isHidden()]


def test_what_could_not_be_counted_is_not_zero(qtbot: QtBot, document: Document) -> None:
    header = Header(document)
    shown(qtbot, header)
    document.replace(Network(root=Block(name="", layers=(Layer(name="mine", type="MyLayer"),))))
    values = {key: card.value.text() for key, card in header.cards.items() if card.isVisible()}
    assert values.pop("layers") == "1"
    assert set(values.values()) == {"?"}


def test_cards_show_the_lesson_and_name_what_they_count(qtbot: QtBot, document: Document) -> None:
    header = Header(document)
    shown(qtbot, header)
    texts = [(c.caption.text(), c.value.text(), c.line.text()) for c in shown_cards(header)]
    assert texts == [
        ("Parameters", "168", "672 B as float32"),
        ("MACs", "648", "1.296 kFLOPs = 2 × MACs"),
        ("Activations", "96 B", "largest 96 B at conv, float32"),
        ("Peak memory", "1.17 KiB", "528 B live at conv, float32"),
        ("Intensity", "1.08 FLOP/B", "2 × MACs per byte"),
        ("Layers", "1", "no problems"),
    ]
    commands.set_param(document, (0,), "groups", 3)
    assert [header.cards[key].value.text() for key in ("params", "macs")] == ["60", "216"]


def test_a_card_opens_the_explanation_by_mouse_and_by_key(qtbot: QtBot, document: Document) -> None:
    header = Header(document)
    shown(qtbot, header)
    qtbot.mouseClick(header.cards["params"], Qt.MouseButton.LeftButton)
    assert document.selection == ((),)
    document.select([(0,)])
    qtbot.keyClick(header.cards["macs"], Qt.Key.Key_Return)
    assert document.selection == ((),)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1 × 3 × 224 × 224", (1, 3, 224, 224)),
        ("1x3x6x6", (1, 3, 6, 6)),
        ("1, 3, 6, 6", (1, 3, 6, 6)),
        ("(1, 16)", (1, 16)),
        ("7", (7,)),
        ("1 × 3 ×", (1, 3)),
        ("1x4k", (1, 4096)),
        ("4kx8", (4096, 8)),
        ("1 × -3", None),
        ("1.5", None),
        ("big", None),
        ("9" * 30, None),
    ],
)
def test_shapes_are_read_as_people_write_them(text: str, shape: tuple[int, ...] | None) -> None:
    assert read_shape(text) == shape


def test_typing_a_shape_counts_at_once_and_is_one_step(qtbot: QtBot, document: Document) -> None:
    bar = SettingsBar(document)
    shown(qtbot, bar)
    bar.shape.setFocus()
    bar.shape.selectAll()
    steps = document.undo_stack.count()
    qtbot.keyClicks(bar.shape, "1x3x12x12")
    assert document.network.inputs[0].shape == (1, 3, 12, 12)
    assert document.result.totals.macs == 648 * 4
    qtbot.keyClick(bar.shape, Qt.Key.Key_Return)
    document.undo()
    assert document.network.inputs[0].shape == (1, 3, 6, 6)
    assert document.undo_stack.count() - steps <= 1
    assert bar.shape.text() == "1 × 3 × 6 × 6"


def test_a_shape_that_is_none_is_refused_and_the_old_one_comes_back(qtbot: QtBot, document: Document) -> None:
    bar = SettingsBar(document)
    shown(qtbot, bar)
    said: list[str] = []
    document.editRejected.connect(said.append)
    bar.shape.setFocus()
    bar.shape.selectAll()
    qtbot.keyClicks(bar.shape, "house")
    qtbot.keyClick(bar.shape, Qt.Key.Key_Return)
    assert len(said) == 1
    assert "house" in said[0]
    assert bar.shape.text() == "1 × 3 × 6 × 6"


@pytest.mark.parametrize("leave", [Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape])
def test_half_a_shape_is_not_committed(qtbot: QtBot, document: Document, leave: Qt.Key) -> None:
    bar, steps = SettingsBar(document), document.undo_stack.count()
    shown(qtbot, bar)
    bar.shape.setFocus()
    qtbot.waitUntil(bar.shape.hasFocus)
    bar.shape.selectAll()
    qtbot.keyClicks(bar.shape, "1x3x64")
    assert document.network.inputs[0].shape == (1, 3, 6, 6)
    qtbot.keyClicks(bar.shape, "x32")
    assert document.network.inputs[0].shape == (1, 3, 64, 32)
    qtbot.keyClicks(bar.shape, "abc")
    assert document.network.inputs[0].shape == (1, 3, 6, 6)
    qtbot.keyClick(bar.shape, leave)
    assert (document.network.inputs[0].shape, bar.shape.text()) == ((1, 3, 6, 6), "1 × 3 × 6 × 6")
    assert document.undo_stack.count() == steps


def test_escape_restores_the_shape_and_another_rank_waits_for_enter(qtbot: QtBot, document: Document) -> None:
    bar = SettingsBar(document)
    shown(qtbot, bar)
    bar.shape.setFocus()
    qtbot.waitUntil(bar.shape.hasFocus)
    bar.shape.selectAll()
    qtbot.keyClicks(bar.shape, "1x3x64x64")
    assert document.network.inputs[0].shape == (1, 3, 64, 64)
    qtbot.keyClick(bar.shape, Qt.Key.Key_Escape)
    assert (document.network.inputs[0].shape, bar.shape.text()) == ((1, 3, 6, 6), "1 × 3 × 6 × 6")
    bar.shape.selectAll()
    qtbot.keyClicks(bar.shape, "1x3x2k")
    assert document.network.inputs[0].shape == (1, 3, 6, 6)
    qtbot.keyClick(bar.shape, Qt.Key.Key_Return)
    assert (document.network.inputs[0].shape, bar.shape.text()) == ((1, 3, 2048), "1 × 3 × 2048")


def test_a_batch_of_4k_and_escape(qtbot: QtBot, document: Document) -> None:
    bar = SettingsBar(document)
    shown(qtbot, bar)
    before = document.network.inputs[0].shape[0]
    bar.batch.setFocus()
    qtbot.waitUntil(bar.batch.hasFocus)
    bar.batch.selectAll()
    qtbot.keyClicks(bar.batch, "4k")
    assert document.network.inputs[0].shape[0] == 4096
    qtbot.keyClick(bar.batch, Qt.Key.Key_Escape)
    assert (document.network.inputs[0].shape[0], bar.batch.text()) == (before, str(before))
    bar.batch.selectAll()
    qtbot.keyClicks(bar.batch, "1.5k")
    qtbot.keyClick(bar.batch, Qt.Key.Key_Tab)
    assert (document.network.inputs[0].shape[0], bar.batch.text()) == (1536, "1536")


def test_batch_dtype_and_count(qtbot: QtBot, document: Document) -> None:
    bar, header = SettingsBar(document), Header(document)
    shown(qtbot, bar)
    shown(qtbot, header)
    bar.batch.setValue(8)
    assert document.network.inputs[0].shape == (8, 3, 6, 6)
    assert document.result.totals.macs == 8 * 648
    commands.set_precision(document, BUNDLES["float16"])
    assert header.cards["params"].line.text() == "336 B as float16"
    bar.count.setCurrentIndex(bar.count.findData("exact"))
    bar.count.activated.emit(bar.count.currentIndex())
    assert document.count == "exact"
    document.undo()
    document.undo()
    assert bar.batch.value() == 1
    assert bar.precision.text() == "Precision: float32"


def test_what_is_approximated_is_told_when_typing_rests(qtbot: QtBot) -> None:
    up = Layer(name="up", type="Upsample", params={"scale_factor": 2, "mode": "bilinear"})
    document = Document(Network(root=Block(name="", layers=(up,))))
    bar = StatusBar(document)
    shown(qtbot, bar)
    before = bar.counted.text()
    commands.set_type(document, (0,), "ReLU", {})
    qtbot.waitUntil(lambda: bar.counted.text() != before)
    assert bar.counted.text() == "1 of 1 layers counted · 100 % of parameters"


def test_the_status_bar_names_problems_and_goes_to_them(qtbot: QtBot, document: Document) -> None:
    bar = StatusBar(document)
    shown(qtbot, bar)
    assert bar.summary.text() == "lesson · 1 layer · no problems"
    assert bar.counted.text() == "1 of 1 layers counted · 100 % of parameters"
    commands.set_param(document, (0,), "kernel_size", 0)
    assert bar.problems.text() == "1 problem"
    assert bar.counted.text() == "0 of 1 layers counted · parameters of 1 not known"
    bar.problems.menu().aboutToShow.emit()
    (action,) = bar.problems.menu().actions()
    assert action.text().startswith("conv: kernel_size must be")
    action.trigger()
    assert document.selection == ((0,),)
    document.undo()
    assert not bar.problems.isVisible()


def test_a_refused_edit_is_said_in_the_status_bar(qtbot: QtBot, document: Document) -> None:
    bar = StatusBar(document)
    shown(qtbot, bar)
    commands.rename(document, (0,), "a.b")
    assert bar.currentMessage().startswith("a name must not be empty")


def test_undo_in_a_field_is_the_documents(qtbot: QtBot, window: MainWindow) -> None:
    document, bar = window.document, window.settings_bar
    before = document.network
    for field, keys in ((bar.shape, "1x3x6x6"), (bar.batch, "16")):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, keys)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert document.network != before
        qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert document.network is before
        assert not document.undo_stack.canUndo()
        qtbot.keyClick(field, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        assert document.network != before
        qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert document.network is before


def test_selected_text_is_copied_rather_than_the_layer(qtbot: QtBot, window: MainWindow) -> None:
    window.document.select([(0,)])
    qtbot.waitUntil(lambda: bool(window.inspector.findChildren(CountLabel)))
    label = next(label for label in window.inspector.findChildren(CountLabel) if label.isVisible())
    label.setFocus()
    label.setSelection(0, 4)
    qtbot.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == label.selectedText().replace("\u200b", "") != ""
    label.setSelection(0, 0)
    qtbot.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert '"Conv2d"' in QApplication.clipboard().text()


def test_the_wheel_changes_a_number_only_where_one_is_typing(qtbot: QtBot, window: MainWindow) -> None:
    bar, before = window.settings_bar, window.document.network.inputs[0].shape
    window.activateWindow()
    bar.shape.setFocus()
    qtbot.waitUntil(bar.shape.hasFocus)
    _turn_wheel(bar.batch)
    assert window.document.network.inputs[0].shape == before
    bar.batch.setFocus()
    _turn_wheel(bar.batch)
    assert window.document.network.inputs[0].shape == (before[0] + 1, *before[1:])


def _turn_wheel(widget: QWidget) -> None:
    at = QPointF(widget.rect().center())
    none, turn = Qt.KeyboardModifier.NoModifier, QPoint(0, 120)
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), turn, Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("size", [1.0, 1.25])
def test_nothing_is_hidden_or_cut_in_a_small_window(window: MainWindow, size: float) -> None:
    window.setFont(theme.scaled(window.font(), size))
    window.resize(1025, 640)
    for button in window.findChild(ToolBar).findChildren(QToolButton):
        assert button.isVisible() != (button.objectName() == "qt_toolbar_ext_button"), button.accessibleName()
    for card in shown_cards(window.header):
        assert card.value.fitting()[1] == card.value.text()


def test_the_tabs_of_the_charts_fit_a_small_window(window: MainWindow) -> None:
    tabs = window.chart.controls.tabs
    assert tabs.tabRect(tabs.count() - 1).right() < tabs.width()


def test_the_input_does_not_stretch_over_a_large_window(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.settings_bar
    window.resize(3840, 900)
    qtbot.waitUntil(lambda: bar.width() > 600)
    widest = bar.fontMetrics().horizontalAdvance("16 × 256 × 224 × 224 × 224")
    assert widest <= bar.shape.width() < 1.5 * widest


def test_tab_goes_through_the_panels_as_one_reads(qtbot: QtBot, window: MainWindow) -> None:
    window.document.select([(0,)])
    window.activateWindow()
    window.chart.finish()
    box = window.palette_panel.box
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    seen: list[QWidget] = []
    while (now := QApplication.focusWidget()) not in seen:
        assert now is not None
        seen.append(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
    assert now is box
    panels = (window.palette_panel, window.stack, window.inspector, window.chart, window.tool_bar, window.header)
    visited = [next(p for p in panels if p.isAncestorOf(widget)) for widget in seen]
    assert [panel for panel, _ in groupby(visited)] == list(panels)
    inspected = [w.accessibleName() for w in seen if window.inspector.isAncestorOf(w)]
    names = ["in_channels", "out_channels", "kernel_size", "stride", "Reset stride", "padding", "Input", "Copy MACs"]
    assert [name for name in inspected if name in names] == names
    qtbot.keyClick(box, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is seen[-1]


@pytest.mark.parametrize(
    ("screen", "expected"),
    [((1366, 768), (1366, 728)), ((1440, 900), (1440, 860)), ((2560, 1440), (1440, 900)), ((800, 600), (1024, 640))],
)
def test_a_first_window_is_seen_whole(screen: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitting(DEFAULT_SIZE, QSize(*screen)) == QSize(*expected)


def test_only_a_window_without_a_remembered_size_is_fitted(qtbot: QtBot) -> None:
    windows = Windows(fit=True)
    first = windows.new()
    assert first.size() == fitting(DEFAULT_SIZE, first.screen().availableSize())
    first.resize(760, 600)
    first.close()
    second = windows.new()
    assert second.size() == QSize(760, 600)
    second.close()


def test_a_line_without_room_drops_its_last_parts_before_it_is_cut(qtbot: QtBot):
    label = FittingLabel()
    qtbot.addWidget(label)
    label.setText("128 tokens, float16, roofline")
    advance = label.fontMetrics().horizontalAdvance
    seen = []
    for text in ("128 tokens, float16, roofline", "128 tokens, float16", "128 tokens"):
        label.resize(advance(text) + 2, 20)
        seen.append(label.fitting()[1])
    assert seen == ["128 tokens, float16, roofline", "128 tokens, float16", "128 tokens"]
    label.setText("7.01 GiB too much; int8 weights would fit, 43.5 GiB")
    label.resize(advance("7.01 GiB too much; int8 weights") + 2, 20)
    assert label.fitting()[1] == "7.01 GiB too much"
    label.setText("128 tokens")
    label.short = "128"
    label.resize(advance("128 ") + 2, 20)
    assert label.fitting()[1] == "128"
    label.resize(advance("12"), 20)
    assert label.fitting()[1] in ("1…", "…")


def test_no_setting_vanishes_from_the_tool_bar_at_the_least_size(qtbot: QtBot, larger_font: None):
    document = Document(load_template("resnet18"))
    window = MainWindow(document, lambda: window)
    qtbot.addWidget(window)
    window.resize(1024, 640)
    window.show()
    qtbot.waitExposed(window)
    bar = window.settings_bar
    for box in (bar.shape, bar.batch, bar.precision, bar.count, bar.device):
        qtbot.waitUntil(box.isVisible)
        assert window.tool_bar.rect().contains(box.mapTo(window.tool_bar, box.rect().bottomRight()))
    assert bar.shape.cursorPosition() == 0  # what does not fit is the end


def test_the_fields_of_a_window_of_the_first_size_have_labels(qtbot: QtBot):
    choose_theme(make_application(), "light")
    document = Document(load_template("resnet18"))
    window = MainWindow(document, lambda: window)
    qtbot.addWidget(window)
    window.resize(DEFAULT_SIZE)
    window.show()
    qtbot.waitExposed(window)
    document.change_settings(device=devices()["stm32f746"])
    assert window.settings_bar.count.shown_text() == "Count: MACs"
    assert window.settings_bar.device.text() == "Device: STM32F746"


@pytest.fixture(params=[1.0, 1.5])
def sized_window(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[MainWindow]:
    """A window of the smallest size, with the usual font and with one and a half times its size."""
    app = make_application()
    choose_theme(app, "light")
    before = app.font()
    app.setFont(theme.scaled(before, request.param))
    theme.apply(app, theme.current())
    made = MainWindow(Document(), lambda: made)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(made, before_close_func=lambda _: made.document.replace(Network()))
    made.resize(1024, 640)
    made.show()
    qtbot.waitExposed(made)
    yield made
    app.setFont(before)
    theme.apply(app, theme.current())


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("resnet18", "stm32f746"),
        ("lenet5", "coral-edge-tpu"),
        ("gpt2", None),
        ("llama-2-7b", "nvidia-h100-sxm"),
        ("mixtral-8x7b", "nvidia-t4"),
        (None, None),
    ],
)
def test_the_tool_tip_of_a_card_says_what_finds_no_room_on_it(
    sized_window: MainWindow, name: str | None, device: str | None
) -> None:
    document, header = sized_window.document, sized_window.header
    document.replace(load_template(name) if name else Network())
    document.change_settings(device=devices()[device] if device else None)
    header.finish()
    header.finish_search()
    QApplication.processEvents()
    for card in shown_cards(header):
        labels = (card.caption, card.value, card.line)
        assert all(label.is_whole() or label.text() in card.toolTip() for label in labels), card.accessibleName()
        assert card.value.is_whole()
        assert not card.line.fitting()[1].endswith("…"), card.line.text()  # said shorter, not cut
        assert card.verdict.width() >= card.verdict.sizeHint().width() or card.verdict.isHidden()


def test_cards_go_into_a_second_row_rather_than_become_illegible(sized_window: MainWindow) -> None:
    document, header = sized_window.document, sized_window.header
    document.change_settings(cards=dict.fromkeys(header.cards, True))
    document.change_settings(device=devices()["nvidia-t4"])
    QApplication.processEvents()
    cards = shown_cards(header)
    rows = {card.y() for card in cards}
    assert len(rows) > 1
    assert min(card.width() for card in cards) >= 5 * header.fontMetrics().height()
    assert sized_window.height() == 640
    document.change_settings(cards={key: key == "params" for key in header.cards})
    QApplication.processEvents()
    assert [card.height() for card in shown_cards(header)] == [header.height()]
