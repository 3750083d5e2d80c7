"""Files that are not networks, or that cannot be opened without running code: what they are, and the way out."""

from __future__ import annotations

import re

from layerledger.core.base.messages import Message
from layerledger.core.formats.file_start import START_BYTES, FileStart

EXPORT_LINES = "torch.export.save(torch.export.export(model.eval(), (x,)), 'model.pt2')"
"""The line of Python that writes a network as a .pt2, for an example input x."""

_HTML = re.compile(rb"<(!doctype html|html|head|body)\b", re.IGNORECASE)


def refusal(start: FileStart) -> str:
    """Return what a file is that cannot be opened, and what to do; empty for a file that may be a network."""
    text = start.text
    if not text and len(start.start) < START_BYTES:
        return "the file is empty"
    if not start.start.strip(b"\0"):
        return "the file holds only zeros: a download or a copy that failed"
    if text.startswith(b"version https://git-lfs"):
        return "this is a Git LFS pointer, not the file itself; fetch it with: git lfs pull"
    if _HTML.match(text):
        return "this is a web page, not the file itself: the download went to a page; download the raw file"
    if text.startswith(b"<"):
        return "this is XML, which is none of the formats that can be opened"
    return _archive(start) if start.is_zip else _other(start)


def _archive(start: FileStart) -> str:
    names = start.entries
    if not names:
        return "this zip archive is damaged: its list of contents cannot be read"
    if any(name.rpartition("/")[2] == "data.pkl" for name in names) and any("/code/" in name for name in names):
        return Message(
            "this is TorchScript, whose graph cannot be read; with the model in Python: {export}", export=EXPORT_LINES
        )
    return ""


_BEGINNINGS = {
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it first",
    b"BZh": "a bzip2 archive; unpack it first",
    b"\xfd7zXZ": "an xz archive; unpack it first",
    b"\x93NUMPY": "a NumPy array",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF",
}


def _other(start: FileStart) -> str:
    for beginning, kind in _BEGINNINGS.items():
        if start.start.startswith(beginning):
            return Message("this is {kind}; it holds no network that can be opened", kind=kind)
    if start.start[257:262] == b"ustar":
        return "this is a tar archive; unpack it first"
    return ""
