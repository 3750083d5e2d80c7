"""The JSON of the exported program in a .pt2 archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from layerledger.core.base.files import FormatError
from layerledger.core.base.json_reader import Object, as_object
from layerledger.core.base.messages import Message
from layerledger.core.formats.binary.archive import opened_archive

_MODEL = re.compile(r"[^/]+/models/[^/]+\.json")
_FLAT = "serialized_exported_program.json"


def read_program(path: Path) -> tuple[Object, Sequence[str]]:
    """Return the JSON of the first exported program in an archive, and the names of the others.

    Raises:
        FormatError: the archive cannot be read, or holds none.
    """
    with opened_archive(path) as archive:
        models = sorted(name for name in archive.names if _MODEL.fullmatch(name))
        found = models or [name for name in archive.names if name.rpartition("/")[2] == _FLAT]
        if not found:
            raise FormatError(
                Message("the archive has no models/*.json and no {flat}, so no exported program", flat=_FLAT)
            )
        return as_object(archive.read_json(found[0]), found[0]), found[1:]
