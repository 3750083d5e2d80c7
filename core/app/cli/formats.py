"""The command `formats`, which lists the files that can be opened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import fill

from layerledger.core.app.cli.parser import Parser
from layerledger.core.app.cli.streams import NAME, Outcome, print_all

_WIDTH = 100
_INDENT = " " * 4


def list_formats(arguments: Sequence[str]) -> int:
    """List the formats and return the exit status."""
    parser = Parser(prog=f"{NAME} formats", description="List the files that can be opened, and how exact each is.")
    parser.add_argument(
        "--format", choices=("table", "json"), default="table", help="how to print them (default: table)"
    )
    options, outcome = parser.parse_args(arguments), Outcome()
    print_all(iter((_as_json() if options.format == "json" else _as_table(),)), outcome)
    return outcome.status


def _as_json() -> str:
    from layerledger.core.formats.registry import FORMATS

    found = [
        {
            "id": each.id,
            "title": each.title,
            "suffixes": list(each.suffixes),
            "made_by": each.made_by,
            "exactness": each.exactness,
        }
        for each in FORMATS
    ]
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _as_table() -> str:
    from layerledger.core.formats.registry import FORMATS

    return "".join(
        f"{each.title} ({', '.join(each.suffixes)})\n"
        f"{_indented(f'made by: {each.made_by}')}\n{_indented(f'exact: {each.exactness}')}\n"
        for each in FORMATS
    )


def _indented(text: str) -> str:
    return fill(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT * 2, break_long_words=False)
