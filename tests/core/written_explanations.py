"""Explanations read back: what is filled in comes to the value, and every form of the text is well-formed."""

import re
from fractions import Fraction
from math import ceil, floor
from xml.etree import ElementTree

import pytest

from layerledger.core.base import units
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.counting import NOT_COUNTED

EXAMPLES = [
    pytest.param(cls, example, id=f"{name}-{i}")
    for name, cls in LAYER_TYPES.items()
    if cls.status != NOT_COUNTED
    for i, example in enumerate(cls.examples)
]
SIGNS = {"·": "*", "×": "*", "−": "-", "^": "**", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", ",": ""}


def worth(text):
    """Return the value of a sum that is filled in, in exact fractions."""
    inside = text.replace(", ", ";")  # between the arguments of min and max
    for sign, python in SIGNS.items():
        inside = inside.replace(sign, python)
    inside = re.sub(r"(?<!\*\*)\b(\d+)\b", r"F(\1)", inside.replace(";", ", "))
    return eval(inside, {"F": Fraction, "floor": floor, "ceil": ceil, "min": min, "max": max})


def look_at(each, value):
    """Look that an explanation is whole."""
    assert each.value == value
    for part in (each, *each.terms):
        assert part.value == (worth(part.filled) if part.filled else 0), part
    assert each.related in each.text()
    assert each.related.endswith(each.written or f"= {units.grouped(value)}")
    assert each.text().startswith(each.title)
    ElementTree.fromstring(f"<p>{each.html.replace('<br>', '<br/>')}</p>")
    ElementTree.fromstring(each.as_html().replace("<br>", "<br/>"))
    for latex in (each.latex, each.as_latex()):
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\lfloor") == latex.count(r"\rfloor")
        assert not re.search("[⌊⌋⌈⌉·−_]$|[⌊⌋⌈⌉·−]", latex), latex
        assert not re.search(r"\^\d\d", latex), latex
