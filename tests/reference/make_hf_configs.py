"""Measure classes of transformers: parameters on the meta device, MACs of a forward pass, for tests/core/formats.

Needs transformers 5.24 and torch 2.14; writes foreign/hf_configs.json.xz, and with --defaults the class defaults in
resources/huggingface/defaults.json. MACs are FlopCounterMode / 2 with eager attention, which counts all pairs, less the
product that makes the angles of rotations. The run is on the CPU at small sizes, so that experts are counted too.
"""

from __future__ import annotations

import dataclasses
import json
import lzma
import re
import sys
from pathlib import Path
from typing import Any

import torch
import transformers
from hf_cases import CASES
from torch.utils.flop_counter import FlopCounterMode
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.qwen2_vl.configuration_qwen2_vl import Qwen2VLTextConfig, Qwen2VLVisionConfig

FILE = Path(__file__).parent / "foreign" / "hf_configs.json.xz"
DEFAULTS = Path(__file__).parents[2] / "resources" / "huggingface" / "defaults.json"

PARTS: dict[str, Any] = {
    "qwen2_vl_text": Qwen2VLTextConfig,
    "qwen2_vl_vision": Qwen2VLVisionConfig,
}
"""Configs of parts, by their model_type."""


def config_of(kind: str, keys: dict[str, Any]) -> Any:
    return CONFIG_MAPPING[kind](**keys)


def parameters(model: torch.nn.Module) -> int:
    return sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())


def macs(model: torch.nn.Module, given: dict[str, torch.Tensor]) -> int:
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(**given)
    angles = sum(sum(each.values()) for name, each in counter.get_flop_counts().items() if name.endswith("rotary_emb"))
    return (counter.get_total_flops() - angles) // 2


def inputs_of(config: Any, spec: dict[str, Any]) -> dict[str, torch.Tensor]:
    found = {}
    for name, (shape, dtype) in spec.items():
        if name == "image_tokens":  # a number of them, and which index stands for them
            continue
        if dtype == "float":
            found[name] = torch.rand(shape)
        elif name == "input_ids" and isinstance(dtype, int):
            found[name] = torch.full(shape, dtype, dtype=torch.int64)
        else:
            found[name] = torch.ones(shape, dtype=torch.int64)
    if "image_tokens" in spec:
        count, index = spec["image_tokens"]
        seen = torch.full((1, count), index, dtype=torch.int64)
        found["input_ids"] = torch.cat((seen, found["input_ids"]), 1)
    if "image_grid_thw" in spec:
        found["image_grid_thw"] = torch.tensor([spec["image_grid_thw"][0]])
        found["mm_token_type_ids"] = (found["input_ids"] == spec["image_tokens"][1]).int()
    return found


def measured(case: dict[str, Any]) -> dict[str, Any]:
    kind, cls, keys, spec = case["model_type"], case["class"], case["keys"], case["inputs"]
    config = config_of(kind, json.loads(json.dumps(keys)))
    config.architectures = [cls]
    config._attn_implementation = "eager"
    config._experts_implementation = "eager"
    made = getattr(transformers, cls)
    with torch.device("meta"):
        params = parameters(made(config_of(kind, json.loads(json.dumps(keys)))))
    found: dict[str, Any] = {"params": params, "macs": None}
    if spec:
        model = made._from_config(config, attn_implementation="eager").eval()
        found["macs"] = macs(model, inputs_of(config, spec))
    saved = json.loads(config.to_json_string(use_diff=False))
    noise = ("_name_or_path", "id2label", "label2id", "dtype", "return_dict", "output_hidden_states")
    if "num_labels" in keys:
        noise = tuple(each for each in noise if each != "id2label")
    full = {key: value for key, value in saved.items() if key not in noise}
    short = {"model_type": kind, "architectures": [cls], **keys}
    return {**case, **found, "short": short, "full": full}


# Keys that no size and no layer depends on.
UNUSED = re.compile(
    r"^_|^(base|attribute|sub_config|extra)_|drop|loss|_token_id|mask_(time|feature)|init|aux|jitter|pretraining_tp|"
    r"original_max|output_|routed_scaling|norm_topk|topk|^n_group$|summary|slow_but|suppress_tokens|apply_spec|median_filter|"
    r"residual_in_fp32|mambapy|associative|hidden_states|rescale_prenorm|time_step_(scale|min|max|floor)|swiglu_|float|"
    r"fp32|max_distance|forced|projection_hidden|token_index|n_ctx|return_|out_features|out_indices|classifier_proj|"
    r"^(model_type|transformers_version|architectures|dtype|chunk_size_feed_forward|id2label|label2id|problem_type|"
    r"use_cache|keys_to_ignore_at_inference|num_labels|is_encoder_decoder)$"
)


def defaults_of(kind: str) -> dict[str, Any]:
    """Return what a class takes for keys that are missing, and its other names of keys."""
    cls, found = CONFIG_MAPPING[kind] if kind in CONFIG_MAPPING else PARTS[kind], {}
    for name, field in cls.__dataclass_fields__.items():
        value = field.default
        if value is dataclasses.MISSING:
            value = field.default_factory() if field.default_factory is not dataclasses.MISSING else None
        plain = isinstance(value, int | float | str) or (isinstance(value, list | tuple) and name != "layer_types")
        if plain and not UNUSED.search(name):
            found[name] = value
    names = {"names": dict(cls.attribute_map)} if cls.attribute_map else {}
    return {"defaults": found, **names}


def write_defaults() -> None:
    kinds = sorted({case["model_type"] for case in CASES} | set(PARTS))
    lines = [f"  {json.dumps(kind)}: {json.dumps(defaults_of(kind))}" for kind in kinds]
    DEFAULTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> None:
    if sys.argv[1:] == ["--defaults"]:
        write_defaults()
        return
    only, rows = sys.argv[1:], []
    for case in CASES:
        if only and case["model_type"] not in only:
            continue
        try:
            rows.append(measured(case))
        except Exception as error:
            print(case["model_type"], case["class"], case["keys"], type(error).__name__, str(error)[:300])
    meta = {"transformers": transformers.__version__, "torch": torch.__version__}
    kept = [{key: row[key] for key in ("class", "inputs", "params", "macs", "short", "full")} for row in rows]
    if only:
        Path("/tmp/hf_only.json").write_text(json.dumps(kept))
    else:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_bytes(lzma.compress(json.dumps({"meta": meta, "cases": kept}).encode(), preset=9))
    print(len(kept), "cases")


if __name__ == "__main__":
    main()
