"""The networks that come with the app, one file each in resources/templates, with their description."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import layerledger.resources
from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record
from layerledger.core.formats import FormatError, open_network
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.native import SUFFIX
from layerledger.core.library.templates.published import Published, read_published
from layerledger.core.network.nodes import Network

FOLDER = Path(layerledger.resources.__path__[0], "templates")


class Template(Record):
    """The facts that a gallery shows about a template.

    Attributes:
        name: the name of its file, without the suffix.
        title: its name on the screen.
        description: a sentence or two.
        family: its family, such as ResNet.
        year: the year of publication; 0 for the lesson.
        source: its publication.
        published: its published figures; None where no number is known.
    """

    name: str
    title: str
    description: str
    family: str
    year: int
    source: str
    published: Published | None = None


# Never stale: the files of the app do not change while it runs.
@cache
def template_ids() -> tuple[str, ...]:
    """Return the names of all templates, in the order of names; opens no file."""
    found = (file.stem for file in FOLDER.iterdir() if file.suffix == SUFFIX)
    return tuple(sorted(found, key=_natural))


# As above; the descriptions of all templates are kept, not their networks.
@cache
def templates() -> tuple[Template, ...]:
    """Return the facts of all templates, oldest first; reads the files, but makes no networks."""
    return tuple(sorted(map(_template, template_ids()), key=lambda t: t.year))


def load_template(name: str) -> Network:
    """Return the template of that name, with or without the suffix.

    Raises:
        FormatError: there is no such template.
    """
    name = name.removesuffix(SUFFIX)
    if name not in template_ids():
        raise FormatError(
            Message(
                'unknown template "{name}"; the templates are {template_ids}',
                name=name,
                template_ids=", ".join(template_ids()),
            )
        )
    return open_network(FOLDER / f"{name}{SUFFIX}")


def open_file_or_template(name: str, sizes: Mapping[str, int] = EMPTY) -> Network:
    """Read the file of that name or, without such a file, the template.

    Args:
        name: of the file or template.
        sizes: the sizes that a foreign file leaves open, by name; the others have their defaults.

    Raises:
        FormatError: neither exists, or the file cannot be read.
    """
    return load_template(name) if means_template(name) else open_network(name, ImportOptions(sizes=sizes))


def means_template(name: str) -> bool:
    """Return whether a name on the command line is that of a template: a file of that name comes first."""
    return name.removesuffix(SUFFIX) in template_ids() and not os.path.lexists(name)


def _template(name: str) -> Template:
    # Without the checks and nodes of `open_network`: a gallery shows only the description.
    top = json.loads((FOLDER / f"{name}{SUFFIX}").read_text("utf-8"))
    shown = {key: top[key] for key in ("title", "description", "family", "year", "source")}
    return Template(name=name, published=read_published(top["published"]) if "published" in top else None, **shown)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts resnet50 before resnet101."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]
