"""The device on which layers are timed, remembered from window to window."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

from PySide6.QtCore import QSettings

from layerledger.core.base.data_files import DataError
from layerledger.core.metrics.devices import Device, devices
from layerledger.core.metrics.devices.roofline import check_efficiency
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.gui.document.document import Document

_DEVICE, _EFFICIENCY, _FUSED = "device/id", "device/efficiency", "device/fused"


def restore(document: Document) -> None:
    """Take the device that was chosen last, and whether layers are fused."""
    document.set_fused(_fused())
    document.set_target(remembered())


def fuse(document: Document, *, on: bool) -> None:
    """Lets norms, activation functions and additions move nothing, or not, on whatever device."""
    QSettings().setValue(_FUSED, on)
    document.set_fused(on)


def remembered() -> DeviceTarget | None:
    """Return the device that was chosen last, used as it was; None where none was, or where it is gone."""
    id_ = str(QSettings().value(_DEVICE, ""))
    found = _found(id_) if id_ else None
    return DeviceTarget(found, _efficiency(), _fused()) if found else None


def _found(id_: str) -> Device | None:
    with suppress(KeyError, DataError):
        return devices()[id_]
    return None


def _efficiency() -> Fraction:
    with suppress(ValueError, ZeroDivisionError):
        value = Fraction(str(QSettings().value(_EFFICIENCY, "1")))
        check_efficiency(value)
        return value
    return Fraction(1)


def _fused() -> bool:
    return str(QSettings().value(_FUSED, "false")).lower() == "true"


def choose(document: Document, device: Device | None) -> None:
    """Time layers on a device, used as the last one was; or on none."""
    now = document.target
    efficiency = now.efficiency if now else _efficiency()
    _set(document, DeviceTarget(device, efficiency, document.fused) if device else None)


def use(document: Document, *, efficiency: Fraction | None = None, fused: bool | None = None) -> None:
    """Use the chosen device in another way."""
    if fused is not None:
        fuse(document, on=fused)
    now = document.target
    if now is None:
        return
    if efficiency is not None:
        _set(document, DeviceTarget(now.device, efficiency, document.fused))


def refresh(document: Document) -> None:
    """Take the chosen device anew where its file has changed, and lets it go where that is gone."""
    if now := document.target:
        choose(document, _found(now.device.id))


def _set(document: Document, target: DeviceTarget | None) -> None:
    settings = QSettings()
    settings.setValue(_DEVICE, target.device.id if target else "")
    if target:
        settings.setValue(_EFFICIENCY, str(target.efficiency))
    document.set_target(target)
