"""Whether an imported network can be run with another batch than the one that its file was made for."""

from __future__ import annotations

from dataclasses import replace

from layerledger.core.analysis import analyze
from layerledger.core.network.nodes import Network

MAX_CHECKED = 2_000
"""Most layers of a network that is analysed to find out; their analysis takes a few hundredths of a second."""


def grows_with_batch(network: Network) -> bool | None:
    """Return whether twice the batch gives twice the multiplications; None where that is not looked at."""
    if not network.inputs or network.root.unrolled > MAX_CHECKED or not all(each.shape for each in network.inputs):
        return None
    once = analyze(network)
    if once.totals.macs == 0 or any(problem.severity == "error" for problem in once.problems):
        return None
    inputs = tuple([replace(each, shape=(2 * each.shape[0], *each.shape[1:])) for each in network.inputs])
    twice = analyze(replace(network, inputs=inputs))
    return twice.totals.macs == 2 * once.totals.macs and not any(each.severity == "error" for each in twice.problems)
