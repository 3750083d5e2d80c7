"""Tables of GGUF files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.formats.binary.gguf import GgufFile, GgufTensor, read_gguf
from layerledger.core.formats.importing.notes import Imported, ImportNote
from layerledger.core.formats.tensors.stored import Stored
from layerledger.core.formats.tensors.table import table_of
from layerledger.core.network.nodes import Network

TITLE = "GGUF model"


def read_file(path: Path) -> Network:
    """Return the table of a GGUF file.

    Raises:
        FormatError: it cannot be read or is damaged.
    """
    found = read_gguf(path)
    tensors = {name: _stored(tensor) for name, tensor in found.tensors.items()}
    return table_of(tensors, _title(found) or path.stem, Imported(path.name, TITLE), _notes(found))


def _stored(tensor: GgufTensor) -> Stored:
    if tensor.type is None:
        return Stored(tensor.shape, "", f"type {tensor.type_number}")
    return Stored(tensor.shape, tensor.type.dtype or tensor.type.name, tensor.type.name, tensor.nbytes)


def _title(found: GgufFile) -> str:
    name = found.metadata.get("general.name")
    return " ".join(name.split())[:80] if isinstance(name, str) else ""


def _notes(found: GgufFile) -> Iterator[ImportNote]:
    architecture = found.metadata.get("general.architecture")
    if isinstance(architecture, str):
        sentence = Message(
            "The architecture is {name}; its layers are not in the file, only its tensors.", name=show(architecture)
        )
        yield ImportNote("not counted", sentence)
    parts = found.metadata.get("split.count")
    if type(parts) is int and parts > 1:
        sentence = Message("This file is one of {count:,} of a model; the others are not counted.", count=parts)
        yield ImportNote("not counted", sentence)
    if found.is_cut:
        yield ImportNote("counted as held", "The data of some tensors reach past the end: the file is cut.")
