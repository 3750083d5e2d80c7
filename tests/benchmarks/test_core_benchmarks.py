"""How fast core is: a cold analysis, an edit, an import, a report. Timings are shown, and only exactness is asserted.

Aims: 5 ms for a cold analysis of 1,000 layers, 60 ms for `import layerledger.core`, 0.3 s for a whole report.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from layerledger.core import Block, Layer, Network, NetworkInput, Result, analyze
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.edits import set_param
from layerledger.core.formats import native
from layerledger.core.library.templates.templates import FOLDER, load_template
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.network.nodes import Node
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.registry import REPORTS


def flat(count: int, *, widths: int = 4) -> Network:
    """Return a chain of convolutions, norms and activation functions, of so many different widths."""
    kinds = ("Conv2d", "BatchNorm2d", "ReLU")
    nodes = (_layer(kinds[i % 3], i, 64 + i * widths // count) for i in range(count))
    inputs = (NetworkInput(name="image", shape=(1, 3, 32, 32)),)
    return Network(name="flat", inputs=inputs, root=Block(name="", layers=tuple(nodes)))


def _layer(kind: str, i: int, channels: int) -> Layer:
    params = {"out_channels": channels, "kernel_size": 3, "padding": 1} if kind == "Conv2d" else {}
    return Layer(name=f"layer{i}", type=kind, params=FrozenMap(params))


def written_out(network: Network) -> Network:
    """Return `network` with each pass of a repeated block as a block of its own: as an import would bring it."""
    return replace(network, root=replace(network.root, layers=tuple(_unrolled(network.root.layers))))


def _unrolled(nodes: Sequence[Node]) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        if not isinstance(node, Block):
            found.append(replace(node))
            continue
        passes = range(node.repeat)
        found += [_pass(node, i) for i in passes] if node.repeat > 1 else [_pass(node, None)]
    return found


def _pass(block: Block, i: int | None) -> Block:
    name = block.name if i is None else f"{block.name}{i}"
    return replace(block, name=name, repeat=1, layers=tuple(_unrolled(block.layers)))


def forget() -> None:
    """Empty what core remembers of layers, so that the next analysis is cold; the parsed declarations stay."""
    modules = [module for name, module in sys.modules.items() if name.startswith("layerledger.core")]
    for member in {id(m): m for module in modules for m in vars(module).values()}.values():
        if isinstance(member, functools._lru_cache_wrapper) and member.cache_parameters()["maxsize"]:
            member.cache_clear()


NETWORKS = {
    "flat 1,000": flat(1_000),
    "flat 1,000, each convolution another": flat(1_000, widths=1_000),
    "resnet152, every pass a block": written_out(load_template("resnet152")),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_cold_analysis(benchmark: BenchmarkFixture, name: str) -> None:
    network = NETWORKS[name]
    benchmark.group = "cold analysis"
    result: Result = benchmark.pedantic(analyze, (network,), setup=forget, rounds=30)
    assert result.totals.uncounted_layers == 0
    assert result.totals.layers >= 500


@pytest.mark.parametrize("at", [0, 500, 999])
def test_edit_and_analysis(benchmark: BenchmarkFixture, at: int) -> None:
    """Replaces one layer of 1,000 by a new one, and analyses again."""
    network = flat(1_000)
    benchmark.group = "edit and analysis, flat 1,000"
    found, paddings = [analyze(network)], cycle((0, 1))

    def edit() -> Result:
        padding = next(paddings)
        changed = _layer("Conv2d", at, 16)
        changed = replace(changed, params=FrozenMap({**changed.params, "padding": padding + 1}))
        layers = (*network.layers[:at], changed, *network.layers[at + 1 :])
        found[0] = analyze(replace(network, root=replace(network.root, layers=layers)), previous=found[0])
        return found[0]

    assert benchmark(edit).totals.uncounted_layers == 0


def test_edit_and_analysis_before_a_long_skip(benchmark: BenchmarkFixture) -> None:
    """Changes what does not change any size, where the last of 1,000 layers refers to the changed one."""
    first, *others = flat(1_000).layers
    skip = Layer(name="sum", type="Add", inputs=(first.name, first.name))
    network = Network(root=Block(name="", layers=(first, *others, skip)))
    benchmark.group = "edit and analysis, flat 1,000"
    found, biases = [analyze(network)], cycle((False, True))

    def edit() -> Result:
        changed = set_param(found[0].network, (0,), "bias", next(biases))
        found[0] = analyze(changed, previous=found[0])
        return found[0]

    assert benchmark(edit).totals.uncounted_layers == 0


@pytest.mark.parametrize("format", REPORTS)
def test_report(benchmark: BenchmarkFixture, format: str) -> None:
    result = analyze(NETWORKS["flat 1,000"])
    benchmark.group = "report, flat 1,000"
    assert b"layer999" in benchmark(REPORTS[format].write, ReportContext(MetricContext(result)))


def test_read(benchmark: BenchmarkFixture) -> None:
    text = (FOLDER / "resnet152.layers").read_text("utf-8")
    benchmark.group = "read resnet152"
    assert benchmark(native.read, text).name == "resnet152"


PROCESSES = {
    "nothing": ["-c", "pass"],
    "import layerledger.core": ["-c", "import layerledger.core"],
    "layerledger report resnet18.layers": ["-m", "layerledger", "report", "resnet18.layers"],
}


@pytest.mark.parametrize("name", PROCESSES)
def test_process(benchmark: BenchmarkFixture, name: str) -> None:
    command = [sys.executable, "-P", *PROCESSES[name]]
    benchmark.group = "whole processes"
    done = benchmark.pedantic(subprocess.run, (command,), {"capture_output": True, "check": True}, rounds=10)
    assert done.stderr == b""
