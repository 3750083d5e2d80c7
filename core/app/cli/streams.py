"""Standard streams and exit statuses: what every command prints, and how a call ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import TextIOWrapper

NAME = "layerledger"

OK, PROBLEMS, FAILED = 0, 1, 2
"""Exit statuses: all well; a network has an error; a file or the call cannot be read."""


class Outcome:
    """What came of a call: says what went wrong, and keeps the exit status."""

    def __init__(self) -> None:
        self.status = OK

    def fail(self, message: str) -> None:
        complain(message)
        self.status = FAILED


def print_all(texts: Iterator[str], found: Outcome) -> None:
    """Print texts as they come; a reader that has closed its end is no failure."""
    for text in texts:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read has seen enough
            return discard_output()
        except OSError as error:
            found.fail(f"the report cannot be printed: {(error.strerror or 'unknown reason').lower()}")
            return discard_output()


def speak_utf8() -> None:
    """Make both streams UTF-8 whatever the locale, without changing line ends."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def discard_output() -> None:
    """Send what is still buffered nowhere, or the interpreter complains about it at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None


def complain(message: str) -> None:
    """Print one line on standard error, whatever a file name in it holds."""
    from layerledger.core.reports.text import printable

    if sys.stderr is not None:
        sys.stderr.write(f"{NAME}: {printable(message)}\n")
