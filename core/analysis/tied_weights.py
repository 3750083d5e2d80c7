"""Checks of tied weights: the problems of every `tied_to`."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from layerledger.core.analysis.node_result import NodeResult, Problem
from layerledger.core.analysis.pass_runs import iterate_passes
from layerledger.core.base.messages import Message
from layerledger.core.base.params import show
from layerledger.core.layers import LAYER_TYPES, LayerType, evaluate
from layerledger.core.network.nodes import Block, Layer, Network, Node
from layerledger.core.network.paths import Names, NodePath, dotted, node_at, ties_weight_only, walk

MAX_CHAIN = 100
"""Largest number of ties that lead from one to the next; a limit on the work, since each node starts a chain."""


def tie_problems(network: Network, root: NodeResult) -> Iterator[Problem]:
    """Yield the problems of every `tied_to`."""
    if not root.tied:
        return
    ties = _Ties(network, root)
    for path, node in walk(network.root):
        if node.tied_to is not None and (message := ties.fault(path, node.tied_to)):
            yield Problem("error", message, "tied_to", dotted(network, path), path)


class _Ties:
    def __init__(self, network: Network, root: NodeResult) -> None:
        self._network, self._root, self._names = network, root, Names(network)

    def fault(self, path: NodePath, tied_to: str) -> str | None:
        """Return the problem of the tie of the node at `path`; None for a correct tie."""
        target = self._names.find_tied(tied_to)
        if target is None:
            return Message(
                "tied_to names {target}, but there is no such layer{hint}",
                target=show(tied_to),
                hint=self._hint(tied_to),
            )
        if circle := self._circle(path, target):
            return Message("tied_to {target} {problem}", target=show(tied_to), problem=circle)
        if ties_weight_only(tied_to):
            return self._other_weight(path, target, tied_to)
        return self._unlike(path, tied_to, _own_params(_at(self._root, target)))

    def _other_weight(self, path: NodePath, target: NodePath, tied_to: str) -> str | None:
        """Return the problem of a tie to a weight alone: one of the layers has none, or they are of other sizes."""
        other = _weight(_at(self._root, target))
        for at in (path, target):
            if not _has_weight(node_at(self._network, at)):
                return Message(
                    "tied_to {target} is a weight alone, but {name} has no parameter weight; name a layer or block "
                    "whose weights are all shared",
                    target=show(tied_to),
                    name=show(dotted(self._network, at)),
                )
        for result in _passes(self._root, path):
            own = _weight(result)
            if own is not None and other is not None and own != other:
                return Message(
                    "tied_to {target}: the weight of this layer has {params:,} values and that one {other:,};"
                    " tied weights must be alike",
                    target=tied_to,
                    params=own,
                    other=other,
                )
        return None

    def _unlike(self, path: NodePath, tied_to: str, other: int | None) -> str | None:
        """Return the problem of a node that has another number of params, in one of its passes, than its target."""
        for number, result in enumerate(_passes(self._root, path)):
            own = _own_params(result)
            if own is not None and other is not None and own != other:
                return Message(
                    "tied_to {target}: this layer has {params:,} params{where} and that one {other:,};"
                    " tied weights must be alike",
                    target=tied_to,
                    params=own,
                    where=Message(" in a later pass") if number else "",
                    other=other,
                )
        return None

    def _hint(self, tied_to: str) -> str:
        """Return a hint where the name contains numbers of passes, as a report prints it."""
        # Reports show layers of repeated blocks with the number of the pass; a name has none.
        plain = ".".join(part for part in tied_to.split(".") if not part.isdecimal())
        return Message('; did you mean "{name}"?', name=plain) if plain != tied_to and self._names.find(plain) else ""

    def _circle(self, path: NodePath, target: NodePath) -> str | None:
        """Return the problem of ties from `target` that lead back to the node, a block around it or a node in it."""
        following: NodePath | None = target
        met: set[NodePath] = set()
        while following is not None and following not in met and len(met) < MAX_CHAIN:
            if path[: len(following)] == following or following[: len(path)] == path:
                return "leads back to this layer, so its weights would count nowhere"
            met.add(following)
            following = self._next(following)
        if len(met) < MAX_CHAIN:
            return None
        return Message("goes on through more than {most} other ties; name the layer at their end", most=MAX_CHAIN)

    def _next(self, path: NodePath) -> NodePath | None:
        """Return where the weights of a node are if it, or a block that it is in, is tied."""
        for depth in range(len(path), 0, -1):
            tied_to = node_at(self._network, path[:depth]).tied_to
            if tied_to is not None:
                return self._names.find_tied(tied_to)
        return None


def _at(result: NodeResult, path: NodePath) -> NodeResult | None:
    for i in path:
        if i >= len(result.children):
            return None
        result = result.children[i]
    return result


def _passes(result: NodeResult, path: NodePath) -> Iterator[NodeResult]:
    """Yield the result of a node in each run of equal passes of the blocks around it."""
    if not path:
        yield result
    for run in iterate_passes(result, expand=False) if path else ():
        if path[0] < len(run.children):
            yield from _passes(run.children[path[0]], path[1:])


def _has_weight(node: Node) -> bool:
    """Return whether a node is a layer with a parameter `weight`; of a type that is not known, it is not said."""
    known = LAYER_TYPES.get(node.type) if isinstance(node, Layer) else None
    return isinstance(node, Layer) and (known is None or known.weight_shape is not LayerType.weight_shape)


def _weight(result: NodeResult | None) -> int | None:
    """Return the elements of a layer's parameter `weight`; None where they are unknown."""
    if result is None or result.op is None or result.known_inputs is None:
        return None
    shape = result.op.weight_shape(result.known_inputs)
    return None if shape is None else prod(shape)


def _own_params(result: NodeResult | None) -> int | None:
    """Return the params of a node without any ties; None where they are unknown."""
    if result is None:
        return None
    if isinstance(result.node, Block):
        return _block_params(result)
    inputs = result.known_inputs
    # Evaluated again: the cost in the result is without the weights where the layer is tied.
    found = evaluate(result.op, inputs) if result.op and inputs is not None else None
    return found[1].params if isinstance(found, tuple) else None


def _block_params(result: NodeResult) -> int | None:
    params = 0
    for run in iterate_passes(result, expand=False):
        for child in () if run.again else run.children:
            own = _own_params(child)
            if own is None:
                return None
            params += own * len(run.numbers)
    return params
