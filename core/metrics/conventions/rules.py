"""Rules of a convention: which layers, and the named parts that their count is made of, each a formula."""

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
"""The part that every convention shares; all others are what it counts beyond it, or, below zero, leaves out."""


class Selection(Record):
    """Which layers are meant: those of some types and families, where a condition holds.

    Attributes:
        types: names, `*` and `?` standing for any characters; with none, and no families, every type.
        families: names of palette families.
        when: a condition; empty for always.
    """

    types: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    when: str = ""

    def names(self, spec: type[LayerType]) -> bool:
        """Return whether layers of a type can be meant."""
        if not self.types and not self.families:
            return True
        return spec.family in self.families or any(fnmatchcase(spec.type_name, each) for each in self.types)

    def holds(self, numbers: LayerVariables) -> bool:
        """Return whether the condition holds of a layer that is named.

        Raises:
            FormulaError: the condition names what the layer does not have.
        """
        return self.condition is None or self.condition(numbers)

    @cached_property
    def condition(self) -> Condition | None:
        """The condition, parsed when it is first asked for."""
        return condition(self.when) if self.when else None


class Rule(Selection):
    """What layers count as.

    Attributes:
        parts: formulas by the part's name; none where the tool counts nothing.
        note: why that is so, or what is peculiar about it.
    """

    parts: Mapping[str, str] = {}
    note: str = ""

    @cached_property
    def formulas(self) -> tuple[tuple[str, Formula], ...]:
        """The parts, parsed when they are first asked for."""
        return tuple((name, formula(text)) for name, text in self.parts.items())


class KnownIssue(Selection):
    """A known fault of a tool, as a sentence, and the layers it shows in."""

    text: str = ""
