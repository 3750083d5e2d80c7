"""The start page: two buttons, recent files and templates, by mouse and by keyboard."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core import analyze
from layerledger.core.templates import load_template, templates
from layerledger.gui import recent, theme
from layerledger.gui.models.recent_model import RecentModel
from layerledger.gui.models.template_model import MOST_BARS, TemplateModel, cost_profile
from layerledger.gui.panels.start import Choices, StartPage
from layerledger.gui.panels.start_delegates import home

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


def click(qtbot: QtBot, choices: Choices, row: int) -> None:
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
        click(qtbot, page.gallery, 1)
    assert chosen.args == [templates()[1].name]
    assert load_template(chosen.args[0]).layers


def test_the_keyboard_reaches_all(qtbot: QtBot, tmp_path: Path) -> None:
    (file,) = remember(tmp_path, "a.layers")
    page = make(qtbot)
    page.new.setFocus()
    for before, after in pairwise([page.new, page.open, page.recent, page.gallery]):
        assert before.hasFocus()
        qtbot.keyClick(before, Key.Key_Tab)
        assert after.hasFocus()
    qtbot.keyClick(page.gallery, Key.Key_Right)
    with qtbot.waitSignal(page.templateChosen) as template:
        qtbot.keyClick(page.gallery, Key.Key_Return)
    assert template.args == [templates()[page.gallery.currentIndex().row()].name]
    page.recent.setFocus()
    with qtbot.waitSignal(page.fileChosen) as chosen:
        qtbot.keyClick(page.recent, Key.Key_Space)
    assert chosen.args == [str(file)]


def test_the_page_follows_the_keyboard(qtbot: QtBot) -> None:
    page = make(qtbot, 470, 220)
    qtbot.waitUntil(lambda: page.widget().height() > page.gallery.height())
    page.gallery.setFocus()
    last = page.template_model.index(page.template_model.rowCount() - 1)
    page.gallery.setCurrentIndex(last)
    rect = page.gallery.visualRect(last)
    top = page.gallery.viewport().mapTo(page.viewport(), rect.topLeft()).y()
    assert 0 <= top <= page.viewport().height() - rect.height()


@pytest.mark.parametrize("width", [300, 470, 700, 900, 2000])
def test_cards_fill_the_width_and_the_list_is_as_high_as_they_are(qtbot: QtBot, width: int) -> None:
    page = make(qtbot, width)
    rects = [page.gallery.visualRect(page.template_model.index(row)) for row in range(page.template_model.rowCount())]
    columns = page.gallery.columns()
    assert columns == max(1, min(4, width // 210)) or width == 2000
    assert [rect.top() for rect in rects[:columns]] == [rects[0].top()] * columns
    assert max(rect.right() for rect in rects) > page.gallery.viewport().width() - 12
    assert rects[-1].bottom() <= page.gallery.viewport().height()
    assert page.gallery.verticalScrollBar().maximum() == 0


def test_figures_come_after_the_page_is_shown(qtbot: QtBot, page: StartPage) -> None:
    model = page.template_model
    last = model.index(model.rowCount() - 1)
    qtbot.waitUntil(lambda: model.figures(last) is not None)
    resnet = next(i for i in map(model.index, range(model.rowCount())) if model.template(i).name == "resnet18")
    known = model.figures(resnet)
    assert known is not None
    assert (known.shape, known.line) == ("3×224×224", "11.7 M params · 1.81 G MACs")
    assert "ResNet-18, 3×224×224" in str(resnet.data(Qt.ItemDataRole.AccessibleTextRole))


def test_a_hidden_page_weighs_nothing(qtbot: QtBot, page: StartPage) -> None:
    page.hide()
    before = page.template_model.figures(page.template_model.index(5))
    QApplication.processEvents()
    assert page.template_model.figures(page.template_model.index(5)) is before


def test_models_keep_qts_contract(qapp: QApplication, tmp_path: Path) -> None:
    files, cards = RecentModel(), TemplateModel()
    testers = [QAbstractItemModelTester(model, FATAL) for model in (files, cards)]
    remember(tmp_path, "a.layers", "b.layers")
    files.refresh()
    while cards.weigh_next():
        pass
    assert cards.data(QModelIndex()) is files.data(QModelIndex()) is None
    del testers


@pytest.mark.parametrize("name", [template.name for template in templates()])
def test_a_cost_profile_is_the_networks_macs(name: str) -> None:
    result = analyze(load_template(name))
    bars = cost_profile(result)
    assert 0 < len(bars) <= MOST_BARS
    assert max(height for height, _ in bars) == 1
    assert all(height > 0 for height, _ in bars)
    counted = [row.cost.macs for row in result.rows() if row.cost.macs]
    if len(counted) <= MOST_BARS:
        assert [round(height * max(counted)) for height, _ in bars] == counted


def test_a_network_without_macs_has_no_bars() -> None:
    from layerledger.core import Network

    assert cost_profile(analyze(Network())) == ()


def test_folders_are_shown_from_home() -> None:
    assert home(Path.home() / "nets") == str(Path("~/nets"))
    assert home(Path("/somewhere")) == str(Path("/somewhere"))


def test_it_takes_the_theme_of_the_moment(qtbot: QtBot, page: StartPage, qapp: QApplication) -> None:
    light, dark = [], []
    for colours, found in ((theme.LIGHT, light), (theme.DARK, dark), (theme.LIGHT, light)):
        theme.apply(qapp, colours)
        found.append(page.grab().toImage().pixelColor(page.width() // 2, 12).lightness())
    assert min(light) > 200
    assert max(dark) < 60
