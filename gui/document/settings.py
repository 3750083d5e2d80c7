"""Every setting that outlives a window, each declared once, and the display settings of a window as one value.

A display setting is a field of `DisplaySettings`: panels read it from `Document.settings`, change it by
`Document.change_settings` and follow `Document.settingsChanged`. The other settings belong to the application (theme,
recent files, folders, geometry) and are read and written through `settings_store` where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from PySide6.QtCore import QByteArray

from layerledger.core.base.json_reader import DataError
from layerledger.core.metrics.devices import Device, devices
from layerledger.core.metrics.devices.roofline import check_efficiency
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.settings_store import BYTES, FLAG, FLAGS, NAMES, TEXT, Kind, Setting

T = TypeVar("T")


def device_of(id_: object) -> Device | None:
    """Return a device by its id; None for an id that is empty or no longer known, or whose file is wrong."""
    try:
        return devices()[str(id_)] if id_ else None
    except (KeyError, DataError):
        return None


def _device_id(device: Device | None) -> str:
    return device.id if device else ""


def _efficiency(stored: object) -> Fraction:
    try:
        value = Fraction(str(stored))
    except ZeroDivisionError as error:
        raise ValueError(stored) from error
    check_efficiency(value)
    return value


# -- display settings

NO_CHOICE: Mapping[str, bool] = MappingProxyType({})
"""Nothing turned on or off: all is shown as by default."""

FUSED = Setting(
    "device/fused",
    FLAG,
    default=False,
    text="Batch norms, activation functions and element-wise arithmetic move no bytes",
)
DEVICE: Setting[Device | None] = Setting("device/id", Kind(device_of, _device_id), None, "Device to time layers on")
EFFICIENCY = Setting("device/efficiency", Kind(_efficiency, str), Fraction(1), "Attained part of the device's peak")
COLUMNS: Setting[Mapping[str, bool]] = Setting("stack/columns", FLAGS, NO_CHOICE, "Columns of the stack")
CARDS: Setting[Mapping[str, bool]] = Setting("header/cards", FLAGS, NO_CHOICE, "Cards of the header")
MEMORY_OPTIONS: Setting[Mapping[str, bool]] = Setting("memory/options", FLAGS, NO_CHOICE, "Options of the memory chart")

# -- settings of the application

THEME = Setting("theme", TEXT, "system", "Theme: system, light or dark")
RECENT_FILES = Setting[tuple[str, ...]]("files/recent", NAMES, (), "Files opened or saved last, newest first")
FILE_FOLDER = Setting("files/folder", TEXT, "", "Folder of the last network opened or saved")
EXPORT_FOLDER = Setting("export/folder", TEXT, "", "Folder of the last report or reference exported")
PICTURE_FOLDER = Setting("charts/folder", TEXT, "", "Folder of the last picture or data file")
EXPORT_FORMAT = Setting("export/format", TEXT, "", "Format of the last report")
WINDOW_GEOMETRY = Setting[QByteArray | None]("window/geometry", BYTES, None, "Size and position of the window")
WINDOW_COLUMNS = Setting[QByteArray | None]("window/columns", BYTES, None, "Widths of palette, stack and inspector")
WINDOW_ROWS = Setting[QByteArray | None]("window/rows", BYTES, None, "Heights of the panels and the chart")
REFERENCE_GEOMETRY = Setting[QByteArray | None]("reference/geometry", BYTES, None, "Size and position of the reference")
REFERENCE_SPLIT = Setting[QByteArray | None]("reference/split", BYTES, None, "Widths of contents and page")


def export_options(report: str) -> Setting[str]:
    """Return the declaration of a report format's options, stored as JSON."""
    return Setting(f"export/options/{report}", TEXT, "{}", "Options of a report format")


# -- the display settings as one value


def _stored(setting: Setting[T]) -> T:
    """Declare a field that is stored, with the default of its setting."""
    return field(default_factory=lambda: setting.default, metadata={"setting": setting})


@dataclass(frozen=True, kw_only=True)
class DisplaySettings:
    """The display settings of a window.

    Attributes:
        count: id of the convention that counts operations; not stored, each window starts with MACs.
        context: tokens with which language models are sized; None for those of the network's input. Not stored.
        fused: whether batch norms, activation functions and element-wise arithmetic move no bytes.
        device: device to time layers on, or None.
        efficiency: part of the device's peak that is attained, above 0 and at most 1.
        columns: columns of the stack that the user turned on or off.
        cards: cards of the header that the user turned on or off.
        memory_options: options of the memory chart that the user turned on or off.
    """

    count: str = "macs"
    context: int | None = None
    fused: bool = _stored(FUSED)
    device: Device | None = _stored(DEVICE)  # noqa: RUF009  (returns a field, evaluated once)
    efficiency: Fraction = _stored(EFFICIENCY)  # noqa: RUF009  (returns a field, evaluated once)
    columns: Mapping[str, bool] = _stored(COLUMNS)
    cards: Mapping[str, bool] = _stored(CARDS)
    memory_options: Mapping[str, bool] = _stored(MEMORY_OPTIONS)

    @cached_property
    def target(self) -> DeviceTarget | None:
        """The device with its use, or None without a device."""
        return DeviceTarget(self.device, self.efficiency, self.fused) if self.device else None

    def changed(self, other: DisplaySettings) -> frozenset[str]:
        """Return the names of the fields in which two values differ."""
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name))


def load() -> DisplaySettings:
    """Return the display settings that were used last."""
    stored = {f.name: store.read(f.metadata["setting"]) for f in fields(DisplaySettings) if f.metadata}
    return replace(DisplaySettings(), **stored)


def save(settings: DisplaySettings, names: frozenset[str]) -> None:
    """Store the fields of these names, so that the next window starts with them."""
    for f in fields(settings):
        if f.metadata and f.name in names:
            store.write(f.metadata["setting"], getattr(settings, f.name))
