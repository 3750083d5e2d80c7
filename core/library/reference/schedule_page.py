"""The page on quantities that depend on a layer's place: live memory, and the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.analysis import Result, analyze
from layerledger.core.base import units
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import shape_text
from layerledger.core.layers.windows import MOST_PHASES
from layerledger.core.library.reference.markup import code, link, paragraph, section, table, words
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import METRICS, PACKED
from layerledger.core.metrics.step_metrics import live_bytes, receptive_text
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

TITLE = "Memory and receptive field"

_SUMS = (
    "Parameters and operations add up over layers. What is alive while a layer runs does not, nor does what it sees: "
    "both follow from where it stands among the others."
)
_LIVES = (
    "A tensor lives from the step that makes it through the step of its last reader; the network's inputs live from "
    "the start, its output to the end. Weights are not part of it. A skip keeps its tensor alive until it is added. "
    "Inside a composite layer, such as attention or an LSTM, the same holds for the steps that its page lists: the "
    "layer counts with the moment at which the most is alive."
)
_PLANNER = "Source: TensorFlow Lite Micro's planner, greedy by size; Pisarchyk & Lee 2020, arXiv:2001.03288."
_FIELDS = (
    "An output of a layer whose window is k wide, with dilation d, sees (k − 1)·d·S more positions of the input than "
    "what it is fed, where S is how far neighbours in that look apart; its own look s·S apart, s being its stride. "
    "Where branches meet, a field goes from the first to the last position that one of them sees, as long as both "
    "look equally far apart. After an operation over all positions it is the whole input; where a reshape mixes "
    "positions it is not defined, and said so."
)
_PHASES = (
    "After an upsampling or a transposed convolution, neighbouring outputs see parts of different size. Each of them "
    f"is followed by itself, up to {MOST_PHASES:,} outputs after which the pattern repeats, and fewer in a network of "
    "more than 2,000 layers: the field is that of the output that sees most, and the smallest is given beside it. A "
    "longer pattern gives an upper bound, with ≤ before it. A value that an interpolation weighs with 0 is not seen."
)
_BORDERS = (
    "Padding, and what would lie past a border, counts as input: the field is that of an output far from all borders. "
    "One whose field reaches past a border sees less of the real input."
)
_ARAUJO = "Source: Araujo, Norris & Sim 2019, doi 10.23915/distill.00021."
_EXAMPLE = (
    "Two convolutions and a pooling of 8-bit numbers, a byte each, on an image of 3×32×32: each step needs what it is "
    "fed and what it gives. Source: the example of tflite-tools, whose steps take 17,472, 26,944 and 15,680 bytes."
)


def place_page() -> str:
    """Return the page as HTML."""
    named = ((code(metric.key), words(f"{metric.title}. {metric.help}")) for metric in of_layers())
    notes = {PACKED: f" {_PLANNER}"}
    memory = ((metric.title, words(metric.help + notes.get(metric.key, ""))) for metric in of_networks())
    return "".join(
        (
            f"<h1>{TITLE}</h1>\n",
            paragraph(words(_SUMS)),
            section("Of a layer", table(named)),
            section("Memory", paragraph(words(_LIVES)) + table(memory)),
            section("Receptive field", _fields()),
            section("Example", paragraph(words(_EXAMPLE)) + table(_rows(example()), _HEAD)),
        )
    )


def _fields() -> str:
    texts = "".join(paragraph(words(text)) for text in (_FIELDS, _PHASES, _BORDERS))
    return texts + paragraph(words(_ARAUJO), "muted")


def of_layers() -> list[Metric]:
    """Return the metrics of layers that depend on the execution order."""
    return [metric for metric in METRICS.values() if metric.from_schedule and metric.column]


def of_networks() -> list[Metric]:
    """Return the metrics of whole networks that depend on the execution order."""
    return [metric for metric in METRICS.values() if metric.from_schedule and not metric.column]


_HEAD = ("Layer", "Output", "Alive", "Sees")


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    for i, row in enumerate(result.rows()):
        type_link = link(f"type-{row.type}", row.type)
        alive = units.grouped(live_bytes(result, [i]) or 0)
        yield f"{row.path} {type_link}", shape_text(row.outputs[0]), f"{alive} B", receptive_text(result, [i])


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
