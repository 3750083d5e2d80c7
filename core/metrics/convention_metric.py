"""The count of operations by a convention that is data."""

from __future__ import annotations

from functools import cache

from layerledger.core.analysis.result import NodeResult, Row
from layerledger.core.base.messages import Message
from layerledger.core.formula.formula import Symbol
from layerledger.core.metrics.conventions.convention import Convention, Term
from layerledger.core.metrics.conventions.vocabulary import LayerVariables, numbers_of
from layerledger.core.metrics.explanations.counts import of_block
from layerledger.core.metrics.explanations.explanation import Explanation, of_formula, of_parts, plain
from layerledger.core.metrics.metric import Metric, MetricContext, Node, is_known
from layerledger.core.network.nodes import Block


class ConventionMetric(Metric):
    """The count of operations by a convention; the parts of a composite layer have none."""

    convention: Convention

    def value(self, context: MetricContext, node: Node) -> int | None:
        if isinstance(node, NodeResult):
            return self.convention.of(node).value if is_known(node) else None
        if isinstance(node, Row) and is_known(node.result):
            return self.convention.of_row(node).value * node.times
        return None

    def explain(self, context: MetricContext, node: NodeResult) -> Explanation | None:
        """Return the parts that the convention's rule names, and the notes of the rule."""
        if isinstance(node.node, Block):
            return of_block(node, self.key, self.title, lambda each: self.convention.of(each).value)
        numbers = numbers_of(node) if is_known(node) else None
        return None if numbers is None else self._of_layer(node, numbers)

    def _of_layer(self, node: NodeResult, numbers: LayerVariables) -> Explanation:
        convention = self.convention
        counted, issues = convention.of_layer(node, numbers), convention.known_issues_of(numbers)
        note = " ".join(filter(None, (counted.note, *(issue.text for issue in issues))))
        parts = [_of_term(term, numbers) for term in convention.terms(node) if term.value]
        if not parts:
            return plain(self.title, 0, note or Message("{short} counts nothing for it.", short=self.short))
        whole = of_parts(parts, self.title) if len(parts) > 1 else parts[0]
        return whole.changed(title=self.title, note=note)


def _of_term(term: Term, numbers: LayerVariables) -> Explanation:
    """Return a part of a convention's count; one that is a count of the layer itself by the layer's own formula."""
    root, op = term.formula.root, numbers.spec
    # A part such as `macs` is explained by the formula of the layer, which says more than the name of the count.
    own = op.formulas.get(root.name) if isinstance(root, Symbol) else None
    if own is None:
        return of_formula(term.formula, term.numbers, term.part)
    return of_formula(own, op.symbols(numbers.inputs, numbers.outputs), term.part)


# Key: the convention, by identity. Bound: the conventions that are read; one that a user replaces leaves an entry
# that is of no more use.
@cache
def metric_of(convention: Convention) -> Metric:
    """Return the metric of a convention; its key is the convention's id."""
    return ConventionMetric(
        key=convention.id,
        title=convention.title,
        short=convention.short,
        help=convention.description,
        versions=convention.versions,
        convention=convention,
    )
