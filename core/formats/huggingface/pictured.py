"""Language models that see: a picture encoder, a map into the words' space, and a decoder of both.

Sources: LLaVA: Liu et al. 2023, arXiv:2304.08485; Gemma 3: Gemma Team 2025, arXiv:2503.19786; PaliGemma: Beyer et al.
2024, arXiv:2407.07726; `modeling_<model_type>.py` of transformers 5.24.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.built import Built, chosen, indices
from layerledger.core.formats.huggingface.causal import decoder_head, decoder_notes
from layerledger.core.formats.huggingface.clip import pooling, vision_layers, vision_part
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.decoder import Decoder
from layerledger.core.formats.huggingface.heads import head_note, head_of
from layerledger.core.formats.huggingface.nodes import Nodes, activation, block, layer, linear, norm
from layerledger.core.formats.huggingface.traits import TRAITS
from layerledger.core.formats.huggingface.transformer import LayerPlan, encoder, first_token, stack_norm
from layerledger.core.formats.importing.notes import ImportNote, OpenSize
from layerledger.core.formats.importing.options import DEFAULT_TOKENS, TOKENS
from layerledger.core.network.nodes import Block, NetworkInput, Node

_TEXTS = {"qwen2_vl_text": "qwen2", "qwen2_vl": "qwen2"}
"""The decoder that a part of another name is."""


def text_decoder(config: Config, text: Config) -> Decoder:
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
    given = {**text.given, "tie_word_embeddings": _tied(config, text)}
    return Decoder(Config(given, kind=kind, place=text.prefix), TRAITS[kind])


def _tied(config: Config, text: Config) -> bool:
    """Return whether the head is tied: the whole says so before the part, which older files of Qwen2-VL asked too."""
    outside = config.flag("tie_word_embeddings")
    inside = "tie_word_embeddings" in text.given and text.flag("tie_word_embeddings")
    if config.kind == "qwen2_vl":
        return outside or inside
    return outside if config.has("tie_word_embeddings") or "tie_word_embeddings" not in text.given else inside


def seen_and_read(
    config: Config, decoder: Decoder, seen: tuple[NetworkInput, Nodes], sizes: Mapping[str, int]
) -> Built:
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
    decoder = text_decoder(config, config.part("text_config", "llama"))
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
    return seen_and_read(config, decoder, (given, (tower, block("projector", inside))), sizes)


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
    layers.append(block("pooled", _pooled(vision, stack)))
    if strategy == "default":
        layers.append(layer("Slice", "features", taken, dim=1, start=1))
        taken = "features"
    first = front[0]
    assert isinstance(first, Block)
    inside = (block(first.name, first.layers, "input"), *layers)
    return given, block("vision", inside, "image", outputs=(taken, "pooled"))


def _pooled(vision: Config, stack: LayerPlan) -> Nodes:
    """Return the layers behind the last one, which run though the decoder takes none of their output."""
    norm = stack_norm(stack, "norm")
    if vision.kind == "clip_vision_model":
        return (*first_token(), norm)
    return (norm, pooling(stack)) if vision.flag("vision_use_head", default=True) else (norm,)


# -- Gemma 3 and PaliGemma


def gemma3(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of Gemma 3: patches are averaged to a number of tokens, normalized and mapped."""
    text, vision = config.part("text_config", "gemma3_text"), config.part("vision_config", "siglip_vision_model")
    decoder = text_decoder(config, text)
    given, tower = _siglip(vision)
    side = vision.divided("image_size", "patch_size", vision.size("image_size"), vision.size("patch_size"))
    most = config.size("mm_tokens_per_image")
    kernel = max(side // max(isqrt(most), 1), 1)
    stack = vision_part(vision)[0]
    inside = (
        layer("Transpose", "by_feature", "input", dim0=1, dim1=2),
        layer("Unflatten", "picture", dim=2, unflattened_size=(side, side)),
        layer("AvgPool2d", "pool", kernel_size=kernel, stride=kernel),
        layer("Flatten", "flatten", start_dim=2),
        layer("Transpose", "by_token", dim0=1, dim1=2),
        norm("rms", "norm", stack.features, stack.eps),
        linear("projection", decoder.hidden, bias=False),
    )
    return seen_and_read(config, decoder, (given, (tower, block("projector", inside))), sizes)


def paligemma(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of PaliGemma: patches are mapped, each to one token."""
    text, vision = config.part("text_config", "gemma"), config.part("vision_config", "siglip_vision_model")
    decoder = text_decoder(config, text)
    given, tower = _siglip(vision)
    width = vision.optional("projection_dim") or decoder.hidden
    return seen_and_read(config, decoder, (given, (tower, linear("projector", width))), sizes)


def _siglip(vision: Config) -> tuple[NetworkInput, Block]:
    """Return a SigLIP encoder, of which all patches are taken, after its last norm."""
    if vision.kind != "siglip_vision_model":
        raise vision.wrong("model_type", Message('"siglip_vision_model"'), vision.kind[:60])
    given, layers, outputs = vision_layers(vision)
    first = layers[0]
    assert isinstance(first, Block)
    inside = (block(first.name, first.layers, "input"), *layers[1:])
    return given, block("vision", inside, "image", outputs=outputs)
