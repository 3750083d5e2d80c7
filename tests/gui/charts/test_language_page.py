"""The page "Language model": its cells, what fits at most, and that a click sets batch and context."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from layerledger.core import Network, edits
from layerledger.core.base.precision import BUNDLES
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.devices import devices
from layerledger.gui.charts.language.page import LanguagePage
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document


def llama() -> Network:
    return edits.set_precision(load_template("llama-2-7b"), BUNDLES["float16"].stated)


def opened(qtbot: QtBot, network: Network, device: str = "nvidia-a100-80gb") -> LanguagePage:
    document = Document(network)
    document.change_settings(device=devices()[device] if device else None, context=4096)
    page = LanguagePage(document)
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    qtbot.addWidget(page)
    page.resize(1200, 260)
    page.show()
    qtbot.waitExposed(page)
    page.finish()
    return page


def cell(page: LanguagePage, batch: int, context: int) -> str:
    model = page.model
    return str(model.index(model.batches.index(batch), model.contexts.index(context)).data())


def test_cells_of_llama_2_7b_on_80_gib(qtbot: QtBot) -> None:
    """12.55 GiB of weights, 512 KiB of cache a token and sequence; 2,039 GB/s for both."""
    page = opened(qtbot, llama())
    assert page.model.batches == (1, 2, 4, 8, 16, 32, 64)
    assert page.model.contexts == (512, 1024, 2048, 4096, 8192, 16_384)
    assert cell(page, 1, 4096) == "14.8 GiB 133/s"
    assert cell(page, 32, 4096) == "76.8 GiB 792/s"
    assert cell(page, 64, 4096) == "141 GiB"  # does not fit, so it has no speed
    spoken = page.model.index(6, 3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Batch 64, 4,096 tokens")
    assert "do not fit into 80.0 GiB" in spoken


def test_the_largest_batch_and_the_longest_context(qtbot: QtBot) -> None:
    page = opened(qtbot, llama())
    assert page.panel.batch.value.text() == "33"
    assert page.panel.context.value.text() == "121,001"
    page.panel.batch.button.click()
    assert page._document.network.inputs[0].shape == (33, 4096)
    page.finish()
    assert 33 in page.model.batches
    assert page.model.present == (33, 4096)


def test_a_click_sets_batch_and_context_as_one_step(qtbot: QtBot) -> None:
    page = opened(qtbot, llama())
    document = page._document
    at = page.model.index(3, 1)
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=page.table.visualRect(at).center())
    assert document.network.inputs[0].shape == (8, 1024)
    assert document.settings.context is None
    page.finish()
    assert page.model.present == (8, 1024)
    document.undo()
    assert document.network.inputs[0].shape == (1, 128)


def test_enter_sets_the_cell_with_the_focus(qtbot: QtBot) -> None:
    page = opened(qtbot, llama())
    page.table.setCurrentIndex(page.model.index(1, 0))
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page._document.network.inputs[0].shape == (2, 512)


def test_an_edit_computes_the_cells_anew(qtbot: QtBot) -> None:
    page = opened(qtbot, llama())
    commands.set_batch(page._document, 3)
    page.refresh()
    page.finish()
    assert page.model.present == (3, 4096)
    assert cell(page, 3, 4096).startswith("18.8 GiB")


@pytest.mark.parametrize(
    ("name", "device", "words"),
    [
        ("resnet18", "nvidia-t4", "generates no tokens"),
        ("bert-base-uncased", "nvidia-t4", "generates no tokens"),
        ("gpt2", "", "Choose a device"),
    ],
)
def test_why_there_is_no_table(qtbot: QtBot, name: str, device: str, words: str) -> None:
    page = opened(qtbot, load_template(name), device)
    assert words in page.message.text()
    assert page.pages.currentWidget() is page.message


def test_a_device_without_memory_sizes_has_speeds_alone(qtbot: QtBot) -> None:
    page = opened(qtbot, load_template("gpt2"), "intel-core-i9-13900k")
    assert page.panel.capacity.text() == "size not known"
    assert page.panel.batch.value.text() == "–"
    assert not page.panel.batch.button.isEnabled()
    assert page.model.index(0, 0).data().endswith("/s")


def test_the_tab_is_there_for_networks_with_tokens(qtbot: QtBot) -> None:
    document = Document(load_template("resnet18"))
    panel = ChartPanel(document)
    qtbot.addWidget(panel)
    tabs = panel.controls.tabs
    at = next(i for i in range(tabs.count()) if tabs.tabData(i) == "language")
    panel.show()
    assert not tabs.isTabVisible(at)
    document.replace(load_template("gpt2"))
    assert tabs.isTabVisible(at)
    # Laid out, too: it has a place of its own, and the tab behind it has moved on.
    assert tabs.tabRect(at).width() > 20
    assert tabs.tabRect(at + 1).left() >= tabs.tabRect(at).right()


def test_the_batches_have_a_heading_in_the_corner(qtbot: QtBot) -> None:
    page = opened(qtbot, llama())
    corner = page.table.findChild(QLabel)
    assert corner is not None
    assert corner.text() == "Batch"
    assert corner.sizeHint().width() <= corner.width() < page.table.verticalHeader().width()
    assert corner.height() == page.table.horizontalHeader().height()


def test_columns_that_scroll_behind_the_batches_end_at_a_line(qtbot: QtBot) -> None:
    table = opened(qtbot, llama()).table
    table.resize(400, 200)
    bar = table.horizontalScrollBar()
    bar.setValue(0)
    assert table.edge.isHidden()
    bar.setValue(40)
    assert table.edge.isVisible()
    assert table.edge.geometry().right() == table.verticalHeader().width() - 1
