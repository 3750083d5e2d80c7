"""Qwen2-VL: patches of a video or a picture of any size, four of which make one token.

Source: Wang et al. 2024, arXiv:2409.12191; `modeling_qwen2_vl.py` of transformers 5.24.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.formats.huggingface.attention import Attention, Rope, attention
from layerledger.core.formats.huggingface.built import Built, chosen, numbers
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.nodes import block, feed_forward, layer, linear, norm
from layerledger.core.formats.huggingface.pictured import seen_and_read, text_decoder
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.core.network.nodes import Block


class _Eye(NamedTuple):
    """The sizes of the picture encoder of Qwen2-VL."""

    features: int
    heads: int
    patch: int
    frames: int
    merge: int
    channels: int


def qwen2_vl(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of Qwen2-VL; its config holds the decoder in a part, or flat as on the hub."""
    flat = not config.object("text_config")
    text = Config(config.given, kind="qwen2_vl_text") if flat else config.part("text_config", "qwen2_vl_text")
    decoder = text_decoder(config, text)
    vision = Config(config.object("vision_config"), kind="qwen2_vl_vision", place="vision_config")
    eye = _Eye(
        vision.main("embed_dim"),
        vision.main("num_heads"),
        vision.size("patch_size"),
        vision.size("temporal_patch_size"),
        vision.size("spatial_merge_size"),
        vision.size("in_channels"),
    )
    side = max(224 // eye.patch // eye.merge, 1) * eye.merge
    patches = chosen(sizes, "patches", side * side)
    vision.divided("patches", "spatial_merge_size squared", patches, eye.merge**2)
    given = numbers("patches", (1, patches, eye.channels * eye.frames * eye.patch**2))
    built = seen_and_read(config, decoder, (given, (_eye(vision, eye, decoder.hidden, patches),)), sizes)
    return built._replace(sizes=(*built.sizes, OpenSize("patches", patches, ("patches",))))


def _eye(vision: Config, eye: _Eye, hidden: int, patches: int) -> Block:
    """Return the picture encoder: patches of some frames, layers with rotation, and four patches made one token."""
    size = vision.divided("embed_dim", "num_heads", eye.features, eye.heads)
    kernel = (eye.frames, eye.patch, eye.patch)
    plan = Attention(eye.features, eye.heads, size, fused=True, rope=Rope(10_000.0))
    ratio = vision.number("mlp_ratio") or 4
    mlp = feed_forward(int(eye.features * ratio), eye.features, vision.text("hidden_act", "quick_gelu"))
    unit = (
        norm("layer", "norm_1", eye.features, 1e-6),
        attention(plan),
        layer("Add", "add_1", "attention", "input"),
        norm("layer", "norm_2", eye.features, 1e-6),
        mlp,
        layer("Add", "add_2", "mlp", "add_1"),
    )
    merged = eye.features * eye.merge**2
    merger = (
        norm("layer", "norm", eye.features, 1e-6),
        layer("Unflatten", "groups", dim=1, unflattened_size=(-1, eye.merge**2)),
        layer("Flatten", "joined", start_dim=2),
        linear("up", merged),
        layer("GELU", "gelu"),
        linear("down", hidden),
    )
    inside = (
        layer("Flatten", "all_patches", "patches", start_dim=0, end_dim=1),
        layer("Unflatten", "frames", dim=1, unflattened_size=(eye.channels, *kernel)),
        layer("Conv3d", "patch_map", out_channels=eye.features, kernel_size=kernel, stride=kernel, bias=False),
        layer("Flatten", "flatten", start_dim=1),
        layer("Unflatten", "by_picture", dim=0, unflattened_size=(-1, patches)),
        block("layers", unit, repeat=vision.main("depth")),
        block("merger", merger),
    )
    return block("vision", inside, "patches")
