"""An ONNX file of more than a gigabyte is opened without its weights."""

import tracemalloc
from collections.abc import Iterable
from pathlib import Path

from onnx_bytes import node, output, value
from wire_bytes import content, integer, varint

from layerledger.core import analyze, open_network

LAYERS, CHANNELS = 32, 1024
HOLE = CHANNELS * CHANNELS * 9 * 4
"""Bytes of the weights of one convolution."""


def sparse_model(path: Path) -> None:
    """Write an ONNX file of 1.1 GiB whose weights are a hole in the file, so that it takes no room on the disk."""
    parts: list[bytes | int] = []
    for i in range(LAYERS):
        head = content(1, *map(varint, (CHANNELS, CHANNELS, 3, 3))) + integer(2, 1) + content(8, f"w{i}")
        head += varint(9 << 3 | 2) + varint(HOLE)
        parts += [varint(5 << 3 | 2) + varint(len(head) + HOLE) + head, HOLE]
    names = [f"x{i}" for i in range(LAYERS + 1)]
    for i in range(LAYERS):
        given = [names[i], f"w{i}"]
        parts.append(node("Conv", given, [names[i + 1]], name=f"conv{i}", kernel_shape=(3, 3), pads=(1, 1, 1, 1)))
    parts += [value("x0", (1, CHANNELS, 8, 8)), output(names[-1])]
    opset = content(8, integer(2, 17))
    begin = integer(1, 8) + opset + varint(7 << 3 | 2) + varint(sum(map(_size, parts)))
    _write(path, [begin, *parts])


def _size(part: bytes | int) -> int:
    return part if isinstance(part, int) else len(part)


def _write(path: Path, parts: Iterable[bytes | int]) -> None:
    with path.open("wb") as file:
        for part in parts:
            if isinstance(part, int):
                file.seek(part, 1)
            else:
                file.write(part)


def test_a_large_model_is_read_without_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    sparse_model(path)
    assert path.stat().st_size > LAYERS * HOLE
    tracemalloc.start()
    network = open_network(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20
    assert analyze(network).totals.params == LAYERS * CHANNELS * CHANNELS * 9
