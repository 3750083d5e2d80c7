"""The reference window: searching, reading, following links, saving; and the ways into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QSettings, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFont, QKeySequence
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.library.reference import contents, page
from layerledger.core.library.reference.markup import BREAK
from layerledger.gui.app import application as app
from layerledger.gui.dialogs.reference import reference_window as reference
from layerledger.gui.dialogs.reference.contents_model import ReferenceModel
from layerledger.gui.dialogs.reference.history import PageHistory
from layerledger.gui.dialogs.reference.reference_window import ReferenceWindow, show_reference
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.window.main_window import MainWindow

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
Key, No, Ctrl = Qt.Key, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def watch(widget: QWidget) -> list[object]:
    """Return a list that fills when a window is destroyed."""
    gone: list[object] = []
    widget.destroyed.connect(lambda: gone.append(widget))
    return gone


def close(qtbot: QtBot, widget: QWidget) -> None:
    gone = watch(widget)
    widget.close()
    qtbot.waitUntil(lambda: bool(gone))


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[ReferenceWindow]:
    opened = ReferenceWindow()
    opened.open("notion-start")
    opened.resize(1000, 700)
    with qtbot.waitActive(opened):
        opened.show()
        opened.activateWindow()
    opened.focus_search()
    yield opened
    close(qtbot, opened)


@pytest.fixture
def main(qtbot: QtBot) -> Iterator[MainWindow]:
    given = NetworkInput(name="image", shape=(1, 3, 32, 32))
    layers = (
        Layer(name="conv", type="Conv2d", params={"out_channels": 8, "kernel_size": 3}),
        Layer(name="x", type="Xyz"),
    )
    document = Document(Network(inputs=(given,), root=Block(name="", layers=layers)))
    opened = MainWindow(document, lambda: opened)
    with qtbot.waitActive(opened):
        opened.show()
        opened.activateWindow()
    yield opened
    for each in (reference._state.window, opened):
        if each is not None:
            close(qtbot, each)


def titles(window: ReferenceWindow) -> list[str]:
    return [str(window.model.index(row).data()) for row in range(window.model.rowCount())]


def shown(window: ReferenceWindow) -> str:
    """Return the heading of the page."""
    return window.view.document().firstBlock().text()


def press(window: ReferenceWindow, key: Key, modifier: Qt.KeyboardModifier = No) -> None:
    focus = window.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifier)


# -- the list


def test_all_pages_stand_under_their_headings(window: ReferenceWindow) -> None:
    found = titles(window)
    assert found[:3] == ["Basics", "How layers are counted", "The lesson: counting a CNN"]
    assert set(LAYER_TYPES) <= set(found)
    assert "Convolution" in found
    assert "thop 0.1" in found
    assert len(found) == len(contents()) + len({entry.group for entry in contents()})


def test_the_model_is_sound(qtmodeltester, qapp: QApplication) -> None:
    model = ReferenceModel()
    tester = QAbstractItemModelTester(model, FATAL)
    for text in ("", "conv", "xyzzy", "bias", "", "K_h"):
        model.search(text)
    qtmodeltester.check(model)
    assert tester.model() is model
    assert model.index_of("type-Conv2d").isValid()
    assert not model.index_of("type-ReLU").isValid()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("depthwise", "Conv2d"),
        ("bias", "Conv1d"),
        ("attention", "MultiheadAttention"),
        ("num_heads", "MultiheadAttention"),
    ],
)
def test_typing_finds_and_shows_the_best(window: ReferenceWindow, typed: str, first: str) -> None:
    QTest.keyClicks(window.box, typed)
    assert titles(window)[0] == first
    assert window.model.flags(window.model.index(0)) & Qt.ItemFlag.ItemIsSelectable
    assert shown(window) == first


def test_what_is_searched_for_stands_out_and_is_in_sight(window: ReferenceWindow) -> None:
    QTest.keyClicks(window.box, "depthwise")
    assert [cursor.selectedText() for cursor in window.view.places] == ["depthwise"]
    assert window.view.viewport().rect().contains(window.view.cursorRect(window.view.places[0]))
    window.box.clear()
    assert window.view.places == []


def test_f3_goes_from_word_to_word_and_round(window: ReferenceWindow) -> None:
    QTest.keyClicks(window.box, "kernel_size")
    places = [cursor.selectionStart() for cursor in window.view.places]
    assert len(places) > 2
    visited = []
    for _ in range(len(places) + 1):
        press(window, Key.Key_F3)
        visited.append(window.view.textCursor().selectionStart())
    assert visited == [*places, places[0]]
    press(window, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert window.view.textCursor().selectionStart() == places[-1]


def test_what_fits_nothing_says_what_would(window: ReferenceWindow) -> None:
    assert window.nothing.isHidden()
    QTest.keyClicks(window.box, "xyzzy")
    assert window.nothing.isVisible()
    assert titles(window) == []
    press(window, Key.Key_Escape)
    assert window.nothing.isHidden()
    assert len(titles(window)) > len(contents())


def test_arrows_in_the_search_step_through_what_is_found(window: ReferenceWindow) -> None:
    QTest.keyClicks(window.box, "conv2d")
    assert shown(window) == "Conv2d"
    press(window, Key.Key_Down)
    second = shown(window)
    assert second == titles(window)[1]
    press(window, Key.Key_Up)
    assert shown(window) == "Conv2d"
    press(window, Key.Key_Return)
    assert window.view.hasFocus()


def test_typing_in_the_list_goes_on_in_the_search(window: ReferenceWindow) -> None:
    window.list.setFocus()
    QTest.keyClick(window.list, Key.Key_R)
    assert window.box.text() == "r"
    assert window.box.hasFocus()


def test_a_click_opens_a_page(window: ReferenceWindow) -> None:
    index = window.model.index_of("notion-lesson")
    QTest.mouseClick(window.list.viewport(), Qt.MouseButton.LeftButton, No, window.list.visualRect(index).center())
    assert shown(window) == "The lesson: counting a CNN"
    assert "[k·k·Cin + (k·k·Cin − 1)]·Hout·Wout·Cout" in window.view.toPlainText().replace(BREAK, "")


def test_headings_cannot_be_chosen(window: ReferenceWindow) -> None:
    point = window.list.visualRect(window.model.index(0)).center()
    QTest.mouseClick(window.list.viewport(), Qt.MouseButton.LeftButton, No, point)
    assert shown(window) == "How layers are counted"


# -- pages


def click_link(window: ReferenceWindow, text: str) -> None:
    view = window.view
    cursor = view.document().find(text)
    while not cursor.charFormat().isAnchor():
        cursor = view.document().find(text, cursor)
        assert not cursor.isNull()
    end = cursor.selectionEnd()
    cursor.setPosition(cursor.selectionStart() + 1)
    view.setTextCursor(cursor)
    view.ensureCursorVisible()
    at: QPoint = view.cursorRect(cursor).center() + QPoint(1, 0)
    assert end
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, No, at)


def test_links_lead_from_page_to_page_and_back(window: ReferenceWindow) -> None:
    click_link(window, "the lesson")
    assert shown(window) == "The lesson: counting a CNN"
    click_link(window, "fully connected, no bias")
    assert shown(window) == "Linear"
    assert window.model.entry(window.list.currentIndex()).key == "type-Linear"
    window.back.click()
    assert shown(window) == "The lesson: counting a CNN"
    window.back.click()
    assert not window.back.isEnabled()
    window.forward.click()
    assert shown(window) == "The lesson: counting a CNN"


def test_a_symbol_leads_to_its_line(window: ReferenceWindow) -> None:
    window.open("symbol-W_out")
    assert shown(window) == "Symbols of formulas"
    assert window.view.verticalScrollBar().value() > 0


def test_a_link_out_opens_the_browser_on_a_click_only(window: ReferenceWindow) -> None:
    opened: list[str] = []

    class Browser(QObject):
        @Slot(QUrl)
        def take(self, url: QUrl) -> None:
            opened.append(url.toString())

    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "take")
    window.open("type-Conv2d")
    assert opened == []
    window.view.anchorClicked.emit(QUrl("https://arxiv.org/abs/1603.07285"))
    QDesktopServices.unsetUrlHandler("https")
    assert opened == ["https://arxiv.org/abs/1603.07285"]
    assert shown(window) == "Conv2d"


@pytest.mark.parametrize("key", [entry.key for entry in contents()][::6])
def test_pages_can_be_shown(window: ReferenceWindow, key: str) -> None:
    window.open(key)
    entry = next(each for each in contents() if each.key == key)
    assert shown(window) == entry.title.removesuffix(", as a convention")


def test_copied_text_has_no_invisible_characters(window: ReferenceWindow) -> None:
    window.open("type-Conv2d")
    assert BREAK in page("type-MaxPool2d") or BREAK in page("type-Conv2d")
    window.view.selectAll()
    window.view.copy()
    clipboard = QApplication.clipboard()
    assert "Kh·Kw·Cin/g·Cout + b·Cout" in clipboard.text()
    assert BREAK not in clipboard.text() + clipboard.mimeData().html()


def test_the_page_follows_the_theme_and_keeps_its_place(window: ReferenceWindow, qtbot: QtBot) -> None:
    window.open("type-Conv2d")
    window.view.verticalScrollBar().setValue(200)
    for name in ("dark", "light"):
        theme.choose(name)
        accent = theme.current().accent
        qtbot.waitUntil(lambda accent=accent: accent in window.view.toHtml())
        assert window.view.verticalScrollBar().value() == 200


def test_the_page_follows_the_font(window: ReferenceWindow, qtbot: QtBot) -> None:
    window.open("type-Conv2d")
    before = window.view.document().size().height()
    window.view.setFont(theme.scaled(QFont(window.view.font()), 1.5))
    qtbot.waitUntil(lambda: window.view.document().size().height() > before)


def test_every_control_has_a_name(window: ReferenceWindow) -> None:
    for widget in (window.box, window.list, window.view, window.back, window.forward, window.save):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


# -- the window


def test_ctrl_f_searches_and_escape_clears_then_closes(qtbot: QtBot) -> None:
    window = ReferenceWindow()
    window.open("type-ReLU")
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.view.setFocus()
    press(window, Key.Key_F, Ctrl)
    assert window.box.hasFocus()
    QTest.keyClicks(window.box, "bias")
    press(window, Key.Key_Escape)
    assert window.box.text() == ""
    assert window.isVisible()
    gone = watch(window)
    press(window, Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(gone))


def test_size_and_split_are_remembered(qtbot: QtBot) -> None:
    for width in (710, None):
        window = ReferenceWindow()
        if width:
            window.resize(width, 555)
        window.show()
        assert (window.width(), window.height()) == (710, 555)
        close(qtbot, window)
    assert QSettings().value("reference/split")


def test_saves_one_whole_file(window: ReferenceWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "reference"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.save.click()
    text = target.with_suffix(".html").read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert all(f'<section id="type-{name}">' in text for name in LAYER_TYPES)
    assert QSettings().value("export/folder") == str(tmp_path)


def test_says_why_it_cannot_save(window: ReferenceWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    target = tmp_path / "none" / "reference.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    monkeypatch.setattr(QMessageBox, "warning", lambda *words: said.append(words[2]))
    window.save.click()
    assert len(said) == 1
    assert "reference.html" in said[0]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    window.save.click()
    assert len(said) == 1


# -- the ways into it


def test_f1_opens_the_one_window_where_it_was(main: MainWindow) -> None:
    action = main.actions_by_id["reference"]
    assert action.shortcut() == QKeySequence("F1")
    action.trigger()
    window = reference._state.window
    assert window is not None
    assert shown(window) == "How layers are counted"
    window.open("notion-lesson")
    action.trigger()
    assert reference._state.window is window
    assert shown(window) == "The lesson: counting a CNN"
    assert window.focusWidget() is window.box


def test_a_layer_opens_its_type(main: MainWindow) -> None:
    action = main.actions_by_id["reference-layer"]
    assert not action.isEnabled()
    main.document.select([(0,)])
    assert action.isEnabled()
    assert main.inspector.explanations.reference.isVisible()
    main.inspector.explanations.reference.click()
    assert reference._state.window is not None
    assert shown(reference._state.window) == "Conv2d"
    main.document.select([(1,)])
    assert not main.inspector.explanations.reference.isVisible()
    action.trigger()
    assert shown(reference._state.window) == "How layers are counted"


def test_it_closes_with_the_last_window(qapp: QApplication, qtbot: QtBot) -> None:
    window = show_reference("type-GELU")
    assert not window.testAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
    gone = watch(window)
    qapp.lastWindowClosed.emit()  # as Qt does in an event loop of its own
    qtbot.waitUntil(lambda: bool(gone))
    assert reference._state.window is None


def test_the_app_has_one_however_many_windows(qapp: QApplication, qtbot: QtBot) -> None:
    windows = app.open_windows([])
    second = windows.new()
    windows.open[0].actions_by_id["reference"].trigger()
    first = reference._state.window
    second.actions_by_id["reference"].trigger()
    assert first is not None
    assert reference._state.window is first
    for each in (first, second, windows.open[0]):
        close(qtbot, each)


# -- where a reader has been


def test_a_trail_forgets_what_was_passed_by_and_what_was_ahead() -> None:
    trail = PageHistory()
    assert trail.current == ""
    trail.visit("a")
    trail.visit("b", passing=True)
    trail.visit("c", passing=True)
    trail.visit("c")
    assert trail.can_walk(-1)
    assert not trail.can_walk(-2)
    assert trail.walk(-1) == "a"
    assert trail.walk(1) == "c"
    trail.walk(-1)
    trail.visit("d")
    assert not trail.can_walk(1)


def test_the_recorder_is_copied_from_its_page(qtbot: QtBot) -> None:
    window = ReferenceWindow()
    qtbot.addWidget(window)
    window.show()
    window.open("format-onnx")
    assert not window.copy.isVisible()
    window.open("format-trace")
    assert window.copy.isVisible()
    window.copy.click()
    assert "def record(" in QApplication.clipboard().text()
    assert window.saved.text() == "Copied"
