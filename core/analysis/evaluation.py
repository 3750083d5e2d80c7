"""The result of one layer: its stored parameters bound to a layer type, which is measured on the layer's inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod
from typing import NamedTuple, TypeAlias, cast

from layerledger.core.analysis import checks
from layerledger.core.analysis.node_result import NodeResult, Problem, TensorIds, TensorsOrMissing, Unresolved
from layerledger.core.analysis.traffic import largest_inside, traffic
from layerledger.core.base.dtypes import (
    DTYPES_KEY,
    KNOWN,
    NOTHING_STATED,
    Dtypes,
    dtypes_of,
    unknown_parts,
    weight_bytes,
)
from layerledger.core.base.messages import Message, message_of
from layerledger.core.base.params import Value, show
from layerledger.core.base.shapes import FLOAT_DTYPES, QUANTIZED_DTYPES, TensorSpec, promote
from layerledger.core.layers import LAYER_TYPES, bind, evaluate
from layerledger.core.layers.cost import Cost, Traffic
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs, ParamProblem
from layerledger.core.network.nodes import Layer
from layerledger.core.network.paths import ties_weight_only

Binding: TypeAlias = tuple[LayerType | None, tuple[Problem, ...]]
"""A layer's type with its parameters, or None and the problems of the parameters."""


class Measured(NamedTuple):
    """The outputs, costs and doubts of a layer type on given inputs; `largest` is that of its inner steps, else 0."""

    outputs: Outputs
    cost: Cost
    warnings: tuple[Problem, ...]
    traffic: Traffic
    largest: int = 0


class LayerDtypes(NamedTuple):
    """The dtypes of layers that declare none.

    Attributes:
        activations: of tensors that are weights or looked up in them; in a quantized network, of all tensors.
        weights: in which weights are stored.
        follows: whether the network declares nothing and its inputs are quantized; then a layer between real numbers,
            such as those that a division of a picture of uint8 makes, has weights of their dtype.
    """

    activations: str
    weights: str
    follows: bool = False


class Evaluator:
    """Evaluates layers.

    Attributes:
        dtypes: of layers that declare none.
    """

    def __init__(self, dtypes: LayerDtypes) -> None:
        self.dtypes = dtypes

    def bind(self, layer: Layer) -> Binding:
        """Return the type of a layer with its parameters."""
        return bind_layer(layer)

    def measure(self, op: LayerType, inputs: Inputs) -> Measured | Problem:
        """Return the outputs and costs of a layer type on its inputs, or the problem that there is with them."""
        found = evaluate(op, inputs, self.dtypes.activations)
        if isinstance(found, ParamProblem):
            return Problem("error", found.message, found.param)
        outputs, cost = found
        moved = traffic(op, inputs, outputs, cost, weights_of(self.dtypes, inputs, outputs))
        return Measured(outputs, cost, checks.warnings(op, inputs, outputs), moved, largest_inside(op, inputs, outputs))

    def result(self, layer: Layer, inputs: TensorsOrMissing, aliases: TensorIds) -> NodeResult:
        """Return the result of a layer.

        Args:
            layer: as the network has it.
            inputs: the tensors that it takes.
            aliases: the numbers of the inputs that are equal to an earlier input.
        """
        op, problems = self.bind(layer)
        if op is None:
            return _failed(layer, inputs, problems, aliases)
        for tensor in inputs:
            if isinstance(tensor, Unresolved):
                # The first cause is handed on to the layers after it, so that each names the layer to mend.
                sentence = Message("not computed: depends on {cause}, which has an error", cause=tensor.cause)
                return replace(_failed(layer, inputs, (Problem("info", sentence),), aliases), op=op, missing=tensor)
        measured = self.measure(op, cast(Inputs, inputs))
        if isinstance(measured, Problem):
            return replace(_failed(layer, inputs, (measured,), aliases), op=op)
        outputs, cost, warnings, moved, largest = measured
        if aliases or layer.tied_to is not None or has_keys_of_its_own(layer):
            return self._special(layer, op, cast(Inputs, inputs), measured, aliases)
        # by position: an edit may need thousands, and names take Python twice as long
        found = NodeResult(
            layer,
            inputs,
            outputs,
            cost,
            moved,
            op,
            largest,
            (),
            False,
            warnings,
            not warnings,
        )
        return _marked(found, op) if warnings else found

    def _special(
        self, layer: Layer, op: LayerType, inputs: Inputs, measured: Measured, aliases: TensorIds
    ) -> NodeResult:
        """Return the result of a layer with aliased inputs, tied weights or dtypes of its own."""
        outputs, cost, problems, moved, largest = measured
        stated: str | None = None
        if layer.stored_dtypes is not None:
            dtypes, wrong = declared_dtypes(layer.stored_dtypes)
            if dtypes.activations:
                outputs = tuple(TensorSpec(output.shape, dtypes.activations) for output in outputs)
            stated = dtypes.weights
            problems = (*problems, *wrong)
        if layer.trainable is not None:
            problems = (*problems, *trainable_problems(layer.trainable))
            cost = cost.stating(layer.trainable)
        if aliases or layer.stored_dtypes is not None:
            stored = stated or weights_of(self.dtypes, inputs, outputs)
            moved = traffic(op, inputs, outputs, cost, stored, aliases)
            largest = largest_inside(op, inputs, outputs)
        tied = layer.tied_to is not None
        weight = op.weight_shape(inputs) if ties_weight_only(layer.tied_to) else None
        if weight is not None:
            cost = cost.without_weight(prod(weight))
            own = weight_bytes(cost.params, stated or weights_of(self.dtypes, inputs, outputs))
            moved = moved._replace(weight_bytes=own)
        elif tied:
            cost, moved = cost.without_weights(), moved.without_weights()
        found = NodeResult(
            layer,
            inputs,
            outputs,
            cost,
            moved,
            op,
            largest,
            aliases,
            tied,
            problems,
            not problems,
        )
        return _marked(found, op)


def _marked(found: NodeResult, op: LayerType) -> NodeResult:
    """Return the result of a layer, marked where the counts of its type are unknown; such a type always warns."""
    return replace(found, uncounted_layers=1) if op.status == NOT_COUNTED else found


def has_keys_of_its_own(layer: Layer) -> bool:
    """Return whether a layer states something beside its parameters on which its result depends."""
    return layer.stored_dtypes is not None or layer.trainable is not None


def trainable_problems(stated: Value) -> tuple[Problem, ...]:
    """Return the problem of the key `trainable` of a layer or block, if its value is wrong."""
    if stated is None or isinstance(stated, bool):
        return ()
    sentence = Message("trainable must be true or false; got {value}", value=show(stated))
    return (Problem("error", sentence, "trainable"),)


def bind_layer(layer: Layer) -> Binding:
    """Return the type of a layer with its parameters, whatever its inputs are."""
    if layer.type not in LAYER_TYPES:
        return None, (checks.unknown_type(layer.type),)
    bound = bind(layer.type, layer.params)
    return bound.op, tuple([Problem("error", problem.message, problem.param) for problem in bound.problems])


def _failed(layer: Layer, inputs: TensorsOrMissing, problems: Sequence[Problem], aliases: TensorIds) -> NodeResult:
    return NodeResult(
        node=layer,
        inputs=inputs,
        outputs=None,
        problems=tuple(problems),
        uncounted_layers=1,
        is_clean=False,
        missing=Unresolved(layer.name),
        tied=layer.tied_to is not None,
        aliases=aliases,
    )


def real_dtype(tensors: Iterable[TensorSpec]) -> str | None:
    """Return the dtype of the inputs and outputs of a layer where all numbers are real, else None."""
    given = {tensor.dtype for tensor in tensors}
    floats = [dtype for dtype in FLOAT_DTYPES if dtype in given]
    return promote(floats) if floats and given.isdisjoint(QUANTIZED_DTYPES) else None


def weights_of(dtypes: LayerDtypes, inputs: Inputs, outputs: Outputs) -> str:
    """Return the dtype in which a layer that declares none stores its weights."""
    return (real_dtype((*inputs, *outputs)) if dtypes.follows else None) or dtypes.weights


def declared_dtypes(stated: Value) -> tuple[Dtypes, tuple[Problem, ...]]:
    """Return the dtypes that a network or a layer declares, and the problems with them."""
    try:
        unknown = [
            Problem(
                "warning",
                Message(
                    "{key} has an unknown part {part}, which is kept; the parts are {known}",
                    key=DTYPES_KEY,
                    part=show(part),
                    known=", ".join(KNOWN),
                ),
                DTYPES_KEY,
            )
            for part in unknown_parts(stated)
        ]
        return dtypes_of(stated), tuple(unknown)
    except ValueError as error:
        return NOTHING_STATED, (Problem("error", message_of(error), DTYPES_KEY),)
