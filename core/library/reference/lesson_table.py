"""The lesson on which the app is based: formulas for the parameters and FLOPs of the layers of a small CNN.

The kernel is k × k and the batch is 1. A FLOP is a multiplication or an addition: a sum of n products takes n
multiplications and n − 1 additions, and one addition more for a bias.
"""

from __future__ import annotations

from collections.abc import Callable

from layerledger.core.base.record import Record
from layerledger.core.formula.formula import Formula, formula

SYMBOLS = {
    "k": "height and width of the filter (kernel_size)",
    "C_in": "channels, or features, of the input",
    "C_out": "channels, or features, of the output",
    "g": "groups",
    "H_out": "height of the output",
    "W_out": "width of the output",
}
"""Meanings of the lesson's symbols."""


class LessonRow(Record):
    """A line of the lesson's table: a kind of layer, and its two formulas.

    Attributes:
        title: its words in the table.
        type_name: the layer type that it counts.
        bias: whether the layer has a bias.
        products: the number of products that are summed for one output.
        outputs: the number of outputs.
        filters: the factor of the parameters.
    """

    title: str
    type_name: str
    bias: bool
    products: str
    outputs: str
    filters: str

    @property
    def params(self) -> Formula:
        """Learned values."""
        return formula(f"({self.products} + 1)*{self.filters}" if self.bias else f"{self.products}*{self.filters}")

    @property
    def flops(self) -> Formula:
        """Multiplications and additions."""
        return formula(f"({self.products} + ({self.products} - 1) + {int(self.bias)})*{self.outputs}")

    def written(self, write: Callable[[Formula], str]) -> str:
        """Return the FLOPs as the lesson writes them: [multiplications + (additions) + 1 for the bias]·outputs."""
        products, sums, outputs = map(formula, (self.products, f"{self.products} - 1", self.outputs))
        return f"[{write(products)} + ({write(sums)}){' + 1' if self.bias else ''}]·{write(outputs)}"


TABLE = tuple(
    LessonRow(f"{title}, {'bias' if bias else 'no bias'}", type_name, bias, products, outputs, filters)
    for title, type_name, products, outputs, filters in (
        ("convolution", "Conv2d", "k*k*C_in", "H_out*W_out*C_out", "C_out"),
        ("grouped convolution", "Conv2d", "k*k*C_in/g", "H_out*W_out*(C_out/g)*g", "(C_out/g)*g"),
        ("fully connected", "Linear", "C_in", "C_out", "C_out"),
    )
    for bias in (False, True)
)
"""Each kind without and with bias."""
