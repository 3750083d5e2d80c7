"""Why the peak of a training step is not the sum of its parts, as sentences; all numbers are texts in bytes."""

from __future__ import annotations

from layerledger.core.base.messages import Message


def at_forward(*, where: str, made: str, gradients: str) -> Message:
    """Return where the peak is in the forward pass."""
    return Message(
        "The peak is in the forward pass, at {where}, where {made} of the {gradients} B of gradients by parameters "
        "exist.",
        where=where,
        made=made,
        gradients=gradients,
    )


def at_backward(*, where: str, made: str, gradients: str) -> Message:
    """Return where the peak is in the backward pass."""
    return Message(
        "The peak is in the backward pass, at {where}, where {made} of the {gradients} B of gradients by parameters "
        "exist, and what later layers saved is free again.",
        where=where,
        made=made,
        gradients=gradients,
    )


def below(difference: str) -> Message:
    """Return why the peak can lie below the sum."""
    return Message(
        "It lies {difference} B below the sum, which adds all gradients to all saved activations, although they are "
        "never alive together.",
        difference=difference,
    )


def above(difference: str) -> Message:
    """Return why the peak can lie above the sum."""
    return Message(
        "It lies {difference} B above the sum, which holds no tensors and gradients in work.", difference=difference
    )
