"""Argument parsing with complaints of one sentence."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from layerledger.core.base.messages import Message


class WrongCallError(Exception):
    """A call that cannot be understood, in one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that raises its complaint instead of printing it below the usage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        unquoted = re.sub(r"\(choose from .*\)$", lambda match: match[0].replace("'", ""), message)  # 3.11 quotes them
        raise WrongCallError(Message("{message}; see {prog} --help", message=unquoted, prog=self.prog))
