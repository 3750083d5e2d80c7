"""The passes of a repeated block: the one iterator over them.

A block's result holds runs of equal passes. Rows, the schedule, problems, ties and chart series walk them by
`iterate_passes`. Three places do not walk: `aggregation`, the explanations and the conventions sum over runs and
multiply, whatever the numbers of the passes; `checks.sharing_problem` runs before the block has a result; and
`BackwardPlan` asks which blocks around a layer share their weights, which the network says without any pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.network.nodes import Block


class PassRun(NamedTuple):
    """Equal passes of a block that follow one another.

    Attributes:
        children: the children's results in each of them.
        numbers: the numbers of the passes in the block.
        again: whether an earlier pass has counted the weights, which are shared.
    """

    children: tuple[NodeResult, ...]
    numbers: range
    again: bool


def iterate_passes(block: NodeResult, *, expand: bool) -> Iterator[PassRun]:
    """Yield the passes of a block in order.

    Args:
        block: the result of a block.
        expand: one pass at a time; else equal passes together, of shared weights the first pass for itself.
    """
    shared = isinstance(block.node, Block) and block.node.share_weights
    done = 0
    for run in block.passes:
        end = done + run.times
        if expand:
            for i in range(done, end):
                yield PassRun(run.children, range(i, i + 1), shared and i > 0)
        # The first pass stands alone: only it counts the weights.
        elif shared and done == 0 and run.times > 1:
            yield PassRun(run.children, range(1), again=False)
            yield PassRun(run.children, range(1, end), again=True)
        else:
            yield PassRun(run.children, range(done, end), shared and done > 0)
        done = end
