"""Reading of convention files: checked, and rejected with one sentence that names the place and the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from layerledger.core.base.data_files import check_id, check_named
from layerledger.core.base.json_reader import (
    DataError,
    Object,
    as_object,
    as_texts,
    check_keys,
    get,
    joined,
    load_object,
    objects_at,
    text_at,
)
from layerledger.core.base.messages import Message, message_of
from layerledger.core.formula.formula import FormulaError, formula
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.registry import FAMILIES
from layerledger.core.metrics.conventions.conditions import condition
from layerledger.core.metrics.conventions.convention import Convention
from layerledger.core.metrics.conventions.rules import COUNTED, KnownIssue, Rule, Selection
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
        found = convention_of(load_object(path, "convention", max_bytes=MAX_BYTES))
        if named:
            check_named(found.id, path)
        if check:
            check_names(found)
    except DataError as error:
        raise DataError(Message("{path}: {error}", path=path, error=message_of(error)), place=error.place) from None
    return found


def convention_of(top: Object) -> Convention:
    """Return the convention that a JSON object states.

    Raises:
        DataError: a key is missing, unknown or has a wrong value, with the place.
    """
    texts = {key: text_at(top, key) for key in ("title", "short", "description")}
    id = text_at(top, "id")
    check_id(id)
    check_keys(top, ("id", *texts, "counts", "versions", "sources", "defects", "rules", "zero", "default"))
    counts = text_at(top, "counts", default="macs")
    if counts not in COUNTED:
        raise DataError(Message('counts must be {kinds}; got "{counts}"', kinds=" or ".join(COUNTED), counts=counts))
    return Convention(
        id=id,
        **texts,
        counts=counts,
        versions=text_at(top, "versions", default=""),
        sources=get(top, "sources", (), as_texts, "sources"),
        known_issues=_each(top, "defects", _defect),
        rules=_each(top, "rules", _rule),
        zero=_each(top, "zero", _zero),
        default=_rule(as_object(top["default"], "default"), "default") if "default" in top else None,
    )


def _each(top: Object, key: str, make: Callable[[Object, str], _T]) -> tuple[_T, ...]:
    return tuple(make(each, place) for each, place in objects_at(top, key, most=MAX_RULES))


_SELECTION = ("types", "families", "when")


def _rule(found: Object, place: str) -> Rule:
    check_keys(found, ("parts", "note") if place == "default" else (*_SELECTION, "parts", "note"), place)
    parts = as_object(found.get("parts", {}), f"{place}.parts")
    for name in parts:
        _readable(formula, text_at(parts, name, f"{place}.parts"), f'{place}.parts["{name}"]')
    return Rule(**_selection(found, place), parts=dict(parts), note=text_at(found, "note", place, default=""))


def _zero(found: Object, place: str) -> Rule:
    check_keys(found, ("types", "when", "note"), place)
    if not found.get("types"):
        raise DataError(Message("{place}.types must name at least one layer type", place=place), place=place)
    return Rule(**_selection(found, place), note=text_at(found, "note", place))


def _defect(found: Object, place: str) -> KnownIssue:
    check_keys(found, (*_SELECTION, "text"), place)
    return KnownIssue(**_selection(found, place), text=text_at(found, "text", place))


def _selection(found: Object, place: str) -> dict[str, Any]:
    types, families = (get(found, key, (), as_texts, joined(place, key)) for key in ("types", "families"))
    for family in families:
        if family not in FAMILIES:
            raise DataError(
                Message(
                    '{place}.families: unknown family "{family}"; the families are {families}',
                    place=place,
                    family=family,
                    families=", ".join(FAMILIES),
                )
            )
    when = text_at(found, "when", place, default="")
    if when:
        _readable(condition, when, f"{place}.when")
    return {"types": types, "families": families, "when": when}


def _readable(parse: Callable[[str], object], text: str, place: str) -> None:
    try:
        parse(text)
    except FormulaError as error:
        raise DataError(Message("{place}: {error}", place=place, error=message_of(error))) from None


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
        raise DataError(Message("{place}: unknown layer type {types}", place=place, types=" or ".join(selection.types)))
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
