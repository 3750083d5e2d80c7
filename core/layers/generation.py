"""Statements of a layer about generation, token by token: what it keeps of past tokens, and its state."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class KVCache(NamedTuple):
    """Keys and values of past tokens that attention keeps.

    Attributes:
        batch: sequences.
        tokens: keys that are attended to.
        elements: numbers of the keys and values of one token of one sequence.
        window: largest number of tokens that are kept; None for all.
        causal: whether no query attends to a later key, as in generation; None where that is not stated.
        macs: of one query with one key and its value, in one sequence.
        own_macs: whether those are all the MACs of the layer; else it has projections of its own beside them.
        sources: the inputs that are keys and values, or that these are made of.
        stated: numbers that are kept of a token in place of its keys and values; None where that is not stated.
        expand_macs: of the keys and values of one token of one sequence from what is kept of it, inside the layer.
    """

    batch: int
    tokens: int
    elements: int
    window: int | None
    causal: bool | None
    macs: int
    own_macs: bool = True
    sources: tuple[int, ...] = (0,)
    stated: int | None = None
    expand_macs: int = 0


class CarriedState(NamedTuple):
    """The state that a recurrent layer or a scan carries from each token to the next.

    Attributes:
        elements: numbers of all sequences; None for a layer that may carry a state but does not state it.
        causal: whether it runs forward alone; a bidirectional layer cannot run token by token.
        steps: length of its sequence; None where the layer does not tell.
    """

    elements: int | None
    causal: bool = True
    steps: int | None = None


Kept: TypeAlias = tuple[KVCache | CarriedState, ...]
"""The caches and states that a layer keeps from token to token."""
