"""From a network to what it costs."""

from layerledger.core.analysis.result import Coverage, Missing, NodeResult, Problem, Result, Row, Totals
from layerledger.core.analysis.walk import analyze
from layerledger.core.network import MAX_DEPTH, MAX_LAYERS

__all__ = [
    "MAX_DEPTH",
    "MAX_LAYERS",
    "Coverage",
    "Missing",
    "NodeResult",
    "Problem",
    "Result",
    "Row",
    "Totals",
    "analyze",
]
