"""The command line: it opens the window, or prints reports without importing Qt.

A command is a module of its own and is imported only when it is called.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from layerledger.core.app.cli.parser import WrongCallError
from layerledger.core.app.cli.streams import FAILED, OK, complain, speak_utf8


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    speak_utf8()
    try:
        return _run(arguments)
    except WrongCallError as wrong:
        complain(str(wrong))
        return FAILED
    except SystemExit as done:  # argparse raises it after it has printed the help or the version
        return done.code if isinstance(done.code, int) else OK
    except KeyboardInterrupt:
        return 130


def _run(arguments: Sequence[str]) -> int:
    match arguments:
        case ["report", *rest]:
            from layerledger.core.app.cli.report import report

            return report(rest)
        case ["conventions", *rest]:
            from layerledger.core.app.cli.lists import list_conventions

            return list_conventions(rest)
        case ["devices", *rest]:
            from layerledger.core.app.cli.lists import list_devices

            return list_devices(rest)
        case ["formats", *rest]:
            from layerledger.core.app.cli.formats import list_formats

            return list_formats(rest)
        case _:
            from layerledger.core.app.cli.window import open_window

            return open_window(arguments)
