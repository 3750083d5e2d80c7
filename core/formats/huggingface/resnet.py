"""ResNet as transformers writes it. Source: He et al. 2015, arXiv:1512.03385; `modeling_resnet.py`, version 5.24."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.built import Built, chosen, numbers
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.heads import head_note, head_of, labels_of
from layerledger.core.formats.huggingface.nodes import Nodes, activation, block, layer, linear
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.core.formats.importing.options import DEFAULT_IMAGE
from layerledger.core.network.nodes import Block, Node


def resnet(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of a ResNet."""
    height, width = (chosen(sizes, name, DEFAULT_IMAGE) for name in ("height", "width"))
    depths, outs = config.sizes("depths"), config.sizes("hidden_sizes")
    if not depths or len(depths) != len(outs) or 0 in depths or 0 in outs:
        raise FormatError(
            Message("depths and hidden_sizes must have a number of 1 or more for each stage, and as many as each other")
        )
    channels = config.size("embedding_size")
    stem = (
        *_conv("conv", channels, 7, 2),
        *activation(config.text("hidden_act", "relu")),
        layer("MaxPool2d", "pool", kernel_size=3, stride=2, padding=1),
    )
    layers: list[Block] = [block("stem", stem)]
    for i, (depth, out) in enumerate(zip(depths, outs, strict=True)):
        stride = 2 if i or config.flag("downsample_in_first_stage") else 1
        layers.append(_stage(config, f"stage_{i + 1}", (channels, out, stride), depth))
        channels = out
    head, name = head_of(config, "none")
    last = layer("AdaptiveAvgPool2d", "pooler", output_size=1)
    outputs: tuple[str, ...] = (layers[-1].name, "pooler")
    tail: Nodes = (last,)
    if name and head == "sequence":
        tail, outputs = (last, layer("Flatten", "flatten"), linear("classifier", labels_of(config))), ()
    given = numbers("image", (1, config.size("num_channels"), height, width))
    opened = (OpenSize("height", height, ("image",)), OpenSize("width", width, ("image",)))
    return Built((given,), (*layers, *tail), outputs, (head_note(head, name or config.kind),), opened)


def _conv(name: str, channels: int, size: int, stride: int, *inputs: str) -> Nodes:
    """Return a convolution without bias, and the norm behind it."""
    params: dict[str, Any] = {"out_channels": channels, "kernel_size": size}
    if stride > 1:
        params["stride"] = stride
    if size > 1:
        params["padding"] = size // 2
    return (layer("Conv2d", name, *inputs, **params, bias=False), layer("BatchNorm2d", f"{name}_norm"))


def _stage(config: Config, name: str, shape: tuple[int, int, int], depth: int) -> Block:
    first = block("first", _unit(config, *shape))
    out = shape[1]
    rest = (block("rest", _unit(config, out, out, 1), repeat=depth - 1),) if depth > 1 else ()
    return block(name, (first, *rest))


def _unit(config: Config, channels: int, out: int, stride: int) -> Nodes:
    """Return the layers of one unit: two or three convolutions, and what goes around them."""
    kind = config.text("layer_type", "bottleneck")
    if kind not in ("basic", "bottleneck"):
        raise config.wrong("layer_type", Message('"basic" or "bottleneck"'), kind)
    act = config.text("hidden_act", "relu")
    if kind == "basic":
        plan = [(out, 3, stride), (out, 3, 1)]
    else:
        inner = max(out // 4, 1)
        early = config.flag("downsample_in_bottleneck")
        # The first two are followed by an activation, of which transformers lets no key choose the kind.
        plan = [(inner, 1, stride if early else 1), (inner, 3, 1 if early else stride), (out, 1, 1)]
    made: list[Node] = []
    for i, (width, size, step) in enumerate(plan, 1):
        made += _conv(f"conv{i}", width, size, step, *(["input"] if i == 1 else []))
        if i < len(plan):
            made.append(layer("ReLU", f"relu{i}"))
    branch = made[-1].name
    around = "input"
    if channels != out or stride != 1:
        made += _conv("shortcut", out, 1, stride, "input")
        around = "shortcut_norm"
    return (*made, layer("Add", "add", branch, around), *activation(act))
