"""The schedule of a network: its steps, one for each pass of each layer, and the tensors that they read and write.

Idea: the results are walked as the engine walked the nodes, with numbers of tensors in place of tensors, and references
resolved by the same `Scope`. A block is no step: its outputs are tensors that its children produce or take. Invariant:
each tensor has one producer, and a number larger than those of all tensors of earlier steps. Cost: time and memory in
proportion to the layers, each pass counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.pass_runs import iterate_passes
from layerledger.core.analysis.wiring import Scope, implicit_inputs
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.network.nodes import Block, Network
from layerledger.core.network.paths import NodePath

UNKNOWN = -1
"""The number of a tensor that is not known, because its producer has a problem or depends on one that has."""

NETWORK_INPUT = -1
"""The producer of the network's inputs."""

Ids: TypeAlias = tuple[int, ...]


class Step(NamedTuple):
    """One pass of one layer.

    Attributes:
        layer: the layer's result.
        path: its positions, without passes.
        passes: the number of the pass of each repeated block around it, from the top down.
        inputs: the numbers of the tensors that it takes; of one that it takes twice, twice.
        outputs: the numbers of the tensors that it produces.
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
        tensors: shape and dtype of each tensor; the network's inputs come first.
        producers: the step that produces each; NETWORK_INPUT for the network's inputs.
        outputs: the numbers of the network's outputs.
    """

    def __init__(self, network: Network, root: NodeResult) -> None:
        """Follow every pass; this takes time and memory in proportion to the layers.

        Args:
            network: the analysed network.
            root: the result of its root block.
        """
        self.steps: list[Step] = []
        self.tensors: list[TensorSpec] = []
        self.producers: list[int] = []
        # Inputs with a problem have no tensor, but keep their place: `input:1` is the second input still. Of two of one
        # name, a problem too, each has its own place, and the name means the last.
        known = [(given.name, spec) for given, spec in zip(network.inputs, root.inputs, strict=False)]
        entering = tuple(self._new(spec) if isinstance(spec, TensorSpec) else UNKNOWN for _, spec in known)
        self._named = {name: (tensor,) for (name, _), tensor in zip(known, entering, strict=True)}
        outputs = self._block(root, entering, (), ())
        self.outputs: Ids = tuple(dict.fromkeys(each for each in outputs if each != UNKNOWN))

    def _new(self, spec: TensorSpec) -> int:
        self.tensors.append(spec)
        self.producers.append(len(self.steps) if self.steps else NETWORK_INPUT)
        return len(self.tensors) - 1

    @cached_property
    def sizes(self) -> list[int]:
        """The bytes of each tensor."""
        known: dict[TensorSpec, int] = {}
        for spec in self.tensors:
            # A network has few different specs, so most sizes are one lookup.
            if spec not in known:
                known[spec] = spec.nbytes
        return [known[spec] for spec in self.tensors]

    @cached_property
    def last_uses(self) -> list[int]:
        """The step after which each tensor is not needed any more: its last use, else its producer.

        The network's inputs exist from the start, and its outputs are needed until the end.
        """
        last = list(self.producers)
        for i, step in enumerate(self.steps):
            for tensor in step.inputs:
                last[tensor] = i
        # After the loop over the steps: an output of the network lives on after its last use.
        for tensor in self.outputs:
            last[tensor] = len(self.steps) - 1
        return last

    @cached_property
    def _places(self) -> Mapping[NodePath, Mapping[tuple[int, ...], int]]:
        found: dict[NodePath, dict[tuple[int, ...], int]] = {}
        for i, step in enumerate(self.steps):
            found.setdefault(step.path, {})[step.passes] = i
        return found

    def steps_of(self, path: NodePath, passes: Iterable[Iterable[int]] | None = None) -> list[int]:
        """Return the steps of a layer in order: those in all passes, or in these of each repeated block around it."""
        found = self._places.get(path, {})
        if passes is None:
            return list(found.values())
        return [found[numbers] for numbers in product(*passes) if numbers in found]

    # -- following the passes

    def _block(self, block: NodeResult, entering: Ids, path: NodePath, passes: tuple[int, ...]) -> Ids:
        node, current = block.node, entering
        assert isinstance(node, Block)
        if not block.passes:
            return (UNKNOWN,)
        for one in iterate_passes(block, expand=True):
            inside = (*passes, one.numbers.start) if node.repeat != 1 else passes
            current = self._once(node, one.children, current, path, inside)
        return current

    def _once(
        self, block: Block, children: Sequence[NodeResult], entering: Ids, path: NodePath, passes: tuple[int, ...]
    ) -> Ids:
        scope = Scope(entering, self._named, block.layers)
        for i, child in enumerate(children):
            node = child.node
            taken = self._taken(node.inputs, scope) if node.inputs else implicit_inputs(node, scope.last)
            if isinstance(node, Block):
                outputs = self._block(child, taken, (*path, i), passes)
            else:
                outputs = self._layer(child, taken, (*path, i), passes)
            scope.add(node.name, outputs)
        return self._taken(block.outputs, scope) if block.outputs else scope.last

    def _layer(self, layer: NodeResult, taken: Ids, path: NodePath, passes: tuple[int, ...]) -> Ids:
        if layer.outputs is None:
            return (UNKNOWN,)
        # In a later pass an input may be unknown, although the result of its run of passes has outputs.
        taken = tuple(each for each in taken if each != UNKNOWN) if UNKNOWN in taken else taken
        first, here = len(self.tensors), len(self.steps)
        self.tensors += layer.outputs
        self.producers += [here] * len(layer.outputs)
        outputs = tuple(range(first, len(self.tensors)))
        self.steps.append(Step(layer, path, passes, taken, outputs))
        return outputs

    def _taken(self, references: Sequence[str], scope: Scope[Ids]) -> Ids:
        return tuple([self._meant(reference, scope) for reference in references])

    def _meant(self, reference: str, scope: Scope[Ids]) -> int:
        try:
            found, _, port = scope.resolve(reference)
        except ValueError:
            return UNKNOWN
        return found[port] if found is not None and port < len(found) else UNKNOWN


def name_of_step(network: Network, path: NodePath, passes: Sequence[int]) -> str:
    """Return the names along `path`, joined by dots, with the number of the pass inside each repeated block."""
    parts: list[str] = []
    numbers = iter(passes)
    node = network.root
    for i in path:
        child = node.layers[i]
        parts.append(child.name)
        if isinstance(child, Block):
            node = child
            parts += [str(next(numbers))] if child.repeat != 1 else []
    return ".".join(parts)
