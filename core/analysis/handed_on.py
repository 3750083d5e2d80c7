"""The inputs of later passes of a repeated block: these are what the pass before returns, further inputs included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from layerledger.core.analysis.node_result import NodeResult, Problem
from layerledger.core.base.messages import Message, plural
from layerledger.core.network.nodes import INPUT, Block
from layerledger.core.network.references import split_reference


def outputs_to_hand_on(block: Block, entering: int, returned: int) -> tuple[str, ...]:
    """Return the outputs with which each pass of a block hands on all of its inputs; empty where no pass lacks any.

    Args:
        block: a repeated block.
        entering: the tensors that enter its first pass.
        returned: the tensors that a pass returns.
    """
    if block.repeat < 2 or not block.layers or not any(returned <= port < entering for port in _ports(block)):
        return ()
    last = block.layers[-1].name
    own = block.outputs or (last, *(f"{last}:{i}" for i in range(1, returned)))
    return (*own, *(f"{INPUT}:{i}" if i else INPUT for i in range(len(own), entering)))


def outputs_to_hand_on_of(result: NodeResult) -> tuple[str, ...]:
    """Return the same for the result of a block."""
    block = result.node
    if not isinstance(block, Block) or not result.passes or not block.layers:
        return ()
    returned = len(block.outputs) or len(result.passes[0].children[-1].produced)
    return outputs_to_hand_on(block, len(result.inputs), returned)


def handing_on_problems(block: Block, entering: int, returned: int) -> Iterator[Problem]:
    """Yield the problem of a block whose second pass lacks an input that its layers refer to."""
    if outputs := outputs_to_hand_on(block, entering, returned):
        message = Message(
            "each pass takes what the pass before it returns: the first takes {inputs}, the second {returned}; to hand "
            "on the others, set outputs to {outputs}",
            inputs=plural(entering, "{count} tensor", "{count} tensors"),
            returned=returned,
            outputs=", ".join(outputs),
        )
        yield Problem("error", message, "outputs")


def _ports(block: Block) -> Iterator[int]:
    """Yield the numbers of the block's inputs that its layers and its outputs refer to."""
    named: Sequence[Sequence[str]] = [*(node.inputs for node in block.layers), block.outputs]
    for reference in (each for references in named for each in references):
        try:
            name, port = split_reference(reference)
        except ValueError:  # a problem of its own
            continue
        if name == INPUT:
            yield port
