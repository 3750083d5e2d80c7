"""JSON values as a reader wants them, or one sentence that names the place of what it cannot take."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, NoReturn, TypeAlias, TypeVar, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value, show

Object: TypeAlias = dict[str, Any]

MAX_NESTING = 32
"""Most arrays and objects inside one another in a value that is kept as it is."""

_T = TypeVar("_T")


def parse(text: str) -> object:
    """Return what JSON `text` stands for.

    Raises:
        FormatError: it is no JSON, or JSON that has no one meaning: a key given twice, a number that is not finite.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise FormatError("the file is empty")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise FormatError(
            Message(
                "line {lineno}, column {colno}: this is not JSON: {what}",
                lineno=error.lineno,
                colno=error.colno,
                what=what,
            )
        ) from None
    except RecursionError:
        raise FormatError("the file is nested too deeply") from None
    except ValueError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("the file holds a number of more digits than can be read") from None


def _unique(pairs: list[tuple[str, Any]]) -> Object:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise FormatError(Message("the key {twice} is given twice in one object", twice=show(twice)))
    return found


def _no_constant(name: str) -> NoReturn:
    raise FormatError(Message("{name} is not JSON; a number must be finite", name=name))


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise FormatError(Message("the number {digits} is too large; a number must be finite", digits=digits[:20]))
    return number


def get(value: Object, key: str, default: _T, check: Callable[[object, str], _T], place: str) -> _T:
    """Return the checked value of a key that may be left out."""
    return check(value[key], place) if key in value else default


def need(value: Object, key: str, place: str) -> object:
    """Return the value of a key that must be there."""
    if key not in value:
        raise FormatError(Message('{place}: the key "{key}" is missing', place=short(place), key=key))
    return value[key]


def as_object(value: object, place: str) -> Object:
    """Return `value`, which must be an object."""
    if not isinstance(value, dict):
        raise FormatError(Message("{place} must be an object {{…}}; {value}", place=short(place), value=got(value)))
    return cast(Object, value)


def as_array(value: object, place: str) -> Sequence[object]:
    """Return `value`, which must be an array."""
    if not isinstance(value, list):
        raise FormatError(Message("{place} must be an array […]; {value}", place=short(place), value=got(value)))
    return cast("list[object]", value)


def as_text(value: object, place: str) -> str:
    """Return `value`, which must be a text."""
    if not isinstance(value, str):
        raise FormatError(Message("{place} must be a text; {value}", place=short(place), value=got(value)))
    return _whole(value, place)


def as_integer(value: object, place: str) -> int:
    """Return `value`, which must be an integer."""
    if type(value) is not int:
        raise FormatError(Message("{place} must be an integer; {value}", place=short(place), value=got(value)))
    return value


def as_boolean(value: object, place: str) -> bool:
    """Return `value`, which must be true or false."""
    if not isinstance(value, bool):
        raise FormatError(Message("{place} must be true or false; {value}", place=short(place), value=got(value)))
    return value


def as_texts(value: object, place: str) -> tuple[str, ...]:
    """Return `value`, which must be an array of texts."""
    return tuple(as_text(name, f"{place}[{i}]") for i, name in enumerate(as_array(value, place)))


def _whole(text: str, place: str) -> str:
    """Return `text`, unless it holds half a character (one surrogate of a pair), which no file can hold."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise FormatError(
                Message("{place} holds half a character, a lone surrogate, which is no text", place=short(place))
            ) from None
    return text


def got(value: object) -> str:
    """Return `got 3`, `got an object`: what stands where something else should."""
    if isinstance(value, dict):
        return "got an object"
    return "got an array" if isinstance(value, list) else f"got {show(cast(Value, value))}"


def short(place: str) -> str:
    """Return the end of a place that is long."""
    return place if len(place) <= 80 else f"…{place[-79:]}"


def extra(value: Object, known: Sequence[str], place: str) -> Mapping[str, Value] | None:
    """Return what is given under keys that are not known, to be kept; None for nothing."""
    rest = {key: v for key, v in value.items() if key not in known}
    return frozen_object(rest, place) if rest else None


def frozen_object(value: Object, place: str, depth: int = 0) -> Mapping[str, Value]:
    """Return an object of JSON that cannot be changed."""
    return FrozenMap({_whole(k, place): frozen(v, f"{place}.{k}", depth + 1) for k, v in value.items()})


def frozen(value: Any, place: str, depth: int = 0) -> Value:
    """Return JSON that cannot be changed: arrays as tuples."""
    if isinstance(value, str):
        return _whole(value, place)
    if not isinstance(value, list | dict):
        return value
    if depth > MAX_NESTING:
        raise FormatError(
            Message("{place} is nested more than {max_nesting} deep", place=short(place), max_nesting=MAX_NESTING)
        )
    if isinstance(value, dict):
        return frozen_object(cast(Object, value), place, depth)
    return tuple(frozen(v, f"{place}[{i}]", depth + 1) for i, v in enumerate(cast("list[object]", value)))
