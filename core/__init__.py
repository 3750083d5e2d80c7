"""The pure core of LayerLedger: counts neural networks without a framework, a display or a connection.

For scripts:

    from layerledger.core import analyze, open_network

    result = analyze(open_network("resnet18.layers"))
    print(result.totals.params, result.totals.macs)
    for row in result.rows():
        print(row.path, row.type, row.outputs, row.cost.macs)

A name is imported when it is first used, so that `import layerledger.core` costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from layerledger.core.base.messages import Message
from layerledger.core.base.network_checks import NETWORK_CHECKS

if TYPE_CHECKING:
    from layerledger.core.analysis import NodeResult, Problem, Result, Row, Totals, analyze
    from layerledger.core.base.shapes import TensorSpec
    from layerledger.core.formats import FormatError, open_network, save_network
    from layerledger.core.layers.cost import Cost
    from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

_HOMES = {
    **dict.fromkeys(("NodeResult", "Problem", "Result", "Row", "Totals", "analyze"), "analysis"),
    "TensorSpec": "base.shapes",
    **dict.fromkeys(("FormatError", "open_network", "save_network"), "formats"),
    "Cost": "layers.cost",
    **dict.fromkeys(("Block", "Layer", "Network", "NetworkInput"), "network.nodes"),
}
"""The module of each public name."""


def __getattr__(name: str) -> object:
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(Message("module {module!r} has no attribute {name!r}", module=__name__, name=name))
    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


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
