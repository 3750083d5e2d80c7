"""How fast the window is: an edit until all panels are painted, and the start against a bare Qt + pyqtgraph window."""

from __future__ import annotations

import subprocess
import sys
from itertools import cycle

import pytest
from PySide6.QtWidgets import QApplication
from pytest_benchmark.fixture import BenchmarkFixture
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network
from layerledger.gui import commands, theme
from layerledger.gui.app import Windows, spare_collections
from layerledger.gui.document import Document
from layerledger.gui.panels.palette import Palette

_BARE = """
import time; start = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
app = QApplication([])
window = QMainWindow()
plot = pyqtgraph.PlotWidget()
plot.addItem(pyqtgraph.BarGraphItem(x=[1, 2, 3], height=[3, 1, 2], width=0.6))
window.setCentralWidget(plot)
window.resize(1440, 900)
window.show()
app.processEvents(); window.grab()
print(time.perf_counter() - start)
"""
_OURS = """
import time; start = time.perf_counter()
from layerledger.gui import app as ours
app = ours.make_application()
ours.choose_theme(app, "light")
windows = ours.open_windows([])
window = windows.open[0]
app.processEvents()
if {whole}:
    window.chart.finish(); app.processEvents()
window.grab()
print(time.perf_counter() - start)
"""


def a_thousand_layers() -> Network:
    """A chain of convolution, norm and activation."""
    layers: list[Layer] = []
    for i in range(334):
        params = {"out_channels": 32, "kernel_size": 3, "padding": 1, "bias": False}
        layers.append(Layer(name=f"conv{i}", type="Conv2d", params=params))
        layers.append(Layer(name=f"bn{i}", type="BatchNorm2d"))
        layers.append(Layer(name=f"relu{i}", type="ReLU"))
    return Network(name="thousand", root=Block(name="", layers=tuple(layers[:1000])))


@pytest.mark.parametrize(
    ("at", "param", "values"),
    [
        pytest.param(0, "out_channels", (16, 24, 40, 48), id="first layer"),
        pytest.param(498, "out_channels", (16, 24, 40, 48), id="middle layer"),
        pytest.param(0, "padding", (1, 2, 3, 4), id="every size behind the first layer"),
    ],
)
def test_edit_until_painted(
    qtbot: QtBot, qapp: QApplication, benchmark: BenchmarkFixture, at: int, param: str, values: tuple[int, ...]
) -> None:
    theme.apply(qapp, theme.LIGHT)
    windows = Windows()
    window = windows.new()
    window.document.replace(a_thousand_layers())
    window.document.select([(at,)])
    window.chart.finish()
    spare_collections()  # as the app does then
    qtbot.waitExposed(window)
    qapp.processEvents()
    given = cycle(values)

    def edit() -> None:
        commands.set_param(window.document, (at,), param, next(given))
        qapp.processEvents()

    benchmark.pedantic(edit, rounds=200, warmup_rounds=10)
    if benchmark.stats:  # none with --benchmark-disable
        samples = sorted(benchmark.stats.stats.data)
        benchmark.extra_info["p95_ms"] = round(1000 * samples[int(0.95 * len(samples))], 2)
    window.document.undo_stack.setClean()
    window.close()


def test_selecting_a_layer(qtbot: QtBot, qapp: QApplication, benchmark: BenchmarkFixture) -> None:
    theme.apply(qapp, theme.LIGHT)
    window = Windows().new()
    window.document.replace(a_thousand_layers())
    window.chart.finish()
    qtbot.waitExposed(window)
    rows = cycle(range(300, 600, 3))

    def select() -> None:
        window.document.select([(next(rows),)])
        qapp.processEvents()

    benchmark.pedantic(select, rounds=100, warmup_rounds=5)
    window.close()


@pytest.mark.parametrize("text", ["", "conv 64 3 2"])
def test_the_palette_follows_an_edit(qtbot: QtBot, benchmark: BenchmarkFixture, text: str) -> None:
    document = Document(a_thousand_layers())
    panel = Palette(document)
    qtbot.addWidget(panel)
    panel.box.setText(text)
    document.select([(500,)])
    benchmark.pedantic(document.resultChanged.emit, rounds=50, warmup_rounds=5)


@pytest.mark.parametrize(
    "code",
    [_BARE, _OURS.format(whole=False), _OURS.format(whole=True)],
    ids=["bare Qt and pyqtgraph", "ours, first painting", "ours, with the chart"],
)
def test_window_shown(benchmark: BenchmarkFixture, code: str) -> None:
    def show() -> float:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1])

    benchmark.pedantic(show, rounds=7, warmup_rounds=1)
