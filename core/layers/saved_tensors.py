"""What a layer keeps beyond its own pass: for the way back in training, and of past tokens in generation."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

SavedTensors: TypeAlias = Literal["inputs", "outputs", "both", "nothing"]
"""Which tensors the backward pass needs.

Inputs: products, norms and most functions; their derivative depends on what they were fed. Outputs: functions whose
derivative follows from the result, as ReLU, sigmoid, tanh and softmax. Nothing: sums, averages and moved data.
"""


class Saved(NamedTuple):
    """What a training step keeps of one pass of a layer.

    Attributes:
        inputs: which of its inputs, by number.
        outputs: whether it keeps its outputs.
        elements: numbers that are in no tensor outside it, of the kind of its inputs.
        nbytes: masks, indices and other plain bytes.
    """

    inputs: tuple[int, ...] = ()
    outputs: bool = False
    elements: int = 0
    nbytes: int = 0


NOTHING_SAVED = Saved()


class SavedExtra(NamedTuple):
    """Formulas of what a layer keeps that is in no tensor outside it; see Saved."""

    elements: str = ""
    nbytes: str = ""


def saved_of(saves: SavedTensors, inputs: int) -> Saved:
    """Return what is kept by a layer with so many inputs that keeps nothing else."""
    return Saved(tuple(range(inputs)) if saves in ("inputs", "both") else (), saves in ("outputs", "both"))


class KVCache(NamedTuple):
    """What attention keeps of past tokens.

    Attributes:
        batch: sequences.
        tokens: keys that are attended to.
        elements: of the keys and values of one token of one sequence.
        window: most tokens that are kept; None where all are.
        causal: whether no query attends to a later key, as in generation; None where that is not stated.
        macs: of one query that meets one key, in one sequence, with its value.
        own_macs: whether those are all the MACs of the layer; else it has projections of its own beside them.
    """

    batch: int
    tokens: int
    elements: int
    window: int | None
    causal: bool | None
    macs: int
    own_macs: bool = True
