"""The notes on an import as rich text, with links that select the layers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QCoreApplication

from layerledger.core.base import units
from layerledger.core.formats.importing.notes import Imported, ImportNote, NoteKind, size_note
from layerledger.gui.theme import theme
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP, translated

_LINKED = 4
"""Layers of a note that are named; the last link selects all."""

KIND_TITLES: dict[NoteKind, str] = {
    "counted as held": QT_TRANSLATE_NOOP("Import", "Counted as held"),
    "assumed": QT_TRANSLATE_NOOP("Import", "Assumed"),
    "not counted": QT_TRANSLATE_NOOP("Import", "Not counted"),
    "simplified": QT_TRANSLATE_NOOP("Import", "Simplified"),
    "checked": QT_TRANSLATE_NOOP("Import", "Checked"),
    "cannot hold": QT_TRANSLATE_NOOP("Import", "Not in the file"),
}


def tr(text: str) -> str:
    """Return a text of the sheet in the language of the window."""
    return QCoreApplication.translate("Import", text)


def notes_by_kind(imported: Imported) -> dict[NoteKind, list[ImportNote]]:
    """Return the notes by kind, without those on open sizes, which have fields."""
    fields = set(map(size_note, imported.sizes))
    found: dict[NoteKind, list[ImportNote]] = {}
    for note in imported.notes:
        if note not in fields:
            found.setdefault(note.kind, []).append(note)
    return found


def heading_html(imported: Imported, layers: int) -> str:
    """Return the first line: the file, its origin, its layers, and that weights were not read."""
    origin = ", ".join(each for each in (imported.made_by, translated(imported.format)) if each)
    counted = tr("1 layer") if layers == 1 else tr("%1 layers").replace("%1", units.grouped(layers))
    named = f"<b>{escape(imported.file)}</b> ({escape(origin)}): {escape(counted)}."
    return f"{named} <b>{escape(tr('Weights were not read.'))}</b>"


def notes_html(notes: Sequence[ImportNote]) -> str:
    """Return notes, each a paragraph; the target of a link is the number of a note, and that of a layer or *all*."""
    return "".join(f'<p style="margin: 0">{_note_html(i, note)}</p>' for i, note in enumerate(notes))


def _note_html(i: int, note: ImportNote) -> str:
    colours = theme.current()
    sign = ""
    if note.kind == "checked":
        colour, mark = (colours.warning, "≠") if note.layers else (colours.ok, "✓")
        sign = f'<span style="color: {colour}">{mark}</span> '
    return " ".join([sign + escape(translated(note.text)), *_links(i, note.layers)])


def _links(i: int, layers: Sequence[str]) -> list[str]:
    if not layers:
        return []
    shown = layers if len(layers) <= _LINKED + 1 else layers[:_LINKED]
    found = [f'<a href="{i}:{j}">{escape(name)}</a>' for j, name in enumerate(shown)]
    if len(layers) > 1:
        everything = tr("all %1").replace("%1", units.grouped(len(layers)))
        found.append(("… " if len(shown) < len(layers) else "") + f'<a href="{i}:all">{escape(everything)}</a>')
    return [", ".join(found)]


def linked_layers(link: str, notes: Sequence[ImportNote]) -> tuple[str, ...]:
    """Return the names of the layers that a link selects."""
    note, _, layer = link.partition(":")
    names = notes[int(note)].layers
    return names if layer == "all" else (names[int(layer)],)
