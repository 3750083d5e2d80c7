"""The commands `conventions` and `devices`, which list what the app knows."""

from __future__ import annotations

import os
from collections.abc import Sequence

from layerledger.core.app.cli.parser import Parser
from layerledger.core.app.cli.streams import NAME, Outcome, complain, print_all

FOLDER_OPTION = "--conventions"
FOLDER_HELP = "a folder with conventions of your own, a JSON file each, instead of the one beside the settings"


def list_conventions(arguments: Sequence[str]) -> int:
    """List the conventions and return the exit status."""
    from layerledger.core.metrics.conventions import conventions
    from layerledger.core.metrics.conventions.listing import FORMATS

    parser = Parser(prog=f"{NAME} conventions", description="List the conventions by which operations are counted.")
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print them (default: table)")
    parser.add_argument(FOLDER_OPTION, metavar="FOLDER", help=FOLDER_HELP)
    options, outcome = parser.parse_args(arguments), Outcome()
    found = conventions(options.conventions)
    for problem in found.problems:
        outcome.fail(problem)
    print_all(iter((FORMATS[options.format](found),)), outcome)
    return outcome.status


def list_devices(arguments: Sequence[str]) -> int:
    """List the devices and return the exit status."""
    from layerledger.core.metrics.devices import devices
    from layerledger.core.metrics.devices.listing import FORMATS

    parser = Parser(prog=f"{NAME} devices", description="List the devices on which layers can be timed.")
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print them (default: table)")
    options, outcome = parser.parse_args(arguments), Outcome()
    found = devices()
    for problem in found.problems:
        outcome.fail(problem)
    print_all(iter((FORMATS[options.format](found),)), outcome)
    return outcome.status


def use_conventions(arguments: Sequence[str]) -> None:
    """Use the conventions of a user's folder from now on, and print which of them cannot be read."""
    from layerledger.core.metrics.conventions import CONVENTIONS, conventions

    parser = Parser(add_help=False)
    parser.add_argument(FOLDER_OPTION)
    if folder := parser.parse_known_args(arguments)[0].conventions:
        os.environ[CONVENTIONS.variable] = folder
    for problem in conventions().problems:
        complain(problem)
