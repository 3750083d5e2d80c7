"""Notes on a file of tensors: no graph, buffers, packed weights, adapters, ties, types of storage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from layerledger.core.base.messages import Message, plural
from layerledger.core.formats.importing.notes import MAX_LISTED, ImportNote, NoteKind
from layerledger.core.formats.tensors.roles import Role, adapter_ranks
from layerledger.core.formats.tensors.stored import SAME_SIZE, Stored

_TYPES_LISTED = 8


class TableRow(NamedTuple):
    """A tensor as a layer.

    Attributes:
        name: in the file.
        layer: the dotted name of its layer.
        tied_to: the layer with the same data, of which this one is a second name.
    """

    name: str
    layer: str
    tensor: Stored
    role: Role
    tied_to: str | None = None


def table_notes(rows: Sequence[TableRow], tensors: Mapping[str, Stored]) -> Iterator[ImportNote]:
    """Yield what is to be said of the tensors of a file, each only where it applies."""
    own = [row for row in rows if row.tied_to is None]
    yield ImportNote(
        "counted as held",
        Message(
            "Weights only: {values} in {tensors}; there is no graph in this file.",
            values=_values(own),
            tensors=plural(len(rows), "1 tensor", "{count:,} tensors"),
        ),
    )
    yield types_note([row.tensor for row in own])
    yield ImportNote(
        "not counted", Message("MACs need a graph; what counts as activations here are the tensors themselves.")
    )
    if ranks := adapter_ranks(tensors):
        yield ImportNote(
            "counted as held",
            Message(
                "These are the tensors of a LoRA of rank {ranks}: an adapter, not the network that it changes.",
                ranks=", ".join(map(str, ranks)),
            ),
        )
    buffers = [row for row in rows if not row.role.is_weight]
    if buffers:
        sentence = Message(
            "By name and type, {tensors}: {values} that are not learned.",
            tensors=plural(len(buffers), "1 tensor is a buffer", "{count:,} tensors are buffers"),
            values=_values(buffers),
        )
        yield _note("assumed", sentence, buffers)
    yield from _packed(rows)
    yield from _ties(rows)
    yield from _unlike(rows)


def _values(rows: Sequence[TableRow]) -> Message:
    count = sum(prod(row.role.shape) for row in rows)
    return plural(count, "1 value", "{count:,} values")


def types_note(tensors: Sequence[Stored]) -> ImportNote:
    """Return the types in which tensors are stored, and their bytes."""
    counts = Counter(tensor.label for tensor in tensors)
    listed = ", ".join(f"{label} ({count:,})" for label, count in counts.most_common(_TYPES_LISTED))
    sentence = Message(
        "Stored as {types}: {nbytes:,} bytes in the file.",
        types=listed + (", …" if len(counts) > _TYPES_LISTED else ""),
        nbytes=sum(tensor.nbytes or 0 for tensor in tensors),
    )
    return ImportNote("counted as held", sentence)


def _packed(rows: Sequence[TableRow]) -> Iterator[ImportNote]:
    for packing in sorted({row.role.packing for row in rows} - {""}):
        found = [row for row in rows if row.role.packing == packing]
        sentence = Message(
            "{packing}: {tensors} of 4 or 8 bits in each stored number: {values}. Scales and zero points are buffers.",
            packing=packing,
            tensors=plural(len(found), "1 tensor holds several values", "{count:,} tensors hold several values"),
            values=_values(found),
        )
        yield _note("counted as held", sentence, found)


def _ties(rows: Sequence[TableRow]) -> Iterator[ImportNote]:
    tied = [row for row in rows if row.tied_to is not None]
    if tied:
        sentence = plural(
            len(tied),
            "1 tensor has the data of another and counts once with it.",
            "{count:,} tensors have the data of others and count once with them.",
        )
        yield _note("counted as held", sentence, tied)


def _unlike(rows: Sequence[TableRow]) -> Iterator[ImportNote]:
    shown = [row for row in rows if row.tensor.label in SAME_SIZE]
    if shown:
        types = ", ".join(f"{each} as {SAME_SIZE[each]}" for each in sorted({row.tensor.label for row in shown}))
        yield _note("simplified", Message("Types are shown as others of the same size: {types}.", types=types), shown)
    unknown = [row for row in rows if not row.tensor.dtype]
    if unknown:
        types = ", ".join(sorted({row.tensor.label for row in unknown}))
        sentence = Message("The bytes of these types are unknown; here they count as float32: {types}.", types=types)
        yield _note("not counted", sentence, unknown)


def _note(kind: NoteKind, sentence: Message, rows: Sequence[TableRow]) -> ImportNote:
    return ImportNote(kind, sentence, tuple(row.layer for row in rows[:MAX_LISTED]))
