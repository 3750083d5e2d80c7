"""Makes tools.json.xz, what counting tools print, from the full tables that they gave.

python make_tools.py LAYERS.json.xz TORCHSTAT.json.xz

`layers` follows layers.json.xz, type by type and case by case: a number for each of `columns`, or null for a case that
torch refuses. `torchstat` is a network's input, totals [MAdd, Flops], and leaf modules [output, MAdd, Flops], all
without the batch.
"""

import json
import lzma
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("tools.json.xz")
COLUMNS = {"fvcore": "fvcore", "thop": "thop", "ptflops-aten": "ptflops_aten"}


def main(layers: str, torchstat: str) -> None:
    """Write TARGET from both tables."""
    types: dict[str, list] = {}
    for case in loaded(layers)["cases"]:
        types.setdefault(case["type"], []).append(counts(case))
    networks = {name: table(network) for name, network in loaded(torchstat)["models"].items()}
    data = {"meta": {"columns": list(COLUMNS)}, "layers": types, "torchstat": networks}
    text = json.dumps(data, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def counts(case: dict) -> list | None:
    """Return what each tool prints for a layer."""
    return [case["macs"][key] for key in COLUMNS.values()] if case["valid"] else None


def table(network: dict) -> dict:
    """Return what torchstat prints for a network."""
    totals = network["totals"]
    rows = [[row["output"], row["MAdd"], row["Flops"]] for row in network["rows"]]
    return {"input": network["input"], "totals": [totals["MAdd"], totals["Flops"]], "rows": rows}


def loaded(path: str) -> dict:
    """Return the JSON document in a compressed file."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
