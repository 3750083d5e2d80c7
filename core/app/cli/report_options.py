"""The options of the command `report`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from fractions import Fraction

from layerledger.core.app.cli.lists import FOLDER_HELP, FOLDER_OPTION
from layerledger.core.app.cli.parser import Parser
from layerledger.core.app.cli.streams import NAME
from layerledger.core.base.messages import Message

_REPORT_HELP = """\
The name of a template, such as resnet18 or resnet18.layers, works where there is no file of that name.
Exit status: 0; 1 when a network has an error or breaks a budget; 2 when a file cannot be read or the call is wrong."""


def report_parser() -> Parser:
    """Return the parser of the command."""
    from layerledger.core.app.cli.precision_options import add_precision_options
    from layerledger.core.reports.columns import COLUMNS
    from layerledger.core.reports.registry import REPORTS

    parser = Parser(prog=f"{NAME} report", description="Print what networks cost.", epilog=_REPORT_HELP)
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=Message("a file of a format that {name} formats lists, or the name of a template", name=NAME),
    )
    parser.add_argument("--format", choices=REPORTS, default="table", help="how to print it (default: table)")
    columns = Message(
        "columns of {formats_with_columns}, separated by commas, out of {columns}",
        formats_with_columns=listed(formats_with_columns()),
        columns=", ".join(COLUMNS),
    )
    parser.add_argument("--columns", type=_columns, metavar="NAMES", help=columns)
    parser.add_argument("-o", "--output", metavar="OUT", help="write to this file, not to the terminal")
    parser.add_argument("--batch", type=_batch, metavar="N", help="dimension 0 of every input")
    parser.add_argument(
        "--size",
        action="append",
        type=_open_size,
        dest="sizes",
        metavar="NAME=N",
        help="a size that an imported file leaves open, such as tokens=4096; may be repeated",
    )
    add_precision_options(parser)
    _ask_how_to_count(parser)
    _ask_more(parser)
    return parser


def _ask_how_to_count(parser: Parser) -> None:
    """Add the options for conventions and devices."""
    from layerledger.core.metrics.registry import COUNTS

    parser.add_argument(
        "--count",
        choices=COUNTS,
        help=Message("convention by which operations are counted; {name} conventions lists them", name=NAME),
    )
    parser.add_argument(FOLDER_OPTION, metavar="FOLDER", help=FOLDER_HELP)
    parser.add_argument(
        "--device", metavar="ID", help=Message("add the least time on a device; {name} devices lists them", name=NAME)
    )
    parser.add_argument(
        "--efficiency", type=_efficiency, metavar="E", help="fraction of the peak that is reached (default: 1)"
    )
    parser.add_argument(
        "--fused",
        action="store_true",
        help="batch norms, activation functions and element-wise arithmetic cause no memory traffic",
    )


def _ask_more(parser: Parser) -> None:
    """Add the options for training and language models."""
    from layerledger.core.analysis.passes.training import CHECKPOINTING, OPTIMIZERS, PRECISIONS, STATES

    named = Message(
        "add the memory and MACs of training with an optimizer, one of {optimizers}", optimizers=", ".join(OPTIMIZERS)
    )
    parser.add_argument("--train", choices=OPTIMIZERS, metavar="OPTIMIZER", help=named)
    parser.add_argument("--precision", choices=PRECISIONS, help="precision of the training (default: network)")
    states = "dtype of the optimizer's states (default: weights)"
    parser.add_argument("--optimizer-states", choices=STATES, dest="states", help=states)
    again = "blocks that are recomputed in the backward pass instead of stored (default: none)"
    parser.add_argument("--checkpointing", choices=CHECKPOINTING, help=again)
    parser.add_argument(
        "--context",
        type=_batch,
        metavar="TOKENS",
        help="add the KV cache and the cost of a language model for a context of TOKENS, such as 4096 or 4k",
    )


def formats_with_columns() -> list[str]:
    """Return the ids of the formats whose columns can be chosen."""
    from layerledger.core.base.params import params_of
    from layerledger.core.reports.registry import REPORTS

    return [id_ for id_, report in REPORTS.items() if "columns" in params_of(report.options)]


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _batch(text: str) -> int:
    from layerledger.core.base.params import Int

    kind = Int(1)
    try:
        return kind.read(kind.parse(text), 0)
    except ValueError:
        raise argparse.ArgumentTypeError(Message("must be an integer ≥ 1; got {text}", text=text)) from None


def _open_size(text: str) -> tuple[str, int]:
    name, separator, number = text.rpartition("=")
    if not separator or not name.strip():
        raise argparse.ArgumentTypeError(
            Message("must be a name and a size, such as tokens=4096; got {text}", text=text)
        )
    return name.strip(), _batch(number)


def _columns(text: str) -> tuple[str, ...]:
    from layerledger.core.reports.columns import COLUMNS

    keys = tuple(key.strip() for key in text.split(","))
    if unknown := [key for key in keys if key not in COLUMNS]:
        raise argparse.ArgumentTypeError(
            Message(
                'unknown column "{unknown}"; the columns are {columns}', unknown=unknown[0], columns=", ".join(COLUMNS)
            )
        )
    if len(set(keys)) < len(keys):
        raise argparse.ArgumentTypeError("a column is named twice; name each once")
    return keys


def _efficiency(text: str) -> Fraction:
    if not re.fullmatch(r"\d(\.\d{0,9})?|\.\d{1,9}", text) or not 0 < Fraction(text) <= 1:
        raise argparse.ArgumentTypeError(
            Message("must be a number above 0 and at most 1, such as 0.5; got {text}", text=text)
        )
    return Fraction(text)
