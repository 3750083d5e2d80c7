"""Computations in slices: in the thread of the window, or a step at a time in one of their own."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.devices import devices
from layerledger.gui.charts.language.page import LanguagePage
from layerledger.gui.document import large_networks
from layerledger.gui.document.document import Document
from layerledger.gui.widgets.slices import Slices
from layerledger.gui.window.header import Header
from layerledger.gui.window.precision_menu import PrecisionMenu


@pytest.mark.parametrize("apart", [False, True])
def test_each_value_is_handed_on_in_order_and_then_the_end(qtbot: QtBot, apart: bool) -> None:
    seen: list[object] = []
    slices: Slices[int] = Slices(QObject(QApplication.instance()))
    slices.begin(iter([1, None, 2, None, 3]), seen.append, lambda: seen.append("end"), apart=apart)
    qtbot.waitUntil(lambda: not slices.isActive())
    assert seen == [1, 2, 3, "end"]


def test_steps_run_apart_and_values_arrive_in_the_thread_of_the_window(qtbot: QtBot) -> None:
    def steps() -> Iterator[bool]:
        yield current_thread() is main_thread()

    seen: list[tuple[bool, bool]] = []
    slices: Slices[bool] = Slices(QObject(QApplication.instance()))
    slices.begin(steps(), lambda value: seen.append((value, current_thread() is main_thread())), apart=True)
    qtbot.waitUntil(lambda: not slices.isActive())
    assert seen == [(False, True)]


def test_the_window_lives_while_a_step_runs_and_a_replaced_step_is_dropped(qtbot: QtBot) -> None:
    go = Event()

    def waiting() -> Iterator[str]:
        go.wait(10)
        yield "old"

    seen: list[str] = []
    slices: Slices[str] = Slices(QObject(QApplication.instance()))
    slices.begin(waiting(), seen.append, apart=True)
    qtbot.wait(60)  # events go on meanwhile
    assert slices.isActive()
    slices.begin(iter(["new"]), seen.append, apart=True)
    go.set()
    qtbot.waitUntil(lambda: not slices.isActive())
    assert seen == ["new"]


def test_what_is_left_can_be_run_at_once(qtbot: QtBot) -> None:
    seen: list[int] = []
    slices: Slices[int] = Slices(QObject(QApplication.instance()))
    slices.begin(iter(range(20)), seen.append, apart=True)
    qtbot.waitUntil(lambda: bool(seen))
    slices.finish()
    assert seen == list(range(20))


def test_an_error_of_a_step_is_raised_in_the_window(qtbot: QtBot) -> None:
    def failing() -> Iterator[int]:
        raise ValueError("no")
        yield 1

    slices: Slices[int] = Slices(QObject(QApplication.instance()))
    slices.begin(failing(), print, apart=True)
    with pytest.raises(ValueError, match="no"):
        slices.finish()
    slices.stop()


@pytest.fixture
def gpt2(monkeypatch: pytest.MonkeyPatch) -> Document:
    """GPT-2 on a device, as if it had so many layers that it is computed beside the window."""
    monkeypatch.setattr(large_networks, "AT_ONCE", 5)
    monkeypatch.setattr(large_networks, "IN_SLICES", 10)
    document = Document(load_template("gpt2"))
    document.change_settings(device=devices()["nvidia-t4"])
    return document


def test_cards_page_and_menu_of_a_huge_network_say_the_same_as_at_once(qtbot: QtBot, gpt2: Document) -> None:
    header, page = Header(gpt2), LanguagePage(gpt2)
    menu = PrecisionMenu(gpt2, header)
    for widget in (header, page):
        qtbot.addWidget(widget)
    page.show()
    menu.refresh()
    assert header.cards["fit"].value.text() == "…"
    qtbot.waitUntil(lambda: header.cards["fit"].value.text() != "…", timeout=20_000)
    qtbot.waitUntil(lambda: not header._waiting.isActive(), timeout=20_000)
    qtbot.waitUntil(lambda: not page._search.isActive(), timeout=60_000)
    qtbot.waitUntil(lambda: not menu._slices.isActive(), timeout=60_000)
    shown = [header.cards[key].value.text() for key in ("fit", "first_token", "tokens_per_s", "latency")]
    largest = page.panel.title.text(), page.panel.batch.value.text(), page.panel.context.value.text()
    assert "…" not in (*shown, *largest)
    assert not menu.list.waiting()
    header.finish()
    assert [header.cards[key].value.text() for key in ("fit", "first_token", "tokens_per_s", "latency")] == shown


def test_an_edit_meanwhile_leaves_no_old_value(qtbot: QtBot, gpt2: Document) -> None:
    header = Header(gpt2)
    qtbot.addWidget(header)
    header._compute()
    tokens = NetworkInput(name="tokens", shape=(1, 8), dtype="int64")
    gpt2.replace(Network(inputs=(tokens,), root=Block(name="", layers=(Layer(name="relu", type="Embedding"),))))
    assert not header._waiting.isActive()
    header.finish()
    before = header.cards["fit"].value.text()
    qtbot.wait(200)
    assert header.cards["fit"].value.text() == before
