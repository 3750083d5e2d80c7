"""The integer primitives that every count is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Cost:
    """Exact counts of one forward pass; adds up over layers and multiplies over repeats.

    Attributes:
        params: learned values.
        trainable_params: those that training changes.
        buffers: stored values that are not learned, such as running means.
        macs: multiply-accumulates of convolutions, linear maps and matrix products; no bias, norm or activation.
        mul: multiplications of scalars.
        add: additions and subtractions of scalars.
        cmp: comparisons of scalars.
        special: divisions, exponentials, roots and other transcendental functions of scalars.
    """

    params: int = 0
    trainable_params: int = 0
    buffers: int = 0
    macs: int = 0
    mul: int = 0
    add: int = 0
    cmp: int = 0
    special: int = 0

    @property
    def flops(self) -> int:
        """2 × MACs."""
        return 2 * self.macs

    @property
    def exact_flops(self) -> int:
        """Every multiply and every add."""
        return self.mul + self.add

    def __mul__(self, times: int) -> Cost:
        return self if times == 1 else Cost(*[value * times for value in _values(self)])

    def without_weights(self) -> Cost:
        """Return the cost of computing again with weights that are counted elsewhere."""
        return replace(self, params=0, trainable_params=0, buffers=0)


class Moved(NamedTuple):
    """Bytes of one forward pass, each tensor once; adds up over layers and multiplies over repeats.

    Attributes:
        weights: that are stored.
        read: inputs and weights.
        written: outputs.
        fused_read: the part of `read` that is not read where norms, activation functions and additions are fused into
            what stands before them.
        fused_written: the same of `written`.
    """

    weights: int = 0
    read: int = 0
    written: int = 0
    fused_read: int = 0
    fused_written: int = 0

    def times(self, n: int) -> Moved:
        return self if n == 1 else Moved(*[value * n for value in self])

    def reading_less(self, nbytes: int) -> Moved:
        """Return the bytes where so many of those that are read need not be."""
        return self._replace(read=self.read - nbytes, fused_read=self.fused_read and self.fused_read - nbytes)

    def without_weights(self) -> Moved:
        """Return the bytes where the weights are stored elsewhere; they are read all the same."""
        return self._replace(weights=0)


UNMOVED = Moved()


def moved_in_all(parts: Iterable[Moved]) -> Moved:
    """Return the sum of `parts`."""
    rows = [part for part in parts if part is not UNMOVED]
    return Moved(*map(sum, zip(*rows, strict=True))) if rows else UNMOVED


FIELDS = ("params", "trainable_params", "buffers", "macs", "mul", "add", "cmp", "special")
_values = attrgetter(*FIELDS)
NOTHING = Cost()


def total(costs: Iterable[Cost]) -> Cost:
    """Return the sum of `costs`: of layers that are alike, which share theirs, as a product."""
    found = list(costs)
    times, once = Counter(map(id, found)), {id(cost): cost for cost in found}
    rows: list[Sequence[int]] = []
    for i, n in times.items():
        if once[i] is not NOTHING:
            values: Sequence[int] = _values(once[i])
            rows.append(values if n == 1 else [value * n for value in values])
    return Cost(*map(sum, zip(*rows, strict=True))) if rows else NOTHING
