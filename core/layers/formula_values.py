"""Values of the formulas of a Custom layer: symbols of tensors, sizes, constants and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod

from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.params import MAX_SIZE
from layerledger.core.base.shapes import AXES, Shape, ShapeError, TensorSpec
from layerledger.core.formula.formula import Formula, FormulaError

_LISTED = 12
"""Largest number of names in a sentence."""
_COMPARED = 400
"""Largest number of names that an unknown one is compared with; difflib is slow, and many inputs have many sizes."""
_LONGEST = 40
"""Largest number of characters of a formula in a sentence."""


# Key: the tensors and how they are named. Each formula of a Custom layer asks for them. Never stale: all is
# immutable.
@lru_cache(maxsize=4_096)
def tensor_symbols(tensors: tuple[TensorSpec, ...], letter: str, suffix: str) -> Mapping[str, int]:
    """Return the sizes of inputs or outputs by name, those of the first one also without its number."""
    if not tensors:
        return {}
    names = {f"{name}{suffix}": size for name, size in _axes(tensors[0].shape)}
    if not suffix:
        names |= {f"{name}_in": size for name, size in _axes(tensors[0].shape)}
        names["batch"] = tensors[0].shape[0] if tensors[0].shape else 1
    if len(tensors) > 1:
        names |= {f"{letter}{i}_{name}": size for i, each in enumerate(tensors) for name, size in _axes(each.shape)}
    return names


def _axes(shape: Shape) -> Iterator[tuple[str, int]]:
    yield from zip(("N", "C", *AXES.get(len(shape) - 2, ())), shape, strict=False)
    yield "numel", prod(shape)
    yield from ((f"D{i}", size) for i, size in enumerate(shape))


def check_constant(name: str, constant: int, sizes: Mapping[str, int]) -> None:
    """Raise ShapeError where a constant has the name of a size and another value."""
    if (size := sizes.get(name, constant)) != constant:
        raise ShapeError(
            Message(
                "constants: {name} is {constant}, but the tensors make it {size}; choose another name",
                name=name,
                constant=units.grouped(constant),
                size=units.grouped(size),
            ),
            param="constants",
        )


def evaluate_sizes(shape: tuple[Formula, ...], symbols: Mapping[str, int]) -> Shape:
    """Return the sizes of an output.

    Raises:
        ShapeError: a formula has no value, or one that no dimension can have.
    """
    return tuple(evaluate_size("output_shape", size, symbols, of=f"D{i} = ", least=0) for i, size in enumerate(shape))


def evaluate_size(param: str, formula: Formula, symbols: Mapping[str, int], *, of: str, least: int) -> int:
    """Return the value of a size or a constant.

    Raises:
        ShapeError: it has no value, or one below `least` or above MAX_SIZE.
    """
    value = _evaluated(param, formula, symbols, of=of)
    if not least <= value <= MAX_SIZE:
        written = f"{of}{_cut(formula.source)}"
        raise ShapeError(
            Message(
                "{param}: {written} is {value}; it must be from {least} to {max_size}",
                param=param,
                written=written,
                value=short_count(value),
                least=least,
                max_size=MAX_SIZE,
            ),
            param=param,
        )
    return value


def evaluate_count(param: str, formula: Formula, symbols: Mapping[str, int]) -> int:
    """Return the value of a count.

    Raises:
        ShapeError: it has no value, or one below 0.
    """
    value = _evaluated(param, formula, symbols)
    if value < 0:
        raise ShapeError(
            Message(
                "{param}: {source} is {value}; a count is 0 or more",
                param=param,
                source=_cut(formula.source),
                value=short_count(value),
            ),
            param=param,
        )
    return value


def _evaluated(param: str, formula: Formula, symbols: Mapping[str, int], *, of: str = "") -> int:
    """Return the value of a formula.

    Raises:
        ShapeError: it has no value, with the reason and, for an unknown name, the known ones.
    """
    unknown = min(formula.names - symbols.keys(), default=None)
    if unknown is not None:
        raise ShapeError(Message("{param}: {problem}", param=param, problem=_unknown(unknown, symbols)), param=param)
    try:
        return formula(symbols)
    except FormulaError as error:
        raise ShapeError(
            Message(
                "{param}: {of}{source}: {error}{hint}",
                param=param,
                of=of,
                source=_cut(formula.source),
                error=error,
                hint=_mend(error),
            ),
            param=param,
        ) from None


def _unknown(name: str, symbols: Mapping[str, int]) -> str:
    from difflib import get_close_matches  # slow to import, seldom needed

    names, known = list(main_symbols(symbols)), list(symbols)
    close = [n for some in (names, known) for n in get_close_matches(name[:_LONGEST], some[:_COMPARED], 1)]
    hint = Message("did you mean {close}? There", close=close[0]) if close else "there"
    more = ", …" if len(names) > _LISTED else ""
    return Message(
        "{name} is not known here; {hint} are {names}{more}",
        name=_cut(name),
        hint=hint,
        names=", ".join(names[:_LISTED]),
        more=more,
    )


def main_symbols(symbols: Mapping[str, int]) -> dict[str, int]:
    """Return the symbols to offer, without synonyms such as `C_in`, and `D1` where `C` is the same."""
    named = "C" in symbols
    return {n: size for n, size in symbols.items() if not (n.endswith("_in") or (named and _is_plain(n)))}


def _is_plain(name: str) -> bool:
    return name[0] == "D" and name[1:].removesuffix("_out").isdigit()


def _mend(error: FormulaError) -> str:
    return "; floor( ) or ceil( ) rounds it" if "whole number" in str(error) else ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def short_count(value: int) -> str:
    """Return a count with all its digits, or rounded where these are too many for a sentence."""
    text = units.grouped(value)
    return text if len(text) <= _LONGEST else units.count(value)
