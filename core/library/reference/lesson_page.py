"""The page of the lesson: its table, its worked example, and depthwise convolutions."""

from __future__ import annotations

from fractions import Fraction

from layerledger.core.base import units
from layerledger.core.layers import LAYER_TYPES, Example
from layerledger.core.library.reference.describe import Worked, describe, worked
from layerledger.core.library.reference.lesson_table import SYMBOLS, TABLE, LessonRow
from layerledger.core.library.reference.markup import (
    breakable,
    code,
    link,
    math,
    paragraph,
    section,
    sum_of,
    symbol,
    table,
    words,
)

_FLOAT_BYTES = 4


def lesson_page() -> str:
    """Return the lesson as HTML."""
    return "".join(
        (
            "<h1>The lesson: counting a CNN</h1>\n",
            paragraph(
                "An output value of a convolution is a sum of products: as many multiplications as the filter has "
                "weights, one addition less, and one addition more for a bias. A FLOP here is one multiplication or "
                "one addition, which the app calls "
                f"{link('notion-exact_flops', 'FLOPs (every multiply and add)')}."
            ),
            section(
                "The table",
                table(map(_row, TABLE), ("Layer", "Parameters", "FLOPs, every multiply and every add"), wrap=True)
                + _letters(),
            ),
            section("Worked example", _worked()),
            section("In a network", _network()),
            section("Few FLOPs are not little time", _depthwise()),
        )
    )


def _row(line: LessonRow) -> tuple[str, str, str]:
    flops = breakable(line.written(lambda formula: formula.html()))
    return link(f"type-{line.type_name}", line.title), math(line.params), f'<span class="math">{flops}</span>'


def _letters() -> str:
    return paragraph("; ".join(f"{symbol(name)} is the {words(text)}" for name, text in SYMBOLS.items()) + ".", "muted")


def _worked() -> str:
    plain, grouped = describe(LAYER_TYPES["Conv2d"]).examples[:2]
    return "".join((_one(plain, TABLE[1]), _one(grouped, TABLE[3])))


def _one(example: Worked, line: LessonRow) -> str:
    """Return an example by the lesson's formulas; the formulas of the layer type give the same numbers."""
    symbols = {**example.symbols, "k": example.symbols["K_h"]}
    flops = line.written(lambda formula: formula.filled(symbols))
    rows = (
        ("Parameters", sum_of(line.params.filled(symbols), line.params(symbols))),
        ("FLOPs (every multiply and add)", sum_of(flops, line.flops(symbols))),
    )
    return paragraph(f"{code(example.call)} on {example.inputs} → {example.outputs}") + table(rows)


def _network() -> str:
    return paragraph(
        "The kernel need not be square, there may be several samples, and the filter may be dilated: the formulas of "
        f"{link('type-Conv2d', 'Conv2d')} have K<sub>h</sub> and K<sub>w</sub> for k, and N for the batch. Most papers "
        f"on vision count {link('notion-macs', 'MACs')} instead: a multiplication with its addition is one, and the "
        "bias is left out."
    )


def _depthwise() -> str:
    dense, depthwise = (_moved(64, 128, groups=1), _moved(128, 128, groups=128))
    rows = [_intensity(each) for each in (dense, depthwise)]
    head = ("Layer", "FLOPs (2 × MACs)", "Bytes moved", "FLOPs a byte")
    return (
        paragraph(
            "A depthwise convolution, with as many groups as channels, has few FLOPs for each byte that it reads and "
            "writes. It waits for memory, so it is faster on paper than on hardware:"
        )
        + table(rows, head, wrap=True)
        + paragraph("Bytes are those of input, weights and output in float32, each moved once.", "muted")
    )


def _moved(channels: int, out_channels: int, *, groups: int) -> Worked:
    params = {"out_channels": out_channels, "kernel_size": 3, "padding": 1, "groups": groups, "bias": False}
    shapes = ((1, channels, 56, 56),), ((1, out_channels, 56, 56),)
    return worked(LAYER_TYPES["Conv2d"], Example(params, *shapes, {}, ""))


def _intensity(example: Worked) -> tuple[str, str, str, str]:
    result = example.result
    tensors = sum(spec.nbytes for spec in (*(result.known_inputs or ()), *(result.outputs or ())))
    moved = tensors + result.cost.params * _FLOAT_BYTES
    each = units.fixed(Fraction(result.cost.flops, moved), 1)
    return f"{code(example.call)} on {example.inputs}", units.grouped(result.cost.flops), units.grouped(moved), each
