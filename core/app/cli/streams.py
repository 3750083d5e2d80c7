"""Standard streams and exit statuses, as all commands use them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import TextIOWrapper

NAME = "layerledger"

OK, PROBLEMS, FAILED = 0, 1, 2
"""Exit statuses: success; a network has an error or exceeds a budget; a file cannot be read or the call is wrong."""


class Outcome:
    """The outcome of a call: prints errors and keeps the exit status."""

    def __init__(self) -> None:
        self.status = OK

    def fail(self, message: str) -> None:
        complain(message)
        self.status = FAILED


def print_all(texts: Iterator[str], found: Outcome) -> None:
    """Print texts one at a time; a reader that closes the pipe early is not an error."""
    for text in texts:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader, such as head, has closed the pipe
            return discard_output()
        except OSError as error:
            found.fail(f"the report cannot be printed: {(error.strerror or 'unknown reason').lower()}")
            return discard_output()


def speak_utf8() -> None:
    """Switch both streams to UTF-8 whatever the locale, without changing line ends."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def discard_output() -> None:
    """Discard buffered output; the interpreter would print an error about it at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None


def complain(message: str) -> None:
    """Print one line on standard error; control characters of file names are escaped."""
    from layerledger.core.reports.table import printable

    if sys.stderr is not None:
        sys.stderr.write(f"{NAME}: {printable(message)}\n")
