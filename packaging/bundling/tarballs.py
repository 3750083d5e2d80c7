"""Tar archives that are equal whenever what is in them is: sorted, of one owner, one time, and two kinds of file."""

import gzip
import tarfile
from io import BytesIO
from pathlib import Path

from bundling import project


def add_folder(archive, folder, place):
    """Add what lies below a folder, under another name."""
    for path in sorted(folder.rglob("*")):
        name = Path(place, path.relative_to(folder)).as_posix()
        archive.add(path, name, recursive=False, filter=_plain)


def settle(path):
    """Write a .tar.gz anew, without the times and owners of the machine that made it."""
    with tarfile.open(path) as old:
        files = {entry.name: (entry, old.extractfile(entry).read()) for entry in old if entry.isfile()}
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=project.epoch()) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as new,
    ):
        for _, (entry, content) in sorted(files.items()):
            _add(new, entry, content)


def _add(archive, entry, content):
    plain = tarfile.TarInfo(entry.name)
    plain.size, plain.mode = entry.size, entry.mode
    archive.addfile(_plain(plain), BytesIO(content))


def _plain(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = project.epoch()
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry
