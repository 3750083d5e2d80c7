"""Rendering of formulas as plain text, rich text and LaTeX, with names or with numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from layerledger.core.base.record import Record
from layerledger.core.formula.parser import Node, Number, Operation, Symbol


class Style(Record):
    """The notation of one medium.

    Attributes:
        symbol: returns a symbol's name as it is written.
        times: the sign of a product.
        minus: the sign of a difference.
        power: returns a power, from base and exponent.
        fence: returns a function of its name and arguments, such as ⌊x⌋.
        raised: whether an exponent is set apart, so that it needs no parentheses.
    """

    symbol: Callable[[str], str]
    times: str
    minus: str
    power: Callable[[str, str], str]
    fence: Callable[[str, str], str]
    raised: bool


def _subscripted(name: str, write: Callable[[str, str], str]) -> str:
    head, _, tail = name.partition("_")
    return write(head, tail.replace("_", ",")) if tail else head


def _text_fence(name: str, args: str) -> str:
    return {"floor": f"⌊{args}⌋", "ceil": f"⌈{args}⌉"}.get(name, f"{name}({args})")


def _latex_fence(name: str, args: str) -> str:
    fences = {"floor": rf"\lfloor {args} \rfloor", "ceil": rf"\lceil {args} \rceil"}
    return fences.get(name, rf"\{name}({args})")


TEXT = Style(
    symbol=str,
    times="·",
    minus="−",
    power=lambda a, b: f"{a}^{b}",
    fence=_text_fence,
    raised=False,
)
HTML = Style(
    symbol=lambda name: _subscripted(name, lambda a, b: f"{a}<sub>{b}</sub>"),
    times="·",
    minus="−",
    power=lambda a, b: f"{a}<sup>{b}</sup>",
    fence=_text_fence,
    raised=True,
)
LATEX = Style(
    symbol=lambda name: _subscripted(name, lambda a, b: f"{a}_{{\\mathrm{{{b}}}}}"),
    times=r" \cdot ",
    minus="-",
    power=lambda a, b: f"{a}^{{{b}}}",
    fence=_latex_fence,
    raised=True,
)

_PRECEDENCE = {"+": 1, "-": 1, "neg": 1, "*": 2, "/": 2, "**": 3}


def write(node: Node, style: Style, symbols: Mapping[str, int] | None = None) -> str:
    """Return `node` written in `style`, with the numbers of `symbols` instead of their names."""
    return _Writer(style, symbols or {}).write(node)


class _Writer:
    def __init__(self, style: Style, symbols: Mapping[str, int]) -> None:
        self._style = style
        self._symbols = symbols

    def write(self, node: Node, at_least: int = 0, *, right: bool = False) -> str:
        """Return `node`, in parentheses where it binds less than `at_least`, or the same on the right-hand side."""
        match node:
            case Number(value):
                return str(value)
            case Symbol(name):
                return self._number(self._symbols[name]) if name in self._symbols else self._style.symbol(name)
            case Operation(op, args):
                level = _PRECEDENCE.get(op, 9)
                text = self._operation(op, args, level)
                return f"({text})" if level < at_least or (right and level == at_least) else text

    def _number(self, value: int) -> str:
        return str(value) if value >= 0 else f"({self._style.minus}{-value})"

    def _operation(self, op: str, args: tuple[Node, ...], level: int) -> str:
        style = self._style
        match op:
            case "neg":
                # A product behind a minus needs no parentheses: −a·b is read as (−a)·b, which has the same value.
                return style.minus + self.write(args[0], 2)
            case "+" | "-":
                sign = "+" if op == "+" else style.minus
                return f"{self.write(args[0], level)} {sign} {self.write(args[1], level, right=op == '-')}"
            case "*":
                return self.write(args[0], level) + style.times + self.write(args[1], level, right=_divides(args[1]))
            case "/":
                return f"{self.write(args[0], level)}/{self.write(args[1], level, right=True)}"
            case "**":
                exponent = self.write(args[1], 0 if style.raised else level)
                return style.power(self.write(args[0], level, right=True), exponent)
            case _:
                return style.fence(op, ", ".join(self.write(arg) for arg in args))


def _divides(node: Node) -> bool:
    """Return whether a right factor begins with a quotient: it needs parentheses to stay apart from the left one."""
    return isinstance(node, Operation) and (node.op == "/" or (node.op == "*" and _divides(node.args[0])))
