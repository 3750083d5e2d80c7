"""The one error of reading and writing files."""

from __future__ import annotations


class FormatError(ValueError):
    """A file that cannot be read or written: what, where, and what would do, in one sentence."""
