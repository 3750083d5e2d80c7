"""Makes networks.json.xz, the truth for whole networks, from the full table that PyTorch and the counting tools gave.

python make_networks.py FULL_TABLE.json.xz

A network is its totals, the totals that other tools print, and its leaf modules as [type, output, params, macs].
"""

import json
import lzma
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("networks.json.xz")


def main(source: str) -> None:
    """Write TARGET from the table at `source`."""
    with lzma.open(source, "rt", encoding="utf-8") as file:
        full = json.load(file)
    meta = {key: full["meta"][key] for key in ("torch", "torchvision", "note")}
    data = {"meta": meta, "networks": {network["name"]: compact(network) for network in full["networks"]}}
    text = json.dumps(data, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def compact(network: dict) -> dict:
    """Return what the tests need of one network."""
    table, published = network["table"], network["published"]
    return {
        "resolution": network["resolution"],
        "params": network["params"],
        "trainable_params": network["trainable_params"],
        "buffers": network["buffers"],
        "macs": network["totals"]["flop_counter_macs"],
        "published": {"params": published["num_params"], "gmacs": published["gops"]},
        "tools": network["totals"],
        "loose_params": {loose["name"]: loose["shape"] for loose in table["loose_params"]},
        "leaves": [[leaf["type"], leaf["output"], leaf["params"], leaf["macs"]] for leaf in table["leaf_rows"]],
    }


if __name__ == "__main__":
    main(sys.argv[1])
