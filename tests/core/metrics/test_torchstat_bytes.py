"""torchstat's columns memory, MemRead and MemWrite, row by row, out of the bytes that layers move."""

import json
import lzma
from collections import Counter
from pathlib import Path

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.registry import METRICS

FILE = Path(__file__).parents[2] / "reference" / "torchstat_bytes.json.xz"
NETWORKS = json.loads(lzma.decompress(FILE.read_bytes()))["networks"]
LESSON = {"out_channels": 6, "kernel_size": 3, "stride": 3}
SINGLE = {"conv2d(3,6,3,3) on 3x6x6": LESSON, "conv2d(3,6,3,3,groups=3) on 3x6x6": {**LESSON, "groups": 3}}


def network_of(name):
    if name not in SINGLE:
        return load_template(name)
    layer = Layer(name="conv", type="Conv2d", params=SINGLE[name])
    given = NetworkInput(name="image", shape=(1, *NETWORKS[name]["input"]))
    return Network(inputs=(given,), root=Block(name="", layers=(layer,)))


def rows_of(name):
    """Return (output, memory, MemRead, MemWrite) of each row of ours."""
    return [(tuple(row.outputs[0][1:]), *_bytes_of(row)) for row in analyze(network_of(name)).rows()]


def _bytes_of(row):
    """Return a row's bytes; torchstat lets a dropout read and write its tensor, though it hands it on at inference."""
    kept, read, written = (METRICS[key].read(row) for key in ("activation_bytes", "read_bytes", "write_bytes"))
    return (kept, kept, kept) if row.type == "Dropout" else (kept, read, written)


def wanted_of(name):
    return [(tuple(output), *numbers) for output, *numbers in NETWORKS[name]["rows"]]


@pytest.mark.parametrize("name", NETWORKS)
def test_each_row_is_one_of_ours(name):
    """torchstat lists modules, each once; ours are also functions, and modules that are called again."""
    wanted = wanted_of(name)
    assert not Counter(row[:2] for row in wanted) - Counter(row[:2] for row in rows_of(name))
    known = [row for row in wanted if row[2]]  # it prints 0 for types that it has no rule for
    assert not Counter(known) - Counter(rows_of(name))


def test_rows_that_have_a_rule():
    rows = [row for name in NETWORKS for row in wanted_of(name)]
    assert (len(rows), sum(row[2] > 0 for row in rows)) == (381, 372)
