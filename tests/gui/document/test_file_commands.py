"""The dialogs and the document follow the registry of network formats; only the native format is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from layerledger.core import Network, save_network
from layerledger.core.formats import registry
from layerledger.core.formats.network_format import NetworkFormat
from layerledger.gui.document.document import Document
from layerledger.gui.document.file_commands import open_filter, save_filter

NATIVE_ONLY = "LayerLedger networks (*.layers);;All files (*)"
WORDS = NetworkFormat(
    id="words",
    title="Words",
    suffixes=(".words", ".wd"),
    recognizes=lambda start: start.start.startswith(b"net "),
    read=lambda file, _: Network(name=file.read_text().split()[1]),
)


@pytest.fixture
def two_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (WORDS, registry.NATIVE))


def test_the_save_dialog_offers_the_native_format(qapp: object) -> None:
    assert save_filter() == NATIVE_ONLY


def test_the_open_dialog_offers_all_formats_at_once(qapp: object) -> None:
    together, *each, _ = open_filter().split(";;")
    assert all(f"*{suffix}" in together for suffix in (".layers", ".onnx", ".pt2", "config.json", ".gguf"))
    assert len(each) == len(registry.FORMATS)


@pytest.mark.usefixtures("two_formats")
def test_the_open_dialog_offers_each_format(qapp: object) -> None:
    together, *each, rest = open_filter().split(";;")
    assert together == "Networks (*.words *.wd *.layers)"
    assert each == ["Words (*.words *.wd)", "LayerLedger network (*.layers)"]
    assert rest == "All files (*)"
    assert save_filter() == NATIVE_ONLY


@pytest.mark.usefixtures("two_formats")
def test_saving_does_not_write_over_a_file_of_another_format(qtbot: QtBot, tmp_path: Path) -> None:
    foreign, native = tmp_path / "x.words", tmp_path / "y.layers"
    foreign.write_text("net two")
    save_network(Network(name="one"), native)
    document = Document()
    document.open(native)
    assert document.file == native
    document.open(foreign)
    assert (document.network.name, document.file, document.title) == ("two", None, "x.words")
