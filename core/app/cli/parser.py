"""Argument parsing whose errors are one sentence."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from layerledger.core.base.messages import Message


class WrongCallError(Exception):
    """A wrong call of the command line, explained in one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that raises WrongCallError instead of printing usage and error and exiting."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        unquoted = re.sub(
            r"\(choose from .*\)$", lambda match: match[0].replace("'", ""), message
        )  # Python 3.11 quotes the choices
        raise WrongCallError(Message("{message}; see {prog} --help", message=unquoted, prog=self.prog))
