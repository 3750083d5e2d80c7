"""How fast the chart is: new numbers, a selection, a painting. Timings are shown, and only what is drawn is asserted.

Aims for 1,000 layers: 4 ms from a result to arrays, 4 ms for a painting; 10,000 layers stay usable.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from pytest_benchmark.fixture import BenchmarkFixture
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme

KINDS = ("Conv2d", "BatchNorm2d", "ReLU")


def chain(length: int) -> Network:
    """A chain of convolution, norm and activation."""
    params = {"out_channels": 32, "kernel_size": 3, "padding": 1}
    nodes = [Layer(name=f"layer{i}", type=KINDS[i % 3], params={} if i % 3 else params) for i in range(length)]
    return Network(name="chain", root=Block(name="", layers=tuple(nodes)))


@pytest.fixture(params=[1_000, 10_000], ids="{:,} layers".format)
def panel(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Iterator[ChartPanel]:
    theme.apply(qapp, theme.LIGHT)
    shown = ChartPanel(Document(chain(request.param)))
    qtbot.addWidget(shown)
    shown.resize(1370, 222)
    with qtbot.waitSignal(shown.plotReady):
        shown.show()
    shown.controls.metric_box.setCurrentIndex(shown.controls.metric_box.findData("exact_flops"))
    yield shown
    shown.close()


def edit(panel: ChartPanel, channels: Iterator[int]) -> None:
    commands.set_param(panel._document, (498,), "out_channels", next(channels))


def flush(panel: ChartPanel) -> None:
    """Lets the panel take what was posted to it."""
    QCoreApplication.sendPostedEvents(panel)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_result_to_arrays(panel: ChartPanel, benchmark: BenchmarkFixture, scale: str) -> None:
    channels = cycle([16, 24, 40, 48])
    panel.controls.log.setChecked(scale == "log")
    benchmark.pedantic(
        lambda: flush(panel),
        setup=lambda: edit(panel, channels),
        rounds=60,
        warmup_rounds=3,
    )
    assert len(panel.chart.bars) == panel._document.result.totals.layers


def test_selection(panel: ChartPanel, benchmark: BenchmarkFixture) -> None:
    rows = cycle([(3,), (4,), (5,)])
    benchmark.pedantic(
        lambda: flush(panel),
        setup=lambda: panel._document.select([next(rows)]),
        rounds=60,
        warmup_rounds=3,
    )
    assert len(panel.view.bars.marks.selected) == 1


def test_painting(panel: ChartPanel, benchmark: BenchmarkFixture) -> None:
    channels = cycle([16, 24, 40, 48])

    def change() -> None:
        edit(panel, channels)
        flush(panel)

    benchmark.pedantic(panel.view.viewport().repaint, setup=change, rounds=60, warmup_rounds=3)
    assert panel.view.name_axis.texts()
