"""A convention: how a tool, or a tradition, counts the operations of layers and networks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.result import Result, Row
from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.base.record import Record
from layerledger.core.formula.formula import Formula, FormulaError
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.metrics.conventions.rules import KnownIssue, Rule
from layerledger.core.metrics.conventions.vocabulary import LayerVariables, numbers_of
from layerledger.core.network.nodes import Block

REMEMBERED = 16_384
"""Layers whose counts a convention remembers."""

UNKNOWN = "Its count is not known, because the layer could not be analysed."


class Counted(NamedTuple):
    """A count by one convention.

    Attributes:
        value: the sum of the parts.
        parts: amounts by name, those of 0 left out; below zero for what the convention leaves out.
        note: why it is 0, or what is peculiar about it.
    """

    value: int = 0
    parts: Mapping[str, int] = EMPTY
    note: str = ""


class Term(Record):
    """One part of a layer's count with its formula and the numbers that it was filled with."""

    part: str
    formula: Formula
    numbers: Mapping[str, int]
    value: int


class Convention(Record):
    """A way to count.

    Attributes:
        id: its name in files and on the command line.
        title: its name on the screen.
        short: a column's heading.
        description: what it counts, in one sentence.
        versions: the releases it speaks for; empty where it is no tool's.
        sources: where that is documented.
        rules: the first that selects a layer counts it.
        default: counts what no rule selects.
        defects: known faults.
    """

    id: str
    title: str
    short: str
    description: str
    rules: tuple[Rule, ...]
    default: Rule
    versions: str = ""
    sources: tuple[str, ...] = ()
    known_issues: tuple[KnownIssue, ...] = ()

    def of_layer(self, result: NodeResult, numbers: LayerVariables | None = None) -> Counted:
        """Return the count of one pass of a layer; remembered, since an edit leaves the results of most layers.

        Args:
            result: the layer's.
            numbers: its numbers, where they are at hand.
        """
        if (counted := self._counted.get(result)) is None:
            if len(self._counted) >= REMEMBERED:
                self._counted.clear()
            numbers = numbers_of(result) if numbers is None else numbers
            counted = self._counted[result] = Counted(note=UNKNOWN) if numbers is None else self._count(numbers)
        return counted

    def _count(self, numbers: LayerVariables) -> Counted:
        try:
            rule = self.rule(numbers)
            parts = {name: value for name, formula in rule.formulas if (value := formula(numbers))}
        except FormulaError as error:
            return Counted(note=f"{self.title} has no count for it: {error}.")
        return Counted(sum(parts.values()), parts, rule.note)

    def of_row(self, row: Row) -> Counted:
        """Return the count of one pass of a row of the flat list."""
        return self.of_layer(row.result)

    def of(self, result: NodeResult) -> Counted:
        """Return the count of a node, all its passes together."""
        if not isinstance(result.node, Block):
            return self.of_layer(result)
        parts = self._of_block(result, {})
        return Counted(sum(parts.values()), {name: value for name, value in parts.items() if value})

    def of_result(self, result: Result) -> Counted:
        """Return the count of a whole network."""
        return self.of(result.root)

    def terms(self, result: NodeResult) -> tuple[Term, ...]:
        """Return how the count of a layer came about; nothing for a block, and where no rule has a part for it."""
        numbers = numbers_of(result)
        if numbers is None:
            return ()
        try:
            formulas = self.rule(numbers).formulas
            return tuple(_term(name, each, numbers) for name, each in formulas)
        except FormulaError:
            return ()

    def rule(self, numbers: LayerVariables) -> Rule:
        """Return the rule that counts a layer.

        Raises:
            FormulaError: a condition names what the layer does not have.
        """
        return next(rule for rule in self._rules_of(type(numbers.spec)) if rule.holds(numbers))

    def known_issues_of(self, numbers: LayerVariables) -> tuple[KnownIssue, ...]:
        """Return the faults that show in a layer."""
        spec, known = type(numbers.spec), self._defects_by_type
        if spec not in known:
            known[spec] = tuple(defect for defect in self.known_issues if defect.names(spec))
        return tuple(defect for defect in known[spec] if _holds(defect, numbers))

    @cached_property
    def _counted(self) -> dict[NodeResult, Counted]:
        return {}

    @cached_property
    def _rules_by_type(self) -> dict[type[LayerType], tuple[Rule, ...]]:
        return {}

    @cached_property
    def _defects_by_type(self) -> dict[type[LayerType], tuple[KnownIssue, ...]]:
        return {}

    def _rules_of(self, spec: type[LayerType]) -> tuple[Rule, ...]:
        known = self._rules_by_type
        if spec not in known:
            known[spec] = (*(rule for rule in self.rules if rule.names(spec)), self.default)
        return known[spec]

    def _of_block(self, result: NodeResult, memo: dict[NodeResult, Mapping[str, int]]) -> Mapping[str, int]:
        if result in memo:
            return memo[result]
        found: dict[str, int] = {}
        for run in result.passes:
            for child in run.children:
                parts = self._of_block(child, memo) if child.passes else self.of_layer(child).parts
                for name, value in parts.items():
                    found[name] = found.get(name, 0) + value * run.times
        memo[result] = found
        return found


def _term(name: str, formula: Formula, numbers: LayerVariables) -> Term:
    value = formula(numbers)
    return Term(name, formula, {each: numbers[each] for each in sorted(formula.names)}, value)


def _holds(defect: KnownIssue, numbers: LayerVariables) -> bool:
    try:
        return defect.holds(numbers)
    except FormulaError:
        return False
