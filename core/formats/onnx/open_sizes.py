"""The sizes that an ONNX file leaves open, and the numbers that are taken for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod

from layerledger.core.base.shapes import Shape
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.core.formats.importing.options import BATCH, DEFAULT_BATCH, DEFAULT_IMAGE
from layerledger.core.formats.onnx.schema import OnnxDim

DEFAULT_LENGTH = 64
"""The default of open sizes that are not those of images, such as the tokens of a text."""

_IMAGE_RANK = 4
_LONGEST_EXPRESSION = 200
_FACTORS = re.compile(r"[+-]?[\w.]+(\*[\w.]+)*")
_OF_IMAGE = ("height", "width")


class OpenSizes:
    """The sizes that a file leaves open; the same name is the same size, and a sum of names their sum."""

    def __init__(self, chosen: Mapping[str, int]) -> None:
        self._chosen = chosen
        self._values: dict[str, int] = {}
        self._titles: dict[str, str] = {}
        self._inputs: dict[str, list[str]] = {}

    def note_names(self, inputs: Sequence[Sequence[OnnxDim]]) -> None:
        """Give each plain name of the inputs a size, so that sums of them are known in whatever order they come."""
        for dims in inputs:
            for i, dim in enumerate(dims):
                if dim.param and dim.param.isidentifier():
                    self._choose(dims, i)

    def shape_of_input(self, name: str, dims: Sequence[OnnxDim]) -> Shape:
        """Return the shape of an input; open sizes get a value, and each is noted."""
        return tuple([self._size(name, dims, i) for i in range(len(dims))])

    def _size(self, name: str, dims: Sequence[OnnxDim], i: int) -> int:
        dim = dims[i]
        if dim.value is not None and dim.value > 0:
            return dim.value
        if dim.param and (found := self._worked_out(dim.param)) is not None and found > 0:
            self._note_use(dim.param, name)
            return found
        label = self._choose(dims, i)
        self._note_use(label, name)
        return self._values[label]

    def _choose(self, dims: Sequence[OnnxDim], i: int) -> str:
        """Give an open size a value, the user's where there is one, and return its label."""
        label = dims[i].param or _label(dims, i)
        if label not in self._values:
            title = BATCH if i == 0 else label
            self._titles[label] = title
            self._values[label] = max(self._chosen.get(title, self._chosen.get(label, _usual(dims, i))), 1)
        return label

    def _note_use(self, label: str, name: str) -> None:
        if label in self._titles and name not in (used := self._inputs.setdefault(self._titles[label], [])):
            used.append(name)

    def value_of(self, dim: OnnxDim) -> int | None:
        """Return a size that the file states, by number or by names that inputs have; None where it is not known."""
        return dim.value if dim.param is None else self._worked_out(dim.param)

    def _worked_out(self, text: str) -> int | None:
        """Return the size of a name, or of sums and products such as `past + 2*s0`; None where a name is not known."""
        if (known := self._values.get(text)) is not None or text.isidentifier():
            return known
        text = "".join(text.split())
        terms = [match[0] for match in _FACTORS.finditer(text)] if len(text) <= _LONGEST_EXPRESSION else []
        if not terms or "".join(terms) != text:
            return None
        total = 0
        for term in terms:
            factors = [self._factor(each) for each in term.lstrip("+-").split("*")]
            known_factors = [each for each in factors if each is not None]
            if len(known_factors) < len(factors):
                return None
            total += prod(known_factors) * (-1 if term.startswith("-") else 1)
        return total

    def _factor(self, text: str) -> int | None:
        return int(text) if text.isdecimal() and len(text) <= 18 else self._values.get(text)

    @property
    def found(self) -> tuple[OpenSize, ...]:
        """The open sizes with what was taken for them, in the order of the file."""
        values = {title: self._values[label] for label, title in reversed(self._titles.items())}
        used = {title: tuple(self._inputs.get(title, ())) for title in self._titles.values()}
        return tuple([OpenSize(title, values[title], inputs) for title, inputs in used.items()])


def _label(dims: Sequence[OnnxDim], i: int) -> str:
    """Return the name of an open size that has none in the file."""
    if i == 0:
        return BATCH
    if len(dims) == _IMAGE_RANK:
        first = 2 if _is_open(dims[3]) or not _is_open(dims[1]) else 1  # (N, C, H, W), or (N, H, W, C)
        return {first: "height", first + 1: "width"}.get(i, f"size {i}")
    return "length" if i == 1 else f"size {i}"


def _usual(dims: Sequence[OnnxDim], i: int) -> int:
    """Return the default of an open size: two open sizes beside each other are those of an image."""
    if i == 0:
        return DEFAULT_BATCH
    is_image = len(dims) == _IMAGE_RANK and sum(map(_is_open, dims[1:])) > 1
    named = (dims[i].param or "").lower()
    return DEFAULT_IMAGE if is_image or any(word in named for word in _OF_IMAGE) else DEFAULT_LENGTH


def _is_open(dim: OnnxDim) -> bool:
    return dim.value is None or dim.value <= 0
