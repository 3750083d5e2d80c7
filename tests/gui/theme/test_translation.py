"""A catalogue in a folder translates the window's texts and core's messages; without one all stays English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network
from layerledger.core.base.messages import Message, plural
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.start.template_gallery import TemplateChooser
from layerledger.gui.theme.translation import CatalogueTranslator, install_translation, remove_translation, translated
from layerledger.gui.window.status_bar import StatusBar

GERMAN = {
    "no problems": "keine Probleme",
    "{name} must be an integer; got {value}": "{name} muss eine ganze Zahl sein, ist aber {value}",
    ("{count} layer", "{count} layers"): ("{count} Schicht", "{count} Schichten"),
    "{name} must be {rule}; got {value}": "{name} muss {rule} sein, ist aber {value}",
    ("{count} template", "{count} templates"): ("{count} Vorlage", "{count} Vorlagen"),
    "deleted {layers}": "{layers} gelöscht",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    catalogue = Catalog(locale="de")
    for text, translation in GERMAN.items():
        catalogue.add(text, translation)
    file = tmp_path / "de/LC_MESSAGES/layerledger.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_mo(out, catalogue)
    return tmp_path


@pytest.fixture
def german(qapp: QApplication, folder: Path) -> Iterator[CatalogueTranslator]:
    translator = install_translation(qapp, ["de-DE", "en-GB"], folder=folder)
    assert translator
    yield translator
    remove_translation(qapp)


def test_the_windows_texts_are_translated(qtbot: QtBot, german: CatalogueTranslator) -> None:
    bar = StatusBar(Document())
    qtbot.addWidget(bar)
    assert bar.summary.text().endswith(" · keine Probleme")


def test_problems_are_translated_where_they_are_shown(qtbot: QtBot, german: CatalogueTranslator) -> None:
    conv = Layer(name="conv1", type="Conv2d", params={"out_channels": 8, "kernel_size": "x"})
    document = Document(Network(root=Block(name="", layers=(conv,))))
    panel = Inspector(document)
    qtbot.addWidget(panel)
    document.select([(0,)])
    assert panel.forms.current
    description = panel.forms.current.fields["kernel_size"].editor.accessibleDescription()
    assert description.startswith("kernel_size muss ")
    assert description.endswith(' sein, ist aber "x"')


def test_a_count_takes_the_plural_of_the_language(qtbot: QtBot, german: CatalogueTranslator) -> None:
    chooser = TemplateChooser()
    qtbot.addWidget(chooser)
    assert chooser.count.text().endswith(" Vorlagen")
    chooser.box.setText("lenet5")
    assert chooser.count.text() == "1 Vorlage"


def test_messages_are_translated_with_their_values(german: CatalogueTranslator) -> None:
    assert translated(Message("{name} must be an integer; got {value}", name="repeat", value='"x"')) == (
        'repeat muss eine ganze Zahl sein, ist aber "x"'
    )
    for count, expected in ((1, "1 Schicht gelöscht"), (3, "3 Schichten gelöscht")):
        layers = plural(count, "{count} layer", "{count} layers")
        assert translated(Message("deleted {layers}", layers=layers)) == expected


def test_the_texts_of_qt_are_translated_with_the_window(qtbot: QtBot, german: CatalogueTranslator) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(buttons)
    assert buttons.button(QDialogButtonBox.StandardButton.Cancel).text() == "Abbrechen"


def test_a_text_without_a_translation_stays_english(german: CatalogueTranslator) -> None:
    assert translated("Kernel size") == "Kernel size"
    assert translated("") == ""


@pytest.mark.parametrize("languages", [["en-GB", "de-DE"], ["fr-FR"], []])
def test_english_and_unknown_languages_install_nothing(qapp: QApplication, folder: Path, languages: list[str]) -> None:
    assert install_translation(qapp, languages, folder=folder) is None
    assert translated("no problems") == "no problems"
