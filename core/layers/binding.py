"""Binding of stored parameters to a layer type, its evaluation on inputs, and the problems of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from layerledger.core.base.messages import Message, message_of
from layerledger.core.base.params import ParamInfo, Value, params_of, show
from layerledger.core.base.record import Record
from layerledger.core.base.shapes import ShapeError
from layerledger.core.layers.cost import Cost
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs, ParamProblem, dims_of
from layerledger.core.layers.registry import LAYER_TYPES


class Bound(Record):
    """A layer type with the stored parameters, or the problems that prevent it."""

    op: LayerType | None
    problems: tuple[ParamProblem, ...] = ()


def bind(type_name: str, params: Mapping[str, Value]) -> Bound:
    """Return a layer of `type_name` with the stored `params`; wrong ones become problems."""
    return _bound(LAYER_TYPES[type_name], params)


def _bound(cls: type[LayerType], params: Mapping[str, Value]) -> Bound:
    given = cls.normalize_params(params)
    values: dict[str, Any] = {}
    faults = [*_read(cls, given, values), *_missing(cls, given)]
    return Bound(None, tuple(faults)) if faults else _checked(cls(**values))


def _read(cls: type[LayerType], given: Mapping[str, Value], values: dict[str, Any]) -> Iterator[ParamProblem]:
    """Read `given` into `values`, and yield the problems."""
    declared = params_of(cls)
    for name, value in given.items():
        if name not in declared:
            yield ParamProblem(_unknown_param(cls.type_name, name, declared), name)
        # Null in a file is torch's None: where that is the default, the parameter keeps it.
        elif value is not None or declared[name].default is not None:
            try:
                values[name] = declared[name].read(value, dims_of(cls))
            except ValueError as error:
                yield ParamProblem(message_of(error), name)


def _missing(cls: type[LayerType], given: Mapping[str, Value]) -> Iterator[ParamProblem]:
    for name, info in _required_of(cls).items():
        if name not in given:
            yield ParamProblem(
                Message(
                    "{name} is missing; it must be {hint_for}", name=name, hint_for=info.kind.hint_for(dims_of(cls))
                ),
                name,
            )


# Key: the class, of which there are as many as layer types; never stale.
@cache
def _required_of(cls: type[LayerType]) -> Mapping[str, ParamInfo]:
    return {name: info for name, info in params_of(cls).items() if info.required}


def _checked(spec: LayerType) -> Bound:
    try:
        spec.check()
    except ShapeError as error:
        return Bound(None, (ParamProblem(message_of(error), error.param),))
    return Bound(spec)


def _unknown_param(type_name: str, name: str, declared: Mapping[str, ParamInfo]) -> str:
    # Slow to import, seldom needed.
    from difflib import get_close_matches

    close = get_close_matches(name, declared, 1)
    hint = (
        Message("did you mean {close}?", close=close[0])
        if close
        else Message("it has {names}", names=", ".join(declared) or "none")
    )
    return Message("{type_name} has no parameter {name}; {hint}", type_name=type_name, name=show(name), hint=hint)


def evaluate(spec: LayerType, inputs: Inputs, weight_dtype: str = "float32") -> tuple[Outputs, Cost] | ParamProblem:
    """Return outputs and cost of `spec` on `inputs`, or the problem."""
    try:
        return spec.result(inputs, weight_dtype)
    except ShapeError as error:
        return ParamProblem(message_of(error), error.param or "inputs")
