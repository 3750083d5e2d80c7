"""Registries of data files, such as conventions and devices: those of the app, and a user's own beside them."""

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
from layerledger.core.base.messages import Message, message_of

SUFFIX = ".json"
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_T = TypeVar("_T")


class DataKind(Generic[_T]):
    """One kind of data files.

    Attributes:
        noun: the word for one of them in a sentence.
        folder: the folder of those that come with the app.
        variable: the environment variable that names a user's folder.
        read: reads a file that comes with the app.
        read_own: reads a user's file.
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
            read_own: reads a user's file, where it needs closer checks.
            first: ids that come before all others.
        """
        self.noun = name.removesuffix("s")
        self.folder = Path(layerledger.resources.__path__[0], name)
        self.variable = f"LAYERLEDGER_{name.upper()}"
        self.read, self.read_own = read, read_own or read
        self._name, self._first = name, tuple(first)
        # Key: the user's folder; None where there is none. Bound: the folders that were named. Invalidated by
        # `forget`, after each file that is added or removed.
        self._by_folder: dict[Path | None, DataFiles[_T]] = {}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of those that come with the app; no file is opened for them."""
        found = (path.stem for path in _files(self.folder))
        first = self._first
        return tuple(sorted(found, key=lambda id: (first.index(id) if id in first else len(first), id)))

    def all(self, folder: str | Path | None = None) -> DataFiles[_T]:
        """Return all of them by id; each is read at its first use.

        Args:
            folder: of a user's own; by default `own_folder`.
        """
        own = Path(folder) if folder else self.own_folder()
        named = folder or os.environ.get(self.variable)  # a named folder must exist; the default one need not
        key = own if named or own.is_dir() else None
        if key not in self._by_folder:
            self._by_folder[key] = DataFiles(self, key)
        return self._by_folder[key]

    def own_folder(self) -> Path:
        """Return the folder of a user's own: the environment variable's, else the one beside the settings."""
        named = os.environ.get(self.variable)
        return Path(named) if named else user_folder(self._name)

    def add(self, id: str, write: Callable[[Path], None]) -> _T:
        """Add one to a user's own, in place of one with its id, and return it.

        Args:
            id: of the new one.
            write: writes it to a file.

        Raises:
            DataError: the id belongs to one that comes with the app, or the folder cannot be made.
            FormatError: it cannot be written.
        """
        if id in self.ids:
            raise DataError(
                Message("{id} is a {noun} that comes with the app; choose another id", id=id, noun=self.noun),
                place="id",
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
            DataError: it comes with the app, or its file cannot be removed.
        """
        if id in self.ids:
            raise DataError(
                Message("{id} is a {noun} that comes with the app; it cannot be removed", id=id, noun=self.noun)
            )
        path = self.own_folder() / f"{id}{SUFFIX}"
        try:
            path.unlink()
        except OSError as error:
            raise DataError(Message("{path}: {error}", path=path, error=reason(error))) from None
        self.forget()

    def forget(self) -> None:
        """Invalidate a user's files: they are read again at their next use."""
        self._by_folder.clear()


class DataFiles(Mapping[str, _T]):
    """Data of one kind by id: those of the app, then the readable ones of a user's folder, each sorted by name."""

    def __init__(self, kind: DataKind[_T], folder: Path | None = None) -> None:
        self._kind, self._folder = kind, folder
        # By id, at its first use: lists of titles and menus need few of the files. Invalidated with this object, by
        # `forget`.
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
        """Sentences on the files of the user's folder that cannot be used."""
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
            problems.append(Message("{folder}: {error}", folder=self._folder, error=reason(error)))
        return found, tuple(problems)

    def _add(self, path: Path, found: dict[str, _T], problems: list[str]) -> None:
        if path.stem in self._kind.ids:
            problems.append(
                Message(
                    "{path}: {id} is a {noun} that comes with the app; choose another id and file name",
                    path=path,
                    id=path.stem,
                    noun=self._kind.noun,
                )
            )
            return
        try:
            found[path.stem] = self._kind.read_own(path)
        except DataError as error:
            problems.append(message_of(error))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)


# -- ids


def check_named(id: str, path: Path) -> None:
    """Raise DataError where a file is not named after its id."""
    if id != path.stem:
        raise DataError(
            Message('id is "{id}", but the file is named {file}; both must agree', id=id, file=path.name), place="id"
        )


def check_id(id: str) -> None:
    """Raise DataError where an id has other characters than a file name may have, or too many."""
    if not _ID.fullmatch(id):
        raise DataError(Message('id must be of a–z, 0–9, ".", "_" and "-", at most 64; got "{id}"', id=id), place="id")
