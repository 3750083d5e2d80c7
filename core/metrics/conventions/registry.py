"""All conventions: the app's own and a user's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from layerledger.core.base.data_files import DataFiles, DataKind
from layerledger.core.base.files import save_bytes
from layerledger.core.base.json_reader import DataError
from layerledger.core.base.messages import Message, message_of
from layerledger.core.metrics.conventions.convention import Convention
from layerledger.core.metrics.conventions.convention_file import read_convention

CONVENTIONS: DataKind[Convention] = DataKind(
    "conventions",
    read=read_convention,
    # Tests check the files of the app in the same way, so that reading them at run time need not.
    read_own=partial(read_convention, check=True),
    first=("macs", "flops", "exact", "all-ops"),
)


def conventions(folder: str | Path | None = None) -> DataFiles[Convention]:
    """Return all conventions by id; each is read on first access.

    Args:
        folder: where a user's own are, unless in the usual folder.
    """
    return CONVENTIONS.all(folder)


def add_convention(path: Path) -> Convention:
    """Copy the convention in a file to the user's own ones; it replaces one with the same id.

    Raises:
        DataError: the file cannot be read, does not hold a convention, or has the id of one of the app's own.
        FormatError: the copy cannot be written.
    """
    found = read_convention(path, check=True, named=False)
    try:
        return CONVENTIONS.add(found.id, lambda copy: save_bytes(path.read_bytes(), copy))
    except DataError as error:
        raise DataError(Message("{path}: {error}", path=path, error=message_of(error)), place=error.place) from None
