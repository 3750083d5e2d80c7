"""The command line: opens the window, or reports without one. Never imports Qt to report."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from fractions import Fraction
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from layerledger.core.analysis import Result
    from layerledger.core.analysis.training import Plan
    from layerledger.core.device_metric import Target
    from layerledger.core.formats.reports import Report

OK, PROBLEMS, FAILED = 0, 1, 2
"""Exit statuses: all well; a network has an error; a file or the call cannot be read."""

_NAME = "layerledger"
_THEMES = ("light", "dark", "system")
_WINDOW_HELP = f"""\
{_NAME} report FILE... prints what networks cost, without a window; see {_NAME} report --help.
{_NAME} conventions lists the conventions by which it can count; see {_NAME} conventions --help.
{_NAME} devices lists the devices on which it can time layers; see {_NAME} devices --help.
To open a file that is called report, conventions or devices, say ./report, ./conventions or ./devices."""
_FOLDER_OPTION = "--conventions"
_FOLDER_HELP = "a folder with conventions of your own, a JSON file each, instead of the one beside the settings"
_REPORT_HELP = """\
A name that is no file here but that of a template, such as resnet18 or resnet18.layers, means the template.
Exit status: 0; 1 when a network has an error or breaks a budget; 2 when a file cannot be read or the call is wrong."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _speak_utf8()
    try:
        if arguments[:1] == ["report"]:
            return _report(arguments[1:])
        if arguments[:1] == ["conventions"]:
            return _conventions(arguments[1:])
        if arguments[:1] == ["devices"]:
            return _devices(arguments[1:])
        return _window(arguments)
    except _WrongCallError as wrong:
        _complain(str(wrong))
        return FAILED
    except SystemExit as done:  # argparse has printed the help or the version
        return done.code if isinstance(done.code, int) else OK
    except KeyboardInterrupt:
        return 130


class _WrongCallError(Exception):
    """A call that cannot be understood, in one sentence."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises its complaint instead of printing it below the usage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        choices = re.sub(r"\(choose from .*\)$", lambda match: match[0].replace("'", ""), message)  # 3.11 quotes them
        raise _WrongCallError(f"{choices}; see {self.prog} --help")


# -- the window


def _window(arguments: Sequence[str]) -> int:
    options = _window_parser().parse_args(arguments)
    try:
        from layerledger.gui.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == _NAME:
            raise
        raise _WrongCallError(
            f"the window needs {error.name}, which is not installed; `{_NAME} report` does not"
        ) from None
    return run(
        options.files, screenshot=options.screenshot, size=options.size, theme=options.theme, scale=options.scale
    )


def _window_parser() -> _Parser:
    parser = _Parser(prog=_NAME, description="Weigh a neural network before you build it.", epilog=_WINDOW_HELP)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a .layers file to open")
    parser.add_argument("--screenshot", metavar="OUT.png", help="save a picture of the window and end")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1280x800")
    parser.add_argument("--theme", choices=_THEMES, help="colours; the system's unless the preferences say otherwise")
    parser.add_argument("--scale", type=_scale, metavar="N", help="scale everything by N, such as 1.5")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    return parser


class _Version(argparse.Action):
    """Prints the version; what finds it is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *args: object, **options: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"{_NAME} {version(_NAME)}")
        except PackageNotFoundError:
            print(f"{_NAME} (not installed, so without a version)")
        parser.exit()


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d{0,4})[x×]([1-9]\d{0,4})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"must be width x height in pixels, such as 1280x800; got {text}")
    return int(found[1]), int(found[2])


def _scale(text: str) -> float:
    if not re.fullmatch(r"\d{1,2}(\.\d+)?", text) or not 0.25 <= float(text) <= 8:
        raise argparse.ArgumentTypeError(f"must be a number from 0.25 to 8; got {text}")
    return float(text)


# -- the report


def _report(arguments: Sequence[str]) -> int:
    _use_conventions(arguments)
    options = _report_parser().parse_args(arguments)
    _check_output(options)
    if options.columns and options.format == "json":
        raise _WrongCallError("--columns is for table, csv and markdown; JSON has every number")
    options.target, options.plan = _target(options), _plan(options)
    found = _Reading(options)
    texts = _texts(found, options)
    if options.output:
        _save("".join(texts), options.output, found)
    else:
        _print(texts, found)
    return found.status


def _report_parser() -> _Parser:
    from layerledger.core.formats.columns import COLUMNS
    from layerledger.core.formats.reports import REPORTS
    from layerledger.core.metrics import COUNTS
    from layerledger.core.precision import INT4, WEIGHT_DTYPES
    from layerledger.core.shapes import ELEMENT_BYTES

    parser = _Parser(prog=f"{_NAME} report", description="Print what networks cost.", epilog=_REPORT_HELP)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .layers file, or the name of a template")
    parser.add_argument("--format", choices=REPORTS, default="table", help="how to print it (default: table)")
    columns = f"columns of table, csv and markdown, separated by commas, out of {', '.join(COLUMNS)}"
    parser.add_argument("--columns", type=_columns, metavar="NAMES", help=columns)
    parser.add_argument("-o", "--output", metavar="OUT", help="write to this file, not to the terminal")
    parser.add_argument("--batch", type=_batch, metavar="N", help="dimension 0 of every input")
    computed = f"type of every floating-point input, and so of the weights; {INT4} is of the weights alone"
    parser.add_argument("--dtype", choices=(*ELEMENT_BYTES, INT4), help=computed)
    parser.add_argument(
        "--weights", choices=WEIGHT_DTYPES, help="type in which weights are stored (default: as they are computed)"
    )
    parser.add_argument(
        "--count", choices=COUNTS, help=f"convention by which operations are counted; {_NAME} conventions lists them"
    )
    parser.add_argument(_FOLDER_OPTION, metavar="FOLDER", help=_FOLDER_HELP)
    parser.add_argument("--device", metavar="ID", help=f"add the least time on a device; {_NAME} devices lists them")
    parser.add_argument(
        "--efficiency", type=_efficiency, metavar="E", help="part of the device's peak to count on (default: 1)"
    )
    parser.add_argument("--fused", action="store_true", help="norms, activation functions and additions move nothing")
    _ask_more(parser)
    return parser


def _ask_more(parser: _Parser) -> None:
    """Adds the options that ask for more than counts."""
    from layerledger.core.analysis.training import CHECKPOINTING, OPTIMIZERS, PRECISIONS

    named = f"add what training takes, with one of {', '.join(OPTIMIZERS)}"
    parser.add_argument("--train", choices=OPTIMIZERS, metavar="OPTIMIZER", help=named)
    parser.add_argument("--precision", choices=PRECISIONS, help="in which it is trained (default: fp32)")
    again = "which blocks run again on the way back, instead of being kept (default: none)"
    parser.add_argument("--checkpointing", choices=CHECKPOINTING, help=again)
    parser.add_argument("--context", type=_batch, metavar="TOKENS", help="add what a language model takes on so many")


def _batch(text: str) -> int:
    from layerledger.core.params import MAX_SIZE

    if not re.fullmatch(r"\d{1,19}", text) or not 1 <= int(text) <= MAX_SIZE:
        raise argparse.ArgumentTypeError(f"must be an integer ≥ 1; got {text}")
    return int(text)


def _columns(text: str) -> tuple[str, ...]:
    from layerledger.core.formats.columns import COLUMNS

    keys = tuple(key.strip() for key in text.split(","))
    if unknown := [key for key in keys if key not in COLUMNS]:
        raise argparse.ArgumentTypeError(f'there is no column "{unknown[0]}"; these are: {", ".join(COLUMNS)}')
    if len(set(keys)) < len(keys):
        raise argparse.ArgumentTypeError("a column is named twice; once each would do")
    return keys


def _efficiency(text: str) -> Fraction:
    if not re.fullmatch(r"\d(\.\d{0,9})?|\.\d{1,9}", text) or not 0 < Fraction(text) <= 1:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and at most 1, such as 0.5; got {text}")
    return Fraction(text)


def _target(options: argparse.Namespace) -> Target | None:
    """Returns the device that is asked for, and how it is used."""
    if options.device is None:
        if options.efficiency:
            raise _WrongCallError("--efficiency says how a device is used; --device names one")
        return None
    from layerledger.core.device_metric import Target
    from layerledger.core.devices import devices

    found = devices()
    for problem in found.problems:
        _complain(problem)
    if options.device not in found:
        near: list[str] = get_close_matches(str(options.device), list(found), 1)
        hint = f"did you mean {near[0]}?" if near else f"{_NAME} devices lists them"
        raise _WrongCallError(f'there is no device "{options.device}"; {hint}')
    return Target(found[options.device], options.efficiency or Fraction(1), options.fused)


def _plan(options: argparse.Namespace) -> Plan | None:
    """Returns how the networks are trained, where that is asked."""
    if options.train is None:
        given = next((name for name in ("precision", "checkpointing") if getattr(options, name)), None)
        if given:
            raise _WrongCallError(f"--{given} says how a network is trained; --train names an optimizer")
        return None
    from layerledger.core.analysis.training import Plan

    return Plan(options.train, options.precision or "fp32", options.checkpointing or "none")


def _check_output(options: argparse.Namespace) -> None:
    """Refuses to write a report over a network that it is of."""
    out = Path(options.output) if options.output else None
    for file in options.files if out and out.exists() else ():
        if os.path.exists(file) and os.path.samefile(file, options.output):
            raise _WrongCallError(f"-o {options.output} is one of the files; the report would replace the network")


class _Outcome:
    """What came of a call: says what went wrong, and keeps the exit status."""

    def __init__(self) -> None:
        self.status = OK

    def fail(self, message: str) -> None:
        _complain(message)
        self.status = FAILED


class _Reading(_Outcome):
    """The files of one call: yields what can be read, and says what cannot."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self._options = options

    def __iter__(self) -> Iterator[tuple[str, Result]]:
        for file in self._options.files:
            if result := self._read(file):
                self.status = max(self.status, OK if result.ok else PROBLEMS)
                yield file, result
                self._judge(file, result)

    def _judge(self, file: str, result: Result) -> None:
        """Says which limits that the network is to keep are broken."""
        from layerledger.core.formats.rows import judged

        for kept, sentence in judged(result):
            if kept is False:
                _complain(f"{file}: {sentence}")
                self.status = max(self.status, PROBLEMS)

    def _read(self, file: str) -> Result | None:
        from layerledger.core.analysis import analyze
        from layerledger.core.formats import FormatError
        from layerledger.core.templates import open_file_or_template

        try:
            network = open_file_or_template(file)
        except FormatError as error:
            self.fail(str(error))
            return None
        dtype, weights = _dtypes(self._options)
        return analyze(network, batch=self._options.batch, dtype=dtype, weights=weights)


def _dtypes(options: argparse.Namespace) -> tuple[str | None, str | None]:
    """Returns in what is computed, and in what weights are stored: nothing is computed in int4."""
    from layerledger.core.precision import INT4

    return (None, options.weights or INT4) if options.dtype == INT4 else (options.dtype, options.weights)


def _texts(found: _Reading, options: argparse.Namespace) -> Iterator[str]:
    """Yields the reports of the files that can be read, each as soon as it is made."""
    from layerledger.core.formats.options import Part
    from layerledger.core.formats.reports import REPORTS

    report: Report = REPORTS[options.format]
    stated = {name: getattr(options, name) for name in ("count", "columns") if getattr(options, name)}
    chosen = report.options(**stated)
    asked = {name: getattr(options, name) for name in ("target", "fused", "plan", "context")}
    for number, (file, result) in enumerate(found):
        yield report.write(result, chosen, Part(file, number, len(options.files), **asked))


def _save(text: str, output: str, found: _Reading) -> None:
    from layerledger.core.formats import FormatError, save_bytes
    from layerledger.core.formats.reports import encoded

    if not text:  # nothing could be read, so an older report is worth more than an empty one
        return
    try:
        save_bytes(encoded(text), output)
    except FormatError as error:
        found.fail(str(error))


def _print(texts: Iterator[str], found: _Outcome) -> None:
    for text in texts:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read has seen enough
            return _discard_output()
        except OSError as error:
            found.fail(f"the report cannot be printed: {(error.strerror or 'unknown reason').lower()}")
            return _discard_output()


# -- the conventions


def _conventions(arguments: Sequence[str]) -> int:
    from layerledger.core.conventions import conventions
    from layerledger.core.conventions.listing import FORMATS

    parser = _Parser(prog=f"{_NAME} conventions", description="List the conventions by which operations are counted.")
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print them (default: table)")
    parser.add_argument(_FOLDER_OPTION, metavar="FOLDER", help=_FOLDER_HELP)
    options, outcome = parser.parse_args(arguments), _Outcome()
    found = conventions(options.conventions)
    for problem in found.problems:
        outcome.fail(problem)
    _print(iter((FORMATS[options.format](found),)), outcome)
    return outcome.status


def _devices(arguments: Sequence[str]) -> int:
    from layerledger.core.devices import devices
    from layerledger.core.devices.listing import FORMATS

    parser = _Parser(prog=f"{_NAME} devices", description="List the devices on which layers can be timed.")
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print them (default: table)")
    options, outcome = parser.parse_args(arguments), _Outcome()
    found = devices()
    for problem in found.problems:
        outcome.fail(problem)
    _print(iter((FORMATS[options.format](found),)), outcome)
    return outcome.status


def _use_conventions(arguments: Sequence[str]) -> None:
    """Makes the conventions of a user's folder known before anything lists them, and tells of those it cannot read."""
    from layerledger.core.conventions import CONVENTIONS, conventions

    parser = _Parser(add_help=False)
    parser.add_argument(_FOLDER_OPTION)
    if folder := parser.parse_known_args(arguments)[0].conventions:
        os.environ[CONVENTIONS.variable] = folder
    for problem in conventions().problems:
        _complain(problem)


# -- streams


def _speak_utf8() -> None:
    """Makes both streams UTF-8 whatever the locale, without changing line ends."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def _discard_output() -> None:
    """Sends what is still buffered nowhere, or the interpreter complains about it at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None


def _complain(message: str) -> None:
    """Prints one line on standard error, whatever a file name in it holds."""
    from layerledger.core.formats.table import printable

    if sys.stderr is not None:
        sys.stderr.write(f"{_NAME}: {printable(message)}\n")
