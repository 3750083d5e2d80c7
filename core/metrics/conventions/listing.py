"""The list of conventions as text, for the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from layerledger.core.metrics.conventions.convention import Convention


def as_table(found: Mapping[str, Convention]) -> str:
    """Return a line or two a convention, for people."""
    width = max(map(len, found))
    return "".join(f"{line}\n" for each in found.values() for line in _lines(each, width))


def as_json(found: Mapping[str, Convention]) -> str:
    """Return a JSON object a line, for scripts."""
    return "".join(json.dumps(_object(each), ensure_ascii=False) + "\n" for each in found.values())


def _lines(convention: Convention, width: int) -> Iterator[str]:
    versions = f", {convention.versions}" if convention.versions else ""
    yield f"{convention.id:{width}}  {convention.title}{versions}"
    for text in (convention.description, *convention.sources):
        yield f"{'':{width}}  {text}"


def _object(convention: Convention) -> dict[str, object]:
    return {
        "id": convention.id,
        "title": convention.title,
        "versions": convention.versions,
        "description": convention.description,
        "sources": convention.sources,
        "defects": [defect.text for defect in convention.known_issues],
    }


FORMATS = {"table": as_table, "json": as_json}
"""Functions that write the list, by the name of the format."""
