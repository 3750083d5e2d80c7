"""The flow of tokens through a schedule: the tensors that depend on them, and the layers that keep any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.schedule import Schedule, Step
from layerledger.core.layers.generation import CarriedState, Kept, KVCache

TOKEN_DTYPES = ("int64", "int32")


def dependence(flow: Schedule, *, values: bool = False) -> list[int]:
    """Return, for each tensor, on which of the network's inputs it depends: a bit each.

    Args:
        flow: the schedule of the network.
        values: whether only dependence on the values counts, not that of positions on the number of tokens.
    """
    masks = [1 << i if maker < 0 else 0 for i, maker in enumerate(flow.producers)]
    for step in flow.steps:
        mask = 0
        if not (values and getattr(step.layer.op, "receptive", "") == "nothing"):
            for tensor in step.inputs:
                mask |= masks[tensor]
        for tensor in step.outputs:
            masks[tensor] = mask
    return masks


def sequence_inputs(result: Result) -> dict[int, int]:
    """Return how many layers that keep keys or carry a state depend on each input of tokens, where any do."""
    flow = result.schedule
    # An input with a problem has no tensor; then bit i of a mask is not input i.
    if len(result.network.inputs) != sum(maker < 0 for maker in flow.producers):
        return {}
    masks = dependence(flow)
    # A layer that looks both ways carries no state; attention that does may attend to another sequence.
    kept = [(i, each) for i, _, each in statements(flow) if isinstance(each, KVCache) or each.causal]
    found = [(masks[source_of(flow.steps[i], each)], _is_stated(each)) for i, each in kept]
    # A layer of the user's own counts where there is no other: it may carry a state that it does not state.
    stated = [mask for mask, is_stated in found if is_stated] or [mask for mask, _ in found]
    tokens = [i for i, given in enumerate(result.network.inputs) if given.dtype in TOKEN_DTYPES and given.shape]
    counts = {i: sum(mask >> i & 1 for mask in stated) for i in tokens if len(result.network.inputs[i].shape) <= 2}
    return {i: count for i, count in counts.items() if count}


def statements(flow: Schedule) -> Iterator[tuple[int, int, KVCache | CarriedState]]:
    """Yield each statement with its step and its place among those of the step."""
    # Key: the identity of a layer's result, which the schedule keeps alive; equal passes share one.
    known: dict[int, Kept] = {}
    for i, step in enumerate(flow.steps):
        if id(step.layer) not in known:
            known[id(step.layer)] = _kept_by(step)
        for n, kept in enumerate(known[id(step.layer)]):
            yield i, n, kept


def _kept_by(step: Step) -> Kept:
    layer = step.layer
    inputs = layer.known_inputs
    if layer.op is None or inputs is None or layer.outputs is None:
        return ()
    return layer.op.kept_in_generation(inputs, layer.outputs)


def _is_stated(kept: KVCache | CarriedState) -> bool:
    return isinstance(kept, KVCache) or kept.elements is not None


def source_of(step: Step, kept: KVCache | CarriedState) -> int:
    """Return the tensor that keys are, or are made of, or that a state follows from."""
    return step.inputs[kept.sources[0]] if isinstance(kept, KVCache) else step.inputs[0]


def sequences(flow: Schedule, inputs: Sequence[int]) -> int:
    """Return the number of sequences in the inputs that hold the tokens."""
    shape = flow.tensors[inputs[0]].shape if flow.tensors else ()
    return shape[0] if len(shape) > 1 else 1
