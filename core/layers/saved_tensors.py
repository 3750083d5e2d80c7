"""Tensors that a layer keeps beyond its own pass, for the backward pass."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

SavedTensors: TypeAlias = Literal["inputs", "outputs", "both", "nothing"]
"""The tensors that the backward pass needs.

Inputs: products, norms and most functions; their derivative depends on the input. Outputs: functions whose
derivative follows from the result, as ReLU, sigmoid, tanh and softmax. Nothing: sums, averages and moved data.
"""


class Saved(NamedTuple):
    """Tensors that a training step saves of one pass of a layer.

    Attributes:
        inputs: the positions of the saved inputs.
        outputs: whether the outputs are saved.
        elements: number of other elements, of the dtype of its inputs.
        nbytes: bytes of masks, indices and other data.
    """

    inputs: tuple[int, ...] = ()
    outputs: bool = False
    elements: int = 0
    nbytes: int = 0


NOTHING_SAVED = Saved()


class SavedExtra(NamedTuple):
    """Formulas of what a layer saves beyond its inputs and outputs; see Saved."""

    elements: str = ""
    nbytes: str = ""


def saved_of(saves: SavedTensors, inputs: int) -> Saved:
    """Return what a layer with a number of `inputs` saves, without extra tensors."""
    return Saved(tuple(range(inputs)) if saves in ("inputs", "both") else (), saves in ("outputs", "both"))
