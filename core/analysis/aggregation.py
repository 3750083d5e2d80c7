"""From the results of a block's passes to the result of the block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from layerledger.core.analysis.aliasing import TensorRefs, all_own
from layerledger.core.analysis.node_result import (
    NodeResult,
    Pass,
    Problem,
    TensorIds,
    TensorOrMissing,
    TensorsOrMissing,
    Unresolved,
)
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers.cost import NO_TRAFFIC, ZERO_COST, Cost, Traffic, total, total_traffic
from layerledger.core.network.nodes import Block

_cost, _faultless, _tied = attrgetter("cost"), attrgetter("is_clean"), attrgetter("tied")
_layers, _uncounted = attrgetter("layers"), attrgetter("uncounted_layers")
_moved, _largest = attrgetter("traffic"), attrgetter("largest")


def aggregate_block(
    block: Block,
    fed: tuple[TensorsOrMissing, TensorIds],
    gives: TensorRefs,
    runs: Sequence[Pass],
    problems: Sequence[Problem],
) -> NodeResult:
    """Return the result of a block.

    Args:
        block: as the network has it.
        fed: its sources, and which of them are alike.
        gives: what comes out after all runs, with the origins that its children see.
        runs: its passes.
        problems: its own.
    """
    sources, same = fed
    given = tuple(_from_outside(block, sources, output) for output in gives.tensors)
    known = tuple(o for o in given if isinstance(o, TensorSpec))
    return NodeResult(
        node=block,
        inputs=sources,
        outputs=known if len(known) == len(given) else None,
        cost=_block_cost(block, runs),
        problems=tuple(problems),
        passes=tuple(runs),
        layers=_over(runs, _layers),
        uncounted_layers=_over(runs, _uncounted),
        traffic=_block_moved(block, runs),
        is_clean=not problems and all(all(map(_faultless, run.children)) for run in runs),
        missing=next((o for o in given if isinstance(o, Unresolved)), None),
        partial=given if known and len(known) < len(given) else (),
        tied=block.tied_to is not None or any(any(map(_tied, run.children)) for run in runs),
        aliases=same,
        origins=() if all_own(gives.ids) else gives.ids,
        largest_child_output_bytes=max([0, *(max(map(_largest, run.children), default=0) for run in runs)]),
    )


def _from_outside(block: Block, sources: TensorsOrMissing, output: TensorOrMissing) -> TensorOrMissing:
    """Return an output, or what keeps it from being known: what the block waits for, or a layer by its full name."""
    if isinstance(output, TensorSpec) or output in sources or output.cause == block.name or not block.name:
        return output
    return Unresolved(f"{block.name}.{output.cause}")


def _over(runs: Sequence[Pass], number: Callable[[NodeResult], int]) -> int:
    """Return the sum of a number over all layers of all passes."""
    return sum([run.times * sum(map(number, run.children)) for run in runs])


def _block_moved(block: Block, runs: Sequence[Pass]) -> Traffic:
    passes: list[Traffic] = []
    for i, run in enumerate(runs):
        once = total_traffic(map(_moved, run.children))
        again = once.without_weights() if block.share_weights else once
        passes += [again if i else once, again.times(run.times - 1)] if run.times > 1 else [again if i else once]
    found = total_traffic(passes) if len(passes) > 1 else passes[0] if passes else NO_TRAFFIC
    return found.without_weights() if block.tied_to is not None else found


def _block_cost(block: Block, runs: Sequence[Pass]) -> Cost:
    costs: list[Cost] = []
    for i, run in enumerate(runs):
        once = total(map(_cost, run.children))
        again = once.without_weights() if block.share_weights else once
        costs += [again if i else once, again * (run.times - 1)] if run.times > 1 else [again if i else once]
    found = total(costs) if len(costs) > 1 else costs[0] if costs else ZERO_COST
    return found.without_weights() if block.tied_to is not None else found
