"""Reading and writing whole files, with one clear sentence for whatever goes wrong."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from layerledger.core.formats import native
from layerledger.core.formats.errors import FormatError
from layerledger.core.network import Network

Stamp: TypeAlias = tuple[int, int]
"""A file's size in bytes and when it was last written, in nanoseconds: another writing changes it."""


def stamp(path: str | os.PathLike[str]) -> Stamp | None:
    """Returns a file's stamp; None where there is no such file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def open_network(path: str | os.PathLike[str]) -> Network:
    """Reads a `.layers` file.

    Raises:
        FormatError: the file cannot be read as a network; the sentence names the file, the place and what would do.
    """
    file = Path(path)
    try:
        return native.read(_decoded(_bytes(file)))
    except FormatError as error:
        raise FormatError(f"{_name(file)}: {error}") from None


def save_network(network: Network, path: str | os.PathLike[str]) -> None:
    """Writes a `.layers` file; the old file stays whole until the new one is.

    Raises:
        FormatError: it cannot be written.
    """
    try:
        text = native.write(network)
    except FormatError as error:
        raise FormatError(f"{_name(Path(path))} cannot be written: {error}") from None
    save_bytes(text.encode(), path)


def save_bytes(content: bytes, path: str | os.PathLike[str], *, mode: int | None = None) -> None:
    """Writes `content` to a temporary file beside `path` and renames it, so that a full disk leaves the old file whole.

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
        raise FormatError(f"{_name(file)} cannot be written to {file.parent}: {reason(error)}") from None


def _target(file: Path) -> Path:
    """Returns what a link leads to, there or not yet.

    Raises:
        OSError, RuntimeError: links lead in a circle, by Python's version; only a strict resolve() raises in each.
    """
    if not file.is_symlink():
        return file
    try:
        return file.resolve(strict=True)
    except FileNotFoundError:
        return file.resolve()


def _name(file: Path) -> str:
    name = file.name or str(file)
    return name if len(name) <= 80 else f"{name[:79]}…"


def _replace(file: Path, content: bytes, mode: int | None) -> None:
    if mode is None:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o666 & ~_umask()
    if file.exists() and not os.access(file, os.W_OK):
        raise PermissionError(errno.EACCES, "")
    import tempfile  # slow to import, only needed here

    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _keep_name(file.parent)


def _keep_name(folder: Path) -> None:
    """Has the disk keep the new name too: after a power cut, it is the new file that is there."""
    with suppress(OSError):  # what is written is whole either way; Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _bytes(file: Path) -> bytes:
    try:
        if file.is_dir():
            raise FormatError("this is a folder, not a file")
        if file.exists() and not file.is_file():
            raise FormatError("this is a device or a pipe, not a file")
        with file.open("rb") as source:
            content = source.read(native.MAX_FILE_BYTES + 1)
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        raise FormatError(f"it cannot be opened: {reason(error)}") from None
    if len(content) > native.MAX_FILE_BYTES:
        raise FormatError(f"the file is larger than {native.MAX_FILE_BYTES // 2**20} MiB")
    return content


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"byte {error.start}: this is not UTF-8 text, so not a {native.SUFFIX} file") from None


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
    """Returns why a file cannot be read or written, as the end of a sentence."""
    if isinstance(error, OSError):
        return _REASONS.get(error.errno or 0) or (error.strerror or "the system gives no reason").lower()
    if isinstance(error, UnicodeError):
        return "its name holds characters that the system cannot store"
    return _REASONS[errno.ELOOP] if isinstance(error, RuntimeError) else "its name holds a character of code 0"
