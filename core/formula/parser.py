"""The language of formulas: text to a closed set of nodes, bounded in length and depth, never evaluated as Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record
from layerledger.core.base.values import ParamError

MAX_LENGTH = 2_000
MAX_DEPTH = 100


class FormulaError(ParamError):
    """A formula that cannot be read, or has no exact value for some sizes."""


class Number(Record):
    """A whole number ≥ 0."""

    value: int


class Symbol(Record):
    """A name that a number is filled in for."""

    name: str


class Operation(Record):
    """`op` is one of + - * / ** neg floor ceil min max."""

    op: str
    args: tuple[Node, ...]


Node: TypeAlias = Number | Symbol | Operation

FUNCTIONS = ("floor", "ceil", "min", "max")
"""What takes values in parentheses: the first two one, the others several. No symbol has such a name."""

_ROUNDING = FUNCTIONS[:2]
_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_NEGATIVE = 3  # -a*b is (-a)*b, and -a**b is -(a**b)
_TYPED = str.maketrans(
    {"·": "*", "×": "*", "−": "-", "^": "**", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}  # what `text()` writes
)
_TOKEN = re.compile(r"[0-9]+(?:_[0-9]+)*|[^\W\d]\w*|\*\*|[-+*/(),]")
_ASCII = "0123456789+-*/(),"
_BLANK = re.compile(r"\s*")
_HOLDS = "a formula holds whole numbers, names, + - * / ^, parentheses, floor, ceil, min and max"


def parse(source: str) -> Node:
    """Return the tree of `source`, in time that grows with its length alone.

    Raises:
        FormulaError: with what cannot be read.
    """
    if len(source) > MAX_LENGTH:
        raise FormulaError(
            Message(
                "a formula has at most {max_length:,} characters; this one has {count:,}",
                max_length=MAX_LENGTH,
                count=len(source),
            )
        )
    tokens = _tokens(source.translate(_TYPED))
    if not tokens:
        raise FormulaError("the formula is empty; a number or a name would do")
    return _Reader(tokens).whole()


def is_name(text: str) -> bool:
    """Return whether a symbol can have this name."""
    return text.isidentifier() and text not in FUNCTIONS


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = _end_of_blanks(text, 0)
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise FormulaError(_strange(text[at]))
        if not (token[0].isidentifier() or token[0][0] in _ASCII):
            raise FormulaError(_strange(token[0]))  # what is a letter to the pattern alone, such as ²
        found.append(token[0])
        at = _end_of_blanks(text, token.end())
    return found


def _end_of_blanks(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _strange(character: str) -> str:
    if character == ".":
        return f"{_HOLDS}; not “.”: 1/2 is a half"
    return f"{_HOLDS}; not {quoted(character)}"


def quoted(token: str) -> str:
    """Return a part of a formula for a sentence: in quotes, cut when long, by its number where it cannot be seen."""
    if not token.isprintable():
        return f"the character U+{next(ord(c) for c in token if not c.isprintable()):04X}"
    return f"“{token if len(token) <= 40 else f'{token[:39]}…'}”"


class _Read(NamedTuple):
    """A part of a formula that has been read, and how deep it is nested."""

    node: Node
    depth: int


class _Reader:
    """Reads tokens from left to right by the binding of their operators (Pratt 1973, Top down operator precedence)."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = (*tokens, "")
        self._at = 0
        self._open = 0

    def whole(self) -> Node:
        """Return all of it."""
        node = self._expression(1).node
        if self._peek() == ")":
            raise FormulaError("there is one ) too many")
        if self._peek():
            raise FormulaError(self._no_operator())
        return node

    def _peek(self) -> str:
        return self._tokens[self._at]

    @property
    def _last(self) -> str:
        return self._tokens[self._at - 1] if self._at else ""

    def _take(self) -> str:
        self._at += 1
        return self._last

    def _expression(self, least: int) -> _Read:
        """Return what binds at least so much."""
        left = self._operand()
        while _LEVELS.get(self._peek(), 0) >= least:
            op = self._take()
            # A power is read from the right, 2**3**2 is 2**9; all others from the left.
            left = _made(op, left, self._expression(_NEGATIVE if op == "**" else _LEVELS[op] + 1))
        return left

    def _operand(self) -> _Read:
        token = self._peek()
        if token in ("", ")", ",") or (token in _LEVELS and token != "-"):
            raise FormulaError(self._no_operand())
        self._at += 1
        if token == "-":
            return _made("neg", self._nested(_NEGATIVE))
        if token == "(":
            return self._closed(self._nested(1))
        if token in FUNCTIONS:
            return self._call(token)
        return _Read(Number(int(token)) if token[0] in _ASCII else Symbol(token), 0)

    def _nested(self, least: int) -> _Read:
        self._open += 1
        if self._open > MAX_DEPTH:
            raise FormulaError(_too_deep())
        found = self._expression(least)
        self._open -= 1
        return found

    def _closed(self, found: _Read) -> _Read:
        if self._peek() != ")":
            raise FormulaError(self._no_operator() if self._peek() not in ("", ",") else "a ) is missing")
        self._at += 1
        return found

    def _call(self, name: str) -> _Read:
        if self._peek() != "(":
            raise FormulaError(
                Message(
                    "{name} must be followed by its values in parentheses, as in {name2}", name=name, name2=_like(name)
                )
            )
        args: list[_Read] = []
        while not args or self._peek() == ",":
            self._at += 1
            args.append(self._nested(1))
        if (len(args) == 1) != (name in _ROUNDING):
            takes = "one value" if name in _ROUNDING else "two values or more"
            raise FormulaError(
                Message(
                    "{name} takes {takes}, as in {name2}; here it has {count}",
                    name=name,
                    takes=takes,
                    name2=_like(name),
                    count=len(args),
                )
            )
        self._closed(args[-1])
        return _made(name, *args)

    # -- sentences

    def _no_operand(self) -> str:
        instead = "it ends" if not self._peek() else f"there is {quoted(self._peek())}"
        if not self._last:
            return f"a formula begins with a number, a name or (; here {instead}"
        return f"after {quoted(self._last)} a number, a name or ( must follow; here {instead}"

    def _no_operator(self) -> str:
        if self._peek() == "(" and not self._last[0].isdigit() and self._last != ")":
            return f"{quoted(self._last)} is no function; there are {', '.join(FUNCTIONS)}"
        return f"between {quoted(self._last)} and {quoted(self._peek())} an operator is missing, such as *"


def _made(op: str, *args: _Read) -> _Read:
    depth = 1 + max(arg.depth for arg in args)
    if depth > MAX_DEPTH:
        raise FormulaError(_too_deep())
    return _Read(Operation(op, tuple(arg.node for arg in args)), depth)


def _too_deep() -> str:
    return f"a formula is nested at most {MAX_DEPTH} deep"


def _like(function: str) -> str:
    return f"{function}(H/2)" if function in _ROUNDING else f"{function}(H, W)"


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and all below it."""
    yield node
    if isinstance(node, Operation):
        for arg in node.args:
            yield from walk(arg)
