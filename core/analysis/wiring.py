"""The wiring language: which outputs a reference means, and which of them a node without `inputs` takes.

The one resolver of references. The engine, the schedule, the edits, the inspector's lists and the lanes of the stack
go through the children of a block in order and ask a `Scope`, each with its own kind of outputs: tensors, numbers of
tensors, counts, rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.input_checks import MANY
from layerledger.core.network.nodes import INPUT, Block, Node
from layerledger.core.network.references import split_reference

T = TypeVar("T")


def implicit_inputs(node: Node, before: tuple[T, ...]) -> tuple[T, ...]:
    """Return the outputs before it that a node without `inputs` takes.

    A block and a type that merges any number of tensors take all; another type takes as many as it needs: behind an
    LSTM, the next one takes the sequence, not the states. A type without inputs, such as Parameter, takes nothing.
    """
    count = None if isinstance(node, Block) else implicit_arity(node.type)
    return before if count is None else before[:count]


@lru_cache(maxsize=1024)  # key: the name of a class; never stale, since the registry does not change
def implicit_arity(type_name: str) -> int | None:
    """Return how many of the tensors before it a layer takes; None for all."""
    cls = LAYER_TYPES.get(type_name)
    if cls is None or cls.input_arity[1] >= MANY:
        return None
    return max(cls.input_arity[0], 1) if cls.input_arity[1] else 0


def implicit_reference(siblings: Sequence[Node], position: int) -> str:
    """Return the reference to the first output that a child without `inputs` takes at a position of a block."""
    return siblings[position - 1].name if position else INPUT


class Scope(Generic[T]):
    """The names that the children of a block can refer to: earlier siblings, `input`, the network's inputs.

    Attributes:
        entering: the outputs that enter the block, under the name `input`.
        last: the outputs of the last child; those that enter the block before the first.
        earlier: the outputs of the earlier siblings by name; of two of one name, those of the later.
    """

    def __init__(self, entering: T, inputs: Mapping[str, T] | None = None, siblings: Sequence[Node] = ()) -> None:
        """Begin before the first child of a block.

        Args:
            entering: the outputs that enter the block.
            inputs: the network's inputs by name.
            siblings: all children of the block; one that comes later still hides a network input of its name.
        """
        self.entering = self.last = entering
        self.earlier: dict[str, T] = {}
        self._inputs: Mapping[str, T] = inputs or {}
        self._siblings = siblings
        # Made at the first reference to a network input: most blocks have none, and the set costs a pass over the
        # children.
        self._hidden: frozenset[str] | None = None

    def add(self, name: str, outputs: T) -> None:
        """Add the next child, to which those after it can refer."""
        self.earlier[name] = self.last = outputs

    def find(self, name: str) -> T | None:
        """Return the outputs that a name means; None where it means nothing."""
        if name == INPUT:
            return self.entering
        if name in self.earlier:
            return self.earlier[name]
        return self._inputs[name] if name in self._inputs and name not in self._hiding() else None

    def resolve(self, reference: str) -> tuple[T | None, str, int]:
        """Return the outputs that a reference means, its name and its output number; None where it means nothing.

        Raises:
            ValueError: the part after the colon is not a number.
        """
        name, port = split_reference(reference)
        return self.find(name), name, port

    def choices(self) -> Iterator[tuple[str, T]]:
        """Yield each name that a reference can have, with its outputs: earlier siblings first, nearest first."""
        yield from ((name, outputs) for name, outputs in reversed(self.earlier.items()) if name != INPUT)
        yield INPUT, self.entering
        hidden = self._hiding()
        yield from ((name, outputs) for name, outputs in self._inputs.items() if name not in hidden)

    def names(self) -> tuple[str, ...]:
        """Return the names of the earlier siblings in order, then `input`, then the network's inputs."""
        return (*self.earlier, INPUT, *self._inputs)

    def _hiding(self) -> frozenset[str]:
        if self._hidden is None:
            self._hidden = frozenset([node.name for node in self._siblings])
        return self._hidden
