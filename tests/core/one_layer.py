"""One layer by itself: what several tests ask of it."""

from collections.abc import Mapping

from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape, TensorSpec
from layerledger.core.layers import ParamProblem, bind, evaluate
from layerledger.core.layers.cost import Cost
from layerledger.core.layers.layer_type import Inputs, Outputs


def specs(*shapes: Shape, dtype: str = "float32") -> Inputs:
    return tuple(TensorSpec(shape, dtype) for shape in shapes)


def result_of(type_name: str, params: Mapping[str, Value], inputs: Inputs) -> tuple[Outputs, Cost]:
    """Return outputs and cost of a layer that fits."""
    bound = bind(type_name, params)
    assert bound.op, bound.problems
    found = evaluate(bound.op, inputs)
    assert not isinstance(found, ParamProblem), found
    return found


def counted(type_name: str, *shapes: Shape, dtype: str = "float32", **params: Value) -> tuple[Outputs, Cost]:
    """Return outputs and cost of a layer on tensors of `shapes`."""
    return result_of(type_name, params, specs(*shapes, dtype=dtype))


def shapes_of(type_name: str, *shapes: Shape, **params: Value) -> list[Shape]:
    return [output.shape for output in counted(type_name, *shapes, **params)[0]]


def cost(type_name: str, *shapes: Shape, dtype: str = "float32", **params: Value) -> Cost:
    return counted(type_name, *shapes, dtype=dtype, **params)[1]


def fault(type_name: str, *shapes: Shape, dtype: str = "float32", **params: Value) -> ParamProblem:
    """Return what is wrong with a layer that does not fit."""
    bound = bind(type_name, params)
    if bound.op is None:
        return bound.problems[0]
    found = evaluate(bound.op, specs(*shapes, dtype=dtype))
    assert isinstance(found, ParamProblem)
    return found
