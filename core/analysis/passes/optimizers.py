"""Optimizers, and the numbers that they keep for each parameter.

Sources: Hugging Face, Anatomy of a model's memory (bytes a parameter); Shazeer & Stern 2018, arXiv:1804.04235
(Adafactor); Dettmers et al. 2022, arXiv:2110.02861 (8-bit Adam).
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.record import Record


class Optimizer(Record):
    """The state that an optimizer keeps.

    Attributes:
        id: its name on the command line.
        title: its name on the screen.
        rule: what it keeps, as a sentence.
        each: numbers for each trainable parameter, in the dtype of the states; 0 where `factored` counts them.
        one_byte: whether each of them takes a byte, whatever that dtype is.
        factored: whether matrices keep a number a row and a column.
    """

    id: str
    title: str
    rule: str
    each: int = 0
    one_byte: bool = False
    factored: bool = False


_ADAM = "Adam keeps two means of each trainable parameter: of its gradient and of its square."

_ALL = (
    Optimizer(id="sgd", title="SGD", rule="Plain gradient descent keeps nothing."),
    Optimizer(id="momentum", title="SGD with momentum", rule="A velocity of each trainable parameter.", each=1),
    Optimizer(id="adam", title="Adam", rule=_ADAM, each=2),
    Optimizer(id="adamw", title="AdamW", rule=_ADAM, each=2),
    Optimizer(
        id="adam8bit",
        title="8-bit Adam",
        rule="Two means of each trainable parameter, a byte each; the scales of their blocks are left out.",
        each=2,
        one_byte=True,
    ),
    Optimizer(
        id="adafactor",
        title="Adafactor",
        rule="Without momentum: a number for each row and column of a matrix, the last two dimensions of a weight, and "
        "for each value of a vector or of a layer type that does not tell the shapes of its weights.",
        factored=True,
    ),
)

OPTIMIZERS: Mapping[str, Optimizer] = {each.id: each for each in _ALL}
"""Every optimizer by id."""
