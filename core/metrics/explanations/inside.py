"""Explanations of the bytes that the inner steps of a composite layer move, and of what one kernel saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.params import params_of
from layerledger.core.formula.formula import formula
from layerledger.core.layers.inner_schedule import InnerSchedule, InnerStep, inner_schedule, is_fused
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import LAYER_TYPES
from layerledger.core.metrics.explanations.explanation import Explanation, of_formula, of_parts, plain

_FUSED_STEPS = (
    "Batch norms, activation functions and element-wise arithmetic inside are fused into the step before them."
)


class Inner(NamedTuple):
    """A composite layer with its inner steps, or with None for them where one kernel computes all."""

    op: LayerType
    inputs: Inputs
    outputs: Outputs
    schedule: InnerSchedule | None


def inner_of(op: LayerType, inputs: Inputs, outputs: Outputs) -> Inner | None:
    """Return the inner steps of a layer; None for a layer that is not composite."""
    return None if op.inside is None else Inner(op, inputs, outputs, inner_schedule(op, inputs, outputs))


def explain_inner_reads(
    node: NodeResult, schedule: InnerSchedule, weights: Explanation | None, title: str, *, fused: bool
) -> Explanation:
    """Return the explanation of what inner steps read: the tensors of each, and all weights."""
    terms = list(_terms(schedule, lambda step: schedule.read_bytes(step, node.aliases), fused=fused))
    return _sum([*terms, *([weights] if weights else [])], title, fused=fused)


def explain_inner_writes(schedule: InnerSchedule, title: str, *, fused: bool) -> Explanation:
    """Return the explanation of what inner steps write."""
    return _sum(list(_terms(schedule, schedule.written_bytes, fused=fused)), title, fused=fused)


def _sum(terms: list[Explanation], title: str, *, fused: bool) -> Explanation:
    found = of_parts(terms, title) if terms else plain(title, 0, "")
    return replace(found, note=_FUSED_STEPS if fused else "", symbols={})


def _terms(schedule: InnerSchedule, moved: Callable[[InnerStep], int], *, fused: bool) -> Iterator[Explanation]:
    """Yield a term for the steps of each name, by the bytes of a run."""
    runs: dict[tuple[str, int], int] = {}
    for step in schedule.steps:
        nbytes = moved(step)
        if nbytes and not (fused and step.type and LAYER_TYPES[step.type].fusible):
            key = step.name, nbytes // step.times
            runs[key] = runs.get(key, 0) + step.times
    for (name, tensors), times in runs.items():
        text = "runs*tensors" if times > 1 else "tensors"
        yield of_formula(formula(text), {"runs": times, "tensors": tensors}, name)


def saving(inner: Inner, moved: Callable[[Inner], int]) -> str:
    """Return the sentence on what one kernel saves, or would save, of bytes that are read or written.

    Args:
        inner: the layer.
        moved: the bytes that a layer with the same inputs moves.
    """
    other = _other(inner)
    less = 0 if other is None else moved(inner) - moved(other)
    if not less:
        return ""
    found = Message("{saved} B", saved=units.grouped(abs(less)))
    if is_fused(inner.op):
        return Message("One kernel keeps what is inside on chip, which saves {saved}.", saved=found)
    return Message("One kernel that keeps what is inside on chip would save {saved}.", saved=found)


def _other(inner: Inner) -> Inner | None:
    """Return the layer that is fused where this one is not, and the other way round."""
    op = inner.op
    values = {name: vars(op)[name] for name in params_of(type(op))}
    # Attention that returns its weights cannot keep them on chip.
    key = "fused" if "fused" in values else "need_weights"
    other = type(op)(**values | {key: not values[key]})
    outputs = tuple(replaced._replace(dtype=inner.outputs[0].dtype) for replaced in other.outputs(inner.inputs))
    return inner_of(other, inner.inputs, outputs)
