"""Tensors that a layer keeps beyond its own pass: for the backward pass, and of past tokens in generation."""

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


class KVCache(NamedTuple):
    """Keys and values of past tokens that attention keeps.

    Attributes:
        batch: sequences.
        tokens: keys that are attended to.
        elements: of the keys and values of one token of one sequence.
        window: largest number of tokens that are kept; None for all.
        causal: whether no query attends to a later key, as in generation; None where that is not stated.
        macs: of one query with one key and its value, in one sequence.
        own_macs: whether those are all the MACs of the layer; else it has projections of its own beside them.
    """

    batch: int
    tokens: int
    elements: int
    window: int | None
    causal: bool | None
    macs: int
    own_macs: bool = True
