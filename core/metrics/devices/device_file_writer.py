"""A device as a file, to keep, to share and to add elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from layerledger.core.base.files import save_bytes
from layerledger.core.metrics.devices.device import Device


def as_object(device: Device) -> dict[str, Any]:
    """Return the JSON object of a device; `device_of` reads it."""
    found: dict[str, Any] = {key: getattr(device, key) for key in ("id", "title", "short", "kind")}
    found["peaks"] = [
        {"dtypes": list(dtypes), "operations_per_s": value, "source": source} for dtypes, value, source in device.peaks
    ]
    if device.bandwidth:
        found["bandwidth"] = {"bytes_per_s": device.bandwidth.value, "source": device.bandwidth.source}
    found["memories"] = [{"name": name, "bytes": size, "source": source} for name, size, source in device.memories]
    if device.cache:
        found["cache"] = dict(zip(("bytes", "bytes_per_s", "source"), device.cache, strict=True))
    return found | ({"note": device.note} if device.note else {})


def export_device(device: Device, path: Path) -> None:
    """Write a device to a file that can be added elsewhere.

    Raises:
        FormatError: it cannot be written.
    """
    save_bytes((json.dumps(as_object(device), ensure_ascii=False, indent=2) + "\n").encode(), path)
