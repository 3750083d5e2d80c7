"""Whether a network fits into the memories of a device.

Weights lie in memories that are only read while a network runs, such as flash, where a device has some; the cache of
keys and values and the live activations lie in the others. Where all memories can be written, they hold everything.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from layerledger.core.base import units
from layerledger.core.base.messages import Message, plural
from layerledger.core.metrics.devices.device import Device, MemorySize

WEIGHTS, KV_CACHE, LIVE = "weights", "KV cache", "live activations"

FIT_RULE = (
    "Weights as they are stored, the cache of keys and values, and the most activations that are live at one step, "
    "each a tensor of its own; without what a runtime, a driver or a program takes."
)

NO_SIZES = "no memory size of this device is known; add one in a device of your own"
NO_FLASH = "the size of its flash is not known, so weights are not checked"


class Footprint(NamedTuple):
    """The bytes that a network keeps while it runs."""

    weight_bytes: int
    cache_bytes: int
    live_bytes: int

    @property
    def working_bytes(self) -> int:
        """The bytes that are written while it runs."""
        return self.cache_bytes + self.live_bytes

    @property
    def total_bytes(self) -> int:
        return self.weight_bytes + self.working_bytes


class MemoryUse(NamedTuple):
    """A memory of a device, or several for the same purpose, and what has to lie in it.

    Attributes:
        name: of the memory.
        capacity_bytes: its size.
        needed_bytes: what has to lie in it.
        holds: the parts of a network that do.
    """

    name: str
    capacity_bytes: int
    needed_bytes: int
    holds: tuple[str, ...]

    @property
    def free_bytes(self) -> int:
        """The bytes that are left; negative where some are missing."""
        return self.capacity_bytes - self.needed_bytes

    @property
    def fits(self) -> bool:
        return self.free_bytes >= 0

    def sentence(self) -> str:
        """Return `44.6 MiB of weights do not fit into 1.00 MiB of flash: 43.6 MiB too much`."""
        values = {
            "needed": units.size(self.needed_bytes),
            "holds": " and ".join(filter(None, (", ".join(self.holds[:-1]), self.holds[-1]))),
            "capacity": units.size(self.capacity_bytes),
            "name": self.name,
            "free": units.size(abs(self.free_bytes)),
        }
        if self.fits:
            return Message("{needed} of {holds} fit into {capacity} of {name}, {free} free", **values)
        return Message("{needed} of {holds} do not fit into {capacity} of {name}, {free} too much", **values)

    def plain(self) -> dict[str, Any]:
        """Return it as a report for scripts has it."""
        return {**self._asdict(), "holds": list(self.holds), "free_bytes": self.free_bytes, "fits": self.fits}


class Fit(NamedTuple):
    """A network held against the memories of a device.

    Attributes:
        device: the device.
        footprint: the bytes that the network keeps.
        uses: its memories; () where no size is known.
        unknown: what cannot be checked, and why; empty where all can.
    """

    device: Device
    footprint: Footprint
    uses: tuple[MemoryUse, ...]
    unknown: str

    @property
    def fits(self) -> bool | None:
        """Whether all of it fits; None where that is not known."""
        if not all(use.fits for use in self.uses):
            return False
        return None if self.unknown else True

    @property
    def verdict(self) -> str:
        """`fits`, `does not fit` or `not known`."""
        return {True: "fits", False: "does not fit", None: "not known"}[self.fits]

    @property
    def too_much_bytes(self) -> int:
        """The bytes that do not fit, over all memories."""
        return sum(-use.free_bytes for use in self.uses if not use.fits)

    def sentence(self) -> str:
        """Return the verdict and a part for each memory, those that are too small first."""
        uses = sorted(self.uses, key=lambda use: use.fits)
        parts = [use.sentence() for use in uses] + [self.unknown] * bool(self.unknown)
        return Message("{verdict}: {parts}", verdict=self.verdict, parts="; ".join(parts))

    def plain(self) -> dict[str, Any]:
        """Return it as a report for scripts has it."""
        return {
            "device": self.device.id,
            "fits": self.fits,
            **self.footprint._asdict(),
            "memory_bytes": self.footprint.total_bytes,
            "too_much_bytes": self.too_much_bytes,
            "memories": [use.plain() for use in self.uses],
            "unknown": self.unknown or None,
            "text": self.sentence(),
        }


def fit_on(device: Device, needed: Footprint, *, uncounted: int = 0) -> Fit:
    """Return how a network fits into a device.

    Args:
        device: with its memories.
        needed: the bytes that the network keeps.
        uncounted: the number of layers that are not counted, so that the bytes are the least that is needed.
    """
    flash = [memory for memory in device.memories if memory.is_read_only]
    others = [memory for memory in device.memories if not memory.is_read_only]
    # A microcontroller runs from flash: with the size of its RAM alone, nothing is known of the place for weights.
    apart = bool(flash) or device.kind == "Microcontroller"
    working, kept = needed.working_bytes, (KV_CACHE,) * bool(needed.cache_bytes)
    uses = [_use(flash, needed.weight_bytes, (WEIGHTS,))] if flash else []
    if others and apart:
        uses.append(_use(others, working, (*kept, LIVE)))
    elif others:
        uses.append(_use(others, needed.total_bytes, (WEIGHTS, *kept, LIVE)))
    return Fit(device, needed, tuple(uses), _unknown(device, apart=apart, flash=bool(flash), uncounted=uncounted))


def memory_limits(device: Device, weight_bytes: int) -> dict[str, int]:
    """Return the most weights and live activations for which a device has memory, by the keys of budgets.

    Args:
        device: with its memories; without a known size there is no limit.
        weight_bytes: of the network: in a memory that holds everything, activations have what the weights leave.
    """
    flash = sum(memory.nbytes for memory in device.memories if memory.is_read_only)
    others = sum(memory.nbytes for memory in device.memories if not memory.is_read_only)
    if flash or device.kind == "Microcontroller":
        found = {"weight_bytes": flash, "peak_activation_bytes": others}
    else:
        found = {"weight_bytes": others, "peak_activation_bytes": max(0, others - weight_bytes) if others else 0}
    return {key: nbytes for key, nbytes in found.items() if nbytes or (others and key == "peak_activation_bytes")}


def _use(memories: list[MemorySize], nbytes: int, holds: tuple[str, ...]) -> MemoryUse:
    name = " and ".join(memory.name for memory in memories)
    return MemoryUse(name, sum(memory.nbytes for memory in memories), nbytes, holds)


def _unknown(device: Device, *, apart: bool, flash: bool, uncounted: int) -> str:
    if not device.memories:
        return NO_SIZES
    if uncounted:
        return plural(
            uncounted,
            "{count:,} layer is not counted and may need more",
            "{count:,} layers are not counted and may need more",
        )
    return NO_FLASH if apart and not flash else ""
