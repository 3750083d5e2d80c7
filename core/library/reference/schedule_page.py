"""The page on quantities that depend on a layer's place: live memory, and the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.analysis import Result, analyze
from layerledger.core.base import units
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import shape_text
from layerledger.core.library.reference.markup import code, link, paragraph, section, table, words
from layerledger.core.metrics.placed import PACKED_HELP, PACKED_TITLE, PEAK_HELP, PEAK_TITLE, live_bytes, seen
from layerledger.core.metrics.step_metrics import PLACED
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

TITLE = "Memory and receptive field"

_SUMS = (
    "Parameters and operations add up over layers. What is alive while a layer runs does not, nor does what it sees: "
    "both follow from where it stands among the others."
)
_LIVES = (
    "A tensor lives from the step that makes it through the step of its last reader; the network's inputs live from "
    "the start, its output to the end. Weights are not part of it. A skip keeps its tensor alive until it is added."
)
_PLANNER = "Source: TensorFlow Lite Micro's planner, greedy by size; Pisarchyk & Lee 2020, arXiv:2001.03288."
_FIELDS = (
    "An output of a layer whose window is k wide, with dilation d, sees (k − 1)·d·S more positions of the input than "
    "what it is fed, where S is how far neighbours in that look apart; its own look s·S apart, s being its stride. "
    "Where branches meet the larger field counts, as long as both look equally far apart. After an operation over all "
    "positions it is the whole input; where a reshape mixes positions it is not defined, and said so."
)
_ARAUJO = "Source: Araujo, Norris & Sim 2019, doi 10.23915/distill.00021."
_EXAMPLE = (
    "Two convolutions and a pooling of 8-bit numbers, a byte each, on an image of 3×32×32: each step needs what it is "
    "fed and what it gives. Source: the example of tflite-tools, whose steps take 17,472, 26,944 and 15,680 bytes."
)


def place_page() -> str:
    """Return the page as HTML."""
    named = ((code(key), words(f"{metric.title}. {metric.help}")) for key, metric in PLACED.items())
    memory = ((PEAK_TITLE, words(PEAK_HELP)), (PACKED_TITLE, words(f"{PACKED_HELP} {_PLANNER}")))
    return "".join(
        (
            f"<h1>{TITLE}</h1>\n",
            paragraph(words(_SUMS)),
            section("Of a layer", table(named)),
            section("Memory", paragraph(words(_LIVES)) + table(memory)),
            section("Receptive field", paragraph(words(_FIELDS)) + paragraph(words(_ARAUJO), "muted")),
            section("Example", paragraph(words(_EXAMPLE)) + table(_rows(example()), _HEAD)),
        )
    )


_HEAD = ("Layer", "Output", "Alive", "Sees")


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    for i, row in enumerate(result.rows()):
        type_link = link(f"type-{row.type}", row.type)
        alive = units.grouped(live_bytes(result, [i]) or 0)
        yield f"{row.path} {type_link}", shape_text(row.outputs[0]), f"{alive} B", seen(result, [i])


def example() -> Result:
    """Return the analysis of the network of the example."""
    image = NetworkInput(name="image", shape=(1, 3, 32, 32), dtype="int8")
    layers = (
        _layer("conv1", "Conv2d", out_channels=16, kernel_size=3),
        _layer("conv2", "Conv2d", out_channels=16, kernel_size=3),
        _layer("pool", "MaxPool2d", kernel_size=2),
    )
    return analyze(Network(name="example", inputs=(image,), root=Block(name="", layers=layers)))


def _layer(name: str, kind: str, **params: Value) -> Layer:
    return Layer(name=name, type=kind, params=FrozenMap(params))
