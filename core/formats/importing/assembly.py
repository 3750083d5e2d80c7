"""The assembly of a network from the operations of a graph: blocks from module paths, wiring, repeats, ties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.module_tree import Group, Leaf, clean, drafts_in, module_tree, without_dead
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.importing.repeats import MARK, folded
from layerledger.core.formats.importing.tensor import DraftLayer, Tensor
from layerledger.core.layers import LAYER_TYPES, LayerType
from layerledger.core.network.nodes import INPUT, NO_VALUES, Block, Layer, Network, NetworkInput, Node
from layerledger.core.network.paths import WEIGHT
from layerledger.core.network.references import FreeNames, join_reference

_ALWAYS = 1 << 62
"""The last use of an output of the network: after all layers."""


def assemble(graph: Graph, name: str, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of a graph; it sets the name of each operation that has a layer of its own."""
    graph.drafts = without_dead(graph.drafts, graph.outputs)
    names = FreeNames(())
    inputs = tuple([NetworkInput(name=names.take(clean(x.name)), shape=x.sizes, dtype=x.dtype) for x in graph.inputs])
    root = module_tree(graph.drafts, frozenset(each.name for each in inputs))
    references = {id(x): given.name for x, given in zip(graph.inputs, inputs, strict=True)}
    ties = _ties(graph.drafts)
    layers, known = _Builder(graph, ties, options).children(root, references)
    outputs = tuple([known[id(x)] for x in graph.outputs if id(x) in known])
    block = folded(Block(name="", layers=tuple(layers), outputs=_stated(outputs, layers, known)))
    return Network(name=name, inputs=inputs, root=_Finisher(graph.drafts, ties).finished(block, ""))


def _ties(drafts: Sequence[DraftLayer]) -> dict[int, int]:
    """Return, by the number of each operation whose weights an earlier one has, the number of that one."""
    holders: dict[str, int] = {}
    found: dict[int, int] = {}
    for i, draft in enumerate(drafts):
        if draft.weights and (holder := holders.setdefault(draft.weights[0], i)) != i:
            found[i] = holder
    return found


def _stated(outputs: tuple[str, ...], nodes: Sequence[Node], known: Mapping[int, str]) -> tuple[str, ...]:
    """Return the outputs of a block as a file has them: none where they are the last node's only one."""
    is_last = bool(nodes) and outputs == (nodes[-1].name,)
    return () if is_last and join_reference(nodes[-1].name, 1) not in known.values() else outputs


class _Builder:
    """Builds the nodes of groups, from the first to the last.

    Operations are numbered in order, so those of a group are a range of numbers; a tensor made in the range and used
    after it is an output of the group. Each layer is marked with what tells it from others of equal content.
    """

    def __init__(self, graph: Graph, ties: Mapping[int, int], options: ImportOptions) -> None:
        self._options = options
        self._made_at = {id(x): -1 for x in graph.inputs}
        self._last_use: dict[int, int] = {}
        for i, draft in enumerate(graph.drafts):
            self._made_at.update((id(x), i) for x in draft.outputs)
            self._last_use.update((id(x), i) for x in draft.inputs)
        self._last_use.update((id(x), _ALWAYS) for x in graph.outputs)
        self._next = 0
        # Layers that share weights with others are not equal to any.
        self._unique = {*ties, *ties.values()}

    def children(self, group: Group, outside: Mapping[int, str]) -> tuple[list[Node], dict[int, str]]:
        """Return the nodes of a group, and the references to the tensors that are known in it.

        Args:
            group: the group.
            outside: the references to the tensors that it takes, as seen in it.
        """
        known = dict(outside)
        nodes: list[Node] = []
        before = list(outside.values()) if len(outside) == 1 else None
        for item in group.children:
            while isinstance(item, Group) and len(item.children) == 1:
                # A block of one layer is that layer, under the block's name.
                item.children[0].name = item.name
                item = item.children[0]
            node, made = (
                self._layer(item, known, before) if isinstance(item, Leaf) else self._block(item, known, before)
            )
            nodes.append(node)
            known.update((id(x), join_reference(node.name, port)) for port, x in enumerate(made))
            before = [node.name] if len(made) == 1 else None
        return nodes, known

    def _layer(self, leaf: Leaf, known: Mapping[int, str], before: list[str] | None) -> tuple[Layer, Sequence[Tensor]]:
        draft, number = leaf.draft, self._next
        self._options.report_layers(number)
        self._next += 1
        layer = Layer(
            name=leaf.name,
            type=draft.type,
            params=FrozenMap(draft.params) if draft.params else NO_VALUES,
            inputs=_wired([known[id(x)] for x in draft.inputs], before),
            stored_dtypes=draft.dtypes,
            trainable=None if draft.trainable else False,
            extra=FrozenMap({MARK: (number, number in self._unique)}),
        )
        return layer, draft.outputs

    def _block(
        self, group: Group, known: Mapping[int, str], before: list[str] | None
    ) -> tuple[Block, Sequence[Tensor]]:
        taken, made = self._interface(group)
        inside = {id(x): join_reference(INPUT, i) for i, x in enumerate(taken)}
        nodes, references = self.children(group, inside)
        block = Block(
            name=group.name,
            layers=tuple(nodes),
            inputs=_wired([known[id(x)] for x in taken], before),
            outputs=_stated(tuple([references[id(x)] for x in made]), nodes, references),
        )
        return block, made

    def _interface(self, group: Group) -> tuple[list[Tensor], list[Tensor]]:
        """Return the tensors that a group takes, by first use, and those that it makes for others."""
        drafts = list(drafts_in(group))
        start, end = self._next, self._next + len(drafts)
        taken = {id(x): x for each in drafts for x in each.inputs if self._made_at[id(x)] < start}
        made = [x for each in drafts for x in each.outputs if self._last_use.get(id(x), -1) >= end]
        return list(taken.values()), made


def _wired(references: list[str], before: list[str] | None) -> tuple[str, ...]:
    """Return the inputs of a node: none where it takes just the node before it."""
    return () if references == before else tuple(references)


class _Finisher:
    """Takes the marks off the layers, once their dotted names are settled, and ties weights by these names."""

    def __init__(self, drafts: Sequence[DraftLayer], ties: Mapping[int, int]) -> None:
        self._drafts, self._ties = drafts, ties

    def finished(self, block: Block, prefix: str) -> Block:
        """Return a block without marks; `prefix` is its dotted name with a dot behind it."""
        return replace(block, layers=tuple(self._nodes(block, prefix)))

    def _nodes(self, block: Block, prefix: str) -> Iterator[Node]:
        for node in block.layers:
            if isinstance(node, Block):
                yield self.finished(node, f"{prefix}{node.name}.")
            else:
                yield self._layer(node, prefix)

    def _layer(self, layer: Layer, prefix: str) -> Layer:
        number = _number_of(layer)
        draft = self._drafts[number]
        draft.name = prefix + layer.name
        holder = self._ties.get(number)
        tied_to = None if holder is None else _tie(draft, self._drafts[holder])
        return replace(layer, extra=NO_VALUES, tied_to=tied_to)


def _tie(draft: DraftLayer, holder: DraftLayer) -> str:
    """Return the tie of a layer to the one that holds its main weight: of that weight alone where it has others."""
    others = {each for each in draft.weights[1:] if each}
    known = LAYER_TYPES.get(draft.type)
    alone = known is not None and known.weight_shape is not LayerType.weight_shape
    return holder.name + WEIGHT if alone and not others <= {*holder.weights} else holder.name


def _number_of(layer: Layer) -> int:
    mark: Value = layer.extra[MARK]
    assert isinstance(mark, tuple)
    assert isinstance(mark[0], int)
    return mark[0]
