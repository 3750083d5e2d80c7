"""Makes layers.json.xz, the truth for single layers, from the full table that PyTorch and the counting tools gave.

python make_layers.py FULL_TABLE.json.xz

A case is [kwargs, inputs, outcome]. A tensor is its shape, or [dtype, shape] where the dtype is not float32. The
outcome is an error sentence of torch, or [outputs, params, buffers, macs], and trainable_params where they differ.
"""

import json
import lzma
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("layers.json.xz")


def main(source: str) -> None:
    """Write TARGET from the table at `source`."""
    with lzma.open(source, "rt", encoding="utf-8") as file:
        full = json.load(file)
    kept = ("torch", "torchvision", "seed", "mode")
    types: dict[str, list] = {}
    for case in full["cases"]:
        types.setdefault(case["type"], []).append(compact(case))
    data = {"meta": {key: full["meta"][key] for key in kept}, "types": types}
    text = json.dumps(data, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def compact(case: dict) -> list:
    """Return one case as [kwargs, inputs, outcome]."""
    inputs = [tensor(spec["shape"], spec["dtype"]) for spec in case["inputs"]]
    return [case["kwargs"], inputs, outcome(case) if case["valid"] else case["error"].splitlines()[0]]


def outcome(case: dict) -> list:
    """Return [outputs, params, buffers, macs], with trainable_params where they differ."""
    outputs = [tensor(*pair) for pair in zip(case["outputs"], case["output_dtypes"], strict=True)]
    extra = [case["trainable_params"]] if case["trainable_params"] != case["params"] else []
    return [outputs, case["params"], case["buffers"], case["macs"]["flop_counter"], *extra]


def tensor(shape: list[int], dtype: str) -> list:
    """Return a shape, with its dtype before it where that is not float32."""
    return shape if dtype == "float32" else [dtype, shape]


if __name__ == "__main__":
    main(sys.argv[1])
