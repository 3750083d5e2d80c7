"""Undo: old values come back, typing merges, saving is remembered, and nothing is freed twice."""

from __future__ import annotations

import gc

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from layerledger.core import Block, Layer, Network
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.undo import UndoStack, UndoStep
from layerledger.gui.inspector.inspector import Inspector


class Shown:
    """A value that is edited through an undo stack."""

    def __init__(self, limit: int = 100) -> None:
        self.value = 0
        self.stack: UndoStack[int] = UndoStack(limit=limit)

    def set(self, value: int, merge_key: object = None) -> None:
        self.stack.push(UndoStep(f"set {value}", self.value, value, merge_key))
        self.value = value

    def undo(self) -> None:
        self.value = self._shown(self.stack.undo())

    def redo(self) -> None:
        self.value = self._shown(self.stack.redo())

    def _shown(self, snapshot: int | None) -> int:
        assert snapshot is not None
        return snapshot


def test_an_empty_stack_has_no_snapshot_to_show() -> None:
    stack: UndoStack[int] = UndoStack(limit=3)
    assert (stack.undo(), stack.redo()) == (None, None)


@given(st.lists(st.integers(1, 9), max_size=20))
def test_undoing_all_is_identity_and_redoing_all_is_too(values: list[int]) -> None:
    shown, seen = Shown(), [0]
    for value in values:
        shown.set(value)
        seen.append(value)
    for value in reversed(seen[:-1]):
        shown.undo()
        assert shown.value == value
    assert not shown.stack.canUndo()
    assert shown.stack.isClean()
    while shown.stack.canRedo():
        shown.redo()
    assert shown.value == seen[-1]


def test_keystrokes_of_one_field_are_one_step_until_it_is_undone() -> None:
    shown = Shown()
    for value in (1, 12, 128):
        shown.set(value, "field")
    assert shown.stack.count() == 1
    shown.undo()
    assert shown.value == 0
    shown.redo()
    shown.set(5, "field")
    assert shown.stack.count() == 2
    assert shown.stack.undoText() == "set 5"


def test_typing_after_a_save_is_a_step_of_its_own() -> None:
    shown = Shown()
    shown.set(1, "field")
    shown.stack.setClean()
    shown.set(12, "field")
    assert not shown.stack.isClean()
    shown.undo()
    assert shown.value == 1
    assert shown.stack.isClean()


def test_a_new_step_drops_those_undone_and_a_save_among_them_is_lost() -> None:
    shown = Shown()
    shown.set(1)
    shown.set(2)
    shown.stack.setClean()
    shown.undo()
    shown.set(3)
    assert not shown.stack.canRedo()
    shown.undo()
    shown.undo()
    assert not shown.stack.isClean()


def test_the_oldest_steps_go_first() -> None:
    shown = Shown(limit=3)
    for value in range(1, 6):
        shown.set(value)
    while shown.stack.canUndo():
        shown.undo()
    assert shown.value == 2
    assert not shown.stack.isClean()


def test_typing_back_to_what_it_was_leaves_nothing_to_undo(qapp: QApplication) -> None:
    layer = Layer(name="conv", type="Conv2d", params={"out_channels": 8, "kernel_size": 3})
    document = Document(Network(root=Block(name="", layers=(layer,))))
    start = document.network
    document.apply("x", Network(), merge_key="k")
    document.apply("x", start, merge_key="k")
    assert not document.undo_stack.canUndo()
    assert not document.modified


def test_closing_an_edited_document_frees_nothing_twice(qapp: QApplication) -> None:
    """With steps that Qt owns, collecting a closed inspector and its document ended the process."""
    for _ in range(3):
        layer = Layer(name="conv", type="Conv2d", params={"out_channels": 8, "kernel_size": 3})
        document = Document(Network(root=Block(name="", layers=(layer,))))
        panel = Inspector(document)
        document.select([(0,)])
        for value in (1, 12, 34):
            commands.set_param(document, (0,), "out_channels", value)
            document.end_typing()
        panel.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        del panel, document
        assert gc.collect() >= 0
