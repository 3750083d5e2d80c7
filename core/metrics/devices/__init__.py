"""Devices as data, one file each: peak speed, bandwidth and memories.

The files in resources/devices come with the app. A folder of a user's own, named by the environment variable
LAYERLEDGER_DEVICES or beside the settings, is read in the same way; an id of the app's own stays its own.
"""

from layerledger.core.metrics.devices.device import KINDS, Cache, Device, Figure, MemorySize, Peak, UsedPeak
from layerledger.core.metrics.devices.device_file import device_of, read_device
from layerledger.core.metrics.devices.device_file_writer import as_object, export_device
from layerledger.core.metrics.devices.registry import DEVICES, add_device, devices, import_device

__all__ = [
    "DEVICES",
    "KINDS",
    "Cache",
    "Device",
    "Figure",
    "MemorySize",
    "Peak",
    "UsedPeak",
    "add_device",
    "as_object",
    "device_of",
    "devices",
    "export_device",
    "import_device",
    "read_device",
]
