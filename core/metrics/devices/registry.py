"""All devices: the app's own and a user's."""

from __future__ import annotations

from pathlib import Path

from layerledger.core.base.data_files import DataFiles, DataKind
from layerledger.core.base.json_reader import DataError
from layerledger.core.base.messages import Message, message_of
from layerledger.core.metrics.devices.device import Device
from layerledger.core.metrics.devices.device_file import read_device
from layerledger.core.metrics.devices.device_file_writer import export_device

DEVICES: DataKind[Device] = DataKind("devices", read=read_device)


def devices() -> DataFiles[Device]:
    """Return all devices by id; each is read on first access."""
    return DEVICES.all()


def import_device(path: Path) -> Device:
    """Add the device in a file to the user's own ones; it replaces one with the same id.

    Raises:
        DataError: the file cannot be read, is no device, or has the id of one of the app's own.
        FormatError: it cannot be written.
    """
    found = read_device(path, named=False)
    try:
        return add_device(found)
    except DataError as error:
        raise DataError(Message("{path}: {error}", path=path, error=message_of(error)), place=error.place) from None


def add_device(device: Device) -> Device:
    """Add a device to the user's own ones; it replaces one with the same id.

    Raises:
        DataError: it has the id of one of the app's own.
        FormatError: it cannot be written.
    """
    return DEVICES.add(device.id, lambda path: export_device(device, path))
