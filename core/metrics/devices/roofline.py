"""The least time that layers take on a device: each at least its operations at the peak and its bytes at the bandwidth.

Times are whole attoseconds (10⁻¹⁸ s), rounded down: exact sums, and still a bound from below. The time of a block is
the sum over its layers; the intensity of a whole network would hide the layers that wait for memory.

Source: Williams, Waterman & Patterson 2009, doi 10.1145/1498765.1498785.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from layerledger.core.analysis.layer_dtypes import compute_dtype_of
from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.base.messages import Message
from layerledger.core.metrics.devices.device import Device
from layerledger.core.network.nodes import Block, Layer

Boundary: TypeAlias = Literal["compute", "memory", ""]

SECOND = 10**18
"""Attoseconds."""

REMEMBERED = 32_768
"""Nodes whose times a roofline remembers."""


class RooflineTime(NamedTuple):
    """The least time of a layer, or the sum over the layers of a block, in attoseconds.

    Attributes:
        total: of each layer the larger of the two parts.
        compute: for the operations alone; 0 where the device has no peak.
        memory: for the bytes alone; 0 where the device has no bandwidth.
        memory_bound: the part of `total` that layers take which wait for memory.
        memory_bound_layers: how many those are, each pass counted.
        layers: that take any time, each pass counted.
    """

    total: int = 0
    compute: int = 0
    memory: int = 0
    memory_bound: int = 0
    memory_bound_layers: int = 0
    layers: int = 0

    @property
    def seconds(self) -> float:
        return self.total / SECOND

    @property
    def bound(self) -> Boundary:
        """The resource that bounds most of the time; empty where the time is 0."""
        if not self.total:
            return ""
        return "memory" if 2 * self.memory_bound > self.total else "compute"


ZERO_TIME = RooflineTime()


class Roofline:
    """The upper bound of a device's speed with the dtype of a network.

    Attributes:
        dtype: in which layers compute that declare no other.
        follows: whether layers between real numbers compute in theirs (`LayerDtypes.follows`).
        efficiency: the part of the peak that is counted on.
        fused: whether batch norms, activation functions and element-wise arithmetic move nothing.
        used: the peak, and the dtype it is of; None where the device has none that fits.
        held: whether a device's cache holds all weights, so that a run finds them there.
        ceiling: operations a second: the peak times the efficiency.
        bandwidth: bytes a second; None where the device has none.
    """

    def __init__(
        self,
        device: Device,
        dtype: str,
        *,
        efficiency: Fraction = Fraction(1),
        fused: bool = False,
        held: bool = False,
        follows: bool = False,
    ) -> None:
        """Raise ValueError where the efficiency is not above 0 and at most 1."""
        check_efficiency(efficiency)
        self.device, self.dtype, self.efficiency = device, dtype, efficiency
        self.fused, self.held, self.follows = fused, held, follows
        self.used = device.peak(dtype)
        self.ceiling = self.ceiling_of(dtype)
        self.bandwidth = device.bandwidth.value if device.bandwidth else None
        self._known: dict[NodeResult, RooflineTime] = {}

    def ceiling_of(self, dtype: str) -> Fraction | None:
        """Return the operations a second in a dtype, with the efficiency; None where the device has no peak for it."""
        used = self.device.peak(dtype)
        return used.peak.operations_per_s * self.efficiency if used else None

    def _ceiling(self, layer: NodeResult) -> Fraction | None:
        """Return the ceiling for the dtype in which a layer computes."""
        if not self.follows and (not isinstance(layer.node, Layer) or layer.node.stored_dtypes is None):
            return self.ceiling
        dtype = compute_dtype_of(layer, self.dtype, follows=self.follows)
        return self.ceiling if dtype == self.dtype else self.ceiling_of(dtype)

    @property
    def ridge(self) -> Fraction | None:
        """Operations a byte from which on a layer is bound by compute; None where a part is not known."""
        return self.ceiling / self.bandwidth if self.ceiling and self.bandwidth else None

    def attainable(self, intensity: Fraction) -> Fraction | None:
        """Return the operations per second that a layer of some intensity attains at best."""
        slope = None if self.bandwidth is None else intensity * self.bandwidth
        roofs = [roof for roof in (self.ceiling, slope) if roof is not None]
        return min(roofs) if roofs else None

    def time(self, result: NodeResult) -> RooflineTime:
        """Return the least time of a node, all its passes together; remembered, since an edit leaves most results."""
        if (known := self._known.get(result)) is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._block(result) if isinstance(result.node, Block) else self._layer(result)
            known = self._known[result] = found
        return known

    def _block(self, block: NodeResult) -> RooflineTime:
        return _sum([_times(_sum(map(self.time, run.children)), run.times) for run in block.passes])

    def _layer(self, layer: NodeResult) -> RooflineTime:
        return self.time_with(layer)

    def time_with(self, layer: NodeResult, *, more_operations: int = 0, more_bytes: int = 0) -> RooflineTime:
        """Return the least time of a layer with further operations and bytes, such as those of past tokens."""
        moved, done = moved_bytes(layer, fused=self.fused), operations(layer) + more_operations
        ceiling, far = self._ceiling(layer), None
        if self.device.cache is not None:
            far = self._beyond_cache(layer, moved) + (0 if self.held else more_bytes)
        return self._least(done, moved + more_bytes, beyond_cache=far, ceiling=ceiling)

    def _least(self, done: int, moved: int, *, beyond_cache: int | None, ceiling: Fraction | None) -> RooflineTime:
        """Return the least time for some operations and bytes.

        Args:
            done: operations; a multiply-add counts as two.
            moved: bytes read and written.
            beyond_cache: the part of them that a cache cannot hold; None where the device has no cache.
            ceiling: operations a second; None where the device has no peak.
        """
        compute = memory = 0
        if ceiling:
            compute = done * SECOND * ceiling.denominator // ceiling.numerator
        if self.bandwidth:
            memory = (moved if beyond_cache is None else beyond_cache) * SECOND // self.bandwidth
        if self.device.cache:
            memory = max(memory, moved * SECOND // self.device.cache.bytes_per_s)
        total, waits = max(compute, memory), memory > compute
        return (
            RooflineTime(total, compute, memory, total if waits else 0, int(waits), int(total > 0))
            if total
            else ZERO_TIME
        )

    def _beyond_cache(self, layer: NodeResult, moved: int) -> int:
        """Return the bytes that must come from the memories: of a layer's inputs and outputs what exceeds the cache.

        Weights come from there in each run unless the cache holds them all: what was used longest ago is replaced
        first, so of weights that exceed the cache none is left for the next run.
        """
        if not moved or self.device.cache is None:
            return 0
        traffic, room = layer.traffic, self.device.cache.nbytes
        inputs = sum(spec.nbytes for spec in layer.read_inputs)
        weights = max(0, traffic.read_bytes - inputs)
        if not layer.tied:  # a layer with weights of its own reads no more than it stores; the rest are inner tensors
            weights = min(weights, traffic.weight_bytes)
        far = max(0, traffic.read_bytes - weights - room) + max(0, traffic.write_bytes - room)
        return min(moved, far + (0 if self.held else weights))


def _times(time: RooflineTime, n: int) -> RooflineTime:
    return time if n == 1 else RooflineTime(*[value * n for value in time])


def _sum(times: Iterable[RooflineTime]) -> RooflineTime:
    rows = [time for time in times if time is not ZERO_TIME]
    return RooflineTime(*map(sum, zip(*rows, strict=True))) if rows else ZERO_TIME


# Key: the device by identity, and the settings. A device that is edited is a new one, so no entry is stale.
@lru_cache(maxsize=16)
def roofline(
    device: Device,
    dtype: str,
    efficiency: Fraction = Fraction(1),
    *,
    fused: bool = False,
    held: bool = False,
    follows: bool = False,
) -> Roofline:
    """Return a device's roofline; the same one while all is the same, so that it keeps what it remembers."""
    return Roofline(device, dtype, efficiency=efficiency, fused=fused, held=held, follows=follows)


def check_efficiency(efficiency: Fraction) -> None:
    """Raise ValueError where an efficiency is not above 0 and at most 1."""
    if not 0 < efficiency <= 1:
        raise ValueError(
            Message("the efficiency must be above 0 and at most 1; got {efficiency:g}", efficiency=float(efficiency))
        )


def operations(layer: NodeResult) -> int:
    """Return what a layer computes: 2 × MACs; where it has none, every multiply and every add."""
    cost = layer.cost
    # Peaks are those of multiply-adds; a layer without any, such as a norm, still computes.
    return cost.flops or cost.exact_flops


def moved_bytes(layer: NodeResult, *, fused: bool) -> int:
    """Return the bytes that a layer reads and writes, each tensor once; none where it is fused into another."""
    moved = layer.traffic
    nbytes = moved.read_bytes + moved.write_bytes
    return nbytes - moved.fused_read_bytes - moved.fused_write_bytes if fused else nbytes


def intensity(layer: NodeResult, *, fused: bool) -> Fraction | None:
    """Return a layer's operations a byte; None where it moves nothing."""
    nbytes = moved_bytes(layer, fused=fused)
    return Fraction(operations(layer), nbytes) if nbytes else None
