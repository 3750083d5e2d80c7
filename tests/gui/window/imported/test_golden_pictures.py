"""How three imported networks look in the window, against pictures that a person has looked at.

The pictures are compared small and smoothed, so that another version of Qt, which draws letters a little differently,
does not matter, but a missing row or a wrong block does. LAYERLEDGER_WRITE_GOLDENS=1 writes them anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from tests.core.foreign_files import put

GOLDEN = Path(__file__).parents[3] / "golden" / "pictures"
WIDTH, HEIGHT = 1280, 800
SCALE = 8
"""The side of the squares that are compared by their mean, in pixels."""
MOST = 4.0
"""Most difference of the means, in steps of 255, on average over all squares."""
MOST_SQUARES = 0.03
"""Most squares, of all, that may differ by more than 40 steps."""


def small(image: QImage) -> list[int]:
    """Return the grey values of a picture, a square each."""
    mode = Qt.TransformationMode.SmoothTransformation
    size = image.size() / SCALE
    reduced = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
    grey = reduced.convertToFormat(QImage.Format.Format_Grayscale8)
    return [grey.pixelColor(x, y).value() for y in range(grey.height()) for x in range(grey.width())]


def pictured(path: Path, out: Path) -> QImage:
    """Return the window of the program, started as a user starts it, in a process of its own."""
    size = ("--size", f"{WIDTH}x{HEIGHT}", "--theme", "light")
    command = [sys.executable, "-m", "layerledger", str(path), "--screenshot", str(out), *size]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    return QImage(str(out)).scaled(WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("archive", "name"),
    [
        ("onnx_exported", "tv__resnet50__dynamo.onnx"),
        ("pt2", "tv__vit_b_16.pt2"),
        ("tflite", "MobileNetV2_int8.tflite"),
    ],
)
@pytest.mark.usefixtures("qapp")
def test_an_imported_network_looks_as_it_should(archive: str, name: str, tmp_path: Path) -> None:
    found = pictured(put(archive, name, tmp_path), tmp_path / "window.png")
    golden = GOLDEN / f"{name.partition('.')[0]}.png"
    if os.environ.get("LAYERLEDGER_WRITE_GOLDENS"):
        golden.parent.mkdir(exist_ok=True)
        found.save(str(golden))
    wanted = QImage(str(golden))
    assert wanted.size() == found.size()
    differences = [abs(a - b) for a, b in zip(small(wanted), small(found), strict=True)]
    assert sum(differences) / len(differences) < MOST
    assert sum(each > 40 for each in differences) / len(differences) < MOST_SQUARES
