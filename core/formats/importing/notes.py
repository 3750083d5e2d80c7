"""Notes of an import: what was assumed, simplified or not counted, kept with the network.

They are stored in the network's key `imported`, so that they are saved with it and travel with each edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, get_args

from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.network.nodes import Network

NoteKind: TypeAlias = Literal["counted as held", "assumed", "not counted", "simplified", "checked", "cannot hold"]

KINDS: tuple[NoteKind, ...] = get_args(NoteKind)
"""All kinds, in the order in which they are shown."""

MAX_LISTED = 200
"""Most layers that a note names; the sentence has their number."""


class ImportNote(NamedTuple):
    """One sentence about an import.

    Attributes:
        kind: what it is about.
        text: the sentence.
        layers: the dotted names of the layers that it is about.
    """

    kind: NoteKind
    text: str
    layers: tuple[str, ...] = ()


class OpenSize(NamedTuple):
    """A size that the file leaves open.

    Attributes:
        name: as the file calls it, or what it is.
        value: the size that was taken.
        inputs: the inputs that have it.
    """

    name: str
    value: int
    inputs: tuple[str, ...] = ()


class Imported(NamedTuple):
    """Where an imported network comes from, and what is to be said about it.

    Attributes:
        file: the file's name, without its folder.
        format: the title of its format.
        made_by: the program that wrote it; empty where the file does not say.
        notes: in the order of KINDS.
        sizes: the sizes that the file leaves open.
    """

    file: str
    format: str
    made_by: str = ""
    notes: tuple[ImportNote, ...] = ()
    sizes: tuple[OpenSize, ...] = ()

    def stored(self) -> Value:
        """Return the value of the network's key `imported`."""
        found: dict[str, Value] = {"file": self.file, "format": self.format}
        if self.made_by:
            found["made_by"] = self.made_by
        found["notes"] = tuple(_stored_note(note) for note in self.notes)
        if self.sizes:
            found["sizes"] = tuple(
                FrozenMap({"name": size.name, "value": size.value, "inputs": size.inputs}) for size in self.sizes
            )
        return FrozenMap(found)


def _stored_note(note: ImportNote) -> Value:
    stored: dict[str, Value] = {"kind": note.kind, "text": note.text}
    return FrozenMap({**stored, "layers": note.layers} if note.layers else stored)


def size_note(size: OpenSize) -> ImportNote:
    """Return the note on a size that the file leaves open."""
    return ImportNote(
        "assumed", Message("The file leaves {name} open; {value:,} is taken.", name=size.name, value=size.value)
    )


def sorted_notes(notes: Iterable[ImportNote]) -> tuple[ImportNote, ...]:
    """Return notes in the order in which they are shown."""
    return tuple(sorted(notes, key=lambda note: KINDS.index(note.kind)))


def imported_of(network: Network) -> Imported | None:
    """Return what a network's key `imported` says; what is malformed in it is left out. None without the key."""
    stored = network.imported
    if not isinstance(stored, Mapping):
        return None
    return Imported(
        file=_text(stored.get("file")),
        format=_text(stored.get("format")),
        made_by=_text(stored.get("made_by")),
        notes=tuple(_notes(_items(stored.get("notes")))),
        sizes=tuple(_sizes(_items(stored.get("sizes")))),
    )


def notes_of(network: Network) -> tuple[ImportNote, ...]:
    """Return the notes of an imported network; none for another."""
    found = imported_of(network)
    return found.notes if found else ()


def _notes(items: Iterable[Mapping[str, Value]]) -> Iterator[ImportNote]:
    for item in items:
        kind, text = item.get("kind"), item.get("text")
        if kind in KINDS and isinstance(text, str):
            yield ImportNote(kind, text, _texts(item.get("layers")))


def _sizes(items: Iterable[Mapping[str, Value]]) -> Iterator[OpenSize]:
    for item in items:
        name, value = item.get("name"), item.get("value")
        if isinstance(name, str) and type(value) is int:
            yield OpenSize(name, value, _texts(item.get("inputs")))


def _items(stored: Value) -> Sequence[Mapping[str, Value]]:
    return [item for item in stored if isinstance(item, Mapping)] if isinstance(stored, tuple) else []


def _texts(stored: Value) -> tuple[str, ...]:
    return tuple([text for text in stored if isinstance(text, str)]) if isinstance(stored, tuple) else ()


def _text(stored: Value) -> str:
    return stored if isinstance(stored, str) else ""


WEIGHTS_NOT_READ = Message("Weights were not read.")
