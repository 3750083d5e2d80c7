"""The catalogues of translations have the texts of core that are data in registries."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_texts_of_registries_are_found() -> None:
    command = [sys.executable, "-X", "utf8", "-P", ROOT / "packaging/core_texts.py"]
    printed = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout.splitlines()
    assert len(set(printed)) == len(printed)
    wanted = {
        "Convolution",  # a family
        "Microcontroller",  # a kind of device
        "Peak memory",  # a card
        "Live activations",  # a metric
        "Bytes read, fused",  # a metric where layers are fused
        "CSV for spreadsheets",  # a report format
        "LayerLedger network",  # a file format
        "No layer has parameters",  # an empty chart
        "GroupNorm counts 0.",  # a known issue of a convention
        "SGD with momentum",  # an optimizer
    }
    assert {f"translated({text!r})" for text in wanted} <= set(printed)
