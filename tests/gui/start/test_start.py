"""The start page: two buttons, recent files and templates, by mouse and by keyboard."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core.library.templates.templates import load_template, templates
from layerledger.gui.document import recent_files as recent
from layerledger.gui.start.page_list import PageList
from layerledger.gui.start.recent_model import RecentModel
from layerledger.gui.start.recent_painter import abbreviate_home
from layerledger.gui.start.start_page import StartPage
from layerledger.gui.theme import theme

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key


def remember(folder: Path, *names: str) -> list[Path]:
    files = [folder / name for name in names]
    for file in files:
        file.write_text("{}")
        recent.add(file)
    return files


def make(qtbot: QtBot, width: int = 700, height: int = 500) -> StartPage:
    page = StartPage()
    qtbot.addWidget(page)
    page.resize(width, height)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    return page


@pytest.fixture
def page(qtbot: QtBot) -> StartPage:
    return make(qtbot)


def click(qtbot: QtBot, choices: PageList, row: int) -> None:
    spot = choices.visualRect(choices.model().index(row, 0)).topLeft() + QPoint(20, 10)
    qtbot.mouseClick(choices.viewport(), LEFT, pos=spot)


def test_the_buttons_ask_for_what_they_say(qtbot: QtBot, page: StartPage) -> None:
    with qtbot.waitSignal(page.newRequested):
        qtbot.mouseClick(page.new, LEFT)
    with qtbot.waitSignal(page.openRequested):
        qtbot.mouseClick(page.open, LEFT)


def test_without_recent_files_there_is_no_such_heading(page: StartPage) -> None:
    assert not page.recent.isVisible()
    assert not page.recent_heading.isVisible()


def test_a_click_on_a_recent_file_chooses_it(qtbot: QtBot, tmp_path: Path) -> None:
    older, newer = remember(tmp_path, "older.layers", "newer.layers")
    page = make(qtbot)
    assert page.recent.isVisible()
    for row, file in enumerate((newer, older)):
        with qtbot.waitSignal(page.fileChosen) as chosen:
            click(qtbot, page.recent, row)
        assert chosen.args == [str(file)]


def test_the_list_is_read_again_when_the_page_comes_back(qtbot: QtBot, page: StartPage, tmp_path: Path) -> None:
    remember(tmp_path, "a.layers")
    page.hide()
    page.show()
    assert page.recent_model.rowCount() == 1
    assert page.recent.isVisible()


def test_a_click_on_a_card_chooses_the_template(qtbot: QtBot, page: StartPage) -> None:
    with qtbot.waitSignal(page.templateChosen) as chosen:
        click(qtbot, page.templates.gallery, 1)
    assert chosen.args == [templates()[1].name]
    assert load_template(chosen.args[0]).layers


def test_the_keyboard_reaches_all(qtbot: QtBot, tmp_path: Path) -> None:
    (file,) = remember(tmp_path, "a.layers")
    page = make(qtbot)
    page.new.setFocus()
    chooser = page.templates
    for before, after in pairwise([page.new, page.open, page.recent, chooser.box, chooser.family, chooser.gallery]):
        assert before.hasFocus()
        qtbot.keyClick(before, Key.Key_Tab)
        assert after.hasFocus()
    qtbot.keyClick(chooser.gallery, Key.Key_Right)
    with qtbot.waitSignal(page.templateChosen) as template:
        qtbot.keyClick(chooser.gallery, Key.Key_Return)
    assert template.args == [templates()[chooser.gallery.currentIndex().row()].name]
    page.recent.setFocus()
    with qtbot.waitSignal(page.fileChosen) as chosen:
        qtbot.keyClick(page.recent, Key.Key_Space)
    assert chosen.args == [str(file)]


def test_the_page_follows_the_keyboard(qtbot: QtBot) -> None:
    page = make(qtbot, 470, 240)
    gallery = page.templates.gallery
    qtbot.waitUntil(lambda: page.widget().height() > gallery.height())
    gallery.setFocus()
    gallery.go_to(gallery.model().rowCount() - 1)
    rect = gallery.visualRect(gallery.currentIndex())
    top = gallery.viewport().mapTo(page.viewport(), rect.topLeft()).y()
    assert 0 <= top <= page.viewport().height() - rect.height()


def test_asking_for_a_template_goes_to_the_search(qtbot: QtBot) -> None:
    page = make(qtbot, 470, 220)
    page.focus_templates()
    box = page.templates.box
    qtbot.waitUntil(box.hasFocus)
    top = box.mapTo(page.viewport(), QPoint(0, 0)).y()
    assert 0 <= top <= page.viewport().height() - box.height()


def test_the_model_of_files_keeps_qts_contract(qapp: QApplication, tmp_path: Path) -> None:
    files = RecentModel()
    tester = QAbstractItemModelTester(files, FATAL)
    remember(tmp_path, "a.layers", "b.layers")
    files.refresh()
    assert files.data(QModelIndex()) is None
    del tester


def test_folders_are_shown_from_home() -> None:
    assert abbreviate_home(Path.home() / "nets") == str(Path("~/nets"))
    assert abbreviate_home(Path("/somewhere")) == str(Path("/somewhere"))


def test_it_takes_the_theme_of_the_moment(qtbot: QtBot, page: StartPage, qapp: QApplication) -> None:
    light, dark = [], []
    for colours, found in ((theme.LIGHT, light), (theme.DARK, dark), (theme.LIGHT, light)):
        theme.apply(qapp, colours)
        found.append(page.grab().toImage().pixelColor(page.width() // 2, 12).lightness())
    assert min(light) > 200
    assert max(dark) < 60
