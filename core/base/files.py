"""Reading and writing of whole files, with one clear sentence for each failure; the folder of a user's own files."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from layerledger.core.base.messages import Message


class FormatError(ValueError):
    """A file that cannot be read or written: one sentence on one line, with the place, the rule and what to change."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence if sentence.isprintable() else _printable(sentence))


def _printable(text: str) -> str:
    """Return a text with line breaks and lone surrogates, which a name in a file may hold, escaped for any screen."""
    if isinstance(text, Message):
        return text.map_values(_printable_value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _printable_value(value: object) -> object:
    """Return a value of a message as it is, or as an escaped text."""
    if isinstance(value, str):
        return _printable(value)
    return value if (text := str(value)).isprintable() else _printable(text)


Stamp: TypeAlias = tuple[int, int]
"""A file's size in bytes and when it was last written, in nanoseconds: another writing changes it."""


def stamp(path: str | os.PathLike[str]) -> Stamp | None:
    """Return a file's stamp; None where there is no such file."""
    try:
        found = os.stat(path)
    # ValueError: a name with a character of code 0.
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def save_bytes(content: bytes, path: str | os.PathLike[str], *, mode: int | None = None) -> None:
    """Write `content` to a temporary file beside `path` and rename it, so that a full disk leaves the old file whole.

    Without `mode` the file's permissions stay, or are those of any new file.

    Raises:
        FormatError: it cannot be written.
    """
    file = Path(path)
    try:
        file = _target(file)
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, "")
        if file.exists() and not file.is_file():
            file.write_bytes(content)  # a device or a pipe, such as /dev/stdout: there is nothing to replace
        else:
            _replace(file, content, mode)
    except (OSError, ValueError, RuntimeError) as error:
        raise FormatError(
            Message(
                "{file} cannot be written to {parent}: {error}",
                file=short_name(file),
                parent=file.parent,
                error=reason(error),
            )
        ) from None


def _target(file: Path) -> Path:
    """Return what a link leads to, there or not yet.

    Raises:
        OSError, RuntimeError: links lead in a circle, by Python's version; only a strict resolve() raises in each.
    """
    if not file.is_symlink():
        return file
    try:
        return file.resolve(strict=True)
    except FileNotFoundError:
        return file.resolve()


def short_name(file: Path) -> str:
    """Return the name of a file for a sentence, cut when long."""
    name = file.name or str(file)
    return name if len(name) <= 80 else f"{name[:79]}…"


def _replace(file: Path, content: bytes, mode: int | None) -> None:
    if mode is None:
        # mkstemp makes a file that only its owner can read, so the mode is set explicitly.
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o666 & ~_umask()
    # A rename would replace a read-only file too, if only its folder can be written.
    if file.exists() and not os.access(file, os.W_OK):
        raise PermissionError(errno.EACCES, "")
    import tempfile  # slow to import, only needed here

    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            # Before the rename: else a power cut may leave the new name with an empty file.
            os.fsync(out.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, file)
    # Interrupts too: no temporary file stays behind.
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _keep_name(file.parent)


def _keep_name(folder: Path) -> None:
    """Write the folder to the disk too: after a power cut, the name then leads to the new file."""
    with suppress(OSError):  # what is written is whole either way; Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    # The mask can only be read by setting it.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def read_bytes(file: Path, most: int) -> bytes:
    """Return the content of a file of at most `most` bytes.

    Raises:
        FormatError: the file cannot be read, or is larger.
    """
    # One byte more than allowed tells a file that is too large, also where it grows while it is read.
    content = read_start(file, most + 1)
    if len(content) > most:
        raise FormatError(Message("the file is larger than {most} MiB", most=most // 2**20))
    return content


def read_start(file: Path, most: int) -> bytes:
    """Return the first `most` bytes of a file, or all of a shorter one.

    Raises:
        FormatError: the file cannot be read.
    """
    try:
        if file.is_dir():
            raise FormatError("this is a folder, not a file")
        # Reading one could wait without end.
        if file.exists() and not file.is_file():
            raise FormatError("this is a device or a pipe, not a file")
        with file.open("rb") as source:
            return source.read(most)
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        raise FormatError(Message("it cannot be opened: {error}", error=reason(error))) from None


_REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "permission denied; it may be read-only",
    errno.EPERM: "permission denied; it may be read-only",
    errno.EROFS: "the disk is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EISDIR: "this is a folder",
    errno.ENOTDIR: "part of the path is not a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.EIO: "the disk cannot be read or written",
}


def reason(error: Exception) -> str:
    """Return why a file cannot be read or written, as the end of a sentence."""
    if isinstance(error, OSError):
        return _REASONS.get(error.errno or 0) or (error.strerror or "the system gives no reason").lower()
    if isinstance(error, UnicodeError):
        return "its name holds characters that the system cannot store"
    return _REASONS[errno.ELOOP] if isinstance(error, RuntimeError) else "its name holds a character of code 0"


# -- a user's own files

_NAME = "LayerLedger"


def user_folder(kind: str) -> Path:
    """Return the folder of a user's own files of a kind, such as `conventions`; it may not exist.

    Linux: $XDG_CONFIG_HOME/LayerLedger, by default in ~/.config; macOS: ~/Library/Application Support/LayerLedger;
    Windows: %APPDATA%/LayerLedger.
    """
    return _settings_folder() / _NAME / kind


def _settings_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
