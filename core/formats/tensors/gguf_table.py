"""Networks of GGUF files: layers where the architecture is known, else a table of the tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from layerledger.core.analysis import analyze
from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message, message_of
from layerledger.core.base.values import show
from layerledger.core.formats.binary.gguf import GgufFile, GgufTensor, read_gguf
from layerledger.core.formats.huggingface.gguf import network_of_gguf
from layerledger.core.formats.importing.notes import Imported, ImportNote, imported_of, sorted_notes
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.tensors.gguf_dtypes import with_dtypes
from layerledger.core.formats.tensors.stored import Stored
from layerledger.core.formats.tensors.table import table_of
from layerledger.core.formats.tensors.table_notes import types_note
from layerledger.core.network.nodes import Network

TITLE = "GGUF model"


def read_file(path: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of a GGUF file.

    Raises:
        FormatError: it cannot be read or is damaged.
    """
    found = read_gguf(path)
    notes = list(_notes(found))
    try:
        network = network_of_gguf(found, name=_title(found) or path.stem, sizes=options.sizes)
    except FormatError as error:
        notes.append(ImportNote("not counted", Message("Its layers: {error}.", error=message_of(error))))
        network = None
    return _with_notes(network, path, found, notes) if network else _table(path, found, notes)


def _table(path: Path, found: GgufFile, notes: list[ImportNote]) -> Network:
    architecture = found.metadata.get("general.architecture")
    if isinstance(architecture, str):
        sentence = Message(
            "The architecture {name} is not known here: only its tensors are shown.", name=show(architecture)
        )
        notes.append(ImportNote("not counted", sentence))
    tensors = {name: _stored(tensor) for name, tensor in found.tensors.items()}
    return table_of(tensors, _title(found) or path.stem, Imported(path.name, TITLE), notes)


def _with_notes(network: Network, path: Path, found: GgufFile, notes: list[ImportNote]) -> Network:
    """Return a network of layers with the types of its weights, and notes on them."""
    tensors = {name: _stored(tensor) for name, tensor in found.tensors.items()}
    network = with_dtypes(network, tensors)
    notes.append(types_note(list(tensors.values())))
    held, counted = sum(each.nbytes or 0 for each in tensors.values()), analyze(network).totals.weight_bytes
    if held != counted:
        sentence = Message(
            "Weights count as {counted:,} bytes: equal layers have one type for each part here.", counted=counted
        )
        notes.append(ImportNote("assumed", sentence))
    origin = imported_of(network) or Imported(path.name, TITLE)
    origin = origin._replace(file=path.name, format=TITLE, notes=sorted_notes([*origin.notes, *notes]))
    return replace(network, imported=origin.stored())


def _stored(tensor: GgufTensor) -> Stored:
    if tensor.type is None:
        return Stored(tensor.shape, "", f"type {tensor.type_number}")
    return Stored(tensor.shape, tensor.type.dtype or tensor.type.name, tensor.type.name, tensor.nbytes)


def _title(found: GgufFile) -> str:
    name = found.metadata.get("general.name")
    return "".join(filter(str.isprintable, " ".join(name.split())))[:80] if isinstance(name, str) else ""


def _notes(found: GgufFile) -> Iterator[ImportNote]:
    parts = found.metadata.get("split.count")
    if type(parts) is int and parts > 1:
        sentence = Message("This file is one of {count:,} of a model; the others are not counted.", count=parts)
        yield ImportNote("not counted", sentence)
    if found.is_cut:
        yield ImportNote("counted as held", "The data of some tensors reach past the end: the file is cut.")
