"""Makes language_models.json.xz, the truth for language models, from the full table that transformers and PyTorch gave.

python make_language_models.py FULL_TABLE.json.xz

A model is its parameters, its buffers, where it has experts what one token goes through, and its MACs by the length of
the sequence: half of the FLOPs counted, with the experts' where the counter does not see them; none where it failed.
Its cache is the bytes of keys and values at 2 bytes a number, expanded where the model keeps them compressed; what is
kept of an encoder's tokens comes beside it.
"""

import json
import lzma
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("language_models.json.xz")


def main(source: str) -> None:
    """Write TARGET from the table at `source`."""
    with lzma.open(source, "rt", encoding="utf-8") as file:
        full = json.load(file)
    meta = {key: full["meta"][key] for key in ("torch", "transformers", "note")}
    data = {"meta": meta, "models": {model["name"]: compact(model) for model in full["models"]}}
    text = json.dumps(data, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def compact(model: dict) -> dict:
    """Return what the tests need of one model."""
    flops = {**model["flop_counter_forward_flops_eager"], **model.get("forward_flops_incl_experts", {})}
    return {
        "class": model["transformers_class"],
        "config": model["config_json"],
        "published_params": model["published_params"],
        "params": model["params"],
        "trainable_params": model["trainable_params"],
        "buffers": model["buffers"],
        "active_params": model.get("moe", {}).get("active_params"),
        "cache": cache(model["kv_cache"]),
        "macs": {length: counted and counted // 2 for length, counted in flops.items()},
    }


def cache(full: dict) -> dict:
    """Return the bytes that one token adds, and what attention to an encoder keeps."""
    own = full.get("expanded_bytes_per_token_fp16", full["bytes_per_token_fp16"])
    names = {"cross_bytes_per_source_token_fp16": "cross_bytes_per_token", "cross_bytes_fixed_fp16": "cross_bytes"}
    return {"bytes_per_token": own} | {names[key]: full[key] for key in names if key in full}


if __name__ == "__main__":
    main(sys.argv[1])
