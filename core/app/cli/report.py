"""The command `report`, which prints what networks cost without opening a window."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from layerledger.core.app.cli.lists import use_conventions
from layerledger.core.app.cli.parser import WrongCallError
from layerledger.core.app.cli.report_options import formats_with_columns, listed, report_parser
from layerledger.core.app.cli.streams import NAME, OK, PROBLEMS, Outcome, complain, print_all
from layerledger.core.base.messages import Message

if TYPE_CHECKING:
    from layerledger.core.analysis import Result
    from layerledger.core.analysis.passes.training import TrainingConfig
    from layerledger.core.metrics.devices.target import DeviceTarget


def report(arguments: Sequence[str]) -> int:
    """Print or save the reports of one call and return its exit status."""
    use_conventions(arguments)
    options = report_parser().parse_args(arguments)
    _check_output(options)
    if options.columns and options.format not in (formats := formats_with_columns()):
        raise WrongCallError(
            Message(
                "--columns works with {formats}; {format} always has all numbers",
                formats=listed(formats),
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
        from layerledger.core.formats.importing.notes import notes_of
        from layerledger.core.library.templates.templates import open_file_or_template

        try:
            network = open_file_or_template(file, sizes=dict(self._options.sizes or ()))
        except FormatError as error:
            self.fail(str(error))
            return None
        for note in notes_of(network):
            complain(f"{file}: {note.text}")
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
