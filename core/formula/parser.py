"""Parser of the formula language: text to a closed set of nodes, bounded in length and depth, never run as Python."""

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
    """A formula that cannot be read, or that has no exact value for some sizes."""


class Number(Record):
    """A whole number ≥ 0."""

    value: int


class Symbol(Record):
    """A name that is replaced by a number."""

    name: str


class Operation(Record):
    """`op` is one of + - * / ** neg floor ceil min max."""

    op: str
    args: tuple[Node, ...]


Node: TypeAlias = Number | Symbol | Operation

FUNCTIONS = ("floor", "ceil", "min", "max")
"""Functions: the first two take one value, the others several. No symbol can have such a name."""

_ROUNDING = FUNCTIONS[:2]
_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_NEGATIVE = 3  # -a*b is (-a)*b, and -a**b is -(a**b)
_TYPED = str.maketrans(
    {"·": "*", "×": "*", "−": "-", "^": "**", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}  # what `text()` writes
)
# A name may begin with a letter of any script; what `\w` accepts beyond letters is refused in `_tokens`.
_TOKEN = re.compile(r"[0-9]+(?:_[0-9]+)*|[^\W\d]\w*|\*\*|[-+*/(),]")
_ASCII = "0123456789+-*/(),"
_BLANK = re.compile(r"\s*")


def parse(source: str) -> Node:
    """Return the tree of `source`, in time that grows with its length alone.

    Raises:
        FormulaError: with what cannot be read.
    """
    if len(source) > MAX_LENGTH:
        raise FormulaError(
            Message(
                "a formula must have at most {max_length:,} characters; this one has {count:,}",
                max_length=MAX_LENGTH,
                count=len(source),
            )
        )
    tokens = _tokens(source.translate(_TYPED))
    if not tokens:
        raise FormulaError("the formula is empty; write a number or a name")
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


def _strange(character: str) -> Message:
    return Message(
        "a formula contains only whole numbers, names, + - * / ^, parentheses, floor, ceil, min and max; "
        "not {character}",
        character=Message("“.”: write 1/2 for a half") if character == "." else quoted(character),
    )


def quoted(token: str) -> str:
    """Return a part of a formula for a sentence: in quotes, cut when long; an invisible character by its code."""
    if not token.isprintable():
        return Message("the character U+{code:04X}", code=next(ord(c) for c in token if not c.isprintable()))
    return f"“{token if len(token) <= 40 else f'{token[:39]}…'}”"


class _Read(NamedTuple):
    """A part of a formula that has been read, and how deep it is nested."""

    node: Node
    depth: int


class _Reader:
    """Reads tokens from left to right by the binding of their operators (Pratt 1973, Top down operator precedence)."""

    def __init__(self, tokens: Sequence[str]) -> None:
        # The empty token is the end, so that `_peek` needs no check.
        self._tokens = (*tokens, "")
        self._at = 0
        self._open = 0

    def whole(self) -> Node:
        """Return the tree of all tokens."""
        node = self._expression(1).node
        if self._peek() == ")":
            raise FormulaError("unbalanced parentheses: remove one )")
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
        """Return the expression of operators that bind at least as strongly as `least`."""
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
            raise FormulaError(
                self._no_operator() if self._peek() not in ("", ",") else "unbalanced parentheses: add a )"
            )
        self._at += 1
        return found

    def _call(self, name: str) -> _Read:
        if self._peek() != "(":
            raise FormulaError(
                Message(
                    "{name} must be followed by values in parentheses, as in {example}", name=name, example=_like(name)
                )
            )
        args: list[_Read] = []
        while not args or self._peek() == ",":
            self._at += 1
            args.append(self._nested(1))
        if (len(args) == 1) != (name in _ROUNDING):
            raise FormulaError(
                Message(
                    "{name} takes {values}, as in {example}; here it has {count}",
                    name=name,
                    values=Message("one value") if name in _ROUNDING else Message("two values or more"),
                    example=_like(name),
                    count=len(args),
                )
            )
        self._closed(args[-1])
        return _made(name, *args)

    # -- sentences

    def _no_operand(self) -> Message:
        found = quoted(self._peek()) if self._peek() else Message("the end")
        if not self._last:
            return Message("a formula must begin with a number, a name or (; got {found}", found=found)
        return Message(
            "after {last} a number, a name or ( must follow; got {found}", last=quoted(self._last), found=found
        )

    def _no_operator(self) -> Message:
        last, following = quoted(self._last), quoted(self._peek())
        if self._peek() == "(" and not self._last[0].isdigit() and self._last != ")":
            functions = ", ".join(FUNCTIONS)
            return Message("unknown function {name}; the functions are {functions}", name=last, functions=functions)
        return Message(
            "between {last} and {following} an operator is missing, such as *", last=last, following=following
        )


def _made(op: str, *args: _Read) -> _Read:
    # A chain such as a + b + c nests to the left without `_nested`, so the depth of the tree is checked here too:
    # evaluation and rendering walk it recursively.
    depth = 1 + max(arg.depth for arg in args)
    if depth > MAX_DEPTH:
        raise FormulaError(_too_deep())
    return _Read(Operation(op, tuple(arg.node for arg in args)), depth)


def _too_deep() -> Message:
    return Message("a formula must be nested at most {max_depth} deep; this one is deeper", max_depth=MAX_DEPTH)


def _like(function: str) -> str:
    return f"{function}(H/2)" if function in _ROUNDING else f"{function}(H, W)"


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and all below it."""
    yield node
    if isinstance(node, Operation):
        for arg in node.args:
            yield from walk(arg)
