"""Argument parsing with complaints of one sentence."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from layerledger.core.base.messages import Message


class WrongCallError(Exception):
    """A call that cannot be understood, in one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that raises its complaint instead of printing it below the usage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        raise WrongCallError(Message("{message}; see {prog} --help", message=message, prog=self.prog))
