"""The order in which a network runs: its steps, each pass of each layer, and the tensors that they read and make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis.node_result import NodeResult, TensorOrMissing
from layerledger.core.analysis.wiring import implicit_inputs
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.network.nodes import INPUT, Block, Network
from layerledger.core.network.paths import NodePath
from layerledger.core.network.references import split_reference

UNKNOWN = -1
"""Stands for a tensor that is not known, because what would make it is wrong or waits."""

NETWORK_INPUT = -1
"""The step that makes the network's inputs."""

Ids: TypeAlias = tuple[int, ...]


class Step(NamedTuple):
    """One pass of one layer.

    Attributes:
        layer: what is known of the layer.
        at: its positions, without passes.
        passes: the number of the pass of each repeated block around it, from the top down.
        reads: the tensors that it is fed, by number; one that it is fed twice stands twice.
        makes: the tensors that it gives.
    """

    layer: NodeResult
    path: NodePath
    passes: tuple[int, ...]
    inputs: Ids
    outputs: Ids


class Schedule:
    """A network as a list of steps over numbered tensors.

    Attributes:
        steps: in the order in which they run.
        tensors: what each tensor is; the network's inputs come first.
        makers: the step that makes each; BEFORE for the network's inputs.
        outputs: the tensors that the network gives.
    """

    def __init__(self, network: Network, root: NodeResult, inputs: Mapping[str, TensorOrMissing]) -> None:
        """Follows every pass; takes time and memory in proportion to the layers.

        Args:
            network: the analysed network.
            root: the result of its root block.
            inputs: the network's inputs by name.
        """
        self.steps: list[Step] = []
        self.tensors: list[TensorSpec] = []
        self.producers: list[int] = []
        self._named = {name: self._new(spec) for name, spec in inputs.items() if isinstance(spec, TensorSpec)}
        fed = tuple(self._named.get(given.name, UNKNOWN) for given in network.inputs)
        given = self._block(root, fed, (), ())
        self.outputs: Ids = tuple(dict.fromkeys(each for each in given if each != UNKNOWN))

    def _new(self, spec: TensorSpec) -> int:
        self.tensors.append(spec)
        self.producers.append(len(self.steps) if self.steps else NETWORK_INPUT)
        return len(self.tensors) - 1

    @cached_property
    def sizes(self) -> list[int]:
        """The bytes of each tensor."""
        known: dict[TensorSpec, int] = {}
        for spec in self.tensors:
            if spec not in known:
                known[spec] = spec.nbytes
        return [known[spec] for spec in self.tensors]

    @cached_property
    def last_uses(self) -> list[int]:
        """The step after which each tensor is needed no more: its last reader, else its maker.

        Inputs are there from the start; what the network gives is needed until the end.
        """
        last = list(self.producers)
        for i, step in enumerate(self.steps):
            for tensor in step.inputs:
                last[tensor] = i
        for tensor in self.outputs:
            last[tensor] = len(self.steps) - 1
        return last

    @cached_property
    def _places(self) -> Mapping[NodePath, Mapping[tuple[int, ...], int]]:
        found: dict[NodePath, dict[tuple[int, ...], int]] = {}
        for i, step in enumerate(self.steps):
            found.setdefault(step.path, {})[step.passes] = i
        return found

    def steps_of(self, at: NodePath, passes: Iterable[Iterable[int]] | None = None) -> list[int]:
        """Return the steps of a layer in order: those in all passes, or in these of each repeated block around it."""
        found = self._places.get(at, {})
        if passes is None:
            return list(found.values())
        return [found[numbers] for numbers in product(*passes) if numbers in found]

    # -- following

    def _block(self, block: NodeResult, fed: Ids, at: NodePath, passes: tuple[int, ...]) -> Ids:
        node, number = block.node, 0
        assert isinstance(node, Block)
        if not block.passes:
            return (UNKNOWN,)
        for run in block.passes:
            for _ in range(run.times):
                inside = (*passes, number) if node.repeat != 1 else passes
                fed = self._once(node, run.children, fed, at, inside)
                number += 1
        return fed

    def _once(
        self, block: Block, children: Sequence[NodeResult], fed: Ids, at: NodePath, passes: tuple[int, ...]
    ) -> Ids:
        given: dict[str, Ids] = {}
        last = fed
        for i, child in enumerate(children):
            node = child.node
            taken = self._taken(node.inputs, given, fed) if node.inputs else implicit_inputs(node, last)
            if isinstance(node, Block):
                last = self._block(child, taken, (*at, i), passes)
            else:
                last = self._layer(child, taken, (*at, i), passes)
            given[node.name] = last
        return self._taken(block.outputs, given, fed) if block.outputs else last

    def _layer(self, layer: NodeResult, taken: Ids, at: NodePath, passes: tuple[int, ...]) -> Ids:
        if layer.outputs is None:
            return (UNKNOWN,)
        taken = tuple(each for each in taken if each != UNKNOWN) if UNKNOWN in taken else taken
        first, here = len(self.tensors), len(self.steps)
        self.tensors += layer.outputs
        self.producers += [here] * len(layer.outputs)
        makes = tuple(range(first, len(self.tensors)))
        self.steps.append(Step(layer, at, passes, taken, makes))
        return makes

    def _taken(self, references: Sequence[str], given: Mapping[str, Ids], fed: Ids) -> Ids:
        return tuple(self._meant(*_split(reference), given, fed) for reference in references)

    def _meant(self, name: str, port: int, given: Mapping[str, Ids], fed: Ids) -> int:
        found = fed if name == INPUT else given.get(name)
        if found is None:
            found = (self._named[name],) if name in self._named else ()
        return found[port] if port < len(found) else UNKNOWN


@lru_cache(maxsize=4_096)
def _split(reference: str) -> tuple[str, int]:
    try:
        return split_reference(reference)
    except ValueError:
        return reference, 0


def name_of_step(network: Network, at: NodePath, passes: Sequence[int]) -> str:
    """Return the names along `at`, joined by dots, with the number of the pass inside each repeated block."""
    parts: list[str] = []
    numbers = iter(passes)
    node = network.root
    for i in at:
        child = node.layers[i]
        parts.append(child.name)
        if isinstance(child, Block):
            node = child
            parts += [str(next(numbers))] if child.repeat != 1 else []
    return ".".join(parts)
