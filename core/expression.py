"""The language of formulas: text to a closed set of nodes, bounded in length and depth, never evaluated as Python."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import TypeAlias

from layerledger.core.record import Record

MAX_LENGTH = 2_000
MAX_DEPTH = 100


class FormulaError(ValueError):
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

_BINARY: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_UNARY = ("floor", "ceil")
_VARIADIC = ("min", "max")
_TYPED = str.maketrans(
    {"·": "*", "×": "*", "−": "-", "^": "**", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}  # what `text()` writes
)


def parse(source: str) -> Node:
    """Returns the tree of `source`.

    Raises:
        FormulaError: with what cannot be read.
    """
    if len(source) > MAX_LENGTH:
        raise FormulaError(f"a formula has at most {MAX_LENGTH:,} characters; this one has {len(source):,}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a typed formula is no program whose author wants Python's advice
            tree = ast.parse(source.translate(_TYPED).strip(), mode="eval").body
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
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if _takes(name, len(args)):
            return Operation(name, tuple(_convert(arg, depth + 1) for arg in args))
        case _:
            raise FormulaError(
                f"a formula holds integers, names, + - * / ** and floor, ceil, min, max; not {_cut(_source(node))}"
            )


def _takes(function: str, count: int) -> bool:
    return (function in _UNARY and count == 1) or (function in _VARIADIC and count > 1)


def _source(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except RecursionError:
        return "this"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def walk(node: Node) -> Iterator[Node]:
    """Yields `node` and all below it."""
    yield node
    if isinstance(node, Operation):
        for arg in node.args:
            yield from walk(arg)
