"""The result of a block, from the results of its passes."""

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

# Getters for `map`: the sums below go over every child of every pass, and this keeps the loops out of Python code.
_cost, _faultless, _tied = attrgetter("cost"), attrgetter("is_clean"), attrgetter("tied")
_layers, _uncounted = attrgetter("layers"), attrgetter("uncounted_layers")
_moved, _largest = attrgetter("traffic"), attrgetter("largest")


def aggregate_block(
    block: Block,
    entering: tuple[TensorsOrMissing, TensorIds],
    outputs: TensorRefs,
    runs: Sequence[Pass],
    problems: Sequence[Problem],
) -> NodeResult:
    """Return the result of a block.

    Args:
        block: as the network has it.
        entering: its inputs, and which of them are aliases.
        outputs: its outputs after all passes, with the ids that its children see.
        runs: its passes.
        problems: its own.
    """
    inputs, aliases = entering
    given = tuple(_from_outside(block, inputs, output) for output in outputs.tensors)
    known = tuple(o for o in given if isinstance(o, TensorSpec))
    return NodeResult(
        node=block,
        inputs=inputs,
        outputs=known if len(known) == len(given) else None,
        cost=_block_cost(block, runs),
        problems=tuple(problems),
        passes=tuple(runs),
        layers=_over(runs, _layers),
        uncounted_layers=_over(runs, _uncounted),
        traffic=_block_moved(block, runs),
        is_clean=not problems and all(all(map(_faultless, run.children)) for run in runs),
        missing=next((o for o in given if isinstance(o, Unresolved)), None),
        # What depends only on outputs that are known can still be counted.
        partial=given if known and len(known) < len(given) else (),
        tied=block.tied_to is not None or any(any(map(_tied, run.children)) for run in runs),
        aliases=aliases,
        origins=() if all_own(outputs.ids) else outputs.ids,
        largest_child_output_bytes=max([0, *(max(map(_largest, run.children), default=0) for run in runs)]),
    )


def _from_outside(block: Block, sources: TensorsOrMissing, output: TensorOrMissing) -> TensorOrMissing:
    """Return an output, or what keeps it from being known: a cause outside the block, or a layer by its full name."""
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
        # As in `_block_cost`: only the first pass of all stores shared weights.
        passes += [again if i else once, again.times(run.times - 1)] if run.times > 1 else [again if i else once]
    found = total_traffic(passes) if len(passes) > 1 else passes[0] if passes else NO_TRAFFIC
    return found.without_weights() if block.tied_to is not None else found


def _block_cost(block: Block, runs: Sequence[Pass]) -> Cost:
    costs: list[Cost] = []
    for i, run in enumerate(runs):
        once = total(map(_cost, run.children))
        again = once.without_weights() if block.share_weights else once
        # With shared weights, only the first pass of all counts them.
        costs += [again if i else once, again * (run.times - 1)] if run.times > 1 else [again if i else once]
    found = total(costs) if len(costs) > 1 else costs[0] if costs else ZERO_COST
    found = found.stating(block.trainable)
    return found.without_weights() if block.tied_to is not None else found
