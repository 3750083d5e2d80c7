"""Checked reading of JSON: values of the expected kind, or a sentence with the place, the rule and the value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar, cast

from layerledger.core.base.files import FormatError, reason
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value, show

Object: TypeAlias = dict[str, Any]

MAX_NESTING = 32
"""Most arrays and objects inside one another in a value that is kept as it is."""

_T = TypeVar("_T")


class DataError(FormatError):
    """Content of a file that cannot be used.

    Attributes:
        place: the key that is wrong, such as `bandwidth.bytes_per_s` or `peaks[0].source`; empty where no key is.
    """

    def __init__(self, sentence: str, *, place: str = "") -> None:
        super().__init__(sentence)
        self.place = place


def load_object(path: Path, noun: str, *, max_bytes: int) -> Object:
    """Return the JSON object in a file.

    Args:
        path: the file.
        noun: what it contains, for the sentence on its size.
        max_bytes: the most that are read.

    Raises:
        DataError: it cannot be read, is larger, or contains no JSON object.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise DataError(reason(error)) from None
    if len(data) > max_bytes:
        raise DataError(Message("a {noun} has at most {max_bytes:,} bytes", noun=noun, max_bytes=max_bytes))
    try:
        return as_object(parse(data.decode(json.detect_encoding(data))), "the file")
    except UnicodeDecodeError as error:
        raise DataError(Message("byte {start}: this is not UTF-8 text", start=error.start)) from None


def parse(text: str) -> object:
    """Return the value of a JSON text.

    Raises:
        DataError: it is not JSON, or is ambiguous: a duplicate key, or a number that is not finite.
    """
    # A byte order mark, which some editors on Windows write.
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise DataError("the file is empty")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise DataError(
            Message(
                "line {line}, column {column}: this is not JSON: {reason}",
                line=error.lineno,
                column=error.colno,
                reason=error.msg[:1].lower() + error.msg[1:],
            )
        ) from None
    except RecursionError:
        raise DataError("the file is nested too deeply") from None
    except DataError:
        raise
    # Python refuses to convert integers of more than 4,300 digits.
    except ValueError:
        raise DataError("the file contains a number with more digits than can be read") from None


def _unique(pairs: list[tuple[str, Any]]) -> Object:
    # The json module would keep the last of two equal keys, and lose the other without a word.
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        # `set.add` returns None, so `or` marks a key as seen and goes on.
        key = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise DataError(Message("duplicate key {key} in one object; remove one", key=show(key)))
    return found


def _no_constant(name: str) -> NoReturn:
    raise DataError(Message("{name} is not JSON; a number must be finite", name=name))


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise DataError(Message("the number {digits} is too large; a number must be finite", digits=digits[:20]))
    return number


def get(value: Object, key: str, default: _T, check: Callable[[object, str], _T], place: str) -> _T:
    """Return the checked value of an optional key."""
    return check(value[key], place) if key in value else default


def need(value: Object, key: str, place: str) -> object:
    """Return the value of a required key."""
    if key not in value:
        raise DataError(Message('{place}: the key "{key}" is missing', place=short(place), key=key), place=place)
    return value[key]


def check_keys(value: Object, known: Sequence[str], place: str = "") -> None:
    """Raise DataError where an object has an unknown key."""
    for key in value:
        if key not in known:
            raise DataError(
                Message(
                    '{place}: unknown key "{key}"; these are known: {known}',
                    place=short(place) or "the file",
                    key=key,
                    known=", ".join(known),
                ),
                place=joined(place, key),
            )


def joined(place: str, key: str) -> str:
    """Return the place of a key: `bandwidth.source`, or `title` at the top."""
    return f"{place}.{key}" if place else key


def as_object(value: object, place: str) -> Object:
    """Return `value`, which must be an object."""
    if not isinstance(value, dict):
        raise DataError(
            Message("{place} must be an object {{…}}; got {value}", place=short(place), value=shown(value)), place=place
        )
    return cast(Object, value)


def as_array(value: object, place: str) -> Sequence[object]:
    """Return `value`, which must be an array."""
    if not isinstance(value, list):
        raise DataError(
            Message("{place} must be an array […]; got {value}", place=short(place), value=shown(value)), place=place
        )
    return cast("list[object]", value)


def as_text(value: object, place: str) -> str:
    """Return `value`, which must be a text."""
    if not isinstance(value, str):
        raise DataError(
            Message("{place} must be a text; got {value}", place=short(place), value=shown(value)), place=place
        )
    return _valid(value, place)


def as_integer(value: object, place: str) -> int:
    """Return `value`, which must be an integer."""
    if type(value) is not int:
        raise DataError(
            Message("{place} must be an integer; got {value}", place=short(place), value=shown(value)), place=place
        )
    return value


def as_boolean(value: object, place: str) -> bool:
    """Return `value`, which must be true or false."""
    if not isinstance(value, bool):
        raise DataError(
            Message("{place} must be true or false; got {value}", place=short(place), value=shown(value)), place=place
        )
    return value


def as_texts(value: object, place: str) -> tuple[str, ...]:
    """Return `value`, which must be an array of texts."""
    return tuple(as_text(name, f"{place}[{i}]") for i, name in enumerate(as_array(value, place)))


def text_at(value: Object, key: str, place: str = "", *, default: str | None = None, longest: int | None = None) -> str:
    """Return the text of a key, of at most `longest` characters.

    Args:
        value: the object.
        key: required unless there is a default.
        place: of the object; empty at the top.
        default: for a missing key.
        longest: most characters.
    """
    text, name = value.get(key, default), joined(place, key)
    if isinstance(text, str) and (longest is None or len(text) <= longest):
        return _valid(text, name)
    rule = Message("a text of at most {longest:,} characters", longest=longest) if longest else Message("a text")
    if key not in value:
        raise DataError(Message("{name} must be {rule}; it is missing", name=name, rule=rule), place=name)
    raise DataError(
        Message("{name} must be {rule}; got {value}", name=name, rule=rule, value=shown(text)),
        place=name,
    )


def objects_at(value: Object, key: str, *, most: int) -> list[tuple[Object, str]]:
    """Return the objects in the array under an optional key, each with its place."""
    found = as_array(value.get(key, []), key)
    if len(found) > most:
        raise DataError(
            Message("{key} must have at most {most:,} entries; got {count:,}", key=key, most=most, count=len(found)),
            place=key,
        )
    return [(as_object(each, f"{key}[{i}]"), f"{key}[{i}]") for i, each in enumerate(found)]


def _valid(text: str, place: str) -> str:
    """Return `text`, which must not contain an unpaired surrogate: no file can store one."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise DataError(
                Message("{place} contains an unpaired surrogate and is not valid text", place=short(place)), place=place
            ) from None
    return text


def shown(value: object) -> str:
    """Return a value of JSON for the end of a sentence: `3`, `an object`."""
    if isinstance(value, dict):
        return Message("an object")
    return Message("an array") if isinstance(value, list) else show(cast(Value, value))


def short(place: str) -> str:
    """Return the end of a place that is long."""
    return place if len(place) <= 80 else f"…{place[-79:]}"


def extra(value: Object, known: Sequence[str], place: str) -> Mapping[str, Value] | None:
    """Return the unknown keys with their values, to be kept; None for no unknown key."""
    rest = {key: v for key, v in value.items() if key not in known}
    return frozen_object(rest, place) if rest else None


def frozen_object(value: Object, place: str, depth: int = 0) -> Mapping[str, Value]:
    """Return a JSON object as an immutable mapping."""
    return FrozenMap({_valid(k, place): frozen(v, f"{place}.{k}", depth + 1) for k, v in value.items()})


def frozen(value: Any, place: str, depth: int = 0) -> Value:
    """Return a JSON value as an immutable one: arrays as tuples, objects as FrozenMap."""
    if isinstance(value, str):
        return _valid(value, place)
    if not isinstance(value, list | dict):
        return value
    if depth > MAX_NESTING:
        raise DataError(
            Message("{place} is nested more than {max_nesting} deep", place=short(place), max_nesting=MAX_NESTING),
            place=place,
        )
    if isinstance(value, dict):
        return frozen_object(cast(Object, value), place, depth)
    return tuple(frozen(v, f"{place}[{i}]", depth + 1) for i, v in enumerate(cast("list[object]", value)))
