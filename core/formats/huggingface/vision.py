"""Vision transformers: pictures as patches. Source: `modeling_<model_type>.py` of transformers 5.24.

ViT: Dosovitskiy et al. 2020, arXiv:2010.11929; DeiT: Touvron et al. 2020, arXiv:2012.12877; DINOv2: Oquab et al. 2023,
arXiv:2304.07193.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layerledger.core.formats.huggingface.built import Built, numbers
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.heads import head_note, head_of, labels_of
from layerledger.core.formats.huggingface.nodes import Nodes, activation, block, layer, linear
from layerledger.core.formats.huggingface.transformer import LayerPlan, encoder, first_token, stack_norm, stack_of
from layerledger.core.network.nodes import NetworkInput, Node


def picture(config: Config) -> tuple[NetworkInput, int]:
    """Return the input of a picture, and the number of its patches."""
    sides, patches = _pair(config, "image_size"), _pair(config, "patch_size")
    counts = [side // patch for side, patch in zip(sides, patches, strict=True)]
    if not all(counts):
        raise config.wrong("patch_size", "at most image_size", patches[0])
    return numbers("image", (1, config.size("num_channels"), *sides)), counts[0] * counts[1]


def _pair(config: Config, name: str) -> tuple[int, int]:
    """Return a size that is given once, or as height and width."""
    _, value = config.find(name)
    if isinstance(value, list | tuple):
        given = config.sizes(name)
        if len(given) != 2 or 0 in given:
            raise config.wrong(name, "one size, or height and width", list(given))
        return given[0], given[1]
    size = config.size(name)
    return size, size


def patches(config: Config, features: int, *inputs: str, bias: bool = True) -> Nodes:
    """Return the layers from a picture to the features of its patches, (N, L, D)."""
    size = _pair(config, "patch_size")
    side = size[0] if size[0] == size[1] else size
    more: dict[str, Any] = {} if bias else {"bias": False}
    return (
        layer("Conv2d", "patches", *inputs, out_channels=features, kernel_size=side, stride=side, **more),
        layer("Flatten", "flatten", start_dim=2),
        layer("Permute", "by_patch", dims=(0, 2, 1)),
    )


def with_tokens(features: int, *names: str) -> Nodes:
    """Return learned tokens in front of the patches, one for each picture."""
    made: list[Node] = []
    for name in names:
        made.append(layer("Parameter", name, shape=(1, 1, features)))
        made.append(layer("Expand", f"{name}_each", name, "by_patch", size=(-1, -1, -1)))
    return (*made, layer("Concat", "concat", *(f"{name}_each" for name in names), "by_patch"))


def vision_model(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of a vision transformer."""
    given, count = picture(config)
    dino = config.kind == "dinov2"
    stack = _stack(config, dino=dino)
    tokens = ["class_token", *(["distillation_token"] if config.kind == "deit" else [])]
    front = (
        *patches(config, stack.features, "image"),
        *with_tokens(stack.features, *tokens),
        layer("Parameter", "positions", shape=(1, count + len(tokens), stack.features)),
        layer("Add", "add", "concat", "positions"),
    )
    masked: Nodes = ()
    if dino and config.flag("use_mask_token", default=True):  # read in training only
        masked = (layer("Parameter", "mask_token", shape=(1, stack.features)),)
    embeddings = block("embeddings", (*front, *masked), "image", outputs=("add", "mask_token") if masked else ())
    layers = encoder(stack, config.main("num_hidden_layers"), "embeddings")
    head, name = head_of(config, "none")
    tail, outputs = _head(config, stack, head if name else "none", name)
    notes = (head_note(head, name or config.kind),)
    return Built((given,), (embeddings, layers, stack_norm(stack, "norm", "layers"), *tail), outputs, notes)


def _stack(config: Config, *, dino: bool) -> LayerPlan:
    bias = config.flag("qkv_bias", default=True)
    if not dino:
        return stack_of(config, before=True, bias=bias)
    ratio = config.number("mlp_ratio") or 4
    features = config.main("hidden_size")
    if not 0 < ratio <= 100:
        raise config.wrong("mlp_ratio", "above 0 and at most 100", ratio)
    inner = int(features * ratio)
    if config.flag("use_swiglu_ffn"):  # two thirds, up to a multiple of 8
        inner = (int(inner * 2 / 3) + 7) // 8 * 8
        return stack_of(config, before=True, bias=bias, layer_scale=True, inner=inner, gated=True, act="silu")
    return stack_of(config, before=True, bias=bias, layer_scale=True, inner=inner)


def _head(config: Config, stack: LayerPlan, head: str, name: str) -> tuple[Nodes, tuple[str, ...]]:
    if head == "none":
        if config.kind == "dinov2":
            return (), ()
        size = config.optional("pooler_output_size") or stack.features
        act = activation(config.text("pooler_act", "tanh"))
        return (block("pooler", (*first_token(), linear("dense", size), *act), "norm"),), ("norm", "pooler")
    count = labels_of(config)
    if config.kind == "dinov2":
        inside = (
            *first_token(),
            layer("Slice", "rest", "input", dim=1, start=1),
            layer("Mean", "mean", dim=1),
            layer("Concat", "both", "squeeze", "mean", dim=1),
        )
        return (block("pooled", inside), linear("classifier", count)), ()
    if name.endswith("WithTeacher"):
        return _two_heads(count), ()
    return (*first_token(), linear("classifier", count)), ()


def _two_heads(count: int) -> Nodes:
    """Return a classifier of the class token and one of the distillation token, averaged."""
    return (
        *first_token("norm"),
        linear("class_classifier", count),
        layer("Slice", "second", "norm", dim=1, start=1, end=2),
        layer("Squeeze", "squeeze_second", dim=1),
        linear("distillation_classifier", count),
        layer("Add", "sum", "class_classifier", "distillation_classifier"),
        layer("Mul", "half", other=0.5),
    )
