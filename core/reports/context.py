"""The context of a report: the result, the settings it is read by, and its place in a call of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import COUNTS, Metric

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.training import TrainingConfig


class ReportContext(NamedTuple):
    """A result and all that a report needs to know beside its options.

    Attributes:
        metrics: the result with the settings by which metrics are read.
        file: the file that the network was read from, as the user named it.
        number: its place among the results of one call, from 0.
        of: the number of files that the call names.
        training: how the network is trained, for a section on training; None for no such section.
        tokens: the tokens on which a language model runs, for a section on it; None for no such section.
        limit: the most rows of layers, for a preview; None for all.
    """

    metrics: MetricContext
    file: str = ""
    number: int = 0
    of: int = 1
    training: TrainingConfig | None = None
    tokens: int | None = None
    limit: int | None = None

    @property
    def result(self) -> Result:
        return self.metrics.result

    @property
    def count_metric(self) -> Metric:
        """The metric of the chosen convention."""
        return COUNTS[self.metrics.convention]
