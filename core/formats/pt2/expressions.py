"""The value of a size that is written as an expression of symbols.

PyTorch writes 49*s77, or, since 2.8, sympy's form: Mul(Integer(49), Symbol('s77', positive=True, integer=True)).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import reduce

MAX_LENGTH = 400
"""Longest expression, in characters: more is not evaluated."""
_LARGEST = 2**63

_OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}
_FUNCTIONS: Mapping[str, Callable[[int, int], int]] = {
    "Add": lambda a, b: a + b,
    "Mul": lambda a, b: a * b,
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": lambda a, b: a // b,
    "Mod": lambda a, b: a % b,
    "PythonMod": lambda a, b: a % b,
    "Max": max,
    "Min": min,
}


def symbol_in(text: str) -> str | None:
    """Return the only symbol in an expression; None for an expression without a symbol or of several."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        found = set(_symbols(ast.parse(text, mode="eval").body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return found.pop() if len(found) == 1 else None


def _symbols(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Call():
            symbol = _symbol(node)
            yield from [symbol] if symbol else (each for given in node.args for each in _symbols(given))
        case ast.BinOp(left=left, right=right):
            yield from _symbols(left)
            yield from _symbols(right)
        case ast.UnaryOp(operand=inner):
            yield from _symbols(inner)
        case _:
            pass


def solved(text: str, symbol: str, value: int) -> int | None:
    """Return the symbol's value at which an expression has a value; None if no whole number does it.

    A size is a multiple of its symbol, with or without a sum: two values tell which.
    """
    first, second = (value_of(text, {symbol: each}) for each in (1, 2))
    if first is None or second is None or first == second:
        return None
    found, rest = divmod(value - first, second - first)
    return found + 1 if not rest and value_of(text, {symbol: found + 1}) == value else None


def _symbol(node: ast.Call) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id="Symbol"), args=[ast.Constant(value=str() as name)]):
            return name
        case _:
            return None


def value_of(text: str, symbols: Mapping[str, int]) -> int | None:
    """Return the value of an expression; None where it has none that can be found without a guess."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        return _value(ast.parse(text, mode="eval").body, symbols)
    except (SyntaxError, ValueError, KeyError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, symbols: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int() as number) if type(number) is int:
            return number
        case ast.Name(id=name):
            return symbols[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, symbols)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            found = _OPERATORS[type(op)](_value(left, symbols), _value(right, symbols))
        case ast.Call(func=ast.Name(id="Symbol")):
            return symbols[_symbol(node) or ""]
        case ast.Call(func=ast.Name(id="Integer"), args=[inner]):
            return _value(inner, symbols)
        case ast.Call(func=ast.Name(id=name), args=[_, _, *_] as given, keywords=[]) if name in _FUNCTIONS:
            found = reduce(_FUNCTIONS[name], [_value(each, symbols) for each in given])
        case _:
            raise ValueError
    if abs(found) > _LARGEST:
        raise ValueError
    return found
