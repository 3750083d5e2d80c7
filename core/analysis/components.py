"""Components of composite layers, such as the projections and scores of attention, with their costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from math import prod
from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.layers.cost import ZERO_COST, Cost
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.network.paths import ties_weight_only


class Component(NamedTuple):
    """A named part of a layer; the costs of all its parts add up to the layer's."""

    name: str
    cost: Cost


def is_composite(result: NodeResult) -> bool:
    """Return whether a node is a layer whose type has parts."""
    return result.op is not None and len(component_names(type(result.op))) > 1


def components_of(result: NodeResult) -> tuple[Component, ...]:
    """Return the parts of a composite layer that cost something; none of another layer."""
    spec, inputs = result.op, result.known_inputs
    if spec is None or result.outputs is None or inputs is None or not is_composite(result):
        return ()
    symbols = spec.symbols(inputs, result.outputs)
    found = [Component(name, _cost(spec, name, symbols)) for name in component_names(type(spec))]
    found = [part for part in found if part.cost != ZERO_COST]
    weight = spec.weight_shape(inputs) if ties_weight_only(result.node.tied_to) else None
    if weight is not None:  # it is in the first part, which all its parts follow
        found[0] = Component(found[0].name, found[0].cost.without_weight(prod(weight)))
    elif result.node.tied_to is not None:
        found = [Component(part.name, part.cost.without_weights()) for part in found]
    return tuple(found) if len(found) > 1 else ()


# Key: the class, so the bound is the number of layer types; never stale, since a class does not change.
@cache
def component_names(spec: type[LayerType]) -> tuple[str, ...]:
    """Return the names of a type's parts in the order in which they are stated; none where a count has no name."""
    names = _merged(spec.terms.values())
    return () if "" in names else tuple(names)


def _merged(lists: Iterable[Iterable[str]]) -> list[str]:
    """Return the names of all lists once, in an order that keeps that of each list where they allow it."""
    merged: list[str] = []
    for names in map(list, lists):
        at: int | None = None
        for i, name in enumerate(names):
            if name not in merged:
                behind = next((merged.index(later) for later in names[i:] if later in merged), len(merged))
                merged.insert(behind if at is None else at, name)
            at = merged.index(name) + 1
    return merged


def _cost(spec: LayerType, name: str, symbols: Mapping[str, int]) -> Cost:
    values = {primitive: terms[name](symbols) for primitive, terms in spec.terms.items() if name in terms}
    if "trainable_params" not in spec.terms:
        values["trainable_params"] = values.get("params", 0)
    return Cost(**values)
