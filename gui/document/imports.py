"""The open sizes of an imported network, and where a network that was imported can be saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from layerledger.core.base.files import stamp
from layerledger.core.edits import EditError
from layerledger.core.edits.open_sizes import set_open_size as with_open_size
from layerledger.core.formats import FormatError, registry
from layerledger.core.formats.importing.notes import Imported, imported_of
from layerledger.core.formats.native import SUFFIX
from layerledger.gui.document.document import Document
from layerledger.gui.document.reading_dialog import read_beside
from layerledger.gui.theme.translation import translated


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)


def set_open_size(document: Document, window: QWidget, name: str, value: int) -> None:
    """Set a size that the foreign file leaves open, as one undoable step.

    The file is read again with the size. Where this would lose edits, or is not possible, the shapes of the inputs are
    set instead, and a message says so.
    """
    imported = imported_of(document.network)
    if imported is None or (name, value) in {(each.name, each.value) for each in imported.sizes}:
        return
    step = _tr("Set %1 to %2").replace("%1", name).replace("%2", f"{value:,}")
    why, source = _why_not_again(document, imported), document.origin.source
    try:
        if why or source is None:
            document.apply(step, with_open_size(document.network, name, value))
            document.say(f"{why} {_tr('The shapes of the inputs were set.')}")
        elif opened := read_beside(source, window, {each.name: each.value for each in imported.sizes} | {name: value}):
            document.reread(step, opened)
    except (EditError, FormatError) as error:
        document.reject(f"{why} {error}".strip())


def _why_not_again(document: Document, imported: Imported) -> str:
    """Return why the source is not read again; empty if it can be."""
    origin = document.origin
    if origin.source is None:
        why = _tr("%1 was not read again, since the network comes from a saved file.")
    elif not origin.source.exists():
        why = _tr("%1 was not read again: it was deleted or moved.")
    elif stamp(origin.source) != origin.source_stamp:
        why = _tr("%1 was not read again: another program has written it since.")
    elif not any(document.network is each for each in origin.read):
        why = _tr("%1 was not read again, since this would lose the edits.")
    else:
        return ""
    return why.replace("%1", imported.file)


# -- saving


def save_beside(document: Document) -> Path | None:
    """Return the file to propose for an imported network: the source's name with another suffix, beside it."""
    source = document.origin.source
    if source is None:
        return None
    known = registry.format_named(source.name)
    ending = max((end for end in known.suffixes if source.name.lower().endswith(end)), key=len) if known else ""
    stem = source.name[: len(source.name) - len(ending)].rstrip(".-_ ") if ending else source.stem
    return source.with_name(f"{stem or document.network.name or source.stem}{SUFFIX}")


def why_not_write(file: Path) -> str:
    """Return why a network is not saved to this file: it belongs to another program; else empty."""
    found = _foreign_format(file)
    if not found:
        return ""
    sentence = _tr("%1 is a file of another program (%2), which is never written. Choose a name that ends in %3.")
    return sentence.replace("%1", file.name).replace("%2", translated(found)).replace("%3", SUFFIX)


def _foreign_format(file: Path) -> str:
    """Return the title of the foreign format of a file, by its content or else its name; empty for another file."""
    if file.is_file():
        try:
            found = registry.format_of(file)
        except FormatError:
            found = registry.format_named(file.name)  # damaged, or something else
    else:
        found = registry.format_named(file.name)
    return found.title if found is not None and found is not registry.NATIVE else ""
