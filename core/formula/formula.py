"""Formulas of counts: parsed once, evaluated exactly on integers, written out for people.

One text such as `K_h*K_w*C_in/g*C_out + b*C_out` both counts a layer and explains it, so the two cannot drift apart.
The language is +, -, *, /, **, parentheses, floor, ceil, min and max over integers and named symbols; it is parsed to a
closed set of nodes and bounded in length, depth and size, so a formula typed by a user is as safe as a built-in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache, reduce
from math import prod
from operator import add, itemgetter
from typing import Any, TypeAlias

from layerledger.core.base.messages import Message
from layerledger.core.formula.parser import FormulaError, Node, Number, Operation, Symbol, parse, walk
from layerledger.core.formula.render import HTML, LATEX, TEXT, Style, write

__all__ = ["Formula", "FormulaError", "Node", "Number", "Operation", "Symbol", "Symbols", "added", "doubled", "formula"]

MAX_EXPONENT = 64
MAX_BITS = 12_000
"""Largest result, that of each product and power included: so any formula is evaluated in milliseconds.

Python prints integers up to 4,300 digits, which are 14,284 bits.
"""
_END = 1 << MAX_BITS
_SHOWN_BITS = 130  # 39 digits, which fit into a sentence

Symbols: TypeAlias = Mapping[str, int]
_Evaluator: TypeAlias = Callable[[Symbols], int]


class Formula:
    """A count as a formula over named symbols."""

    def __init__(self, source: str, root: Node | None = None) -> None:
        """Parse `source`, or take it as the text of `root`.

        Raises:
            FormulaError: with what cannot be read.
        """
        self.source = source
        self.root = root or parse(source)
        self._parsed = root is None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the source; a sum with its tree too, since its text may be longer than `parse` accepts."""
        return (formula, (self.source,)) if self._parsed else (Formula, (self.source, self.root))

    def __call__(self, symbols: Symbols) -> int:
        """Return the exact value.

        Raises:
            FormulaError: a symbol is missing, a division leaves a remainder, or the value is out of bounds.
        """
        try:
            value = self._evaluate(symbols)
        except KeyError as error:
            raise FormulaError(Message("{name} is not known here", name=error.args[0])) from None
        return _bounded(value)

    @cached_property
    def _evaluate(self) -> _Evaluator:
        return _compile(self.root)

    @cached_property
    def names(self) -> frozenset[str]:
        """The symbols it uses."""
        return frozenset(node.name for node in walk(self.root) if isinstance(node, Symbol))

    def text(self) -> str:
        """Return the formula as plain text, `K_h·K_w·C_in/g`."""
        return _written(self.root, TEXT)

    def html(self) -> str:
        """Return the formula as rich text with subscripts."""
        return _written(self.root, HTML)

    def latex(self) -> str:
        """Return the formula as LaTeX math."""
        return _written(self.root, LATEX)

    def filled(self, symbols: Symbols) -> str:
        """Return the formula as plain text with each symbol replaced by its number."""
        return write(self.root, TEXT, symbols)

    def __add__(self, other: Formula) -> Formula:
        return Formula(f"{self.source} + ({other.source})", Operation("+", (self.root, other.root)))

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"


# Key: the source. Unbounded, since only layer types, conventions and explanations come here, a fixed number of texts;
# what a user types is parsed by `Formula` itself. Never stale: a formula does not change.
@cache
def formula(source: str) -> Formula:
    """Return the one Formula of `source`."""
    return Formula(source)


def added(formulas: Iterable[Formula]) -> Formula:
    """Return the sum of one or more formulas; the limits of `parse` do not apply to it."""
    return _added(tuple(formulas))


# Key of these three: formulas and trees by identity, and the style. One sum is then one object, so that what is
# derived from it, such as its compiled form, is made once. Never stale: they do not change.
@lru_cache(maxsize=4_096)
def _added(formulas: tuple[Formula, ...]) -> Formula:
    return reduce(add, formulas)


@lru_cache(maxsize=4_096)
def doubled(one: Formula) -> Formula:
    """Return twice a formula."""
    return Formula(f"2*({one.source})", Operation("*", (Number(2), one.root)))


@lru_cache(maxsize=4_096)
def _written(root: Node, style: Style) -> str:
    return write(root, style)


# -- evaluation: nested closures, several times faster than walking the tree


def _compile(node: Node) -> _Evaluator:
    match node:
        case Number(value):
            return lambda s: value
        case Symbol(name):
            return lambda s: s[name]
        case Operation("*"):
            # A chain of factors is one product: one call and one check of the size for all of them.
            return _product([*_chain(node, "*")])
        # Before the general case: rounded, a quotient needs no fraction; any other division must leave no remainder.
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


def _bounded(value: int) -> int:
    if not -_END < value < _END:
        raise FormulaError(
            Message(
                "the result must have at most {max_bits:,} bits; it has {bits:,}",
                max_bits=MAX_BITS,
                bits=value.bit_length(),
            )
        )
    return value


def _product(factors: Sequence[Node]) -> _Evaluator:
    few = len(factors) < _MANY_FACTORS
    named = _values_of([factor.name for factor in factors if isinstance(factor, Symbol)])
    others = [_compile(factor) for factor in factors if not isinstance(factor, Symbol)]

    def multiply(s: Symbols) -> int:
        values = (*named(s), *[f(s) for f in others])
        return _bounded(prod(values) if few or 0 in values else reduce(_times, values, 1))

    return multiply


def _values_of(names: Sequence[str]) -> Callable[[Symbols], tuple[int, ...]]:
    """Return a function that looks up several symbols at once."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda s: tuple([s[name] for name in names])


_MANY_FACTORS = 9
"""From this number of factors on they are multiplied one by one, up to the largest result; fewer by `prod`."""


def _times(a: int, b: int) -> int:
    return _bounded(a * b)


def _rounded(a: _Evaluator, b: _Evaluator, *, up: bool) -> _Evaluator:
    def divide(s: Symbols) -> int:
        top, bottom = a(s), _divisor(b(s))
        return -(-top // bottom) if up else top // bottom

    return divide


def _exact(a: _Evaluator, b: _Evaluator) -> _Evaluator:
    def divide(s: Symbols) -> int:
        top, bottom = a(s), _divisor(b(s))
        quotient, rest = divmod(top, bottom)
        if rest:
            raise FormulaError(
                Message("{dividend} / {divisor} is not a whole number", dividend=_shown(top), divisor=_shown(bottom))
            )
        return quotient

    return divide


def _shown(value: int) -> str:
    if value.bit_length() <= _SHOWN_BITS:
        return str(value)
    return Message("a number of {bits:,} bits", bits=value.bit_length())


def _divisor(value: int) -> int:
    if value == 0:
        raise FormulaError("a division by 0 has no value")
    return value


def _power(a: _Evaluator, b: _Evaluator) -> _Evaluator:
    def power(s: Symbols) -> int:
        base, exponent = a(s), b(s)
        # The bits of a power are known before it is computed, so a large one costs nothing.
        if not 0 <= exponent <= MAX_EXPONENT or base.bit_length() * exponent > MAX_BITS:
            raise FormulaError(
                Message(
                    "an exponent must be from 0 to {max_exponent}, and its result below 2**{max_bits}",
                    max_exponent=MAX_EXPONENT,
                    max_bits=MAX_BITS,
                )
            )
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
