"""The export dialog: what is shown is what is written, and it remembers what was chosen."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QModelIndex, QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialog, QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.device_time import time_on
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.registry import metrics_on
from layerledger.core.reports.columns import COLUMNS
from layerledger.core.reports.registry import REPORTS
from layerledger.gui.dialogs.export.column_chooser import ColumnList
from layerledger.gui.dialogs.export.export_dialog import PREVIEW_ROWS, ExportDialog
from layerledger.gui.document.document import Document
from layerledger.gui.widgets.editors import ChoiceEditor

LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def document(qapp: QApplication) -> Document:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    return Document(load_template("resnet18"))


@pytest.fixture
def dialog(qtbot: QtBot, document: Document) -> ExportDialog:
    return show(qtbot, document)


def show(qtbot: QtBot, document: Document) -> ExportDialog:
    dialog = ExportDialog(document)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the test looks at it after it is closed
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def columns(dialog: ExportDialog) -> ColumnList:
    return dialog.form.findChild(ColumnList)  # type: ignore[return-value]


def check(dialog: ExportDialog, text: str, *, on: bool) -> None:
    box = next(box for box in dialog.form.findChildren(QCheckBox) if box.text() == text)
    box.setFocus()
    if box.isChecked() is not on:
        box.click()


def choose(qtbot: QtBot, dialog: ExportDialog, label: str, text: str) -> None:
    combo = next(c for c in dialog.form.findChildren(ChoiceEditor) if c.accessibleName() == label)
    combo.setFocus()
    while combo.currentText() != text:
        before = combo.currentIndex()
        qtbot.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() == before + 1, f"{label} has no {text}"


def choose_format(dialog: ExportDialog, id_: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(id_))


def answer(act: Callable[[QDialog], None]) -> None:
    def when_open() -> None:
        found = QApplication.activeModalWidget()
        if isinstance(found, QDialog) and found.isVisible():
            act(found)
        else:
            QTimer.singleShot(10, when_open)

    QTimer.singleShot(0, when_open)


def choose_file(file: Path, proposals: list[str] | None = None) -> None:
    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        edit = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(edit, QLineEdit)
        if proposals is not None:
            proposals.append(edit.text())
        edit.setText(str(file))
        dialog.accept()

    answer(act)


# -- the preview


def test_it_starts_with_csv_and_its_first_rows(dialog: ExportDialog, document: Document) -> None:
    shown = rows(dialog.preview.toPlainText())
    assert len(shown) == 1 + PREVIEW_ROWS + 1
    assert shown[0][:2] == ["Layer", "Type"]
    assert shown[1][:2] == ["conv1", "Conv2d"]
    assert str(document.result.totals.macs) in shown[-1]
    assert dialog.note.text() == "The first 20 of 69 rows"


def test_the_preview_follows_every_option(qtbot: QtBot, dialog: ExportDialog) -> None:
    choose(qtbot, dialog, "Delimiter", "Semicolon")
    choose(qtbot, dialog, "Decimal sign", "Comma")
    check(dialog, "Header row", on=False)
    check(dialog, "Total row", on=False)
    shown = rows(dialog.preview.toPlainText(), ";")
    assert len(shown) == PREVIEW_ROWS
    assert "6,5055" in shown[0], "conv1: 118,013,952 of 1,814,073,344"


def test_equal_passes_stand_once_with_their_number(dialog: ExportDialog) -> None:
    check(dialog, "A row for each pass of a repeated block", on=False)
    shown = rows(dialog.preview.toPlainText())
    assert shown[0][:3] == ["Layer", "Times", "Type"]
    assert next(row for row in shown if row[0] == "layer1.0–1.conv1")[1] == "2"
    assert dialog.note.text() == "The first 20 of 62 rows"


def test_the_count_is_that_of_the_window(qtbot: QtBot, document: Document) -> None:
    document.change_settings(count="flops")
    dialog = show(qtbot, document)
    assert "Share of FLOPs (2 × MACs)" in dialog.preview.toPlainText()
    choose(qtbot, dialog, "Count", "FLOPs (every multiply and add)")
    assert "Share of FLOPs (every multiply and add)" in dialog.preview.toPlainText()
    assert any("every multiply" in columns(dialog).item(i).text() for i in range(columns(dialog).count()))


@pytest.mark.parametrize("id_", REPORTS)
def test_every_format_has_a_preview(dialog: ExportDialog, document: Document, id_: str) -> None:
    choose_format(dialog, id_)
    assert dialog.preview.toPlainText().strip()
    whole = dialog.text().replace(",", "")
    assert str(document.result.totals.params) in whole
    assert dialog.save_button.isEnabled()


# -- columns


def test_columns_are_checked_and_ordered(qtbot: QtBot, dialog: ExportDialog) -> None:
    chooser = columns(dialog)
    first = chooser.columns()[:3]
    chooser.setFocus()
    chooser.setCurrentRow(0)
    qtbot.keyClick(chooser, Qt.Key.Key_Space)
    assert chooser.columns()[:2] == first[1:]
    assert rows(dialog.preview.toPlainText())[0][0] == "Type", "times is left out where it would be 1 throughout"
    qtbot.keyClick(chooser, Qt.Key.Key_Space)
    qtbot.keyClick(chooser, Qt.Key.Key_Down, ALT)
    qtbot.keyClick(chooser, Qt.Key.Key_Down, ALT)
    assert chooser.currentRow() == 2
    assert chooser.columns()[:3] == (*first[1:], first[0])
    assert rows(dialog.preview.toPlainText())[0][:2] == ["Type", "Layer"]
    for _ in range(5):
        qtbot.keyClick(chooser, Qt.Key.Key_Up, ALT)
    assert chooser.columns()[:3] == first


def test_a_row_that_is_dragged_changes_the_order(dialog: ExportDialog) -> None:
    chooser = columns(dialog)
    before = chooser.columns()
    assert chooser.model().moveRow(QModelIndex(), 0, QModelIndex(), 4)  # what QListWidget does on a drop
    assert chooser.columns() == (*before[1:4], before[0], *before[4:])
    assert rows(dialog.preview.toPlainText())[0][0] == "Type"


def test_without_columns_there_is_nothing_to_write(dialog: ExportDialog) -> None:
    chooser = columns(dialog)
    for row in range(chooser.count()):
        chooser.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert dialog.note.text() == "Check at least one column."
    assert not dialog.save_button.isEnabled()
    assert not dialog.copy_button.isEnabled()
    chooser.item(0).setCheckState(Qt.CheckState.Checked)
    assert dialog.save_button.isEnabled()


# -- writing


def test_save_writes_all_rows(qtbot: QtBot, dialog: ExportDialog, document: Document, tmp_path: Path) -> None:
    proposals: list[str] = []
    choose_file(tmp_path / "out", proposals)
    qtbot.mouseClick(dialog.save_button, LEFT)
    assert proposals == ["resnet18.csv"]
    written = (tmp_path / "out.csv").read_bytes()
    found = rows(written.decode("utf-8"))
    assert len(found) == 1 + document.result.totals.layers + 1
    assert not dialog.isVisible()


def test_the_byte_order_mark_is_in_the_file_and_not_on_the_screen(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    check(dialog, "Byte order mark, for Excel", on=True)
    assert dialog.preview.toPlainText().startswith("Layer")
    choose_file(tmp_path / "out.csv")
    qtbot.mouseClick(dialog.save_button, LEFT)
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfLayer")


def test_copy_puts_the_whole_report_on_the_clipboard(qtbot: QtBot, dialog: ExportDialog, document: Document) -> None:
    qtbot.mouseClick(dialog.copy_button, LEFT)
    assert len(rows(QGuiApplication.clipboard().text())) == 1 + document.result.totals.layers + 1
    assert dialog.isVisible()
    assert dialog.note.text() == "Copied"


def test_what_cannot_be_written_is_one_sentence(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    said: list[str] = []

    def read(box: QDialog) -> None:
        assert isinstance(box, QMessageBox)
        said.append(box.text())
        box.accept()

    target = tmp_path / "gone"
    target.mkdir()
    choose_then_remove = target / "out.csv"

    def act(picker: QDialog) -> None:
        assert isinstance(picker, QFileDialog)
        edit = picker.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(edit, QLineEdit)
        edit.setText(str(choose_then_remove))
        picker.accept()
        target.rmdir()
        answer(read)

    answer(act)
    qtbot.mouseClick(dialog.save_button, LEFT)
    assert len(said) == 1
    assert "out.csv cannot be written" in said[0]
    assert dialog.isVisible()


def test_cancelling_the_file_dialog_changes_nothing(qtbot: QtBot, dialog: ExportDialog) -> None:
    answer(lambda picker: picker.reject())
    qtbot.mouseClick(dialog.save_button, LEFT)
    assert dialog.isVisible()
    assert QSettings().value("export/folder") is None


def test_folder_format_and_options_are_remembered(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    first = show(qtbot, document)
    choose(qtbot, first, "Delimiter", "Tab")
    columns(first).item(1).setCheckState(Qt.CheckState.Unchecked)
    chosen = columns(first).columns()
    choose_file(tmp_path / "out.csv")
    qtbot.mouseClick(first.save_button, LEFT)
    second = show(qtbot, document)
    assert second.report.id == "csv"
    assert second.form.values["delimiter"] == "tab"
    assert columns(second).columns() == chosen
    choose_format(second, "markdown")
    choose_file(tmp_path / "out.md")
    qtbot.mouseClick(second.save_button, LEFT)
    third = show(qtbot, document)
    assert third.report.id == "markdown"
    assert QSettings().value("export/folder") == str(tmp_path)


@pytest.mark.parametrize("stored", ["", "{", "[]", '{"delimiter": "brick", "columns": ["x"], "total": 3}', "null"])
def test_strange_settings_are_left_out(qtbot: QtBot, document: Document, stored: str) -> None:
    QSettings().setValue("export/options/csv", stored)
    QSettings().setValue("export/format", "papyrus")
    dialog = show(qtbot, document)
    assert dialog.report.id == "csv"
    assert dialog.form.values["delimiter"] == "comma"
    assert dialog.preview.toPlainText()


def test_every_control_has_a_name(dialog: ExportDialog) -> None:
    from PySide6.QtGui import QAccessible
    from PySide6.QtWidgets import QWidget

    for id_ in REPORTS:
        choose_format(dialog, id_)
        for widget in dialog.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                interface = QAccessible.queryAccessibleInterface(widget)
                assert interface is None or interface.text(QAccessible.Text.Name), widget


# -- a device


def test_time_and_bound_are_exported_with_a_device(qtbot: QtBot, document: Document) -> None:
    plain = show(qtbot, document)
    item = next(i for i in columns(plain)._items() if i.text() == "Least time – needs a device")
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    document.change_settings(device=devices()["nvidia-t4"])
    dialog = show(qtbot, document)
    assert "Least time" not in dialog.text()
    columns(dialog).show_columns(["path", "device_seconds", "bound"])
    check(dialog, "A row for each pass of a repeated block", on=True)
    heading, first, *_ = rows(dialog.text())
    assert heading == ["Layer", "Least time on NVIDIA T4", "Bound by"]
    expected = time_on(document.target, document.result).roofline.time(document.result.at((0,)))
    assert first == ["conv1", f"{expected.total / 10**18:.12f}".rstrip("0"), expected.bound]


def test_every_column_of_the_stack_can_be_exported() -> None:
    assert {metric.key for metric in metrics_on("stack")} <= COLUMNS.keys()


def test_the_window_says_where_the_report_is(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    document.said.connect(said.append)
    file = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    show(qtbot, document).save()
    assert said == [f"Report written to {file}"]


def test_the_fields_of_the_format_and_of_its_options_line_up(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show()
    qtbot.waitExposed(dialog)
    fields = [dialog.format, *dialog.form.findChildren(QComboBox)]
    assert len({field.mapTo(dialog, QPoint()).x() for field in fields}) == 1
