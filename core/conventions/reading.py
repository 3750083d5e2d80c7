"""A convention from its file: checked, and refused with one sentence that says where and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from layerledger.core.conventions.conditions import condition
from layerledger.core.conventions.convention import Convention
from layerledger.core.conventions.rules import Defect, Rule, Selection
from layerledger.core.conventions.vocabulary import known_names
from layerledger.core.formula import FormulaError, formula
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.base import FAMILIES

MAX_BYTES = 1_000_000
MAX_RULES = 1_000
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

_Object = Mapping[str, Any]
_T = TypeVar("_T")


class ConventionError(ValueError):
    """A file that is no convention, in one sentence with its name and the place."""


def read_convention(path: Path, *, check: bool = False, named: bool = True) -> Convention:
    """Reads the convention in a file.

    Args:
        path: the file.
        check: also check every name in its formulas against the layer types that it selects.
        named: whether the file must be named after its id.

    Raises:
        ConventionError: the file cannot be read, or is no convention.
    """
    try:
        found = convention_of(_loaded(path))
        if named and found.id != path.stem:
            raise ConventionError(f'id is "{found.id}", but the file is named {path.name}; both must agree')
        if check:
            check_names(found)
    except ConventionError as error:
        raise ConventionError(f"{path}: {error}") from None
    return found


def _loaded(path: Path) -> _Object:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConventionError((error.strerror or "cannot be read").lower()) from None
    if len(data) > MAX_BYTES:
        raise ConventionError(f"a convention has at most {MAX_BYTES:,} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConventionError(f"not JSON: {error}") from None
    return _object(found, "the file")


def convention_of(top: _Object) -> Convention:
    """Returns the convention that a JSON object states.

    Raises:
        ConventionError: it states none, with the place.
    """
    texts = {key: _text(top, key, "the file") for key in ("title", "short", "description")}
    id = _text(top, "id", "the file")
    if not _ID.fullmatch(id):
        raise ConventionError(f'id must be of a–z, 0–9, ".", "_" and "-"; got "{id}"')
    _only(top, ("id", *texts, "versions", "sources", "defects", "rules", "default"), "the file")
    return Convention(
        id=id,
        **texts,
        versions=_text(top, "versions", "the file", default=""),
        sources=_texts(top, "sources", "the file"),
        defects=_each(top, "defects", _defect),
        rules=_each(top, "rules", _rule),
        default=_rule(_object(top.get("default", {}), "default"), "default"),
    )


def _each(top: _Object, key: str, make: Callable[[_Object, str], _T]) -> tuple[_T, ...]:
    found = _list(top, key, "the file")
    if len(found) > MAX_RULES:
        raise ConventionError(f"{key} has {len(found):,} entries; at most {MAX_RULES:,} fit")
    return tuple(make(_object(each, f"{key}[{i}]"), f"{key}[{i}]") for i, each in enumerate(found))


_SELECTION = ("types", "families", "when")


def _rule(found: _Object, place: str) -> Rule:
    _only(found, ("parts", "note") if place == "default" else (*_SELECTION, "parts", "note"), place)
    parts = _object(found.get("parts", {}), f"{place}.parts")
    for name in parts:
        _readable(formula, _text(parts, name, f"{place}.parts"), f'{place}.parts["{name}"]')
    return Rule(**_selection(found, place), parts=dict(parts), note=_text(found, "note", place, default=""))


def _defect(found: _Object, place: str) -> Defect:
    _only(found, (*_SELECTION, "text"), place)
    return Defect(**_selection(found, place), text=_text(found, "text", place))


def _selection(found: _Object, place: str) -> dict[str, Any]:
    types, families = (_texts(found, key, place) for key in ("types", "families"))
    for family in families:
        if family not in FAMILIES:
            raise ConventionError(f'{place}.families: there is no family "{family}"; these are: {", ".join(FAMILIES)}')
    when = _text(found, "when", place, default="")
    if when:
        _readable(condition, when, f"{place}.when")
    return {"types": types, "families": families, "when": when}


def _readable(parse: Callable[[str], object], text: str, place: str) -> None:
    try:
        parse(text)
    except FormulaError as error:
        raise ConventionError(f"{place}: {error}") from None


# -- names


def check_names(convention: Convention) -> None:
    """Checks that rules select existing types and name only what those have.

    Raises:
        ConventionError: a rule cannot hold, with its place.
    """
    for key, selections in (("rules", convention.rules), ("defects", convention.defects)):
        for i, selection in enumerate(selections):
            _check_selection(selection, f"{key}[{i}]")
    if names := {name for _, each in convention.default.formulas for name in each.names} - _common_names():
        raise ConventionError(f"default: not every layer has {', '.join(sorted(names))}")


def _check_selection(selection: Selection, place: str) -> None:
    meant = [spec for spec in LAYER_TYPES.values() if selection.names(spec)]
    if not meant:
        raise ConventionError(f"{place}: no layer type is called {' or '.join(selection.types)}")
    used = set(selection.condition.names) if selection.condition else set[str]()
    if isinstance(selection, Rule):
        used |= {name for _, each in selection.formulas for name in each.names}
    for spec in meant:
        if unknown := used - known_names(spec):
            raise ConventionError(f"{place}: {spec.type_name} has no {', '.join(sorted(unknown))}")


def _common_names() -> set[str]:
    first, *others = (known_names(spec) for spec in LAYER_TYPES.values())
    return first.intersection(*others)


# -- JSON


def _object(value: object, place: str) -> _Object:
    if not isinstance(value, dict):
        raise ConventionError(f"{place} must be an object")
    return cast(_Object, value)


def _list(found: _Object, key: str, place: str) -> list[Any]:
    value = found.get(key, [])
    if not isinstance(value, list):
        raise ConventionError(f"{place}: {key} must be a list")
    return cast(list[Any], value)


def _texts(found: _Object, key: str, place: str) -> tuple[str, ...]:
    values = _list(found, key, place)
    if not all(isinstance(value, str) for value in values):
        raise ConventionError(f"{place}: {key} must be a list of texts")
    return tuple(values)


def _text(found: _Object, key: str, place: str, *, default: str | None = None) -> str:
    value = found.get(key, default)
    if not isinstance(value, str):
        raise ConventionError(f"{place}: {key} must be a text" + ("" if key in found else "; it is missing"))
    return value


def _only(found: _Object, keys: tuple[str, ...], place: str) -> None:
    for key in found:
        if key not in keys:
            raise ConventionError(f'{place}: unknown key "{key}"; these are known: {", ".join(keys)}')
