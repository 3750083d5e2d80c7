"""All devices: the app's own and a user's, each read when it is first asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

import layerledger.resources
from layerledger.core.devices.device import Device
from layerledger.core.devices.reading import DeviceError, read_device
from layerledger.core.devices.writing import export_device
from layerledger.core.user_folder import user_folder

FOLDER = Path(layerledger.resources.__path__[0], "devices")
VARIABLE = "LAYERLEDGER_DEVICES"
SUFFIX = ".json"


class Devices(Mapping[str, Device]):
    """Devices by id: the app's own, then those of a user's folder that can be read, in the order of names."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._read: dict[str, Device] = {}

    def __getitem__(self, id: str) -> Device:
        if id not in self._read and id not in built_in_ids():
            return self._own[id]
        if id not in self._read:
            self._read[id] = read_device(FOLDER / f"{id}{SUFFIX}")
        return self._read[id]

    def __iter__(self) -> Iterator[str]:
        yield from built_in_ids()
        yield from self._own

    def __len__(self) -> int:
        return len(built_in_ids()) + len(self._own)

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps files of the user's folder from being used, a sentence each."""
        return self._from_folder[1]

    @property
    def _own(self) -> Mapping[str, Device]:
        return self._from_folder[0]

    @cached_property
    def _from_folder(self) -> tuple[dict[str, Device], tuple[str, ...]]:
        found: dict[str, Device] = {}
        problems: list[str] = []
        try:
            for path in _files(self._folder) if self._folder else ():
                self._add(path, found, problems)
        except OSError as error:
            problems.append(f"{self._folder}: {(error.strerror or 'cannot be read').lower()}")
        return found, tuple(problems)

    def _add(self, path: Path, found: dict[str, Device], problems: list[str]) -> None:
        if path.stem in built_in_ids():
            problems.append(f"{path}: {path.stem} is a device of the app's own; another id and name would fit")
            return
        try:
            found[path.stem] = read_device(path)
        except DeviceError as error:
            problems.append(str(error))


def devices() -> Devices:
    """Returns all devices by id; each is read when it is first asked for."""
    own = own_folder()
    named = os.environ.get(VARIABLE)  # such a folder must be there; the one beside the settings need not
    return _devices(own if named or own.is_dir() else None)


def own_folder() -> Path:
    """Returns where a user's own devices are: where LAYERLEDGER_DEVICES says, else beside the settings."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_folder("devices")


def import_device(path: Path) -> Device:
    """Takes the device in a file into the user's own, in place of one of its id.

    Raises:
        DeviceError: the file cannot be read, is no device, or has the id of one of the app's own.
        FormatError: it cannot be written.
    """
    found = read_device(path, named=False)
    try:
        return add_device(found)
    except DeviceError as error:
        raise DeviceError(f"{path}: {error}", place=error.place) from None


def add_device(device: Device) -> Device:
    """Puts a device among the user's own, in place of one of its id.

    Raises:
        DeviceError: it has the id of one of the app's own.
        FormatError: it cannot be written.
    """
    if device.id in built_in_ids():
        raise DeviceError(f"{device.id} is a device of the app's own; another id would fit", place="id")
    folder = own_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DeviceError(f"{folder}: {(error.strerror or 'cannot be made').lower()}") from None
    export_device(device, folder / f"{device.id}{SUFFIX}")
    _devices.cache_clear()
    return devices()[device.id]


def remove_device(id: str) -> None:
    """Removes one of the user's own devices.

    Raises:
        DeviceError: it is the app's own, or its file cannot be removed.
    """
    if id in built_in_ids():
        raise DeviceError(f"{id} is a device of the app's own and stays")
    path = own_folder() / f"{id}{SUFFIX}"
    try:
        path.unlink()
    except OSError as error:
        raise DeviceError(f"{path}: {(error.strerror or 'cannot be removed').lower()}") from None
    _devices.cache_clear()


@cache
def _devices(folder: Path | None) -> Devices:
    return Devices(folder)


@cache
def built_in_ids() -> tuple[str, ...]:
    """Returns the ids of the app's own devices; opens no file."""
    return tuple(path.stem for path in _files(FOLDER))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
