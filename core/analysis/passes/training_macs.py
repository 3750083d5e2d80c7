"""The multiply-accumulates of one step of training."""

from __future__ import annotations

from typing import NamedTuple

from layerledger.core.analysis.passes.backward import BackwardPlan
from layerledger.core.analysis.passes.schedule import Step


class TrainingMacs(NamedTuple):
    """Multiply-accumulates of one step of training.

    Attributes:
        forward: of the forward pass.
        by_input: of gradients by the inputs of layers, where something before them is trained.
        by_weight: of gradients by weights that training changes.
        again: of what runs again because only checkpoints were kept.
    """

    forward: int
    by_input: int
    by_weight: int
    again: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


MACS_RULE = (
    "Of each product the gradient by each of its two sides takes as many MACs as the product itself. A layer before "
    "which nothing is learned needs none by its input, one that is not trained none by its weights; a layer made of "
    "parts needs both of each part."
)
"""The rule by which the MACs of training are counted, as sentences."""


def training_macs(tape: BackwardPlan) -> TrainingMacs:
    """Return the multiply-accumulates of a step."""
    by_input = by_weight = again = forward = 0
    for i, step in enumerate(tape.schedule.steps):
        macs = step.layer.cost.macs
        forward += macs
        if macs and any(tape.requires_grad[tensor] for tensor in step.outputs):
            operands = sum(tape.requires_grad[tensor] for tensor in step.inputs)
            # A gradient takes as many MACs as the product; see MACS_RULE.
            inputs, weights = _of_adapter(step, operands) or _of_layer(
                step, operands, trained=tape.trained.changes(step)
            )
            by_input += inputs
            by_weight += weights
            again += macs * (tape.segments[i] is not None)
    return TrainingMacs(forward, by_input, by_weight, again)


def _of_layer(step: Step, operands: int, *, trained: bool) -> tuple[int, int]:
    """Return the MACs of gradients by a layer's inputs, given how many of them need one, and by its weights."""
    spec, layer, macs = step.layer.op, step.layer, step.layer.cost.macs
    if not (layer.cost.params or layer.node.tied_to is not None):
        # A product of two inputs, such as MatMul: each that needs a gradient takes a product of its own.
        return min(operands, 2) * macs, 0
    of_parts = spec is not None and len(spec.terms.get("macs", ())) > 1
    # A composite layer passes gradients between its parts, even where its own inputs need none.
    return (operands > 0 or of_parts) * macs, trained * macs


def _of_adapter(step: Step, operands: int) -> tuple[int, int] | None:
    """Return the same for a layer with an adapter, whose own weight is frozen; None for any other."""
    spec, inputs, outputs = step.layer.op, step.layer.known_inputs, step.layer.outputs
    if not step.layer.cost.adapter_params or spec is None or inputs is None or outputs is None:
        return None
    symbols, terms = spec.symbols(inputs, outputs), spec.terms["macs"]
    down, up = terms["adapter down"](symbols), terms["adapter up"](symbols)
    return (step.layer.cost.macs if operands else up), down + up
