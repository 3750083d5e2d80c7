"""Rules of a convention: a selection of layers, and their count as named parts, each a formula."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property

from layerledger.core.base.record import Record
from layerledger.core.formula.formula import Formula, formula
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.metrics.conventions.conditions import Condition, condition
from layerledger.core.metrics.conventions.vocabulary import LayerVariables

MACS_PART = "multiply-accumulates"
"""The part that all conventions share; other parts are counted beyond it or, below zero, left out."""

COUNTED = {
    "macs": ("MACs", MACS_PART),
    "params": ("parameters", "parameters"),
    "trainable_params": ("trainable parameters", "trainable parameters"),
    "buffers": ("buffers", "buffers"),
}
"""The counts with which conventions are compared, by the field of a cost: name, and the part that is compared."""


class Selection(Record):
    """The layers of some types and families for which a condition holds.

    Attributes:
        types: names, in which `*` and `?` match any characters; without types and families, every type is selected.
        families: names of palette families.
        when: a condition; empty for always.
    """

    types: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    when: str = ""

    def names(self, spec: type[LayerType]) -> bool:
        """Return whether layers of a type can be selected."""
        if not self.types and not self.families:
            return True
        return spec.family in self.families or any(fnmatchcase(spec.type_name, each) for each in self.types)

    def covers(self, spec: type[LayerType]) -> bool:
        """Return whether the types or families of the selection name a type; one without both names none."""
        return bool(self.types or self.families) and self.names(spec)

    def holds(self, numbers: LayerVariables) -> bool:
        """Return whether the condition holds for a layer of a selected type.

        Raises:
            FormulaError: the condition names what the layer does not have.
        """
        return self.condition is None or self.condition(numbers)

    @cached_property
    def condition(self) -> Condition | None:
        """The condition, parsed on first access."""
        return condition(self.when) if self.when else None


class Rule(Selection):
    """The count of the selected layers.

    Attributes:
        parts: formulas by the part's name; empty where the tool counts nothing.
        note: why the count is 0, or what is peculiar about it.
    """

    parts: Mapping[str, str] = {}
    note: str = ""

    @cached_property
    def formulas(self) -> tuple[tuple[str, Formula], ...]:
        """The parts, parsed on first access."""
        return tuple((name, formula(text)) for name, text in self.parts.items())


class KnownIssue(Selection):
    """A known fault of a tool, as a sentence, and the layers that show it."""

    text: str = ""
