"""Opening files of other programs.

For comparison, on the machine on which 102 MB of ResNet-50 open in 24 ms and 10 MB: `onnx.load` takes 118 ms and
229 MB; with 553 MB of VGG-16 it takes 645 ms and 1,090 MB, against 12 ms and 9 MB here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from layerledger.core import open_network
from tests.core.foreign_files import put


@pytest.mark.parametrize(
    ("archive", "name"),
    [
        ("onnx_exported", "tv__resnet50__ts.onnx"),
        ("onnx_exported", "tv__swin_t__ts.onnx"),
        ("pt2", "tv__vit_b_16.pt2"),
        ("trace", "tv__densenet121.trace.json"),
        ("keras", "NASNetMobile.keras"),
        ("tflite", "MobileNetV2_int8.tflite"),
    ],
)
def test_a_file_opens(benchmark: BenchmarkFixture, archive: str, name: str, tmp_path: Path) -> None:
    network = benchmark(open_network, put(archive, name, tmp_path))
    assert network.layers
