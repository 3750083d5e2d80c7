"""The value of a size that is written as an expression of symbols.

PyTorch writes 49*s77, or, since 2.8, sympy's form: Mul(Integer(49), Symbol('s77', positive=True, integer=True)).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
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
    """Return the symbol that an expression is; None for a longer one."""
    if text.isidentifier():
        return text
    try:
        node = ast.parse(text[:MAX_LENGTH], mode="eval").body
        return _symbol(node) if isinstance(node, ast.Call) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


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
