"""Why layers cannot be timed, in a sentence for an empty chart."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from layerledger.gui.document.document import Document


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)


def device_reason(document: Document) -> str:
    """Return what is missing: a device, or its figures for the dtype; nothing where layers can be timed."""
    time = document.time
    if time is None:
        return _tr("Choose a device in the tool bar to see how long each layer takes at least")
    if time.known:
        return ""
    text = _tr("No peak of %1 for %2 is known, and no bandwidth: another dtype or device would do")
    return text.replace("%1", time.roofline.device.title).replace("%2", time.roofline.dtype)
