"""Search of templates, by text and by family."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerledger.core.library.catalog.search import INSIDE, NO_MATCH, PART, SCATTERED, START, TITLE, letters, scattered
from layerledger.core.library.templates.templates import Template, templates

_TELLING = 3
"""Shorter words match by chance, as the t and the 5 of LeNet-5 match t5."""


def families() -> dict[str, int]:
    """Return the number of templates of each family, in the order of the families' names."""
    names = sorted(template.family for template in templates())
    return {name: names.count(name) for name in dict.fromkeys(names)}


def find_templates(text: str, family: str = "") -> Sequence[Template]:
    """Return the matching templates, best first, equal matches oldest first; all for an empty text.

    Args:
        text: the text as typed; each word must be in the title, name, family, year or description.
        family: the family to search; empty for all.
    """
    pool = [template for template in templates() if family in ("", template.family)]
    if not letters(text):
        return [] if text.strip() else pool
    fits = [(fit(template, text), template) for template in pool]
    found = [(level, template) for level, template in fits if level < NO_MATCH]
    if any(level < SCATTERED for level, _ in found):  # letters far apart are a guess, for want of anything else
        found = [(level, template) for level, template in found if level < SCATTERED]
    return [template for _, template in sorted(found, key=lambda each: each[0])]


def fit(template: Template, text: str) -> int:
    """Return the level at which a template matches the text, as in the catalog's search; the worst word decides."""
    names = (template.title, template.name)
    words = [key for key in map(letters, text.split()) if key]
    worst = max(min(_in_names(names, key), _told(template, key)) for key in words)
    # The whole text as one word too, such as `res net 50` for ResNet-50.
    best = min(_in_names(names, letters(text)), worst)
    return SCATTERED if best == NO_MATCH and scattered(letters(text), letters(names[0])) else best


def _in_names(names: Sequence[str], key: str) -> int:
    whole = [letters(name) for name in names]
    if key in whole:
        return TITLE
    if any(name.startswith(key) for name in whole):
        return START
    parts = (part for name in names for part in re.split(r"[\W_]+", name.lower()))
    begun = any(part.startswith(key) for part in parts)
    return PART if begun or (len(key) >= _TELLING and any(key in name for name in whole)) else NO_MATCH


def _told(template: Template, key: str) -> int:
    told = f"{template.family} {template.year} {template.description}".split()
    return INSIDE if any(letters(word).startswith(key) for word in told) else NO_MATCH
