"""Conditions of rules: comparisons of formulas and parameters, joined by and, or and not; not evaluated as Python."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias

from layerledger.core.base.messages import Message
from layerledger.core.formula.formula import Formula, FormulaError, formula
from layerledger.core.metrics.conventions.vocabulary import LayerVariables

MAX_LENGTH = 500

Test: TypeAlias = Callable[[LayerVariables], bool]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Condition:
    """A condition on a layer, such as `affine and padding == "same"`, or `"..." in equation`.

    A number is true unless it is 0.
    """

    def __init__(self, source: str) -> None:
        """Parse `source`.

        Raises:
            FormulaError: the source cannot be read.
        """
        self.source = source
        self.formulas: list[Formula] = []
        self.texts: list[str] = []
        self._test = self._compile(_parsed(source))

    def __call__(self, numbers: LayerVariables) -> bool:
        """Return whether it holds for a layer.

        Raises:
            FormulaError: it uses a variable that the layer does not have.
        """
        return self._test(numbers)

    def __reduce__(self) -> tuple[Any, ...]:
        return condition, (self.source,)

    @property
    def names(self) -> Iterator[str]:
        """The numbers and parameters that it uses."""
        for each in self.formulas:
            yield from each.names
        yield from self.texts

    def _compile(self, node: ast.expr) -> Test:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                tests = [self._compile(value) for value in values]
                return lambda numbers: all(test(numbers) for test in tests)
            case ast.BoolOp(values=values):
                tests = [self._compile(value) for value in values]
                return lambda numbers: any(test(numbers) for test in tests)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                test = self._compile(operand)
                return lambda numbers: not test(numbers)
            case ast.Compare(left=ast.Constant(str(part)), ops=[ast.In()], comparators=[ast.Name(name)]):
                self.texts.append(name)
                return lambda numbers: part in numbers.text(name)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                return self._comparison(left, _COMPARE[type(op)], right)
            case _:
                value = self._number(node)
                return lambda numbers: value(numbers) != 0

    def _comparison(self, left: ast.expr, compare: Callable[[Any, Any], bool], right: ast.expr) -> Test:
        match left, right:
            case ast.Name(id=name), ast.Constant(value=str(text)) if compare in (operator.eq, operator.ne):
                self.texts.append(name)
                return lambda numbers: compare(numbers.text(name), text)
            case _:
                a, b = self._number(left), self._number(right)
                return lambda numbers: compare(a(numbers), b(numbers))

    def _number(self, node: ast.expr) -> Formula:
        found = formula(ast.unparse(node))
        self.formulas.append(found)
        return found


def _parsed(source: str) -> ast.expr:
    if len(source) > MAX_LENGTH:
        raise FormulaError(
            Message(
                "a condition has at most {max_length} characters; this one has {count:,}",
                max_length=MAX_LENGTH,
                count=len(source),
            )
        )
    try:
        # Only parsed by Python, never run: `_compile` accepts a closed set of nodes.
        return ast.parse(source.strip(), mode="eval").body
    # MemoryError and RecursionError: what the parser of Python raises for deep nesting, by its version.
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FormulaError(Message("cannot read the condition {source}", source=source)) from None


# Key: the source. Bound: the conditions in the files that are read. Never stale: a condition does not change.
@cache
def condition(source: str) -> Condition:
    """Return the one Condition of `source`."""
    return Condition(source)
