"""Reading of convention files: checked, and rejected with one sentence that names the place and the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from layerledger.core.base.data_files import (
    DataError,
    JsonObject,
    as_list,
    as_object,
    check_id,
    check_keys,
    check_named,
    joined,
    load,
)
from layerledger.core.base.messages import Message
from layerledger.core.formula.formula import FormulaError, formula
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.registry import FAMILIES
from layerledger.core.metrics.conventions.conditions import condition
from layerledger.core.metrics.conventions.convention import Convention
from layerledger.core.metrics.conventions.rules import KnownIssue, Rule, Selection
from layerledger.core.metrics.conventions.vocabulary import known_names

MAX_BYTES = 1_000_000
MAX_RULES = 1_000

_T = TypeVar("_T")


def read_convention(path: Path, *, check: bool = False, named: bool = True) -> Convention:
    """Read the convention in a file.

    Args:
        path: the file.
        check: also check each variable in its formulas against the layer types that it selects.
        named: whether the file must be named after its id.

    Raises:
        DataError: the file cannot be read, or does not hold a convention.
    """
    try:
        found = convention_of(load(path, "convention", max_bytes=MAX_BYTES))
        if named:
            check_named(found.id, path)
        if check:
            check_names(found)
    except DataError as error:
        raise DataError(Message("{path}: {error}", path=path, error=error), place=error.place) from None
    return found


def convention_of(top: JsonObject) -> Convention:
    """Return the convention that a JSON object states.

    Raises:
        DataError: a key is missing, unknown or has a wrong value, with the place.
    """
    texts = {key: _text(top, key) for key in ("title", "short", "description")}
    id = _text(top, "id")
    check_id(id)
    check_keys(top, ("id", *texts, "versions", "sources", "defects", "rules", "zero", "default"))
    return Convention(
        id=id,
        **texts,
        versions=_text(top, "versions", default=""),
        sources=_texts(top, "sources"),
        known_issues=_each(top, "defects", _defect),
        rules=_each(top, "rules", _rule),
        zero=_each(top, "zero", _zero),
        default=_rule(as_object(top["default"], "default"), "default") if "default" in top else None,
    )


def _each(top: JsonObject, key: str, make: Callable[[JsonObject, str], _T]) -> tuple[_T, ...]:
    found = as_list(top.get(key, []), key)
    if len(found) > MAX_RULES:
        raise DataError(
            Message(
                "{key} has {count:,} entries; at most {max_rules:,} fit", key=key, count=len(found), max_rules=MAX_RULES
            )
        )
    return tuple(make(as_object(each, f"{key}[{i}]"), f"{key}[{i}]") for i, each in enumerate(found))


_SELECTION = ("types", "families", "when")


def _rule(found: JsonObject, place: str) -> Rule:
    check_keys(found, ("parts", "note") if place == "default" else (*_SELECTION, "parts", "note"), place)
    parts = as_object(found.get("parts", {}), f"{place}.parts")
    for name in parts:
        _readable(formula, _text(parts, name, f"{place}.parts"), f'{place}.parts["{name}"]')
    return Rule(**_selection(found, place), parts=dict(parts), note=_text(found, "note", place, default=""))


def _zero(found: JsonObject, place: str) -> Rule:
    check_keys(found, ("types", "when", "note"), place)
    if not found.get("types"):
        raise DataError(Message("{place}.types must name at least one layer type", place=place), place=place)
    return Rule(**_selection(found, place), note=_text(found, "note", place))


def _defect(found: JsonObject, place: str) -> KnownIssue:
    check_keys(found, (*_SELECTION, "text"), place)
    return KnownIssue(**_selection(found, place), text=_text(found, "text", place))


def _selection(found: JsonObject, place: str) -> dict[str, Any]:
    types, families = (_texts(found, key, place) for key in ("types", "families"))
    for family in families:
        if family not in FAMILIES:
            raise DataError(
                Message(
                    '{place}.families: there is no family "{family}"; these are: {families}',
                    place=place,
                    family=family,
                    families=", ".join(FAMILIES),
                )
            )
    when = _text(found, "when", place, default="")
    if when:
        _readable(condition, when, f"{place}.when")
    return {"types": types, "families": families, "when": when}


def _readable(parse: Callable[[str], object], text: str, place: str) -> None:
    try:
        parse(text)
    except FormulaError as error:
        raise DataError(Message("{place}: {error}", place=place, error=error)) from None


# -- names


def check_names(convention: Convention) -> None:
    """Check that rules select existing types, and use only variables that these have.

    Raises:
        DataError: a rule selects no type or uses an unknown variable, with its place.
    """
    for key, selections in (
        ("rules", convention.rules),
        ("zero", convention.zero),
        ("defects", convention.known_issues),
    ):
        for i, selection in enumerate(selections):
            _check_selection(selection, f"{key}[{i}]")
    stated = convention.default.formulas if convention.default else ()
    if names := {name for _, each in stated for name in each.names} - _common_names():
        raise DataError(Message("default: not every layer has {names}", names=", ".join(sorted(names))))


def _check_selection(selection: Selection, place: str) -> None:
    meant = [spec for spec in LAYER_TYPES.values() if selection.names(spec)]
    if not meant:
        raise DataError(
            Message("{place}: no layer type is called {types}", place=place, types=" or ".join(selection.types))
        )
    used = set(selection.condition.names) if selection.condition else set[str]()
    if isinstance(selection, Rule):
        used |= {name for _, each in selection.formulas for name in each.names}
    for spec in meant:
        if unknown := used - known_names(spec):
            raise DataError(
                Message(
                    "{place}: {type_name} has no {unknown}",
                    place=place,
                    type_name=spec.type_name,
                    unknown=", ".join(sorted(unknown)),
                )
            )


def _common_names() -> set[str]:
    first, *others = (known_names(spec) for spec in LAYER_TYPES.values())
    return first.intersection(*others)


# -- JSON


def _texts(found: JsonObject, key: str, place: str = "") -> tuple[str, ...]:
    name = joined(place, key)
    values = as_list(found.get(key, []), name)
    if not all(isinstance(value, str) for value in values):
        raise DataError(Message("{name} must be a list of texts", name=name), place=name)
    return tuple(values)


def _text(found: JsonObject, key: str, place: str = "", *, default: str | None = None) -> str:
    value, name = found.get(key, default), joined(place, key)
    if not isinstance(value, str):
        raise DataError(
            Message("{name} must be a text{value}", name=name, value="" if key in found else "; it is missing"),
            place=name,
        )
    return value
