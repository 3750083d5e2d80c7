"""Figures of a device with their sources, as HTML."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QCoreApplication

from layerledger.core.base import units
from layerledger.core.metrics.devices import Device
from layerledger.gui.theme import theme


def details_html(device: Device) -> str:
    """Return the figures of a device, each with its source, and its note."""
    rows = [(" and ".join(peak.dtypes), units.rate(peak.operations_per_s, "op"), peak.source) for peak in device.peaks]
    if device.bandwidth:
        rows.append((_tr("bandwidth"), units.rate(device.bandwidth.value, "B"), device.bandwidth.source))
    rows += [(memory.name, units.size(memory.nbytes), memory.source) for memory in device.memories]
    if device.cache:
        size, rate, source = device.cache
        rows.append((_tr("cache"), f"{units.size(size)}, {units.rate(rate, 'B')}", source))
    muted = theme.current().muted
    cells = "".join(
        f'<tr><td style="padding: 3px 14px 3px 0; white-space: nowrap">{escape(name)}</td>'
        f'<td style="padding: 3px 14px 3px 0; white-space: nowrap"><b>{escape(value)}</b></td>'
        f'<td style="padding: 3px 0; color: {muted}">{_linked(source)}</td></tr>'
        for name, value, source in rows
    )
    kind = escape(QCoreApplication.translate("core", device.kind))
    note = f"<p>{escape(device.note)}</p>" if device.note else ""
    head = f'<p style="font-size: large; font-weight: 600; margin-bottom: 2px">{escape(device.title)}</p>'
    ident = f'<p style="color: {muted}; margin-top: 0">{kind} · {escape(device.id)}</p>'
    return f"{head}{ident}<table>{cells}</table>{note}"


def _linked(source: str) -> str:
    """Return a source as HTML, with a link if it starts with an address."""
    if not source.startswith("https://"):
        return escape(source)
    address, _, rest = source.partition(" ")
    link = address.rstrip(",;:")
    shown = link.removeprefix("https://")
    style = f"color: {theme.current().accent}; text-decoration: none"
    return f'<a href="{escape(link)}" style="{style}">{escape(shown)}</a>{escape(address[len(link) :])} {escape(rest)}'


def _tr(text: str) -> str:
    return QCoreApplication.translate("DevicesDialog", text)
