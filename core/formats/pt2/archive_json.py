"""The JSON of the exported program in a .pt2 archive."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message

_MODEL = re.compile(r"[^/]+/models/[^/]+\.json")
_FLAT = "serialized_exported_program.json"
MAX_JSON_BYTES = 256 * 2**20


def read_program(path: Path) -> dict[str, Any]:
    """Return the JSON of the exported program in an archive."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        found = [n for n in names if _MODEL.fullmatch(n)] or [n for n in names if n.rpartition("/")[2] == _FLAT]
        if not found:
            raise FormatError(Message("this archive holds no exported program"))
        return cast("dict[str, Any]", json.loads(archive.read(found[0])))
