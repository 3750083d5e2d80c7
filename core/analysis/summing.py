"""From the results of a block's passes to the result of the block."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from layerledger.core.analysis.nodes import Missing, NodeResult, Pass, Problem, Source, Sources
from layerledger.core.cost import Cost, total
from layerledger.core.network import Block
from layerledger.core.shapes import TensorSpec

_cost, _faultless, _tied = attrgetter("cost"), attrgetter("faultless"), attrgetter("tied")
_layers, _uncounted, _nbytes = attrgetter("layers"), attrgetter("uncounted"), attrgetter("activation_bytes")


def summed(
    block: Block, sources: Sources, outputs: Sources, runs: Sequence[Pass], problems: Sequence[Problem]
) -> NodeResult:
    """Returns the result of a block that is fed `sources` and gives `outputs` after all `runs`."""
    given = tuple(_from_outside(block, sources, output) for output in outputs)
    known = tuple(o for o in given if isinstance(o, TensorSpec))
    return NodeResult(
        node=block,
        inputs=sources,
        outputs=known if len(known) == len(outputs) else None,
        cost=_block_cost(block, runs),
        problems=tuple(problems),
        passes=tuple(runs),
        layers=sum(run.times * sum(map(_layers, run.children)) for run in runs),
        uncounted=sum(run.times * sum(map(_uncounted, run.children)) for run in runs),
        activation_bytes=sum(run.times * sum(map(_nbytes, run.children)) for run in runs),
        faultless=not problems and all(all(map(_faultless, run.children)) for run in runs),
        missing=next((o for o in given if isinstance(o, Missing)), None),
        partial=given if known and len(known) < len(given) else (),
        tied=block.tied_to is not None or any(any(map(_tied, run.children)) for run in runs),
    )


def _from_outside(block: Block, sources: Sources, output: Source) -> Source:
    """Returns an output, or what keeps it from being known: what the block waits for, or a layer by its full name."""
    if isinstance(output, TensorSpec) or output in sources or output.blame == block.name or not block.name:
        return output
    return Missing(f"{block.name}.{output.blame}")


def _block_cost(block: Block, runs: Sequence[Pass]) -> Cost:
    costs: list[Cost] = []
    for i, run in enumerate(runs):
        once = total(map(_cost, run.children))
        again = once.without_weights() if block.share_weights else once
        costs += [again * run.times] if i else [once, again * (run.times - 1)]
    found = total(costs) if len(runs) > 1 or block.repeat > 1 else costs[0] if costs else total(())
    return found.without_weights() if block.tied_to is not None else found
