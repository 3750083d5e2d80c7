"""Whether an imported network can be run with another batch than the one that its file was made for."""

from __future__ import annotations

from dataclasses import replace

from layerledger.core.analysis import analyze
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.layers import bind, evaluate
from layerledger.core.layers.layer_type import ParamProblem
from layerledger.core.network.nodes import Network

MAX_CHECKED = 2_000
"""Most layers of a network that is analysed to find out; their analysis takes a few hundredths of a second."""


def grows_with_batch(network: Network, graph: Graph) -> bool | None:
    """Return whether twice the batch gives twice the multiplications; None where that is not looked at.

    Layers that follow from weights alone, such as a table of positions that is computed, do not grow.
    """
    if not network.inputs or network.root.unrolled > MAX_CHECKED or not all(each.shape for each in network.inputs):
        return None
    once = analyze(network)
    if once.totals.macs == 0 or any(problem.severity == "error" for problem in once.problems):
        return None
    inputs = tuple([replace(each, shape=(2 * each.shape[0], *each.shape[1:])) for each in network.inputs])
    twice = analyze(replace(network, inputs=inputs))
    if any(problem.severity == "error" for problem in twice.problems):
        return False
    return twice.totals.macs == 2 * once.totals.macs or twice.totals.macs == 2 * once.totals.macs - _fixed_macs(graph)


def _fixed_macs(graph: Graph) -> int:
    """Return the multiplications of the layers that follow from no input of the network."""
    growing = set(graph.inputs)
    total = 0
    for draft in graph.drafts:
        if any(x in growing for x in draft.inputs):
            growing.update(draft.outputs)
        elif all(x.shape is not None for x in draft.inputs) and (op := bind(draft.type, draft.params).op) is not None:
            found = evaluate(op, tuple([x.spec for x in draft.inputs]))
            total += 0 if isinstance(found, ParamProblem) else found[1].macs or 0
    return total
