"""Data that come one thing a file, such as conventions and devices: the app's own, and a user's beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import layerledger.resources
from layerledger.core.base.files import reason, user_folder
from layerledger.core.base.json_reader import DataError
from layerledger.core.base.messages import Message

SUFFIX = ".json"
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_T = TypeVar("_T")


class DataKind(Generic[_T]):
    """One kind of data files.

    Attributes:
        noun: what one of them is called in a sentence.
        folder: where the app's own are.
        variable: the environment variable that names a user's folder.
        read: reads a file of the app's own.
        read_own: reads a file of a user's.
    """

    def __init__(
        self,
        name: str,
        *,
        read: Callable[[Path], _T],
        read_own: Callable[[Path], _T] | None = None,
        first: Sequence[str] = (),
    ) -> None:
        """Make a kind.

        Args:
            name: of its folders, such as `devices`.
            read: reads a file.
            read_own: reads a file of a user's, where that is to be checked more closely.
            first: ids that come before all others.
        """
        self.noun = name.removesuffix("s")
        self.folder = Path(layerledger.resources.__path__[0], name)
        self.variable = f"LAYERLEDGER_{name.upper()}"
        self.read, self.read_own = read, read_own or read
        self._name, self._first = name, tuple(first)
        self._by_folder: dict[Path | None, DataFiles[_T]] = {}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the app's own; no file is opened for them."""
        found = (path.stem for path in _files(self.folder))
        first = self._first
        return tuple(sorted(found, key=lambda id: (first.index(id) if id in first else len(first), id)))

    def all(self, folder: str | Path | None = None) -> DataFiles[_T]:
        """Return all of them by id; each is read when it is first asked for.

        Args:
            folder: where a user's own are; see `own_folder` unless given.
        """
        own = Path(folder) if folder else self.own_folder()
        named = folder or os.environ.get(self.variable)  # it must be there; the one beside the settings need not
        key = own if named or own.is_dir() else None
        if key not in self._by_folder:
            self._by_folder[key] = DataFiles(self, key)
        return self._by_folder[key]

    def own_folder(self) -> Path:
        """Return where a user's own are: where the environment variable says, else beside the settings."""
        named = os.environ.get(self.variable)
        return Path(named) if named else user_folder(self._name)

    def add(self, id: str, write: Callable[[Path], None]) -> _T:
        """Put one among a user's own, in place of one of its id, and returns it.

        Args:
            id: that of the new one.
            write: writes it to a file.

        Raises:
            DataError: it has the id of one of the app's own, or there can be no folder for it.
            FormatError: it cannot be written.
        """
        if id in self.ids:
            raise DataError(
                Message("{id} is a {noun} of the app's own; another id would fit", id=id, noun=self.noun), place="id"
            )
        folder = self.own_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(Message("{folder}: {error}", folder=folder, error=reason(error))) from None
        write(folder / f"{id}{SUFFIX}")
        self.forget()
        return self.all()[id]

    def remove(self, id: str) -> None:
        """Remove one of a user's own.

        Raises:
            DataError: it is the app's own, or its file cannot be removed.
        """
        if id in self.ids:
            raise DataError(Message("{id} is a {noun} of the app's own and stays", id=id, noun=self.noun))
        path = self.own_folder() / f"{id}{SUFFIX}"
        try:
            path.unlink()
        except OSError as error:
            raise DataError(Message("{path}: {error}", path=path, error=reason(error))) from None
        self.forget()

    def forget(self) -> None:
        """Has a user's files read again when they are next asked for."""
        self._by_folder.clear()


class DataFiles(Mapping[str, _T]):
    """Data of one kind by id: the app's own, then those of a user's folder that can be read, in the order of names."""

    def __init__(self, kind: DataKind[_T], folder: Path | None = None) -> None:
        self._kind, self._folder = kind, folder
        self._read: dict[str, _T] = {}

    def __getitem__(self, id: str) -> _T:
        if id not in self._read:
            self._read[id] = self._built_in(id) if id in self._kind.ids else self._own[id]
        return self._read[id]

    def _built_in(self, id: str) -> _T:
        return self._kind.read(self._kind.folder / f"{id}{SUFFIX}")

    def __iter__(self) -> Iterator[str]:
        yield from self._kind.ids
        yield from self._own

    def __len__(self) -> int:
        return len(self._kind.ids) + len(self._own)

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps files of the user's folder from being used, a sentence each."""
        return self._from_folder[1]

    @property
    def _own(self) -> Mapping[str, _T]:
        return self._from_folder[0]

    @cached_property
    def _from_folder(self) -> tuple[dict[str, _T], tuple[str, ...]]:
        found: dict[str, _T] = {}
        problems: list[str] = []
        try:
            for path in _files(self._folder) if self._folder else ():
                self._add(path, found, problems)
        except OSError as error:
            problems.append(f"{self._folder}: {reason(error)}")
        return found, tuple(problems)

    def _add(self, path: Path, found: dict[str, _T], problems: list[str]) -> None:
        if path.stem in self._kind.ids:
            noun = self._kind.noun
            problems.append(f"{path}: {path.stem} is a {noun} of the app's own; another id and name would fit")
            return
        try:
            found[path.stem] = self._kind.read_own(path)
        except DataError as error:
            problems.append(str(error))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)


# -- ids


def check_named(id: str, path: Path) -> None:
    """Raise DataError where a file is not named after its id."""
    if id != path.stem:
        raise DataError(
            Message('id is "{id}", but the file is named {name}; both must agree', id=id, name=path.name), place="id"
        )


def check_id(id: str) -> None:
    """Raise DataError where an id is none."""
    if not _ID.fullmatch(id):
        raise DataError(Message('id must be of a–z, 0–9, ".", "_" and "-", at most 64; got "{id}"', id=id), place="id")
