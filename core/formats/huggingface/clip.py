"""Pairs of a text and a picture encoder. Source: `modeling_clip.py`, `modeling_siglip.py` of transformers 5.24.

CLIP: Radford et al. 2021, arXiv:2103.00020; SigLIP: Zhai et al. 2023, arXiv:2303.15343.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.formats.huggingface.built import Built, indices
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.heads import head_note, head_of, labels_of
from layerledger.core.formats.huggingface.nodes import Nodes, activation, block, embedding, layer, linear
from layerledger.core.formats.huggingface.transformer import (
    LayerPlan,
    encoder,
    first_token,
    positions,
    stack_norm,
    stack_of,
    tokens_of,
)
from layerledger.core.formats.huggingface.vision import patches, picture, with_tokens
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.core.formats.importing.options import TOKENS
from layerledger.core.network.nodes import Block, NetworkInput


def _act(config: Config) -> str:
    return config.text("hidden_act", "quick_gelu" if config.kind.startswith("clip") else "gelu_pytorch_tanh")


def _eps(config: Config, stack: LayerPlan) -> LayerPlan:
    found = config.number("layer_norm_eps")
    usual = 1e-5 if config.kind.startswith("clip") else 1e-6
    return stack._replace(eps=usual if found is None else found)


# -- pictures


def vision_part(config: Config) -> tuple[LayerPlan, NetworkInput, Nodes]:
    """Return the sizes of a picture encoder, its input, and the layers before its first one."""
    given, count = picture(config)
    stack = _eps(config, stack_of(config, before=True, act=_act(config)))
    features = stack.features
    if not config.kind.startswith("clip"):
        front = (
            *patches(config, features),
            layer("Parameter", "positions", shape=(count, features)),
            layer("Add", "add", "by_patch", "positions"),
        )
        return stack, given, (block("embeddings", front, "image"),)
    front = (
        *patches(config, features, bias=False),
        *with_tokens(features, "class_token"),
        layer("Parameter", "positions", shape=(count + 1, features)),
        layer("Add", "add", "concat", "positions"),
        stack_norm(stack, "norm"),
    )
    return stack, given, (block("embeddings", front, "image"),)


def vision_layers(config: Config) -> tuple[NetworkInput, Nodes, tuple[str, ...]]:
    """Return a picture encoder: its input, layers, and the names of all features and of the pooled ones."""
    stack, given, front = vision_part(config)
    layers = encoder(stack, config.main("num_hidden_layers"))
    if config.kind.startswith("clip"):
        pooled = block("pooled", (*first_token(), stack_norm(stack, "norm")))
        return given, (*front, layers, pooled), ("layers", "pooled")
    norm = stack_norm(stack, "norm")
    if not config.flag("vision_use_head", default=True):
        return given, (*front, layers, norm), ("norm",)
    return given, (*front, layers, norm, pooling(stack)), ("norm", "pooled")


def pooling(stack: LayerPlan) -> Block:
    """Return attention of one learned query to all patches, and a feed-forward part."""
    features = stack.features
    mlp = (linear("up", stack.inner), *activation(stack.act), linear("down", features))
    inside = (
        layer("Parameter", "query", shape=(1, 1, features)),
        layer("Expand", "query_each", "query", "input", size=(-1, -1, -1)),
        layer(
            "MultiheadAttention",
            "attention",
            "query_each",
            "input",
            "input",
            num_heads=stack.heads,
            batch_first=True,
            need_weights=False,
        ),
        stack_norm(stack, "norm"),
        block("mlp", mlp),
        layer("Add", "add", "mlp", "attention"),
        layer("Squeeze", "squeeze", dim=1),
    )
    return block("pooled", inside)


def vision_encoder(config: Config, _sizes: Mapping[str, int]) -> Built:
    """Return the network of a picture encoder alone, or with a projection or a classifier."""
    given, layers, outputs = vision_layers(config)
    head, name = head_of(config, "none")
    if name.endswith("WithProjection"):
        layers = (*layers, linear("projection", config.size("projection_dim"), bias=False))
        outputs = ("projection",)
    return Built((given,), layers, outputs, (head_note(head, name or config.kind),))


# -- texts


def _text_layers(config: Config, tokens: str) -> tuple[LayerPlan, Nodes]:
    """Return the layers of a text encoder, up to the features of all tokens."""
    clip = config.kind.startswith("clip")
    stack = _eps(config, stack_of(config, before=True, causal=clip, act=_act(config)))
    embeddings = (
        embedding("words", config.main("vocab_size"), stack.features, tokens),
        *positions(tokens, config.size("max_position_embeddings"), stack.features),
        layer("Add", "add", "words", "position"),
    )
    front = block("embeddings", embeddings, tokens)
    return stack, (front, encoder(stack, config.main("num_hidden_layers")), stack_norm(stack, "norm"))


def _text_pooled(config: Config, stack: LayerPlan) -> Nodes:
    """Return the features of the last token; SigLIP maps them."""
    last = (layer("Slice", "last", "norm", dim=1, start=-1), layer("Squeeze", "squeeze", dim=1))
    if config.kind.startswith("clip"):
        return last
    return (*last, linear("head", config.optional("projection_size") or stack.features))


def text_encoder(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of a text encoder alone, or with a projection."""
    tokens = tokens_of(sizes, config.size("max_position_embeddings"))
    stack, layers = _text_layers(config, "tokens")
    pooled = _text_pooled(config, stack)
    outputs: tuple[str, ...] = ("norm", pooled[-1].name)
    head, name = head_of(config, "none")
    if name.endswith("WithProjection"):
        pooled = (*pooled, linear("projection", config.size("projection_dim"), bias=False))
        outputs = ("projection",)
    notes = (head_note(head, name or config.kind),)
    size = OpenSize(TOKENS, tokens, ("tokens",))
    return Built((indices("tokens", tokens),), (*layers, *pooled), outputs, notes, (size,))


# -- both


def pair_model(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of both encoders and of the products of their results."""
    clip = config.kind == "clip"
    text = config.part("text_config", "clip_text_model" if clip else "siglip_text_model")
    image = config.part("vision_config", "clip_vision_model" if clip else "siglip_vision_model")
    head, name = head_of(config, "none")
    given, seen, _ = vision_layers(image)
    note = (head_note(head, name or config.kind),)
    if head == "sequence":
        return _classified(config, given, seen, clip=clip)._replace(notes=note)
    tokens = tokens_of(sizes, text.size("max_position_embeddings"))
    stack, read = _text_layers(text, "input")
    vision_last: Nodes = ()
    text_last = _text_pooled(text, stack)
    if clip:
        width = config.size("projection_dim")
        vision_last = (linear("projection", width, bias=False),)
        text_last = (*text_last, linear("projection", width, bias=False))
    layers = (
        block("text", (*read, *text_last, *_normalized()), "tokens"),
        block("vision", (*_renamed(seen), *vision_last, *_normalized()), "image"),
        layer("Transpose", "vision_columns", dim0=0, dim1=1),
        layer("MatMul", "products", "text", "vision_columns"),
        layer("Parameter", "logit_scale", shape=() if clip else (1,)),
        layer("Exp", "factor"),
        layer("Mul", "logits", "products", "factor"),
    )
    if not clip:
        layers = (*layers, layer("Parameter", "logit_bias", shape=(1,)), layer("Add", "sum", "logits", "logit_bias"))
    inputs = (indices("tokens", tokens), given)
    return Built(inputs, layers, (), note, (OpenSize(TOKENS, tokens, ("tokens",)),))


def _renamed(seen: Nodes) -> Nodes:
    """Return the layers of a picture encoder inside a block: the picture is the block's input."""
    first = seen[0]
    assert isinstance(first, Block)
    return (block(first.name, first.layers), *seen[1:])


def _normalized() -> Nodes:
    """Return x/‖x‖."""
    inside = (
        layer("Pow", "square", exponent=2),
        layer("ReduceSum", "sum", dim=(-1,), keepdim=True),
        layer("Sqrt", "length"),
        layer("Div", "unit", "input", "length"),
    )
    return (block("normalize", inside),)


def _classified(config: Config, given: NetworkInput, seen: Nodes, *, clip: bool) -> Built:
    """Return a classifier of pictures, of the mean of their patches."""
    last = "layers" if clip else "norm"
    start = 1 if clip else 0  # without the class token
    mean = (layer("Slice", "of_patches", last, dim=1, start=start), layer("Mean", "mean", dim=1))
    # The pooled features are computed too, though the classifier takes none of them.
    outputs = ("classifier", *(node.name for node in seen if node.name == "pooled"))
    return Built((given,), (*seen, *mean, linear("classifier", labels_of(config))), outputs)
