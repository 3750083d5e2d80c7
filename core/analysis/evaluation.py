"""One layer: read from what its file holds, measured on what it is fed, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, cast

from layerledger.core.analysis import checks as faults
from layerledger.core.analysis.node_result import NodeResult, Problem, TensorIds, TensorsOrMissing, Unresolved
from layerledger.core.base.dtypes import DTYPES_KEY, NOTHING_STATED, Dtypes, dtypes_of, weight_bytes
from layerledger.core.base.messages import Message, message_of
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers import LAYER_TYPES, bind, evaluate
from layerledger.core.layers.cost import Cost, Traffic
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs, ParamProblem
from layerledger.core.network.nodes import Layer


def layer_result(layer: Layer, sources: TensorsOrMissing, again: TensorIds, dtypes: tuple[str, str]) -> NodeResult:
    """Return what is known of a layer.

    Args:
        layer: as the network has it.
        sources: what it is fed.
        again: the numbers of those sources that are tensors it is fed before them.
        dtypes: in which weights are computed, and in which they are stored.
    """
    spec, misread = read(layer)
    if spec is None:
        return _wrong(layer, sources, misread, again)
    for source in sources:
        if isinstance(source, Unresolved):
            waits = Problem("info", Message("waits for {cause}", cause=source.cause))
            return replace(_wrong(layer, sources, (waits,), again), op=spec, missing=source)
    measured = measure(spec, cast(Inputs, sources), *dtypes)
    if isinstance(measured, Problem):
        return replace(_wrong(layer, sources, (measured,), again), op=spec)
    warnings = measured.warnings
    if layer.stored_dtypes is not None:
        measured, wrong = _as_stated(layer, spec, measured, cast(Inputs, sources), dtypes[1])
        warnings = (*warnings, *wrong)
    tied, cost, moved = layer.tied_to is not None, measured.cost, measured.traffic
    if again:
        moved = moved.minus_reads(_nbytes(source for i, source in enumerate(cast(Inputs, sources)) if i in again))
    if tied:
        cost, moved = cost.without_weights(), moved.without_weights()
    # by position: an edit may need thousands, and names take Python twice as long
    return NodeResult(layer, sources, measured.outputs, cost, moved, spec, again, tied, warnings, not warnings)


def _wrong(layer: Layer, sources: TensorsOrMissing, problems: Sequence[Problem], again: TensorIds) -> NodeResult:
    return NodeResult(
        node=layer,
        inputs=sources,
        outputs=None,
        problems=tuple(problems),
        uncounted_layers=1,
        is_clean=False,
        missing=Unresolved(layer.name),
        tied=layer.tied_to is not None,
        aliases=again,
    )


@lru_cache(maxsize=16384)
def read(layer: Layer) -> tuple[LayerType | None, tuple[Problem, ...]]:
    """Return a layer's type with its parameters, or what is wrong with them; it is read once, whatever it is fed."""
    if layer.type not in LAYER_TYPES:
        return None, (faults.unknown_type(layer.type),)
    bound = bind(layer.type, layer.params)
    return bound.op, tuple([Problem("error", fault.message, fault.param) for fault in bound.problems])


class Measured(NamedTuple):
    """What a layer type makes of its inputs."""

    outputs: Outputs
    cost: Cost
    warnings: tuple[Problem, ...]
    traffic: Traffic


@lru_cache(maxsize=16384)
def measure(spec: LayerType, inputs: Inputs, dtype: str, stored: str) -> Measured | Problem:
    """Return what a layer type makes of its inputs, or what is wrong with them."""
    found = evaluate(spec, inputs, dtype)
    if isinstance(found, ParamProblem):
        return Problem("error", found.message, found.param)
    outputs, cost = found
    return Measured(
        outputs, cost, faults.warnings(spec, inputs, outputs), _traffic(spec, inputs, outputs, cost, stored)
    )


def _traffic(spec: LayerType, inputs: Iterable[TensorSpec], outputs: Outputs, cost: Cost, stored: str) -> Traffic:
    """Return the bytes that a layer moves, each tensor once; its weights are stored as `stored`."""
    weights = weight_bytes(cost.params, stored)
    some = spec.params_read_by(cost.params, outputs)
    read = _nbytes(inputs) + (weights if some == cost.params else weight_bytes(some, stored))
    written = _nbytes(outputs)
    return Traffic(weights, read, written, *((read, written) if spec.fusible else ()))


def _nbytes(tensors: Iterable[TensorSpec]) -> int:
    return sum([tensor.nbytes for tensor in tensors])


def _as_stated(
    layer: Layer, spec: LayerType, measured: Measured, inputs: Inputs, stored: str
) -> tuple[Measured, tuple[Problem, ...]]:
    """Return what a layer makes that says how it stores that."""
    dtypes, wrong = declared_dtypes(layer.stored_dtypes)
    outputs = measured.outputs
    if dtypes.activations:
        outputs = tuple(TensorSpec(output.shape, dtypes.activations) for output in outputs)
    moved = _traffic(spec, inputs, outputs, measured.cost, dtypes.weights or stored)
    return measured._replace(outputs=outputs, traffic=moved), wrong


def declared_dtypes(stated: Value) -> tuple[Dtypes, tuple[Problem, ...]]:
    """Return what a network or a layer states of how it stores numbers, or what is wrong with that."""
    try:
        return dtypes_of(stated), ()
    except ValueError as error:
        return NOTHING_STATED, (Problem("error", message_of(error), DTYPES_KEY),)
