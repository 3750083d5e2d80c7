"""Third-party components and their licences, as the installed distributions declare them.

A packaged app contains this list; the same functions make it when the app is built.
"""

from __future__ import annotations

import json
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, PackageMetadata, PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

_ROOT = "layerledger"
_TEXTS = re.compile(r"\.dist-info/(licenses/.+|(LICEN[CS]E|COPYING|NOTICE)[^/]*)$")
_FOLDER = files("layerledger.resources") / "licences"


@dataclass(frozen=True)
class LicenceText:
    """One licence file, under the name that it has in its distribution."""

    name: str
    text: str


@dataclass(frozen=True)
class Component:
    """A third-party component with the terms under which it is distributed."""

    name: str
    version: str
    licence: str
    texts: tuple[LicenceText, ...]
    requires: tuple[str, ...] = ()


def components() -> tuple[Component, ...]:
    """Return all components: the list of the packaged app, else the installed distributions."""
    packed = _FOLDER / "components.json"
    if not packed.is_file():
        return (*distributions(), python())
    return tuple(_read(entry) for entry in json.loads(packed.read_text("utf-8")))


def _read(entry: dict[str, str | list[str]]) -> Component:
    texts = tuple(LicenceText(Path(name).name, (_FOLDER / name).read_text("utf-8")) for name in entry["texts"])
    return Component(str(entry["name"]), str(entry["version"]), str(entry["licence"]), texts, tuple(entry["requires"]))


def distributions(root: str = _ROOT) -> tuple[Component, ...]:
    """Return a distribution and all that it requires: itself first, then the others by name."""
    found: dict[str, Component] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in found and (installed := _installed(name)):
            part = of_distribution(installed)
            found[name] = replace(part, name=part.name or name)
            waiting += part.requires
    others = sorted((part for name, part in found.items() if name != root), key=lambda part: part.name.lower())
    return (*(part for name, part in found.items() if name == root), *others)


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def of_distribution(found: Distribution) -> Component:
    """Return a distribution's metadata as a component; requirements of extras are left out."""
    data = found.metadata
    expression = _stated(data, "License-Expression") or _stated(data, "License")
    licence = expression.strip().split("\n")[0] or _classified(data.get_all("Classifier") or ())
    texts = tuple(_texts(found)) or standard_texts(licence)
    needed = (line for line in found.requires or () if "extra ==" not in line)
    requires = sorted({re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed})
    return Component(_stated(data, "Name"), _stated(data, "Version"), licence, texts, tuple(requires))


def _stated(data: PackageMetadata, field: str) -> str:
    """Return a field, or an empty text: for a missing one, indexing returns None, warns or raises by Python version."""
    return str(next(iter(data.get_all(field) or ()), ""))


def _classified(classifiers: Iterable[str]) -> str:
    return ", ".join(line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: "))


def _texts(found: Distribution) -> Iterator[LicenceText]:
    for file in sorted(found.files or ()):
        if (match := _TEXTS.search(file.as_posix())) and (path := Path(str(file.locate()))).is_file():
            yield LicenceText(match[1].removeprefix("licenses/"), path.read_text("utf-8", "replace"))


def standard_texts(expression: str) -> tuple[LicenceText, ...]:
    """Return the standard texts of the licences that an SPDX expression names, as far as they are included."""
    names = dict.fromkeys(f"{name}.txt" for name in re.findall(r"[\w.+-]+", expression))
    return tuple(LicenceText(name, (_FOLDER / name).read_text("utf-8")) for name in names if (_FOLDER / name).is_file())


def python() -> Component:
    """Return the running Python, with the licence file beside its standard library."""
    folders = (sysconfig.get_path("stdlib"), sys.base_prefix)
    found = (Path(folder, "LICENSE.txt") for folder in folders)
    texts = tuple(LicenceText(path.name, path.read_text("utf-8")) for path in found if path.is_file())[:1]
    return Component("Python", sys.version.split()[0], "PSF-2.0", texts)
