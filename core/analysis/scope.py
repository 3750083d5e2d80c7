"""What references mean inside a block: earlier siblings, the block's own input, the network's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from layerledger.core.analysis.faults import dangling, no_such_output
from layerledger.core.analysis.nodes import Missing, Origin, Problem, Source
from layerledger.core.analysis.origins import Fed
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.base import MANY
from layerledger.core.network import INPUT, Block, Node, split_reference

_T = TypeVar("_T")


def accepted(node: Node, before: tuple[_T, ...]) -> tuple[_T, ...]:
    """Returns what a node without `inputs` takes of the outputs before it.

    A block and a type that merges any number take all, another type as many as it needs: behind an LSTM, the next one
    takes the sequence, not the states. A type that takes none, such as Parameter, is given none.
    """
    count = None if isinstance(node, Block) else _needs(node.type)
    return before if count is None else before[:count]


def taken(node: Node, before: Fed) -> Fed:
    """Returns what a node without `inputs` takes of what comes before it, with where that comes from."""
    sources = accepted(node, before.sources)
    return before if len(sources) == len(before.sources) else Fed(sources, accepted(node, before.origins))


@lru_cache(maxsize=1024)
def _needs(type_name: str) -> int | None:
    """Returns how many tensors a layer takes of those before it; None for all."""
    cls = LAYER_TYPES.get(type_name)
    if cls is None or cls.takes[1] >= MANY:
        return None
    return max(cls.takes[0], 1) if cls.takes[1] else 0


class Scope:
    """The tensors that the children of a block can refer to, while a walk goes through them.

    Attributes:
        given: outputs of the children that were met, by name.
    """

    def __init__(self, block: Block, fed: Fed, inputs: Mapping[str, Source]) -> None:
        self.given: dict[str, Fed] = {}
        self._block, self._fed, self._inputs = block, fed, inputs
        self._all: frozenset[str] | None = None

    def resolve(self, reference: str) -> tuple[Source, Origin] | Problem:
        """Returns the tensor that a reference means with its origin, or what is wrong with it."""
        try:
            name, port = split_reference(reference)
        except ValueError as error:
            return Problem("error", str(error), "inputs")
        found = self._named(name)
        if found is None:
            return Problem("error", dangling(name, (*self.given, INPUT, *self._inputs), self._block), "inputs")
        sources, origins = found
        if len(sources) == 1 and isinstance(sources[0], Missing):
            return sources[0], (name, port)
        if port >= len(sources):
            return Problem("error", no_such_output(reference, len(sources)), "inputs")
        return sources[port], origins[port]

    def _named(self, name: str) -> Fed | None:
        if name == INPUT:
            return self._fed
        if name in self.given:
            return self.given[name]
        if name in self._inputs and name not in self._siblings():
            return Fed((self._inputs[name],), (name,))
        return None

    def _siblings(self) -> frozenset[str]:
        """All children's names: one that comes later still hides a network input of its name."""
        if self._all is None:
            self._all = frozenset(node.name for node in self._block.layers)
        return self._all
