"""The gallery of templates: search, family, cards with published figures; on a page and in a dialog."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core import Network, analyze
from layerledger.core.library.templates.published import Deviations, deviations, read_published
from layerledger.core.library.templates.search import families, find_templates
from layerledger.core.library.templates.templates import load_template, templates
from layerledger.gui.document.document import Document
from layerledger.gui.start.published_figures import published_figure
from layerledger.gui.start.template_gallery import TemplateChooser
from layerledger.gui.start.template_model import (
    MAX_BARS,
    TemplateFigures,
    TemplateModel,
    cost_profile,
    template_figures,
)
from layerledger.gui.start.templates_dialog import TemplatesDialog
from layerledger.gui.theme import theme
from layerledger.gui.window.main_window import MainWindow

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
NAMES = [template.name for template in templates()]


def make(qtbot: QtBot, width: int = 700, height: int = 500) -> TemplateChooser:
    chooser = TemplateChooser()
    qtbot.addWidget(chooser)
    chooser.resize(width, height)
    with qtbot.waitActive(chooser):
        chooser.show()
        chooser.activateWindow()
    return chooser


@pytest.fixture
def chooser(qtbot: QtBot) -> TemplateChooser:
    return make(qtbot)


def shown(chooser: TemplateChooser) -> list[str]:
    model = chooser.model
    return [model.template(model.index(row)).name for row in range(model.rowCount())]


def known(name: str) -> TemplateFigures:
    found = template_figures(templates()[NAMES.index(name)])
    assert found is not None
    return found


# -- searching


def test_it_begins_with_all_of_them(chooser: TemplateChooser) -> None:
    assert shown(chooser) == NAMES
    assert chooser.count.text() == f"{len(NAMES)} templates"
    assert not chooser.no_match.isVisible()
    assert not chooser.gallery.currentIndex().isValid()


def test_typing_finds_and_enter_opens_the_best(qtbot: QtBot, chooser: TemplateChooser) -> None:
    chooser.focus_search()
    qtbot.keyClicks(chooser.box, "resnet 50")
    assert shown(chooser) == [template.name for template in find_templates("resnet 50")]
    assert chooser.gallery.is_default(chooser.model.index(0))
    with qtbot.waitSignal(chooser.chosen) as chosen:
        qtbot.keyClick(chooser.box, Key.Key_Return)
    assert chosen.args == ["resnet50"]


def test_enter_without_a_search_opens_nothing(qtbot: QtBot, chooser: TemplateChooser) -> None:
    with qtbot.assertNotEmitted(chooser.chosen):
        qtbot.keyClick(chooser.box, Key.Key_Return)


def test_a_family_narrows(qtbot: QtBot, chooser: TemplateChooser) -> None:
    names = [chooser.family.itemData(row) for row in range(chooser.family.count())]
    assert names == ["", *families()]
    chooser.family.setFocus()
    qtbot.keyClicks(chooser.family, "vgg")
    assert chooser.family.currentData() == "VGG"
    assert chooser.count.text() == "6 templates"
    assert all(name.startswith("vgg") for name in shown(chooser))
    qtbot.keyClicks(chooser.box, "lenet")
    assert chooser.model.rowCount() == 0
    assert chooser.no_match.isVisible()
    assert chooser.no_match.text() == "No template of the family VGG matches “lenet”. Esc shows all."


def test_nothing_found_is_said(qtbot: QtBot, chooser: TemplateChooser) -> None:
    qtbot.keyClicks(chooser.box, "xyzzy")
    assert chooser.no_match.text() == "No template matches “xyzzy”. Esc shows all."
    assert chooser.count.text() == "0 templates"
    qtbot.keyClick(chooser.box, Key.Key_Down)
    assert chooser.box.hasFocus()
    with qtbot.assertNotEmitted(chooser.chosen):
        qtbot.keyClick(chooser.box, Key.Key_Return)
    qtbot.keyClick(chooser.box, Key.Key_Escape)
    assert shown(chooser) == NAMES
    assert not chooser.no_match.isVisible()


def test_escape_clears_first_and_leaves_then(qtbot: QtBot, chooser: TemplateChooser) -> None:
    chooser.family.setCurrentIndex(chooser.family.findData("VGG"))
    chooser.box.setText("16")
    chooser.gallery.setFocus()
    with qtbot.assertNotEmitted(chooser.escaped):
        qtbot.keyClick(chooser.gallery, Key.Key_Escape)
    assert (chooser.box.text(), chooser.family.currentData()) == ("", "")
    assert chooser.box.hasFocus()
    with qtbot.waitSignal(chooser.escaped):
        qtbot.keyClick(chooser.box, Key.Key_Escape)


def test_arrows_go_between_box_and_cards(qtbot: QtBot, chooser: TemplateChooser) -> None:
    gallery = chooser.gallery
    chooser.focus_search()
    qtbot.keyClick(chooser.box, Key.Key_Down)
    assert gallery.hasFocus()
    assert gallery.currentIndex().row() == 0
    qtbot.keyClick(gallery, Key.Key_Right)
    qtbot.keyClick(gallery, Key.Key_Down)
    assert gallery.currentIndex().row() == 1 + gallery.columns()
    assert gallery.is_default(gallery.currentIndex())
    for _ in range(2):
        qtbot.keyClick(gallery, Key.Key_Up)
    assert chooser.box.hasFocus()
    assert not gallery.is_default(gallery.currentIndex())


def test_what_is_typed_on_the_cards_goes_on_in_the_box(qtbot: QtBot, chooser: TemplateChooser) -> None:
    chooser.gallery.setFocus()
    qtbot.keyClicks(chooser.gallery, "v")
    assert chooser.box.hasFocus()
    assert chooser.box.text() == "v"
    assert shown(chooser)[0].startswith("vgg")


def test_a_click_on_what_was_found_chooses_it(qtbot: QtBot, chooser: TemplateChooser) -> None:
    qtbot.keyClicks(chooser.box, "gpt")
    qtbot.waitUntil(lambda: chooser.gallery.height() < 200)
    spot = chooser.gallery.visualRect(chooser.model.index(0)).topLeft() + QPoint(20, 10)
    with qtbot.waitSignal(chooser.chosen) as chosen:
        qtbot.mouseClick(chooser.gallery.viewport(), LEFT, pos=spot)
    assert chosen.args == ["gpt2"]


# -- cards


@pytest.mark.parametrize("width", [300, 470, 700, 900, 2000])
def test_cards_fill_the_width_and_the_list_is_as_high_as_they_are(qtbot: QtBot, width: int) -> None:
    gallery, model = (chooser := make(qtbot, width)).gallery, chooser.model
    rects = [gallery.visualRect(model.index(row)) for row in range(model.rowCount())]
    columns = gallery.columns()
    assert columns == max(1, (gallery.viewport().width() - 2) // gallery.painter.min_width)
    assert [rect.top() for rect in rects[:columns]] == [rects[0].top()] * columns
    assert max(rect.right() for rect in rects) > gallery.viewport().width() - columns - 4
    assert rects[-1].bottom() <= gallery.viewport().height()
    assert gallery.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("scale", [1.0, 1.25])
@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_the_narrowest_card_is_cut(chooser: TemplateChooser, name: str, scale: float) -> None:
    painter, found = chooser.gallery.painter, known(name)
    painter.refresh(theme.scaled(chooser.font(), scale))
    template, said = templates()[NAMES.index(name)], found.published
    small, bold = QFontMetrics(painter._fonts.small), QFontMetrics(painter._fonts.bold)
    room = painter.min_width - 24
    assert bold.horizontalAdvance(template.title) <= room
    for left, right in (
        (found.shape, str(template.year)),
        (found.line, ""),
        (said.figure, said.verdict),
        (said.source, ""),
    ):
        assert small.horizontalAdvance(left) + bool(right) * (7 + small.horizontalAdvance(right)) <= room


def test_figures_come_after_the_gallery_is_shown(qtbot: QtBot, chooser: TemplateChooser) -> None:
    model = chooser.model
    qtbot.waitUntil(lambda: all(model.figures(model.index(row)) for row in range(model.rowCount())))
    resnet = model.index(NAMES.index("resnet18"))
    found = model.figures(resnet)
    assert found is not None
    assert (found.shape, found.line) == ("3×224×224", "11.7 M params · 1.81 G MACs")
    spoken = "ResNet-18, 2015, 3×224×224, 11.7 M params · 1.81 G MACs, published 1.814 GMACs: equal, torchvision 0.29.1"
    assert resnet.data(Qt.ItemDataRole.AccessibleTextRole) == spoken


def test_what_is_found_is_weighed_first(qapp: QApplication) -> None:
    model = TemplateModel()
    model.search("whisper", "")
    assert model.analyze_next()
    assert model.figures(model.index(0)) is not None
    model.search("", "")
    assert [row for row in range(model.rowCount()) if model.figures(model.index(row))] == [NAMES.index("whisper-tiny")]


def test_a_hidden_gallery_weighs_nothing(qtbot: QtBot, chooser: TemplateChooser) -> None:
    chooser.hide()
    before = chooser.model.figures(chooser.model.index(5))
    QApplication.processEvents()
    assert chooser.model.figures(chooser.model.index(5)) is before


def test_the_model_keeps_qts_contract(qapp: QApplication) -> None:
    model = TemplateModel()
    tester = QAbstractItemModelTester(model, FATAL)
    for text in ("vgg", "xyzzy", "", "net"):
        model.search(text, "")
        model.analyze_next()
    while model.analyze_next():
        pass
    assert model.data(QModelIndex()) is None
    del tester


# -- what is said


@pytest.mark.parametrize(
    ("name", "figure", "verdict", "source"),
    [
        ("resnet18", "published 1.814 GMACs", "equal", "torchvision 0.29.1"),
        ("mobilenet_v1", "published 569 MMACs", "equal", "arxiv.org"),
        ("inception_v3", "published 5.713 GMACs", "+0.1%", "torchvision 0.29.1"),
        ("llama-3-8b", "published 8.03 G params", "equal", "huggingface.co"),
        ("lenet5", "published 60.0 k params", "+2.8%", "doi.org"),
        ("lstm_classifier", "published 2.76 M params", "+1,024", "keras.io"),
        ("wavenet", "no published figure", "", ""),
    ],
)
def test_a_card_tells_the_published_figure(name: str, figure: str, verdict: str, source: str) -> None:
    said = known(name).published
    assert (said.figure, said.verdict, said.source) == (figure, verdict, source)
    assert said.equal == (verdict in ("equal", ""))


def test_the_tool_tip_tells_all(qapp: QApplication) -> None:
    model = TemplateModel()
    while model.analyze_next():
        pass
    tip = str(model.index(NAMES.index("inception_v3")).data(Qt.ItemDataRole.ToolTipRole))
    for sentence in (
        "Inception v3, 2015",
        "Published: torchvision 0.29.1",
        "Parameters: 27,161,264",
        "MACs: 5.713 G, here 5,718,899,296",
        "Convention: MACs. Multiply-accumulates",
        "auxiliary classifier",
    ):
        assert sentence in tip
    assert "Published" not in str(model.index(NAMES.index("lesson")).data(Qt.ItemDataRole.ToolTipRole))


def test_a_count_of_another_convention_says_which(qapp: QApplication) -> None:
    result = analyze(load_template("resnet18"))
    published = read_published({"count": "3.7 G", "convention": "flops", "source": "a table"})
    said = published_figure(published, deviations(published, result))
    assert (said.figure, said.verdict) == ("published 3.7 G 2 × MACs", "−1.9%")
    assert any("here 3,628,146,688: −71,853,312 (−1.9%)" in line for line in said.details)
    assert published_figure(None, Deviations(None, None)).figure == "no published figure"


@pytest.mark.parametrize("name", NAMES)
def test_a_cost_profile_is_the_networks_macs(name: str) -> None:
    result = analyze(load_template(name))
    bars = cost_profile(result)
    assert 0 < len(bars) <= MAX_BARS
    assert max(height for height, _ in bars) == 1
    assert all(height > 0 for height, _ in bars)
    counted = [row.cost.macs for row in result.rows() if row.cost.macs]
    if len(counted) <= MAX_BARS:
        assert [round(height * max(counted)) for height, _ in bars] == counted


def test_a_network_without_macs_has_no_bars() -> None:
    assert cost_profile(analyze(Network())) == ()


# -- the dialog


@pytest.fixture
def dialog(qtbot: QtBot) -> TemplatesDialog:
    opened = TemplatesDialog()
    qtbot.addWidget(opened)
    with qtbot.waitActive(opened):
        opened.show()
        opened.activateWindow()
    return opened


def test_the_dialog_is_searched_at_once(qtbot: QtBot, dialog: TemplatesDialog) -> None:
    qtbot.waitUntil(dialog.templates.box.hasFocus)
    qtbot.keyClicks(dialog.templates.box, "vgg 19")
    qtbot.keyClick(dialog.templates.box, Key.Key_Return)
    assert (dialog.result(), dialog.name) == (1, "vgg19")


def test_escape_clears_the_search_then_closes_the_dialog(qtbot: QtBot, dialog: TemplatesDialog) -> None:
    qtbot.keyClicks(dialog.templates.box, "vgg")
    qtbot.keyClick(dialog.templates.box, Key.Key_Escape)
    assert dialog.isVisible()
    qtbot.keyClick(dialog.templates.box, Key.Key_Escape)
    assert not dialog.isVisible()
    assert dialog.name == ""


def test_the_dialog_follows_the_keyboard(qtbot: QtBot, dialog: TemplatesDialog) -> None:
    gallery = dialog.templates.gallery
    gallery.setFocus()
    gallery.go_to(len(NAMES) - 1)
    top = gallery.viewport().mapTo(dialog.area.viewport(), gallery.visualRect(gallery.currentIndex()).topLeft()).y()
    assert 0 <= top < dialog.area.viewport().height()
    assert dialog.templates.box.isVisible()  # it does not scroll


def test_the_dialog_is_within_its_window(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 500)
    dialog = TemplatesDialog(window)
    assert (dialog.width(), dialog.height()) == (740, 440)


def test_the_menu_goes_to_the_start_page_or_opens_the_dialog(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document()
    window = MainWindow(document, lambda: window)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    action = window.actions_by_id["new-from-template"]
    action.trigger()
    qtbot.waitUntil(window.start.templates.box.hasFocus)
    qtbot.keyClicks(window.start.templates.box, "lenet")
    qtbot.keyClick(window.start.templates.box, Key.Key_Return)
    assert document.network.name == "lenet5"
    opened = list[str]()

    def choose(dialog: TemplatesDialog) -> int:
        opened.append(dialog.windowTitle())
        dialog.templates.chosen.emit("alexnet")
        return dialog.result()

    monkeypatch.setattr(TemplatesDialog, "exec", choose)
    action.trigger()
    assert opened == ["New from template"]
    assert document.network.name == "alexnet"
