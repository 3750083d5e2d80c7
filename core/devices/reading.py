"""A device from its file: checked, and refused with one sentence that says where and why."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, cast

from layerledger.core.devices.device import KINDS, MAX_MEMORIES, PEAK_DTYPES, Device, Figure, MemorySize, Peak
from layerledger.core.values import show

MAX_BYTES = 100_000
MAX_VALUE = 10**24
MAX_TEXT = 1_000
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KEYS = ("id", "title", "short", "kind", "peaks", "bandwidth", "memories", "note")

_Object = Mapping[str, Any]


class DeviceError(ValueError):
    """What is no device, in one sentence with the place.

    Attributes:
        place: the key that is wrong, such as `bandwidth.bytes_per_s` or `peaks[0].source`; empty where it is none.
    """

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(message)
        self.place = place


def read_device(path: Path, *, named: bool = True) -> Device:
    """Reads the device in a file.

    Args:
        path: the file.
        named: whether the file must be named after its id.

    Raises:
        DeviceError: the file cannot be read, or is no device.
    """
    try:
        found = device_of(_loaded(path))
        if named and found.id != path.stem:
            raise DeviceError(f'id is "{found.id}", but the file is named {path.name}; both must agree', place="id")
    except DeviceError as error:
        raise DeviceError(f"{path}: {error}", place=error.place) from None
    return found


def _loaded(path: Path) -> _Object:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DeviceError((error.strerror or "cannot be read").lower()) from None
    if len(data) > MAX_BYTES:
        raise DeviceError(f"a device has at most {MAX_BYTES:,} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DeviceError(f"not JSON: {error}") from None
    return _object(found, "the file")


def device_of(top: _Object) -> Device:
    """Returns the device that a JSON object states.

    Raises:
        DeviceError: it states none, with the place.
    """
    _only(top, _KEYS, "")
    id, title = _text(top, "id"), _text(top, "title")
    if not _ID.fullmatch(id):
        raise DeviceError(f'id must be of a–z, 0–9, ".", "_" and "-", at most 64; got "{id}"', place="id")
    kind = _text(top, "kind")
    if kind not in KINDS:
        raise DeviceError(f'kind must be one of {", ".join(KINDS)}; got "{kind}"', place="kind")
    found = Device(
        id=id,
        title=title,
        short=_text(top, "short", default=title),
        kind=kind,
        peaks=_peaks(top),
        bandwidth=_bandwidth(top),
        memories=_memories(top),
        note=_text(top, "note", default="", empty=True),
    )
    if not found.peaks and found.bandwidth is None:
        raise DeviceError("a device needs at least one peak or a bandwidth", place="peaks")
    return found


def _peaks(top: _Object) -> tuple[Peak, ...]:
    found = tuple(_peak(each, place) for each, place in _objects(top, "peaks"))
    seen: set[str] = set()
    for i, peak in enumerate(found):
        for dtype in peak.dtypes:
            if dtype in seen:
                raise DeviceError(
                    f"peaks[{i}].dtypes: {dtype} has two peaks; one would fit", place=f"peaks[{i}].dtypes"
                )
            seen.add(dtype)
    return found


def _peak(found: _Object, place: str) -> Peak:
    _only(found, ("dtypes", "operations_per_s", "source"), place)
    value = _number(found, "operations_per_s", place)
    return Peak(_dtypes(found.get("dtypes"), f"{place}.dtypes"), value, _text(found, "source", place))


def _dtypes(value: object, place: str) -> tuple[str, ...]:
    names = cast("list[object]", value) if isinstance(value, list) else []
    if not names or not all(name in PEAK_DTYPES for name in names):
        raise DeviceError(f"{place} must be a list out of {', '.join(PEAK_DTYPES)}", place=place)
    return tuple(str(name) for name in names)


def _bandwidth(top: _Object) -> Figure | None:
    if "bandwidth" not in top:
        return None
    found = _object(top["bandwidth"], "bandwidth")
    _only(found, ("bytes_per_s", "source"), "bandwidth")
    return Figure(_number(found, "bytes_per_s", "bandwidth"), _text(found, "source", "bandwidth"))


def _memories(top: _Object) -> tuple[MemorySize, ...]:
    found = tuple(_memory(each, place) for each, place in _objects(top, "memories"))
    if len(found) > MAX_MEMORIES:
        raise DeviceError(f"memories has {len(found)} entries; at most {MAX_MEMORIES} fit", place="memories")
    return found


def _memory(found: _Object, place: str) -> MemorySize:
    _only(found, ("name", "bytes", "source"), place)
    return MemorySize(_text(found, "name", place), _number(found, "bytes", place), _text(found, "source", place))


# -- JSON


def _object(value: object, place: str) -> _Object:
    if not isinstance(value, dict):
        raise DeviceError(f"{place} must be an object", place=place)
    return cast(_Object, value)


def _objects(top: _Object, key: str) -> list[tuple[_Object, str]]:
    value = top.get(key, [])
    if not isinstance(value, list):
        raise DeviceError(f"{key} must be a list", place=key)
    places = [f"{key}[{i}]" for i in range(len(cast(list[Any], value)))]
    return [(_object(each, place), place) for each, place in zip(cast(list[Any], value), places, strict=True)]


def _text(found: _Object, key: str, place: str = "", *, default: str | None = None, empty: bool = False) -> str:
    value, name = found.get(key, default), _name(key, place)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        missing = "" if key in found else "; it is missing"
        raise DeviceError(f"{name} must be a text of at most {MAX_TEXT:,} characters{missing}", place=name)
    if not value.strip() and not empty:
        raise DeviceError(f"{name} must not be empty", place=name)
    return value


def _number(found: _Object, key: str, place: str) -> int:
    value, name = found.get(key), _name(key, place)
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    if not isfinite(number) or not 1 <= number <= MAX_VALUE:
        got = f"got {show(value)}" if key in found else "it is missing"
        raise DeviceError(f"{name} must be a number from 1 to 1e24; {got}", place=name)
    return round(number)


def _name(key: str, place: str) -> str:
    return f"{place}.{key}" if place else key


def _only(found: _Object, keys: Sequence[str], place: str) -> None:
    for key in found:
        if key not in keys:
            known = ", ".join(keys)
            where = place or "the file"
            raise DeviceError(f'{where}: unknown key "{key}"; these are known: {known}', place=_name(key, place))
