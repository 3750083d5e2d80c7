"""The command `report`, which prints what networks cost without opening a window."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from layerledger.core.app.cli.lists import FOLDER_HELP, FOLDER_OPTION, use_conventions
from layerledger.core.app.cli.parser import Parser, WrongCallError
from layerledger.core.app.cli.streams import NAME, OK, PROBLEMS, Outcome, complain, print_all
from layerledger.core.base.messages import Message

if TYPE_CHECKING:
    from layerledger.core.analysis import Result
    from layerledger.core.analysis.passes.training import TrainingConfig
    from layerledger.core.metrics.devices.target import DeviceTarget

_REPORT_HELP = """\
The name of a template, such as resnet18 or resnet18.layers, works where there is no file of that name.
Exit status: 0; 1 when a network has an error or breaks a budget; 2 when a file cannot be read or the call is wrong."""


def report(arguments: Sequence[str]) -> int:
    """Print or save the reports of one call and return its exit status."""
    use_conventions(arguments)
    options = _report_parser().parse_args(arguments)
    _check_output(options)
    if options.columns and options.format not in (formats := _formats_with_columns()):
        raise WrongCallError(
            Message(
                "--columns works with {formats}; {format} always has all numbers",
                formats=_listed(formats),
                format=options.format.upper(),
            )
        )
    options.target, options.plan = _target(options), _plan(options)
    _check_columns(options)
    found = _Reading(options)
    reports = _reports(found, options)
    if options.output:
        _save(b"".join(reports), options.output, found)
    else:
        print_all((content.decode("utf-8") for content in reports), found)
    return found.status


def _report_parser() -> Parser:
    from layerledger.core.app.cli.precision_options import add_precision_options
    from layerledger.core.metrics.registry import COUNTS
    from layerledger.core.reports.columns import COLUMNS
    from layerledger.core.reports.registry import REPORTS

    parser = Parser(prog=f"{NAME} report", description="Print what networks cost.", epilog=_REPORT_HELP)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .layers file, or the name of a template")
    parser.add_argument("--format", choices=REPORTS, default="table", help="how to print it (default: table)")
    columns = Message(
        "columns of {formats_with_columns}, separated by commas, out of {columns}",
        formats_with_columns=_listed(_formats_with_columns()),
        columns=", ".join(COLUMNS),
    )
    parser.add_argument("--columns", type=_columns, metavar="NAMES", help=columns)
    parser.add_argument("-o", "--output", metavar="OUT", help="write to this file, not to the terminal")
    parser.add_argument("--batch", type=_batch, metavar="N", help="dimension 0 of every input")
    add_precision_options(parser)
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
    _ask_more(parser)
    return parser


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


def _formats_with_columns() -> list[str]:
    """Return the ids of the formats whose columns can be chosen."""
    from layerledger.core.base.params import params_of
    from layerledger.core.reports.registry import REPORTS

    return [id_ for id_, report in REPORTS.items() if "columns" in params_of(report.options)]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _batch(text: str) -> int:
    from layerledger.core.base.params import Int

    kind = Int(1)
    try:
        return kind.read(kind.parse(text), 0)
    except ValueError:
        raise argparse.ArgumentTypeError(Message("must be an integer ≥ 1; got {text}", text=text)) from None


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


def _target(options: argparse.Namespace) -> DeviceTarget | None:
    """Return the chosen device and how it is used; None without --device."""
    if options.device is None:
        if options.efficiency:
            raise WrongCallError("--efficiency needs --device with an id")
        return None
    from layerledger.core.metrics.devices import devices
    from layerledger.core.metrics.devices.target import DeviceTarget

    found = devices()
    for problem in found.problems:
        complain(problem)
    if options.device not in found:
        from difflib import get_close_matches  # slow to import, seldom needed

        near: list[str] = get_close_matches(str(options.device), list(found), 1)
        hint = (
            Message("did you mean {near}?", near=near[0]) if near else Message("{name} devices lists them", name=NAME)
        )
        raise WrongCallError(Message('unknown device "{device}"; {hint}', device=options.device, hint=hint))
    return DeviceTarget(found[options.device], options.efficiency or Fraction(1), options.fused)


def _check_columns(options: argparse.Namespace) -> None:
    """Raise WrongCallError where a column needs a device and none is given."""
    from layerledger.core.reports.columns import DEVICE_COLUMNS

    timed = [key for key in options.columns or () if key in DEVICE_COLUMNS]
    if timed and options.target is None:
        raise WrongCallError(Message("column {column} needs --device with an id", column=timed[0]))


def _plan(options: argparse.Namespace) -> TrainingConfig | None:
    """Return the training configuration; None without --train."""
    if options.train is None:
        names = {"precision": "precision", "checkpointing": "checkpointing", "states": "optimizer-states"}
        given = next((option for name, option in names.items() if getattr(options, name)), None)
        if given:
            raise WrongCallError(Message("--{given} needs --train with an optimizer", given=given))
        return None
    from layerledger.core.analysis.passes.training import TrainingConfig

    return TrainingConfig(
        options.train, options.precision or "network", options.checkpointing or "none", options.states or "weights"
    )


def _check_output(options: argparse.Namespace) -> None:
    """Raise WrongCallError where the report would overwrite one of its networks."""
    out = Path(options.output) if options.output else None
    for file in options.files if out and out.exists() else ():
        if os.path.exists(file) and os.path.samefile(file, options.output):
            raise WrongCallError(
                Message("-o {output} is one of the files; the report would replace the network", output=options.output)
            )


class _Reading(Outcome):
    """The files of one call: yields the results of those that can be read, and reports the others."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self._options = options

    def __iter__(self) -> Iterator[tuple[str, Result]]:
        for file in self._options.files:
            if result := self._read(file):
                self.status = max(self.status, OK if result.ok else PROBLEMS)
                yield file, result
                self._judge(file, result)
                self._judge_context(file, result)

    def _judge(self, file: str, result: Result) -> None:
        """Print the budgets that the network breaks."""
        if result.network.budgets is None:
            return
        from layerledger.core.metrics.budgets import check_budgets  # few networks have some

        for check in check_budgets(result):
            if check.satisfied is False:
                complain(f"{file}: {check.sentence()}")
                self.status = max(self.status, PROBLEMS)

    def _judge_context(self, file: str, result: Result) -> None:
        """Print why the network does not run at the context length of the call."""
        tokens = self._options.context
        if tokens is None or not result.ok:
            return
        from layerledger.core.analysis.passes.language_model import language_model_cost

        if (found := language_model_cost(result, context=tokens)) and found.problem:
            complain(
                Message("{file}: with {tokens} tokens: {problem}", file=file, tokens=tokens, problem=found.problem)
            )
            self.status = max(self.status, PROBLEMS)

    def _read(self, file: str) -> Result | None:
        from layerledger.core.analysis import analyze
        from layerledger.core.app.cli.precision_options import dtypes_asked
        from layerledger.core.formats import FormatError
        from layerledger.core.library.templates.templates import open_file_or_template

        try:
            network = open_file_or_template(file)
        except FormatError as error:
            self.fail(str(error))
            return None
        weights, activations, dtype, cache = dtypes_asked(self._options)
        batch = self._options.batch
        return analyze(network, batch=batch, dtype=dtype, weights=weights, activations=activations, cache=cache)


def _reports(found: _Reading, options: argparse.Namespace) -> Iterator[bytes]:
    """Yield the reports of the files that can be read, one at a time."""
    from layerledger.core.metrics.metric import MetricContext
    from layerledger.core.reports.context import ReportContext
    from layerledger.core.reports.registry import REPORTS

    report = REPORTS[options.format]
    stated = {name: getattr(options, name) for name in ("count", "columns") if getattr(options, name)}
    chosen = report.options(**stated)
    for number, (file, result) in enumerate(found):
        metrics = MetricContext(result, fused=options.fused, target=options.target)
        place = ReportContext(metrics, file, number, len(options.files), options.plan, options.context)
        yield report.write(place, chosen)


def _save(content: bytes, output: str, found: _Reading) -> None:
    from layerledger.core.formats import FormatError, save_bytes

    if not content:  # nothing could be read: keep an older report rather than replace it by an empty one
        return
    try:
        save_bytes(content, output)
    except FormatError as error:
        found.fail(str(error))
