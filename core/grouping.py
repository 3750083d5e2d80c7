"""Layers into a block and out again, with the wiring kept as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from layerledger.core.edits import EditError, free_name, retie, siblings, update
from layerledger.core.network import INPUT, Block, Network, Node, Path, block_at, dotted, find, node_at

MAX_UNROLLED = 1_000
"""Most copies that ungrouping a repeated block makes."""


def group(network: Network, paths: Iterable[Path], name: str = "block") -> tuple[Network, Path]:
    """Puts neighbouring nodes into a new block; what they refer to outside becomes the block's inputs.

    Returns:
        The network and where the block is.

    Raises:
        EditError: the nodes are not neighbours in one block.
    """
    chosen = siblings(paths)
    parent, first, end = chosen[0][:-1], chosen[0][-1], chosen[-1][-1] + 1
    grouped = _group(block_at(network, parent), first, end, name)
    before = {dotted(network, path): i for i, path in enumerate(chosen)}
    network = update(network, parent, lambda _: grouped)
    at = (*parent, first)
    for old, i in before.items():
        network = retie(network, old, dotted(network, (*at, i)))
    return network, at


def _group(parent: Block, first: int, end: int, wanted: str) -> Block:
    inner, inside = parent.layers[first:end], {node.name for node in parent.layers[first:end]}
    name = free_name(wanted, [n.name for n in parent.layers if n.name not in inside])
    before = parent.layers[first - 1].name if first else INPUT
    ports = _Ports()
    children = [_rewired(node, i, before, inside, ports) for i, node in enumerate(inner)]
    outputs = _outputs(parent, first, end, inside)
    block = Block(
        name=name,
        layers=tuple(children),
        inputs=() if ports.references in ([], [before]) else tuple(ports.references),
        outputs=() if outputs == [inner[-1].name] else tuple(outputs),
    )
    places = {ref: name if i == 0 else f"{name}:{i}" for i, ref in enumerate(outputs)}
    after = [_follow(node, places) for node in parent.layers[end:]]
    if after and not after[0].inputs and (len(outputs) > 1 or outputs[0] != inner[-1].name):
        after[0] = replace(after[0], inputs=(places[inner[-1].name],))
    return replace(
        parent,
        layers=(*parent.layers[:first], block, *after),
        outputs=tuple(places.get(_plain(ref), ref) for ref in parent.outputs),
    )


class _Ports:
    """What a new block takes from outside, numbered in the order of first use."""

    def __init__(self) -> None:
        self.references: list[str] = []

    def inner(self, reference: str) -> str:
        reference = _plain(reference)
        if reference not in self.references:
            self.references.append(reference)
        number = self.references.index(reference)
        return f"{INPUT}:{number}" if number else INPUT


def _plain(reference: str) -> str:
    return reference.removesuffix(":0")


def _rewired(node: Node, i: int, before: str, inside: set[str], ports: _Ports) -> Node:
    if not node.inputs:
        if i == 0:
            ports.inner(before)
        return node
    return replace(node, inputs=tuple(r if r.partition(":")[0] in inside else ports.inner(r) for r in node.inputs))


def _outputs(parent: Block, first: int, end: int, inside: set[str]) -> list[str]:
    """Returns what the block must give out: its last node, and all else that is used outside."""
    used = [_plain(r) for node in parent.layers[end:] for r in node.inputs]
    used += [_plain(r) for r in parent.outputs]
    last = parent.layers[end - 1].name
    others = [r for r in dict.fromkeys(used) if r.partition(":")[0] in inside and r != last]
    return [last, *others]


def _follow(node: Node, places: dict[str, str]) -> Node:
    inputs = tuple(places.get(_plain(r), r) for r in node.inputs)
    return node if inputs == node.inputs else replace(node, inputs=inputs)


# -- out again


def ungroup(network: Network, path: Path) -> tuple[Network, list[Path]]:
    """Puts a block's nodes in its place, a copy for each repeat; shared weights become tied ones.

    Returns:
        The network and where the nodes are.

    Raises:
        EditError: this is no block, or there would be too many copies.
    """
    block = node_at(network, path)
    if not isinstance(block, Block) or not path:
        raise EditError("select a block to ungroup")
    if not 1 <= block.repeat <= MAX_UNROLLED or block.repeat * len(block.layers) > MAX_UNROLLED:
        raise EditError(f"ungrouping {block.name} would make more than {MAX_UNROLLED:,} layers; lower its repeat first")
    parent = block_at(network, path[:-1])
    prefix = dotted(network, path[:-1])
    spliced = _Splice(parent, path[-1], block, prefix)
    old = dotted(network, path)
    network = update(network, path[:-1], lambda _: spliced.parent())
    for name, new in spliced.first_names.items():
        if find(network, f"{old}.{name}") is None:
            network = retie(network, f"{old}.{name}", f"{prefix}.{new}" if prefix else new)
    return network, [(*path[:-1], path[-1] + i) for i in range(len(spliced.nodes))]


class _Splice:
    """The copies of a block's children, wired as the block was."""

    def __init__(self, parent: Block, at: int, block: Block, prefix: str) -> None:
        self._parent, self._at, self._block, self._prefix = parent, at, block, prefix
        self._taken = {node.name for node in parent.layers} - {block.name}
        self.nodes: list[Node] = []
        self.first_names: dict[str, str] = {}
        before = parent.layers[at - 1].name if at else INPUT
        self._sources: list[str] = list(block.inputs) or [before]
        self._implicit = not block.inputs
        for number in range(block.repeat):
            self._copy(number)

    def _copy(self, number: int) -> None:
        names = self._names(number)
        for i, node in enumerate(self._block.layers):
            inputs = tuple(self._outside(r, names) for r in node.inputs)
            if i == 0 and not inputs and not (self._implicit or number):
                inputs = tuple(self._sources)
            tied = self._tie(node, number)
            self.nodes.append(replace(node, name=names[node.name], inputs=inputs, tied_to=tied))
        outputs = self._block.outputs or ((self._block.layers[-1].name,) if self._block.layers else (INPUT,))
        self._sources = [self._outside(r, names) for r in outputs]
        self._implicit = not self._block.outputs
        self.first_names = self.first_names or names

    def _names(self, number: int) -> dict[str, str]:
        names: dict[str, str] = {}
        for node in self._block.layers:
            wanted = node.name if not number else f"{node.name}_{number + 1}"
            names[node.name] = free_name(wanted, self._taken)
            self._taken.add(names[node.name])
        return names

    def _tie(self, node: Node, number: int) -> str | None:
        if not (number and self._block.share_weights):
            return node.tied_to
        first = self.first_names[node.name]
        return f"{self._prefix}.{first}" if self._prefix else first

    def _outside(self, reference: str, names: dict[str, str]) -> str:
        name, _, port = reference.partition(":")
        if name in names:
            return f"{names[name]}:{port}" if port else names[name]
        if name == INPUT:
            number = int(port or 0)
            return self._sources[number] if number < len(self._sources) else reference
        return reference

    def parent(self) -> Block:
        follow: Callable[[str], str] = self._after
        after = [replace(n, inputs=tuple(follow(r) for r in n.inputs)) for n in self._parent.layers[self._at + 1 :]]
        if after and not after[0].inputs and not self._implicit:
            after[0] = replace(after[0], inputs=tuple(self._sources))
        return replace(
            self._parent,
            layers=(*self._parent.layers[: self._at], *self.nodes, *after),
            outputs=tuple(follow(r) for r in self._parent.outputs),
        )

    def _after(self, reference: str) -> str:
        name, _, port = reference.partition(":")
        number = int(port or 0) if name == self._block.name else len(self._sources)
        return self._sources[number] if number < len(self._sources) else reference

