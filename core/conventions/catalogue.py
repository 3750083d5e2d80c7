"""All conventions: the app's own and a user's, each read when it is first asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

import layerledger.resources
from layerledger.core.conventions.convention import Convention
from layerledger.core.conventions.reading import ConventionError, read_convention
from layerledger.core.formats.files import save_bytes
from layerledger.core.user_folder import user_folder

FOLDER = Path(layerledger.resources.__path__[0], "conventions")
VARIABLE = "LAYERLEDGER_CONVENTIONS"
SUFFIX = ".json"
_FIRST = ("macs", "flops", "exact", "all-ops")


class Conventions(Mapping[str, Convention]):
    """Conventions by id: the app's own, then those of a user's folder that can be read, in the order of names."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._read: dict[str, Convention] = {}

    def __getitem__(self, id: str) -> Convention:
        if id in self._own:
            return self._own[id]
        if id not in self._read:
            if id not in built_in_ids():
                raise KeyError(id)
            self._read[id] = read_convention(FOLDER / f"{id}{SUFFIX}")
        return self._read[id]

    def __iter__(self) -> Iterator[str]:
        yield from built_in_ids()
        yield from self._own

    def __len__(self) -> int:
        return len(built_in_ids()) + len(self._own)

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps files of the user's folder from being used, a sentence each."""
        return self._from_folder[1]

    @property
    def _own(self) -> Mapping[str, Convention]:
        return self._from_folder[0]

    @cached_property
    def _from_folder(self) -> tuple[dict[str, Convention], tuple[str, ...]]:
        found: dict[str, Convention] = {}
        problems: list[str] = []
        try:
            for path in _files(self._folder) if self._folder else ():
                self._add(path, found, problems)
        except OSError as error:
            problems.append(f"{self._folder}: {(error.strerror or 'cannot be read').lower()}")
        return found, tuple(problems)

    def _add(self, path: Path, found: dict[str, Convention], problems: list[str]) -> None:
        if path.stem in built_in_ids():
            problems.append(f"{path}: {path.stem} is a convention of the app's own; another id and name would fit")
            return
        try:
            found[path.stem] = read_convention(path, check=True)
        except ConventionError as error:
            problems.append(str(error))


def conventions(folder: str | Path | None = None) -> Conventions:
    """Returns all conventions by id; each is read when it is first asked for.

    Args:
        folder: where a user's own are; see `own_folder` unless given.
    """
    own = Path(folder) if folder else own_folder()
    named = folder or os.environ.get(VARIABLE)  # such a folder must be there; the one beside the settings need not
    return _conventions(own if named or own.is_dir() else None)


def own_folder() -> Path:
    """Returns where a user's own conventions are: where LAYERLEDGER_CONVENTIONS says, else beside the settings."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_folder("conventions")


def add_convention(path: Path) -> Convention:
    """Takes a copy of the convention in a file into the user's own, in place of one of its id.

    Raises:
        ConventionError: the file cannot be read, is no convention, or has the id of one of the app's own.
        FormatError: the copy cannot be written.
    """
    found = read_convention(path, check=True, named=False)
    if found.id in built_in_ids():
        raise ConventionError(f"{path}: {found.id} is a convention of the app's own; another id would fit")
    own_folder().mkdir(parents=True, exist_ok=True)
    save_bytes(path.read_bytes(), own_folder() / f"{found.id}{SUFFIX}")
    _conventions.cache_clear()
    return conventions()[found.id]


@cache
def _conventions(folder: Path | None) -> Conventions:
    return Conventions(folder)


@cache
def built_in_ids() -> tuple[str, ...]:
    """Returns the ids of the app's own conventions, those without a tool first; opens no file."""
    found = (path.stem for path in _files(FOLDER))
    return tuple(sorted(found, key=lambda id: (_FIRST.index(id) if id in _FIRST else len(_FIRST), id)))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
