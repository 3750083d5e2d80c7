"""A convention: how a tool, or a tradition, counts the operations of layers and networks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.result import Result, Row
from layerledger.core.analysis.rows import rows
from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record
from layerledger.core.formula.formula import Formula, FormulaError
from layerledger.core.layers.cost import Cost
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.metrics.conventions.rules import COUNTED, KnownIssue, Rule
from layerledger.core.metrics.conventions.vocabulary import LayerVariables, numbers_of
from layerledger.core.network.nodes import Block

REMEMBERED = 16_384
"""Largest number of layers whose counts a convention caches."""

UNKNOWN = "Its count is not known, because the layer could not be analysed."


Coverage: TypeAlias = Literal["rule", "zero", "not modelled"]
"""The treatment of a layer type by a convention: a rule counts it, it is listed as 0, or nothing is known about it."""


class Counted(NamedTuple):
    """A count by one convention.

    Attributes:
        value: the sum of the parts.
        parts: amounts by name without those of 0; below zero for what the convention leaves out.
        note: why it is 0, or what is peculiar about it.
        modelled: whether a rule, the list `zero` or the default of the convention counts the layer; else the value
            is 0 because nothing is known about it.
    """

    value: int = 0
    parts: Mapping[str, int] = EMPTY
    note: str = ""
    modelled: bool = True


class Term(Record):
    """One part of a layer's count, with its formula and the numbers filled in."""

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
        versions: the releases that it describes; empty where it describes no tool.
        sources: where that is documented.
        rules: the first that selects a layer counts it.
        zero: layers that are known to count 0, each with the reason; tried after the rules.
        default: the rule for all other layers; without it, their count is not modelled.
        known_issues: known faults.
        counts: the field of a cost with which it is compared: macs, params, trainable_params or buffers. Weights count
            once, where they are shared.
    """

    id: str
    title: str
    short: str
    description: str
    rules: tuple[Rule, ...]
    zero: tuple[Rule, ...] = ()
    default: Rule | None = None
    versions: str = ""
    sources: tuple[str, ...] = ()
    known_issues: tuple[KnownIssue, ...] = ()
    counts: str = "macs"

    @property
    def name_of_counted(self) -> str:
        """The name of the app's own count, with which its totals are compared, such as `MACs`."""
        return COUNTED[self.counts][0]

    @property
    def shared_part(self) -> str:
        """The part that is compared with the app's own count; all other parts are the difference."""
        return COUNTED[self.counts][1]

    def own_count(self, cost: Cost) -> int:
        """Return the app's own count, with which the convention's is compared."""
        return getattr(cost, self.counts)

    def of_layer(self, result: NodeResult, numbers: LayerVariables | None = None) -> Counted:
        """Return the count of one pass of a layer.

        Cached by the layer's result, since an edit keeps the results of most layers; emptied at REMEMBERED entries.

        Args:
            result: the layer's result.
            numbers: its variables, where they are at hand.
        """
        if (counted := self._counted.get(result)) is None:
            if len(self._counted) >= REMEMBERED:
                self._counted.clear()
            numbers = numbers_of(result) if numbers is None else numbers
            counted = self._counted[result] = Counted(note=UNKNOWN) if numbers is None else self._count(numbers)
        return counted

    def _count(self, numbers: LayerVariables) -> Counted:
        try:
            if (rule := self.rule(numbers)) is None:
                return Counted(note=self.not_modelled(numbers.spec), modelled=False)
            parts = {name: value for name, formula in rule.formulas if (value := formula(numbers))}
        except FormulaError as error:
            return Counted(note=Message("{title} has no count for it: {error}.", title=self.title, error=error))
        return Counted(sum(parts.values()), parts, rule.note)

    def of_row(self, row: Row, numbers: LayerVariables | None = None) -> Counted:
        """Return the count of one pass of a row of the flat list."""
        if self.counts == "macs" or row.cost is row.result.cost:
            return self.of_layer(row.result, numbers)
        # Weights that count elsewhere, or are frozen by a block: that holds for the row, not for the result.
        numbers = numbers_of(row.result, row.cost) if numbers is None else numbers
        return Counted(note=UNKNOWN) if numbers is None else self._count(numbers)

    def of(self, result: NodeResult) -> Counted:
        """Return the count of a node, all its passes together."""
        if not isinstance(result.node, Block):
            return self.of_layer(result)
        parts = self._of_block(result, {}) if self.counts == "macs" else self._of_rows(result)
        return Counted(sum(parts.values()), {name: value for name, value in parts.items() if value})

    def of_result(self, result: Result) -> Counted:
        """Return the count of a whole network."""
        return self.of(result.root)

    def terms(self, result: NodeResult) -> tuple[Term, ...]:
        """Return the terms of a layer's count; empty for a block, and where no rule has a part for the layer."""
        numbers = numbers_of(result)
        if numbers is None:
            return ()
        try:
            rule = self.rule(numbers)
            return tuple(_term(name, each, numbers) for name, each in rule.formulas) if rule else ()
        except FormulaError:
            return ()

    def rule(self, numbers: LayerVariables) -> Rule | None:
        """Return the rule that counts a layer; None where its count is not modelled.

        Raises:
            FormulaError: a condition names what the layer does not have.
        """
        return next((rule for rule in self._rules_of(type(numbers.spec)) if rule.holds(numbers)), None)

    def not_modelled(self, spec: LayerType) -> Message:
        """Return the sentence about a layer that is not modelled."""
        return Message(
            "Not modelled: it is not known here what {title} counts for this {type_name}, so it adds 0.",
            title=self.title,
            type_name=spec.type_name,
        )

    def coverage_of(self, cls: type[LayerType]) -> Coverage:
        """Return how the convention treats layers of a type: by a rule, as 0, or not at all.

        A rule without types and families, such as one for all functions, does not cover a type. Where the rule of a
        type has a condition that does not hold for a layer, the layer can still be not modelled.
        """
        if self.default or any(rule.covers(cls) for rule in self.rules):
            return "rule"
        return "zero" if any(rule.covers(cls) for rule in self.zero) else "not modelled"

    def known_issues_of(self, numbers: LayerVariables) -> tuple[KnownIssue, ...]:
        """Return the faults that show in a layer."""
        spec, known = type(numbers.spec), self._defects_by_type
        if spec not in known:
            known[spec] = tuple(defect for defect in self.known_issues if defect.names(spec))
        return tuple(defect for defect in known[spec] if _holds(defect, numbers))

    # These caches are cached properties, not fields, so that a pickled convention leaves them behind (see Record).
    # Bound of the last two: the number of layer types.
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
            found = (rule for rule in (*self.rules, *self.zero) if rule.names(spec))
            known[spec] = (*found, *((self.default,) if self.default else ()))
        return known[spec]

    def _of_rows(self, result: NodeResult) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for row in rows(result, expand=False):
            for name, value in self.of_row(row).parts.items():
                found[name] = found.get(name, 0) + value * row.times
        return found

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
