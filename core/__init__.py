"""The pure core of LayerLedger: counts neural networks without a framework, a display or a connection.

For scripts:

    from layerledger.core import analyze, open_network

    result = analyze(open_network("resnet18.layers"))
    print(result.totals.params, result.totals.macs)
    for row in result.rows():
        print(row.path, row.type, row.outputs, row.cost.macs)
"""

from collections.abc import Iterable

from layerledger.core.analysis import NodeResult, Problem, Result, Row, Totals, analyze
from layerledger.core.analysis.checks import NETWORK_CHECKS
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.formats import FormatError, open_network, save_network
from layerledger.core.layers.cost import Cost
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput


def _budget_problems(network: Network) -> Iterable[Problem]:
    """Return what is wrong with a network's budgets; devices and metrics are imported only where it states some."""
    if network.budgets is None:
        return ()
    from layerledger.core.metrics.budgets import budget_problems

    return budget_problems(network)


NETWORK_CHECKS.append(_budget_problems)

__all__ = [
    "Block",
    "Cost",
    "FormatError",
    "Layer",
    "Network",
    "NetworkInput",
    "NodeResult",
    "Problem",
    "Result",
    "Row",
    "TensorSpec",
    "Totals",
    "analyze",
    "open_network",
    "save_network",
]
