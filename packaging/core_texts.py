"""Prints the texts of core that are data, not messages, each as a call that the extraction of texts finds.

`dev.py translations` runs it in the environment of the checkout: titles and explanations of metrics, columns, layer
types, parameters, conventions, devices and formats are values in registries, not arguments of calls in the sources.
"""

from collections.abc import Iterable, Iterator

from layerledger.core.analysis.passes import training, training_macs
from layerledger.core.base.param_kinds import Choice
from layerledger.core.base.params import params_of
from layerledger.core.formats.registry import FORMATS
from layerledger.core.layers import FAMILIES, LAYER_TYPES
from layerledger.core.library.catalog.entries import CATALOG
from layerledger.core.library.reference.contents import contents
from layerledger.core.metrics.conventions import conventions
from layerledger.core.metrics.devices import KINDS
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import COUNTS, METRICS
from layerledger.core.reports.columns import COLUMNS
from layerledger.core.reports.registry import REPORTS


def main() -> None:
    for text in sorted({*texts()} - {""}):
        print(f"translated({text!r})")


def texts() -> Iterator[str]:
    """Yield the texts that the window translates where it shows them."""
    for metric in (*METRICS.values(), *COUNTS.values()):
        yield from of_metric(metric)
        yield from of_metric(metric.when_fused)
    yield from (text for column in COLUMNS.values() for text in (column.title, column.short, column.help))
    yield from FAMILIES
    yield from KINDS
    yield from (each.title for each in FORMATS)
    yield from (entry.help for entry in CATALOG)
    for cls in LAYER_TYPES.values():
        yield cls.status
        yield from of_params(cls)
        yield from (term for terms in cls.terms.values() for term in terms)
    for report in REPORTS.values():
        yield report.title
        yield from of_params(report.options)
    yield from (text for entry in contents() for text in (entry.title, entry.group))
    for convention in conventions("").values():
        yield from (convention.title, convention.description)
        yield from (issue.text for issue in convention.known_issues)
        yield from (rule.note for rule in (*convention.rules, *convention.zero))
        yield from (part for rule in convention.rules for part in rule.parts)
    yield from of_training()


def of_metric(metric: Metric) -> Iterable[str]:
    """Return the texts of a metric and of the surfaces on which it is."""
    card = metric.card.title if metric.card else ""
    empty = metric.chart.empty if metric.chart else ""
    return (metric.title, metric.short, metric.help, metric.needs, card, empty)


def of_params(cls: type) -> Iterator[str]:
    """Yield the help of each parameter of a layer type or a report, and the names of its choices."""
    for info in params_of(cls).values():
        yield info.help
        if isinstance(info.kind, Choice):
            yield from info.kind.options


def of_training() -> Iterator[str]:
    """Yield the texts about training."""
    yield from (training.EXCLUDED, training_macs.MACS_RULE)
    yield from (text for each in training.OPTIMIZERS.values() for text in (each.title, each.rule))
    yield from (*training.PRECISIONS.values(), *training.CHECKPOINTING.values())


if __name__ == "__main__":
    main()
