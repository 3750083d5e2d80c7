"""Analysis: from a network to the shapes, costs and problems of all its layers."""

from layerledger.core.analysis.analyzer import analyze
from layerledger.core.analysis.result import Coverage, NodeResult, Problem, Result, Row, Totals, Unresolved
from layerledger.core.network.nodes import MAX_DEPTH, MAX_LAYERS

__all__ = [
    "MAX_DEPTH",
    "MAX_LAYERS",
    "Coverage",
    "NodeResult",
    "Problem",
    "Result",
    "Row",
    "Totals",
    "Unresolved",
    "analyze",
]
