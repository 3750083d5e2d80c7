"""The layers that run for one more token, with what each of them keeps of past tokens and costs at any context."""

from __future__ import annotations

from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.base.quantized import stored_bytes
from layerledger.core.network.paths import NodePath


class KeptPart(NamedTuple):
    """Numbers that are kept of each token.

    Attributes:
        numbers: of one sequence.
        sequences: that keep as many.
        dtype: in which they are kept.
        held: tokens of which a layer before keeps them.
    """

    numbers: int
    sequences: int
    dtype: str
    held: int

    def nbytes(self, dtype: str | None) -> int:
        """Return the bytes of one token of all sequences, kept in `dtype`; None is that of the network."""
        # Of each token on its own: it is written when it is computed, so that blocks hold one token's alone.
        return self.sequences * stored_bytes(self.numbers, dtype or self.dtype)


class KeptTokens(NamedTuple):
    """Keys and values that an attention layer keeps.

    Attributes:
        parts: of one token.
        tokens: of the other sequence where they are fixed, else those beyond the context.
        window: most tokens that are kept; None for all.
        fixed: whether they are of another sequence, which does not grow.
        key_macs: of a query of each sequence with one key.
        counted_bytes: of the keys and values that the layer reads with a single token.
    """

    parts: tuple[KeptPart, ...]
    tokens: int
    window: int | None
    fixed: bool
    key_macs: int
    counted_bytes: int

    def keys(self, context: int) -> int:
        """Return the keys to which the last of `context` tokens attends."""
        tokens = self.tokens if self.fixed else self.tokens + context
        return tokens if self.window is None else min(tokens, self.window)

    def nbytes(self, context: int, dtype: str | None) -> int:
        """Return the bytes that are kept in `dtype`, without those of layers before it; None is the network's."""
        keys = self.keys(context)
        return sum(part.nbytes(dtype) * (keys - min(keys, part.held)) for part in self.parts)

    def further_bytes(self, context: int, dtype: str | None) -> int:
        """Return the bytes that are read, beside those that the layer has counted."""
        each = sum(part.nbytes(dtype) for part in self.parts)
        # The layer has counted those of another sequence as they are computed, and those of a single token.
        return each * self.keys(context) - self.counted_bytes if self.fixed else each * (self.keys(context) - 1)


class DecodeStep(NamedTuple):
    """A layer that runs for one more token of each sequence.

    Attributes:
        path: its positions, without passes.
        passes: the number of the pass of each repeated block around it.
        layer: its result with a single token.
        macs: of one token of each sequence, without those by keys.
        row_macs: further MACs for each token of the context, of a layer that is not linear in them.
        expand_macs: MACs for each token before, of keys and values that are made anew of what is kept of it.
        kept: the keys and values that it keeps.
        state_bytes: of the state that it carries.
        state_growth: bytes that each further token adds to it.
    """

    path: NodePath
    passes: tuple[int, ...]
    layer: NodeResult
    macs: int
    row_macs: int = 0
    expand_macs: int = 0
    kept: tuple[KeptTokens, ...] = ()
    state_bytes: int = 0
    state_growth: int = 0

    @property
    def equal_steps(self) -> tuple[object, ...]:
        """The key of steps of equal cost: passes of one layer that share its result."""
        return (id(self.layer), *self[3:])

    def expanded(self, context: int) -> int:
        """Return the MACs that make keys and values of past tokens anew."""
        keys = max((each.keys(context) for each in self.kept if not each.fixed), default=1)
        return self.expand_macs * (keys - 1)

    def macs_at(self, context: int) -> int:
        """Return the MACs of the last of `context` tokens of each sequence."""
        by_keys = sum(each.key_macs * each.keys(context) for each in self.kept if not each.fixed)
        return self.macs + self.row_macs * context + by_keys + self.expanded(context)

    def further_macs(self, context: int) -> int:
        """Return the MACs that the layer has not counted with a single token."""
        return self.macs_at(context) - self.layer.cost.macs

    def cache_bytes(self, context: int, dtype: str | None) -> int:
        """Return the bytes of the keys and values that are kept of `context` tokens."""
        return sum(each.nbytes(context, dtype) for each in self.kept)

    def state_bytes_at(self, context: int) -> int:
        """Return the bytes of the state after `context` tokens."""
        return self.state_bytes + self.state_growth * (context - 1)

    def further_bytes(self, context: int, dtype: str | None) -> int:
        """Return the bytes that are read beside those that the layer has counted: the cache, and the state."""
        return sum(each.further_bytes(context, dtype) for each in self.kept) + self.state_bytes_at(context)


class Decoding(NamedTuple):
    """The layers that run for one more token.

    Attributes:
        batch: sequences.
        steps: in the order in which they run.
        generates: whether anything is kept of past tokens.
        is_known: whether the network runs with one token and with two, so that its cost is known.
        notes: doubts about the figures.
    """

    batch: int
    steps: tuple[DecodeStep, ...]
    generates: bool
    is_known: bool
    notes: tuple[str, ...]
