"""Editors of parameters: keys and clicks in, values out; what a person types stays as typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core.base.params import (
    Bool,
    Choice,
    Dims,
    Float,
    Int,
    OneOf,
    Optional,
    ParamKind,
    Sizes,
    Value,
    params_of,
)
from layerledger.core.layers import LAYER_TYPES
from layerledger.gui.widgets.editor_factory import Editor, make_editor
from layerledger.gui.widgets.editors import BoolEditor, ChoiceEditor, TextEditor, minimum_of, stepped, words_of

PADDING = OneOf((Choice(("same", "valid")), Sizes(0)))
Make = Callable[[ParamKind], tuple[Editor, list[Value]]]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    """Make a shown editor of a kind, and a list of the values that it tells."""

    def build(kind: ParamKind) -> tuple[Editor, list[Value]]:
        editor, told = make_editor(kind), list[Value]()
        qtbot.addWidget(editor)
        editor.edited.connect(told.append)
        editor.show()
        editor.setFocus()
        qtbot.waitUntil(editor.hasFocus)
        return editor, told

    return build


def text_editor(make: Make, kind: ParamKind) -> tuple[TextEditor, list[Value]]:
    editor, told = make(kind)
    assert isinstance(editor, TextEditor)
    return editor, told


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Int(1), TextEditor),
        (Sizes(1), TextEditor),
        (Float(0), TextEditor),
        (Dims(), TextEditor),
        (PADDING, TextEditor),
        (Optional(Sizes(1)), TextEditor),
        (Bool(), BoolEditor),
        (Choice(("a", "b")), ChoiceEditor),
        (Optional(Choice(("a", "b"))), ChoiceEditor),
        (Optional(Bool()), ChoiceEditor),
    ],
    ids=lambda x: type(x).__name__,
)
def test_each_kind_has_its_editor(qtbot: QtBot, kind: ParamKind, expected: type[QWidget]) -> None:
    editor = make_editor(kind)
    qtbot.addWidget(editor)
    assert type(editor) is expected


@pytest.mark.parametrize("name", LAYER_TYPES)
def test_every_declared_parameter_shows_its_start(qtbot: QtBot, name: str) -> None:
    for info in params_of(LAYER_TYPES[name]).values():
        editor = make_editor(info.kind)
        qtbot.addWidget(editor)
        editor.show_value(info.start)
        if isinstance(editor, TextEditor):
            assert repr(editor.value()) == repr(info.start), info.name
        elif isinstance(editor, ChoiceEditor):
            assert editor.currentIndex() >= 0
        else:
            assert editor.isChecked() is info.start


# -- text


@pytest.mark.parametrize(
    ("kind", "keys", "values"),
    [
        (Int(1), "128", [1, 12, 128]),
        (Int(1), "x", ["x"]),
        (Int(1), "-1", ["-", -1]),
        (Sizes(1), "3,5", [3, (3,), (3, 5)]),
        (Sizes(1), "3 5", [3, 3, (3, 5)]),
        (Float(0), "0.5", [0, 0.0, 0.5]),
        (Float(0), "999", [9, 99, 999]),
        (Optional(Int(1)), "7", [7]),
        (Dims(), "1,2", [1, (1,), (1, 2)]),
        (PADDING, "2", [2]),
    ],
)
def test_each_keystroke_is_told(qtbot: QtBot, make: Make, kind: ParamKind, keys: str, values: list[Value]) -> None:
    editor, told = text_editor(make, kind)
    qtbot.keyClicks(editor, keys)
    assert [repr(value) for value in told] == [repr(value) for value in values]


def test_infinity_stays_a_word(qtbot: QtBot, make: Make) -> None:
    """No file could hold it as a number."""
    editor, told = text_editor(make, Float())
    qtbot.keyClicks(editor, "1e999")
    assert told[-1] == "1e999"


def test_text_and_cursor_stay_while_the_value_comes_back(qtbot: QtBot, make: Make) -> None:
    editor, told = text_editor(make, Sizes(1))
    editor.edited.connect(editor.show_value)
    qtbot.keyClicks(editor, "03x5")
    qtbot.keyClick(editor, Qt.Key.Key_Home)
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    assert (editor.text(), editor.cursorPosition()) == ("3x5", 0)
    assert told[-1] == (3, 5)


def test_leaving_writes_the_value_in_full(qtbot: QtBot, make: Make) -> None:
    editor, told = text_editor(make, Sizes(1))
    qtbot.keyClicks(editor, "03x5")
    before = len(told)
    editor.clearFocus()
    assert editor.text() == "3 × 5"
    assert len(told) == before


def test_a_value_from_elsewhere_is_shown(make: Make) -> None:
    editor, told = text_editor(make, Int(1))
    editor.show_value(64)
    editor.show_value(3)
    assert editor.text() == "3"
    editor.show_value({"a": 1})
    assert "a" in editor.text()
    assert not told


def test_blank_shows_only_a_hint(make: Make) -> None:
    editor, told = text_editor(make, Int(1))
    editor.show_value(3)
    editor.show_blank("required")
    assert (editor.text(), editor.placeholderText()) == ("", "required")
    editor.show_value(4)
    assert (editor.text(), editor.placeholderText()) == ("4", "")
    assert not told


@pytest.mark.parametrize(
    ("kind", "start", "cursor", "key", "shift", "expected"),
    [
        (Int(1), 3, 1, Qt.Key.Key_Up, False, 4),
        (Int(1), 3, 1, Qt.Key.Key_Up, True, 13),
        (Int(1), 3, 0, Qt.Key.Key_Down, True, 1),
        (Int(1), -5, 0, Qt.Key.Key_Down, False, -5),
        (Int(), -5, 0, Qt.Key.Key_Down, False, -6),
        (Sizes(1), (3, 5), 0, Qt.Key.Key_Up, False, (4, 5)),
        (Sizes(1), (3, 5), 5, Qt.Key.Key_Up, False, (3, 6)),
        (Sizes(1), (3, 5), 3, Qt.Key.Key_Down, False, (2, 5)),
        (Float(0), 0.25, 4, Qt.Key.Key_Up, False, 0.26),
        (Float(0), 0.1, 0, Qt.Key.Key_Down, True, 0),
        (PADDING, 1, 1, Qt.Key.Key_Down, True, 0),
    ],
)
def test_arrows_step_the_number_under_the_cursor(
    qtbot: QtBot, make: Make, kind: ParamKind, start: Value, cursor: int, key: Qt.Key, shift: bool, expected: Value
) -> None:
    editor, told = text_editor(make, kind)
    editor.show_value(start)
    editor.setCursorPosition(cursor)
    qtbot.keyClick(editor, key, Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier)
    assert repr(told) == repr([expected])


def test_words_are_offered(qtbot: QtBot, make: Make) -> None:
    editor, told = text_editor(make, PADDING)
    qtbot.keyClicks(editor, "sa")
    popup = editor.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert editor.text() == "same"
    assert told == ["s", "sa", "same"]


def test_down_lists_all_words_where_there_is_no_number(qtbot: QtBot, make: Make) -> None:
    editor, _ = text_editor(make, PADDING)
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    popup = editor.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    assert popup.model().rowCount() == 2
    popup.hide()


def test_undo_is_left_to_the_window(qtbot: QtBot) -> None:
    window, asked = QMainWindow(), list[bool]()
    qtbot.addWidget(window)
    editor = TextEditor(Int(1), window)
    window.setCentralWidget(editor)
    undo = QAction("Undo", window)
    undo.setShortcut("Ctrl+Z")
    undo.triggered.connect(lambda: asked.append(True))
    window.addAction(undo)
    window.show()
    window.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    qtbot.keyClicks(editor, "12")
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text() == "12"
    assert asked == [True]


# -- check boxes and lists


def test_a_click_turns_on_and_off(qtbot: QtBot, make: Make) -> None:
    editor, told = make(Bool())
    assert isinstance(editor, BoolEditor)
    editor.show_value(False)
    assert editor.text() == "off"
    qtbot.keyClick(editor, Qt.Key.Key_Space)
    qtbot.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(8, editor.height() // 2))
    assert told == [True, False]
    assert editor.text() == "off"


@pytest.mark.parametrize("wrong", ["yes", 3, None])
def test_what_is_no_boolean_is_half_checked_until_clicked(qtbot: QtBot, make: Make, wrong: Value) -> None:
    editor, told = make(Bool())
    assert isinstance(editor, BoolEditor)
    editor.show_value(wrong)
    assert editor.checkState() == Qt.CheckState.PartiallyChecked
    qtbot.keyClick(editor, Qt.Key.Key_Space)
    qtbot.keyClick(editor, Qt.Key.Key_Space)
    assert told == [True, False]


def test_a_list_tells_the_value(qtbot: QtBot, make: Make) -> None:
    editor, told = make(Optional(Choice(("mean", "sum"))))
    assert isinstance(editor, ChoiceEditor)
    editor.show_value(None)
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    qtbot.keyClick(editor, Qt.Key.Key_Up)
    assert told == ["mean", "sum", "mean"]


def test_a_wrong_choice_is_listed_as_long_as_it_is_the_value(make: Make) -> None:
    editor, told = make(Choice(("mean", "sum")))
    assert isinstance(editor, ChoiceEditor)
    editor.show_value("max")
    assert (editor.currentText(), editor.count()) == ('"max"', 3)
    editor.show_value("sum")
    assert (editor.currentText(), editor.count()) == ("sum", 2)
    editor.show_blank("different values")
    assert (editor.currentIndex(), editor.placeholderText()) == (-1, "different values")
    assert not told


def test_the_wheel_scrolls_the_panel_and_changes_nothing(make: Make) -> None:
    editor, told = make(Choice(("mean", "sum")))
    middle = QPointF(editor.rect().center())
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    wheel = QWheelEvent(middle, middle, QPoint(), QPoint(0, -120), none, Qt.KeyboardModifier.NoModifier, phase, False)
    QApplication.sendEvent(editor, wheel)
    assert not told
    assert not wheel.isAccepted()


# -- numbers and words


@given(st.integers(), st.integers(-20, 20).filter(bool))
def test_steps_of_integers_are_exact(number: int, by: int) -> None:
    assert int(stepped(str(number), by, None)) == number + by


@given(st.integers(-50, 50), st.integers(-60, -1), st.integers(-10, 10))
def test_steps_down_stop_at_the_least(number: int, by: int, low: int) -> None:
    assert int(stepped(str(number), by, low)) == max(number + by, min(number, low))


@pytest.mark.parametrize(
    ("number", "by", "expected"), [("0.9", 1, "1.0"), ("1e-05", 1, "0.00002"), ("-0.5", 1, "-0.4"), ("2e3", 1, "2001")]
)
def test_steps_of_fractions_move_the_last_decimal(number: str, by: int, expected: str) -> None:
    assert stepped(number, by, None) == expected


def test_limits_and_words_are_found_inside_other_kinds() -> None:
    assert minimum_of(Optional(PADDING)) == 0
    assert minimum_of(Choice(("a",))) is None
    assert words_of(Optional(PADDING)) == ("same", "valid", "none")
