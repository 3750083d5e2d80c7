"""The files of other programs in tests/reference/foreign, and the manifest with what is true of each."""

import json
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from layerledger.core import FormatError

FOLDER = Path(__file__).parents[1] / "reference" / "foreign"


@cache
def foreign_files(archive: str) -> dict[str, bytes]:
    """Return the files of an archive, such as gguf, by name."""
    with tarfile.open(FOLDER / f"{archive}.tar.xz") as found:
        opened = {Path(each.name).name: found.extractfile(each) for each in found.getmembers() if each.isfile()}
        return {name: file.read() for name, file in opened.items() if file}


def manifest(archive: str) -> list[dict[str, Any]]:
    """Return what an archive's manifest says of each file."""
    return json.loads(foreign_files(archive)["manifest.json"])["files"]


def put(archive: str, name: str, folder: Path) -> Path:
    """Write a file of an archive to a folder and return its path."""
    path = folder / name
    path.write_bytes(foreign_files(archive)[name])
    return path


def refusal(act: Callable[[], object]) -> str:
    """Return the sentence with which a reader refuses a file; empty where it reads it. Nothing else may be raised."""
    try:
        act()
    except FormatError as error:
        return str(error) or "refused without a word\n"
    return ""


def is_sentence(text: str) -> bool:
    """Return whether a refusal, if it is one, is a sentence on one line."""
    return "\n" not in text and len(text) < 2_000
