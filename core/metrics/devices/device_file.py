"""Reading of device files: checked, and rejected with one sentence that names the place and the reason."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import cast

from layerledger.core.base.data_files import check_id, check_named
from layerledger.core.base.json_reader import (
    DataError,
    Object,
    as_object,
    check_keys,
    joined,
    load_object,
    objects_at,
    shown,
    text_at,
)
from layerledger.core.base.messages import Message, message_of
from layerledger.core.metrics.devices.device import (
    KINDS,
    MAX_MEMORIES,
    PEAK_DTYPES,
    Cache,
    Device,
    Figure,
    MemorySize,
    Peak,
)

MAX_BYTES = 100_000
MAX_VALUE = 10**24
MAX_TEXT = 1_000
_KEYS = ("id", "title", "short", "kind", "peaks", "bandwidth", "memories", "note", "cache")


def read_device(path: Path, *, named: bool = True) -> Device:
    """Read the device in a file.

    Args:
        path: the file.
        named: whether the file must be named after its id.

    Raises:
        DataError: the file cannot be read, or is no device.
    """
    try:
        found = device_of(load_object(path, "device", max_bytes=MAX_BYTES))
        if named:
            check_named(found.id, path)
    except DataError as error:
        raise DataError(Message("{path}: {error}", path=path, error=message_of(error)), place=error.place) from None
    return found


def device_of(top: Object) -> Device:
    """Return the device that a JSON object states.

    Raises:
        DataError: it states none, with the place.
    """
    check_keys(top, _KEYS)
    id, title = _text(top, "id"), _text(top, "title")
    check_id(id)
    kind = _text(top, "kind")
    if kind not in KINDS:
        raise DataError(
            Message('kind must be one of {kinds}; got "{kind}"', kinds=", ".join(KINDS), kind=kind), place="kind"
        )
    found = Device(
        id=id,
        title=title,
        short=_text(top, "short", default=title),
        kind=kind,
        peaks=_peaks(top),
        bandwidth=_bandwidth(top),
        memories=_memories(top),
        note=_text(top, "note", default="", empty=True),
        **_cache(top),
    )
    if not found.peaks and found.bandwidth is None:
        raise DataError("a device needs at least one peak or a bandwidth", place="peaks")
    return found


def _peaks(top: Object) -> tuple[Peak, ...]:
    found = tuple(_peak(each, place) for each, place in objects_at(top, "peaks", most=len(PEAK_DTYPES)))
    seen: set[str] = set()
    for i, peak in enumerate(found):
        for dtype in peak.dtypes:
            if dtype in seen:
                raise DataError(
                    Message("peaks[{i}].dtypes: {dtype} has two peaks; remove one", i=i, dtype=dtype),
                    place=f"peaks[{i}].dtypes",
                )
            seen.add(dtype)
    return found


def _peak(found: Object, place: str) -> Peak:
    check_keys(found, ("dtypes", "operations_per_s", "source"), place)
    value = _number(found, "operations_per_s", place)
    return Peak(_dtypes(found.get("dtypes"), f"{place}.dtypes"), value, _text(found, "source", place))


def _dtypes(value: object, place: str) -> tuple[str, ...]:
    names = cast("list[object]", value) if isinstance(value, list) else []
    if not names or not all(name in PEAK_DTYPES for name in names):
        raise DataError(
            Message("{place} must be an array out of {peak_dtypes}", place=place, peak_dtypes=", ".join(PEAK_DTYPES)),
            place=place,
        )
    return tuple(str(name) for name in names)


def _bandwidth(top: Object) -> Figure | None:
    if "bandwidth" not in top:
        return None
    found = as_object(top["bandwidth"], "bandwidth")
    check_keys(found, ("bytes_per_s", "source"), "bandwidth")
    return Figure(_number(found, "bytes_per_s", "bandwidth"), _text(found, "source", "bandwidth"))


def _cache(top: Object) -> dict[str, Cache]:
    if "cache" not in top:
        return {}
    found = as_object(top["cache"], "cache")
    check_keys(found, ("bytes", "bytes_per_s", "source"), "cache")
    size, rate = (_number(found, key, "cache") for key in ("bytes", "bytes_per_s"))
    return {"cache": Cache(size, rate, _text(found, "source", "cache"))}


def _memories(top: Object) -> tuple[MemorySize, ...]:
    return tuple(_memory(each, place) for each, place in objects_at(top, "memories", most=MAX_MEMORIES))


def _memory(found: Object, place: str) -> MemorySize:
    check_keys(found, ("name", "bytes", "source"), place)
    return MemorySize(_text(found, "name", place), _number(found, "bytes", place), _text(found, "source", place))


# -- JSON


def _text(found: Object, key: str, place: str = "", *, default: str | None = None, empty: bool = False) -> str:
    value, name = text_at(found, key, place, default=default, longest=MAX_TEXT), joined(place, key)
    if not value.strip() and not empty:
        raise DataError(Message("{name} must not be empty", name=name), place=name)
    return value


def _number(found: Object, key: str, place: str) -> int:
    value, name = found.get(key), joined(place, key)
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    if not isfinite(number) or not 1 <= number <= MAX_VALUE:
        if key not in found:
            raise DataError(Message("{name} must be a number from 1 to 1e24; it is missing", name=name), place=name)
        raise DataError(
            Message("{name} must be a number from 1 to 1e24; got {value}", name=name, value=shown(value)), place=name
        )
    return round(number)
