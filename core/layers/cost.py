"""The integer primitives of all counts."""

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
        trainable_params: learned values that training changes.
        buffers: stored values that are not learned, such as running means.
        macs: multiply-accumulates of convolutions, linear maps and matrix products; no bias, norm or activation.
        mul: multiplications of scalars.
        add: additions and subtractions of scalars.
        cmp: comparisons of scalars.
        special: divisions, exponentials, roots and other transcendental functions of scalars.
        idle_params: learned values that one token leaves out: those of the experts that it is not sent to.
        adapter_params: learned values that stay trained where a block around them is frozen: those of adapters, and of
            nodes that state `trainable` themselves.
    """

    params: int = 0
    trainable_params: int = 0
    buffers: int = 0
    macs: int = 0
    mul: int = 0
    add: int = 0
    cmp: int = 0
    special: int = 0
    idle_params: int = 0
    adapter_params: int = 0

    @property
    def active_params(self) -> int:
        """Learned values that one token uses."""
        return self.params - self.idle_params

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
        return replace(self, params=0, trainable_params=0, buffers=0, idle_params=0, adapter_params=0)

    def without_weight(self, elements: int) -> Cost:
        """Return the cost where one weight of that many elements is counted elsewhere, and the others here."""
        left = self.params - elements
        trained, kept = min(self.trainable_params, left), min(self.adapter_params, left)
        return replace(self, params=left, trainable_params=trained, adapter_params=kept)

    def stating(self, trainable: object) -> Cost:
        """Return the cost of a node that states whether it is trained; anything but a boolean states nothing."""
        if trainable is True:
            return replace(self, adapter_params=self.trainable_params)
        return self.frozen() if trainable is False else self

    def frozen(self) -> Cost:
        """Return the cost where training changes only the weights that stay trained."""
        return replace(self, trainable_params=self.adapter_params)


class Traffic(NamedTuple):
    """Bytes of one forward pass, each tensor once; adds up over layers and multiplies over repeats.

    Attributes:
        weight_bytes: of the stored weights.
        read_bytes: of inputs and weights.
        write_bytes: of outputs.
        fused_read_bytes: the part of `read_bytes` that is not read where element-wise layers are fused into the
            layer before them.
        fused_write_bytes: the same of `write_bytes`.
        average_read_bytes: what `read_bytes` lacks to the average, where it depends on the data; below 0 where the
            average is less.
        view_bytes: of outputs that are views of inputs, which are not written.
    """

    weight_bytes: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    fused_read_bytes: int = 0
    fused_write_bytes: int = 0
    average_read_bytes: int = 0
    view_bytes: int = 0

    @property
    def activation_bytes(self) -> int:
        """All outputs, those of inner steps too."""
        return self.write_bytes + self.view_bytes

    def times(self, n: int) -> Traffic:
        return self if n == 1 else Traffic(*[value * n for value in self])

    def without_weights(self) -> Traffic:
        """Return the bytes where the weights are stored elsewhere; they are still read."""
        return self._replace(weight_bytes=0)


NO_TRAFFIC = Traffic()


def total_traffic(parts: Iterable[Traffic]) -> Traffic:
    """Return the sum of `parts`."""
    rows = [part for part in parts if part is not NO_TRAFFIC]
    return Traffic(*map(sum, zip(*rows, strict=True))) if rows else NO_TRAFFIC


FIELDS = ("params", "trainable_params", "buffers", "macs", "mul", "add", "cmp", "special")
_values = attrgetter(*FIELDS, "idle_params", "adapter_params")
ZERO_COST = Cost()


def total(costs: Iterable[Cost]) -> Cost:
    """Return the sum of `costs`; equal layers share one cost, which is multiplied by their number."""
    found = list(costs)
    # Compared by identity: the cache of measures gives equal layers one cost. `found` keeps all of them alive, so no
    # id is used twice.
    times, once = Counter(map(id, found)), {id(cost): cost for cost in found}
    rows: list[Sequence[int]] = []
    for i, n in times.items():
        if once[i] is not ZERO_COST:
            values: Sequence[int] = _values(once[i])
            rows.append(values if n == 1 else [value * n for value in values])
    return Cost(*map(sum, zip(*rows, strict=True))) if rows else ZERO_COST
