"""Tables of safetensors files, and of a model in several of them by its index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from layerledger.core.base.files import FormatError, short_name
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.values import show
from layerledger.core.formats.binary.safetensors import (
    SafetensorsFile,
    SafetensorsIndex,
    read_index,
    read_safetensors,
)
from layerledger.core.formats.importing.notes import Imported, ImportNote
from layerledger.core.formats.tensors.stored import Stored, dtype_of
from layerledger.core.formats.tensors.table import table_of
from layerledger.core.network.nodes import Network

TITLE = "safetensors weights"

MAX_FILES = 4096
"""Most files of one model."""

_PART = re.compile(r".+-(\d{5})-of-(\d{5})\.safetensors")
_SENTENCES = 20


def read_file(path: Path) -> Network:
    """Return the table of a safetensors file.

    Raises:
        FormatError: it cannot be read or is damaged.
    """
    found = read_safetensors(path)
    notes = list(_problems(found))
    if (part := _PART.fullmatch(path.name)) and int(part[2]) > 1:
        sentence = Message(
            "This file is one of {count} of a model; open the .safetensors.index.json beside it for all.",
            count=int(part[2]),
        )
        notes.append(ImportNote("not counted", sentence))
    return table_of(_stored(found), path.stem, Imported(path.name, TITLE), notes)


def read_parts(path: Path) -> Network:
    """Return the table of all files that an index names and that lie beside it.

    Raises:
        FormatError: the index cannot be read, or no file of it lies beside it.
    """
    index = read_index(path)
    if len(index.files) > MAX_FILES:
        raise FormatError(Message("the index names more than {most:,} files", most=MAX_FILES))
    beside = {name for name in index.files if _lies_beside(path, name)}
    missing = {name: tensors for name, tensors in index.files.items() if name not in beside}
    if not beside:
        raise FormatError(
            Message(
                "the index names {count:,} tensors in {files}; their sizes are in these files, and none lies beside it",
                count=sum(map(len, missing.values())),
                files=", ".join(show(name) for name in list(missing)[:3]) + (", …" if len(missing) > 3 else ""),
            )
        )
    tensors: dict[str, Stored] = {}
    notes: list[ImportNote] = []
    for name in sorted(beside):
        found = _read_beside(path, name)
        notes += _problems(found)
        tensors |= _stored(found)
    notes += _against_index(index, missing, tensors)
    return table_of(tensors, path.name.split(".")[0], Imported(path.name, TITLE), notes)


def _lies_beside(path: Path, name: str) -> bool:
    """Return whether a file that an index names lies in its folder; a name that leads elsewhere is never followed."""
    return name == Path(name).name and "\\" not in name and ":" not in name and (path.parent / name).is_file()


def _read_beside(path: Path, name: str) -> SafetensorsFile:
    try:
        return read_safetensors(path.parent / name)
    except FormatError as error:
        raise FormatError(Message("{file}: {error}", file=short_name(Path(name)), error=error.args[0])) from None


def _stored(found: SafetensorsFile) -> dict[str, Stored]:
    return {
        name: Stored(tensor.shape, dtype_of(tensor.dtype), tensor.dtype, tensor.nbytes)
        for name, tensor in found.tensors.items()
    }


def _problems(found: SafetensorsFile) -> Iterator[ImportNote]:
    yield from (ImportNote("counted as held", sentence) for sentence in found.problems[:_SENTENCES])
    if (rest := len(found.problems) - _SENTENCES) > 0:
        yield ImportNote("counted as held", plural(rest, "And 1 more tensor.", "And {count:,} more tensors."))


def _against_index(
    index: SafetensorsIndex, missing: Mapping[str, tuple[str, ...]], tensors: Mapping[str, Stored]
) -> Iterator[ImportNote]:
    """Yield how the files beside an index agree with it."""
    if missing:
        sentence = Message(
            "{files} not beside the index: {tensors} without a size are left out.",
            files=plural(len(missing), "1 file is", "{count:,} files are"),
            tensors=plural(sum(map(len, missing.values())), "1 tensor", "{count:,} tensors"),
        )
        yield ImportNote("not counted", sentence)
        return
    differing = {tensor for names in index.files.values() for tensor in names} ^ set(tensors)
    if differing:
        sentence = Message(
            "The index and its files differ in {tensors}.",
            tensors=plural(len(differing), "1 tensor", "{count:,} tensors"),
        )
        yield ImportNote("counted as held", sentence)
    held = sum(tensor.nbytes or 0 for tensor in tensors.values())
    if index.total_bytes not in (None, held):
        sentence = Message(
            "The index states {stated:,} bytes, its files hold {held:,}.", stated=index.total_bytes, held=held
        )
        yield ImportNote("counted as held", sentence)
    elif index.total_bytes == held and not differing:
        yield ImportNote("checked", "All tensors and bytes are those that the index states.")
