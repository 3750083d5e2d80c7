"""Makes torchstat_bytes.json.xz, the memory columns of torchstat, from the full tables that it gave.

python make_torchstat_bytes.py TORCHSTAT.json.xz

Of each network its input and its leaf modules, a row each: [output, memory, MemRead, MemWrite], shapes without the
batch, memory in bytes, where torchstat prints MB of 2²⁰ bytes.
"""

import json
import lzma
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("torchstat_bytes.json.xz")


def main(torchstat: str) -> None:
    """Write TARGET from the full tables."""
    with lzma.open(torchstat, "rt", encoding="utf-8") as file:
        networks = {name: table(network) for name, network in json.load(file)["models"].items()}
    origin = "torchstat 0.0.7 with PyTorch 2.14.1, float32, batch 1"
    data = {"meta": {"origin": origin, "row": ["output", "memory", "MemRead", "MemWrite"]}, "networks": networks}
    text = json.dumps(data, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def table(network: dict) -> dict:
    """Return what torchstat prints for a network."""
    rows = [[r["output"], round(r["memory_MB"] * 2**20), r["MemRead"], r["MemWrite"]] for r in network["rows"]]
    return {"input": network["input"], "rows": rows}


if __name__ == "__main__":
    main(sys.argv[1])
