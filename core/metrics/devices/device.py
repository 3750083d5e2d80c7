"""A device: how many operations and bytes a second it can do at best, each figure with its source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from layerledger.core.base.dtypes import TF32
from layerledger.core.base.record import Record

KINDS = (
    "Microcontroller",
    "Board",
    "Edge accelerator",
    "Phone",
    "Processor",
    "Graphics card",
    "Data-centre card",
    "Other",
)
"""The kinds of devices, the smallest first."""

WIDER: Mapping[str, tuple[str, ...]] = {
    "bool": ("int8",),
    "uint8": ("int8", "int16", "float16", "bfloat16", "float32"),
    "int8": ("int16", "float16", "bfloat16", "float32"),
    "int16": ("float32",),
    "float8": ("float16", "bfloat16", "float32"),
    "float16": ("float32",),
    "tf32": ("float32", "float64"),
    "bfloat16": ("float32",),
    "float32": ("float64",),
}
"""As what a dtype is computed where a device has no peak for it: the next wider one that it has."""

PEAK_DTYPES = ("float64", "float32", "tf32", "bfloat16", "float16", "float8", "int16", "int8")
"""The dtypes for which a device can have a peak, the widest first."""

MAX_MEMORIES = 4


class Figure(NamedTuple):
    """A figure of a data sheet.

    Attributes:
        value: exact.
        source: where it is from, or the arithmetic that it is derived by.
    """

    value: int
    source: str


class Peak(NamedTuple):
    """Dense operations a second, a multiply-add counting as two.

    Attributes:
        dtypes: the dtypes of which it is the peak.
        operations_per_s: the figure.
        source: where it is from.
    """

    dtypes: tuple[str, ...]
    operations_per_s: int
    source: str


class MemorySize(NamedTuple):
    """The size of one of a device's memories, such as SRAM, flash or HBM2."""

    name: str
    nbytes: int
    source: str

    @property
    def is_read_only(self) -> bool:
        """Whether a running network only reads it, so that it holds weights and nothing else: flash or ROM."""
        return bool(READ_ONLY & {*self.name.lower().replace("-", " ").split()})


READ_ONLY = frozenset(("flash", "rom", "eeprom", "mram", "fram"))
"""Words in the name of a memory that is not written while a network runs."""


class Cache(NamedTuple):
    """A cache between the memories and the processor.

    Attributes:
        nbytes: its size.
        bytes_per_s: the most that can be read from it and written to it.
        source: where the figures are from.
    """

    nbytes: int
    bytes_per_s: int
    source: str


class UsedPeak(NamedTuple):
    """A peak as it is used for a dtype: that of `dtype` itself, or of the next wider one, `as_dtype`."""

    dtype: str
    as_dtype: str
    peak: Peak


class Device(Record):
    """A device that runs networks.

    Attributes:
        id: its name in files and on the command line.
        title: its name on the screen.
        short: the same where there is little room.
        kind: one of KINDS.
        peaks: by dtype; what is not known is left out.
        bandwidth: of the fastest memory that holds weights and activations, in bytes a second; None where not known.
        memories: sizes, as far as they are known.
        note: where other tables are often wrong.
        cache: the largest cache; None where its figures are not known.
    """

    id: str
    title: str
    short: str
    kind: str
    peaks: tuple[Peak, ...] = ()
    bandwidth: Figure | None = None
    memories: tuple[MemorySize, ...] = ()
    note: str = ""
    cache: Cache | None = None

    def peak(self, dtype: str) -> UsedPeak | None:
        """Return the peak for a dtype, else that of the next wider one it has; None where it has neither."""
        for each in (dtype, *WIDER.get(dtype, ())):
            if each in self._by_dtype:
                return UsedPeak(dtype, each, self._by_dtype[each])
        return None

    @property
    def has_tf32(self) -> bool:
        """Whether a peak of TF32 is known."""
        return TF32 in self._by_dtype

    @cached_property
    def _by_dtype(self) -> dict[str, Peak]:
        return {dtype: peak for peak in self.peaks for dtype in peak.dtypes}
