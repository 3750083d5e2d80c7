"""Formulas of counts: parsed once, evaluated exactly on integers, written out for people.

One text such as `K_h*K_w*C_in/g*C_out + b*C_out` both counts a layer and explains it, so the two cannot drift apart.
The language is +, -, *, /, **, parentheses, floor, ceil, min and max over integers and named symbols; it is parsed to a
closed set of nodes and bounded in length, depth and size, so a formula typed by a user is as safe as a built-in one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from html import escape
from math import prod
from typing import TypeAlias

MAX_LENGTH = 2_000
MAX_DEPTH = 40
MAX_EXPONENT = 64
MAX_BITS = 12_000

Symbols: TypeAlias = Mapping[str, int]
_Evaluator: TypeAlias = Callable[[Symbols], int]


class FormulaError(ValueError):
    """A formula that cannot be read, or has no exact value for some sizes."""


@dataclass(frozen=True)
class Number:
    value: int


@dataclass(frozen=True)
class Symbol:
    name: str


@dataclass(frozen=True)
class Operation:
    """`op` is one of + - * / ** neg floor ceil min max."""

    op: str
    args: tuple[Node, ...]


Node: TypeAlias = Number | Symbol | Operation

_BINARY: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_FUNCTIONS = {"floor": 1, "ceil": 1, "min": 2, "max": 2}


class Formula:
    """A count as a formula over named symbols."""

    def __init__(self, source: str) -> None:
        """Parses `source`.

        Raises:
            FormulaError: with what cannot be read.
        """
        self.source = source
        self.root = _parse(source)

    def __call__(self, symbols: Symbols) -> int:
        """Returns the exact value.

        Raises:
            FormulaError: a symbol is missing, or a division leaves a remainder.
        """
        try:
            return self._evaluate(symbols)
        except KeyError as error:
            raise FormulaError(f"{error.args[0]} is not known here") from None

    @cached_property
    def _evaluate(self) -> _Evaluator:
        return _compile(self.root)

    @cached_property
    def names(self) -> frozenset[str]:
        """The symbols it uses."""
        return frozenset(node.name for node in _nodes(self.root) if isinstance(node, Symbol))

    def text(self) -> str:
        """Returns it as plain text, `K_h·K_w·C_in/g`."""
        return _write(self.root, TEXT)

    def html(self) -> str:
        """Returns it as rich text with subscripts."""
        return _write(self.root, HTML)

    def latex(self) -> str:
        """Returns it as LaTeX math."""
        return _write(self.root, LATEX)

    def filled(self, symbols: Symbols) -> str:
        """Returns it as plain text with each symbol replaced by its number."""
        return _write(self.root, TEXT, symbols)

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"


@cache
def formula(source: str) -> Formula:
    """Returns the one Formula of `source`."""
    return Formula(source)


def _parse(source: str) -> Node:
    if len(source) > MAX_LENGTH:
        raise FormulaError(f"a formula has at most {MAX_LENGTH:,} characters; this one has {len(source):,}")
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FormulaError(f"cannot read the formula {_cut(source)}") from None
    return _convert(tree, 0)


def _convert(node: ast.expr, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise FormulaError(f"a formula is nested at most {MAX_DEPTH} deep")
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return Number(value)
        case ast.Name(id=name):
            return Symbol(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return Operation(_BINARY[type(op)], (_convert(left, depth + 1), _convert(right, depth + 1)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Operation("neg", (_convert(operand, depth + 1),))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if len(args) >= _FUNCTIONS.get(name, 99):
            return Operation(name, tuple(_convert(arg, depth + 1) for arg in args))
        case _:
            raise FormulaError(
                f"a formula holds integers, names, + - * / ** and floor, ceil, min, max; not {_cut(ast.unparse(node))}"
            )


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Operation):
        for arg in node.args:
            yield from _nodes(arg)


# -- evaluation: closures over closures, several times faster than walking the tree


def _compile(node: Node) -> _Evaluator:
    match node:
        case Number(value):
            return lambda s: value
        case Symbol(name):
            return lambda s: s[name]
        case Operation("*"):
            factors = [_compile(n) for n in _chain(node, "*")]
            return lambda s: prod([f(s) for f in factors])
        case Operation("floor" | "ceil" as op, (Operation("/", (a, b)),)):
            return _rounded(_compile(a), _compile(b), up=op == "ceil")
        case Operation(op, args):
            return _COMPILERS[op](*[_compile(arg) for arg in args])


def _chain(node: Node, op: str) -> Iterator[Node]:
    if isinstance(node, Operation) and node.op == op:
        for arg in node.args:
            yield from _chain(arg, op)
    else:
        yield node


def _rounded(a: _Evaluator, b: _Evaluator, *, up: bool) -> _Evaluator:
    def divide(s: Symbols) -> int:
        top, bottom = a(s), b(s)
        if bottom == 0:
            raise FormulaError(f"{top} / 0 has no value")
        return -(-top // bottom) if up else top // bottom

    return divide


def _exact(a: _Evaluator, b: _Evaluator) -> _Evaluator:
    def divide(s: Symbols) -> int:
        top, bottom = a(s), b(s)
        if bottom == 0:
            raise FormulaError(f"{top} / 0 has no value")
        quotient, rest = divmod(top, bottom)
        if rest:
            raise FormulaError(f"{top} / {bottom} is not a whole number")
        return quotient

    return divide


def _power(a: _Evaluator, b: _Evaluator) -> _Evaluator:
    def power(s: Symbols) -> int:
        base, exponent = a(s), b(s)
        if not 0 <= exponent <= MAX_EXPONENT or base.bit_length() * exponent > MAX_BITS:
            raise FormulaError(f"an exponent is from 0 to {MAX_EXPONENT}, and its result below 2**{MAX_BITS}")
        return base**exponent

    return power


def _plus(a: _Evaluator, b: _Evaluator) -> _Evaluator:
    return lambda s: a(s) + b(s)


def _less(a: _Evaluator, b: _Evaluator) -> _Evaluator:
    return lambda s: a(s) - b(s)


def _negative(a: _Evaluator) -> _Evaluator:
    return lambda s: -a(s)


def _same(a: _Evaluator) -> _Evaluator:
    return a


def _least(*args: _Evaluator) -> _Evaluator:
    return lambda s: min(a(s) for a in args)


def _greatest(*args: _Evaluator) -> _Evaluator:
    return lambda s: max(a(s) for a in args)


_COMPILERS: dict[str, Callable[..., _Evaluator]] = {
    "+": _plus,
    "-": _less,
    "/": _exact,
    "**": _power,
    "neg": _negative,
    "floor": _same,
    "ceil": _same,
    "min": _least,
    "max": _greatest,
}


# -- writing


@dataclass(frozen=True)
class _Style:
    symbol: Callable[[str], str]
    times: str
    minus: str
    power: Callable[[str, str], str]
    divide: Callable[[str, str], str]
    call: Callable[[str, str], str]


def _subscripted(name: str, write: Callable[[str, str], str]) -> str:
    head, _, tail = name.partition("_")
    return write(head, tail.replace("_", ",")) if tail else head


_GREEK = {"Pi": "Π", "Sigma": "Σ"}

TEXT = _Style(
    symbol=lambda name: name,
    times="·",
    minus="−",
    power=lambda a, b: f"{a}^{b}",
    divide=lambda a, b: f"{a}/{b}",
    call=lambda name, args: {"floor": f"⌊{args}⌋", "ceil": f"⌈{args}⌉"}.get(name, f"{name}({args})"),
)
HTML = _Style(
    symbol=lambda name: _subscripted(escape(name), lambda a, b: f"{a}<sub>{b}</sub>"),
    times="·",
    minus="−",
    power=lambda a, b: f"{a}<sup>{b}</sup>",
    divide=lambda a, b: f"{a}/{b}",
    call=TEXT.call,
)
LATEX = _Style(
    symbol=lambda name: _subscripted(name, lambda a, b: f"{a}_{{\\mathrm{{{b}}}}}"),
    times=r" \cdot ",
    minus="-",
    power=lambda a, b: f"{a}^{{{b}}}",
    divide=lambda a, b: f"{a} / {b}",
    call=lambda name, args: {
        "floor": rf"\lfloor {args} \rfloor",
        "ceil": rf"\lceil {args} \rceil",
    }.get(name, rf"\{name}({args})"),
)

_PRECEDENCE = {"+": 1, "-": 1, "neg": 1, "*": 2, "/": 2, "**": 3}


def _write(node: Node, style: _Style, symbols: Symbols | None = None) -> str:
    def go(node: Node, at_least: int = 0, *, right: bool = False) -> str:
        match node:
            case Number(value):
                return str(value)
            case Symbol(name) if symbols is not None and name in symbols:
                return str(symbols[name])
            case Symbol(name):
                return style.symbol(name)
            case Operation(op, args):
                level = _PRECEDENCE.get(op, 9)
                text = _operation(op, args, level)
                return f"({text})" if level < at_least or (right and level == at_least) else text

    def _operation(op: str, args: tuple[Node, ...], level: int) -> str:
        match op:
            case "neg":
                return style.minus + go(args[0], 2)
            case "+" | "-":
                return f"{go(args[0], level)} {'+' if op == '+' else style.minus} {go(args[1], level, right=op == '-')}"
            case "*":
                return f"{go(args[0], level)}{style.times}{go(args[1], level, right=_divides(args[1]))}"
            case "/":
                return style.divide(go(args[0], level), go(args[1], level, right=True))
            case "**":
                return style.power(go(args[0], level, right=True), go(args[1], 0 if style is not TEXT else level))
            case _:
                return style.call(op, ", ".join(go(arg) for arg in args))

    return go(node)


def _divides(node: Node) -> bool:
    return isinstance(node, Operation) and node.op == "/"
