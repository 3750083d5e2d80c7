"""Language models that see: a picture encoder, a map into the words' space, and a decoder of both.

Sources: LLaVA: Liu et al. 2023, arXiv:2304.08485; Qwen2-VL: Wang et al. 2024, arXiv:2409.12191; `modeling_llava.py`,
`modeling_qwen2_vl.py` of transformers 5.24.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.attention import Attention, Rope, attention
from layerledger.core.formats.huggingface.built import Built, chosen, indices, numbers
from layerledger.core.formats.huggingface.causal import decoder_head, decoder_notes
from layerledger.core.formats.huggingface.clip import vision_part
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.decoder import Decoder
from layerledger.core.formats.huggingface.heads import head_note, head_of
from layerledger.core.formats.huggingface.nodes import Nodes, activation, block, feed_forward, layer, linear, norm
from layerledger.core.formats.huggingface.traits import TRAITS
from layerledger.core.formats.huggingface.transformer import encoder, first_token, stack_norm
from layerledger.core.formats.importing.notes import ImportNote, OpenSize
from layerledger.core.formats.importing.options import DEFAULT_TOKENS, TOKENS
from layerledger.core.network.nodes import Block, NetworkInput, Node

_TEXTS = {"qwen2_vl_text": "qwen2", "qwen2_vl": "qwen2"}
"""The decoder that a part of another name is."""


def _decoder(config: Config, text: Config) -> Decoder:
    """Return the decoder of a part; whether its head is tied may be said outside of it."""
    kind = _TEXTS.get(text.kind, text.kind)
    if kind not in TRAITS:
        raise FormatError(
            Message(
                "{key} is not known: {kind}; these are: {known}",
                key=text.place("model_type"),
                kind=f'"{text.kind[:60]}"',
                known=", ".join(sorted(TRAITS)),
            )
        )
    stated = [part.given["tie_word_embeddings"] for part in (config, text) if "tie_word_embeddings" in part.given]
    given = {**text.given, "tie_word_embeddings": bool(stated) and any(each is True for each in stated)}
    return Decoder(Config(given, kind=kind, place=text.prefix), TRAITS[kind])


def _both(config: Config, decoder: Decoder, seen: tuple[NetworkInput, Nodes], sizes: Mapping[str, int]) -> Built:
    """Return the network: what is seen stands before the words."""
    tokens = chosen(sizes, TOKENS, DEFAULT_TOKENS)
    words = decoder.embeddings("tokens")
    head, name = head_of(config, "words")
    layers = (
        *seen[1],
        *words,
        layer("Concat", "seen_and_words", seen[1][-1].name, words[-1].name, dim=1),
        *decoder.body(),
        *decoder_head(decoder, head),
    )
    text = Message("The picture’s tokens stand before the {tokens} of the text.", tokens=tokens)
    notes = (head_note(head, name), ImportNote("assumed", text), *decoder_notes(decoder))
    inputs = (seen[0], indices("tokens", tokens))
    return Built(inputs, layers, (), notes, (OpenSize(TOKENS, tokens, ("tokens",)),))


# -- LLaVA


def llava(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of LLaVA."""
    decoder = _decoder(config, config.part("text_config", "llama"))
    vision = config.part("vision_config", "clip_vision_model")
    if vision.kind not in ("clip_vision_model", "siglip_vision_model"):
        raise vision.wrong("model_type", Message('"clip_vision_model" or "siglip_vision_model"'), vision.kind[:60])
    given, tower = _tower(config, vision)
    bias = config.flag("multimodal_projector_bias", default=True)
    inside = (
        linear("linear_1", decoder.hidden, bias=bias),
        *activation(config.text("projector_hidden_act", "gelu"), key="projector_hidden_act"),
        linear("linear_2", decoder.hidden, bias=bias),
    )
    return _both(config, decoder, (given, (tower, block("projector", inside))), sizes)


def _tower(config: Config, vision: Config) -> tuple[NetworkInput, Block]:
    """Return the picture encoder; features are those of one of its layers, and the rest runs all the same."""
    stack, given, front = vision_part(vision)
    count = vision.main("num_hidden_layers")
    _, stated = config.find("vision_feature_layer")
    at = -2 if stated is None else stated
    if isinstance(at, bool) or not isinstance(at, int) or not -count <= at <= count or at == 0:
        rule = Message("a layer, from 1 to {count}, or from -1 back", count=count)
        raise config.wrong("vision_feature_layer", rule, stated)
    run = at if at > 0 else count + 1 + at
    strategy = config.text("vision_feature_select_strategy", "default")
    layers: list[Node] = [encoder(stack, run)] if run else []
    taken = layers[-1].name if layers else "embeddings"
    if run < count:
        layers.append(encoder(stack, count - run, name="rest"))
    clip = vision.kind == "clip_vision_model"
    pooled = (*first_token(), stack_norm(stack, "norm")) if clip else (stack_norm(stack, "norm"),)
    layers.append(block("pooled", pooled))
    if strategy == "default":
        layers.append(layer("Slice", "features", taken, dim=1, start=1))
        taken = "features"
    first = front[0]
    assert isinstance(first, Block)
    inside = (block(first.name, first.layers, "input"), *layers)
    return given, block("vision", inside, "image", outputs=(taken, "pooled"))


# -- Qwen2-VL


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
    decoder = _decoder(config, text)
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
    given = numbers("patches", (patches, eye.channels * eye.frames * eye.patch**2))
    built = _both(config, decoder, (given, (_eye(vision, eye, decoder.hidden),)), sizes)
    return built._replace(sizes=(*built.sizes, OpenSize("patches", patches, ("patches",))))


def _eye(vision: Config, eye: _Eye, hidden: int) -> Block:
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
        layer("Reshape", "four_in_one", shape=(1, -1, merged)),
        linear("up", merged),
        layer("GELU", "gelu"),
        linear("down", hidden),
    )
    inside = (
        layer("Unflatten", "frames", "patches", dim=1, unflattened_size=(eye.channels, *kernel)),
        layer("Conv3d", "patch_map", out_channels=eye.features, kernel_size=kernel, stride=kernel, bias=False),
        layer("Flatten", "flatten", start_dim=1),
        layer("Unsqueeze", "one_picture", dim=0),
        block("layers", unit, repeat=vision.main("depth")),
        block("merger", merger),
    )
    return block("vision", inside, "patches")
