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


class Traffic(NamedTuple):
    """Bytes of one forward pass, each tensor once; adds up over layers and multiplies over repeats.

    Attributes:
        weights: that are stored.
        read: inputs and weights.
        written: outputs.
        fused_read: the part of `read` that is not read where norms, activation functions and additions are fused into
            what stands before them.
        fused_written: the same of `written`.
    """

    weight_bytes: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    fused_read_bytes: int = 0
    fused_write_bytes: int = 0

    def times(self, n: int) -> Traffic:
        return self if n == 1 else Traffic(*[value * n for value in self])

    def minus_reads(self, nbytes: int) -> Traffic:
        """Return the bytes where so many of those that are read need not be."""
        return self._replace(
            read_bytes=self.read_bytes - nbytes,
            fused_read_bytes=self.fused_read_bytes and self.fused_read_bytes - nbytes,
        )

    def without_weights(self) -> Traffic:
        """Return the bytes where the weights are stored elsewhere; they are read all the same."""
        return self._replace(weight_bytes=0)


NO_TRAFFIC = Traffic()


def total_traffic(parts: Iterable[Traffic]) -> Traffic:
    """Return the sum of `parts`."""
    rows = [part for part in parts if part is not NO_TRAFFIC]
    return Traffic(*map(sum, zip(*rows, strict=True))) if rows else NO_TRAFFIC


FIELDS = ("params", "trainable_params", "buffers", "macs", "mul", "add", "cmp", "special")
_values = attrgetter(*FIELDS)
ZERO_COST = Cost()


def total(costs: Iterable[Cost]) -> Cost:
    """Return the sum of `costs`: of layers that are alike, which share theirs, as a product."""
    found = list(costs)
    times, once = Counter(map(id, found)), {id(cost): cost for cost in found}
    rows: list[Sequence[int]] = []
    for i, n in times.items():
        if once[i] is not ZERO_COST:
            values: Sequence[int] = _values(once[i])
            rows.append(values if n == 1 else [value * n for value in values])
    return Cost(*map(sum, zip(*rows, strict=True))) if rows else ZERO_COST
