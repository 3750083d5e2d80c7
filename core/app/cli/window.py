"""The command without a name, which opens the window: the only module of core that imports it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from layerledger.core.app.cli.parser import Parser, WrongCallError
from layerledger.core.app.cli.streams import NAME
from layerledger.core.base.messages import Message

_THEMES = ("light", "dark", "system")
_WINDOW_HELP = f"""\
{NAME} report FILE... prints what networks cost, without a window; see {NAME} report --help.
{NAME} formats lists the files that can be opened; see {NAME} formats --help.
{NAME} conventions lists the conventions by which it can count; see {NAME} conventions --help.
{NAME} devices lists the devices on which it can time layers; see {NAME} devices --help.
To open a file named report, formats, conventions or devices, write ./report, ./formats, ./conventions or ./devices."""


def open_window(arguments: Sequence[str]) -> int:
    """Open the window and return the exit status once it is closed."""
    options = _window_parser().parse_args(arguments)
    try:
        from layerledger.gui.app.application import run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == NAME:
            raise
        raise WrongCallError(
            Message(
                "the window needs {name}, which is not installed; `{name2} report` does not",
                name=error.name,
                name2=NAME,
            )
        ) from None
    return run(
        options.files, screenshot=options.screenshot, size=options.size, theme=options.theme, scale=options.scale
    )


def _window_parser() -> Parser:
    parser = Parser(prog=NAME, description="Weigh a neural network before you build it.", epilog=_WINDOW_HELP)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a file to open, or the name of a template")
    parser.add_argument("--screenshot", metavar="OUT.png", help="save a picture of the window and exit")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1280x800")
    parser.add_argument("--theme", choices=_THEMES, help="colour theme (default: as set in the window)")
    parser.add_argument("--scale", type=_scale, metavar="N", help="scale the whole window by N, such as 1.5")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser


class _Version(argparse.Action):
    """Print the version; importlib.metadata is imported only here because it is slow."""

    def __call__(self, parser: argparse.ArgumentParser, *args: object, **options: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"{NAME} {version(NAME)}")
        except PackageNotFoundError:
            print(f"{NAME} (not installed, so without a version)")
        parser.exit()


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d{0,4})[x×]([1-9]\d{0,4})", text)
    if not found:
        raise argparse.ArgumentTypeError(
            Message("must be width x height in pixels, such as 1280x800; got {text}", text=text)
        )
    return int(found[1]), int(found[2])


def _scale(text: str) -> float:
    if not re.fullmatch(r"\d{1,2}(\.\d+)?", text) or not 0.25 <= float(text) <= 8:
        raise argparse.ArgumentTypeError(Message("must be a number from 0.25 to 8; got {text}", text=text))
    return float(text)
