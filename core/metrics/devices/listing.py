"""The list of devices as text, for the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from layerledger.core.base import units
from layerledger.core.metrics.devices.device import Device
from layerledger.core.metrics.devices.device_file_writer import as_object


def as_table(found: Mapping[str, Device]) -> str:
    """Return a few lines a device, for people."""
    width = max(map(len, found), default=0)
    return "".join(f"{line}\n" for each in found.values() for line in _lines(each, width))


def as_json(found: Mapping[str, Device]) -> str:
    """Return a JSON object a line, for scripts."""
    return "".join(json.dumps(as_object(each), ensure_ascii=False) + "\n" for each in found.values())


def _lines(device: Device, width: int) -> Iterator[str]:
    yield f"{device.id:{width}}  {device.title} ({device.kind})"
    for text in facts(device):
        yield f"{'':{width}}  {text}"


def facts(device: Device) -> Iterator[str]:
    """Yield each figure with its source, then the note."""
    for peak in device.peaks:
        yield f"{' and '.join(peak.dtypes)}: {units.rate(peak.operations_per_s, 'op')}. {peak.source}"
    if device.bandwidth:
        yield f"bandwidth: {units.rate(device.bandwidth.value, 'B')}. {device.bandwidth.source}"
    for memory in device.memories:
        yield f"{memory.name}: {units.size(memory.nbytes)}. {memory.source}"
    if device.cache:
        size, rate, source = device.cache
        yield f"cache: {units.size(size)}, {units.rate(rate, 'B')}. {source}"
    if device.note:
        yield device.note


FORMATS = {"table": as_table, "json": as_json}
"""The writers of the list, by the name of the format."""
