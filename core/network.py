"""The network as a value: frozen layers and blocks that snapshots share.

Nodes compare by identity, so that a view finds what changed between two snapshots without looking inside what they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from layerledger.core.params import Value
from layerledger.core.shapes import Shape, TensorSpec

Path: TypeAlias = tuple[int, ...]
"""Where a node is: positions from the top down. Positions, not names, since a wrong file may name two siblings alike."""

INPUT = "input"
"""The reference to what comes into the enclosing block."""

BLOCK = "Block"
"""The type of a block in a file."""

NO_VALUES: Mapping[str, Value] = MappingProxyType({})


def no_values() -> Mapping[str, Value]:
    """Returns the one empty mapping (a dataclass takes no unhashable default)."""
    return NO_VALUES


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Layer:
    """One layer as its file holds it.

    Attributes:
        name: unique among its siblings.
        type: a layer type's name; one that is not known is kept as it is.
        params: the parameters that are given; the others have the type's defaults.
        inputs: references to earlier siblings, `input` or the network's inputs; () stands for the layer before.
        tied_to: names, joined by dots, of the layer whose weights these are.
        extra: keys of the file that are not known here, kept.
    """

    name: str
    type: str
    params: Mapping[str, Value] = field(default_factory=no_values)
    inputs: tuple[str, ...] = ()
    tied_to: str | None = None
    extra: Mapping[str, Value] = field(default_factory=no_values)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Block:
    """Layers in a group, with inputs and outputs of its own.

    Attributes:
        layers: children in order.
        inputs: references, seen from outside the block; () stands for the layer before.
        outputs: references to children; () stands for the last child.
        repeat: copies in series; each is fed by the one before.
        share_weights: whether the copies have the same weights.
    """

    name: str
    layers: tuple[Node, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    repeat: int = 1
    share_weights: bool = False
    tied_to: str | None = None
    extra: Mapping[str, Value] = field(default_factory=no_values)


Node: TypeAlias = Layer | Block


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class NetworkInput:
    """A tensor that the network is fed; its shape has the batch first."""

    name: str
    shape: Shape
    dtype: str = "float32"
    extra: Mapping[str, Value] = field(default_factory=no_values)

    @property
    def spec(self) -> TensorSpec:
        return TensorSpec(self.shape, self.dtype)


DEFAULT_INPUT = NetworkInput(name="image", shape=(1, 3, 224, 224))


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Network:
    """A whole network. `root` is the block of everything; its outputs are the network's."""

    name: str = "untitled"
    inputs: tuple[NetworkInput, ...] = (DEFAULT_INPUT,)
    root: Block = field(default_factory=lambda: Block(name=""))
    extra: Mapping[str, Value] = field(default_factory=no_values)

    @property
    def layers(self) -> tuple[Node, ...]:
        return self.root.layers


def node_at(network: Network, path: Path) -> Node:
    """Returns the node at `path`; () is the root block.

    Raises:
        IndexError: there is none.
    """
    node: Node = network.root
    for i in path:
        if not isinstance(node, Block) or i < 0:
            raise IndexError(path)
        node = node.layers[i]
    return node


def block_at(network: Network, path: Path) -> Block:
    """Returns the block at `path`.

    Raises:
        IndexError: there is none, or a layer.
    """
    node = node_at(network, path)
    if not isinstance(node, Block):
        raise IndexError(path)
    return node


def dotted(network: Network, path: Path) -> str:
    """Returns the names along `path`, joined by dots."""
    names: list[str] = []
    node: Node = network.root
    for i in path:
        if not isinstance(node, Block):
            raise IndexError(path)
        node = node.layers[i]
        names.append(node.name)
    return ".".join(names)


def find(network: Network, name: str) -> Path | None:
    """Returns the path of the node of that dotted name, or None."""
    path: list[int] = []
    node: Node = network.root
    for part in name.split("."):
        children = node.layers if isinstance(node, Block) else ()
        at = next((i for i, child in enumerate(children) if child.name == part), None)
        if at is None:
            return None
        path.append(at)
        node = children[at]
    return tuple(path)


def walk(block: Block, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yields every node below `block` with its path, parents first."""
    for i, node in enumerate(block.layers):
        yield (*path, i), node
        if isinstance(node, Block):
            yield from walk(node, (*path, i))


def split_reference(reference: str) -> tuple[str, int]:
    """Splits `name:1` into name and output number; without one, the first.

    Raises:
        ValueError: what follows the colon is no number.
    """
    name, colon, port = reference.partition(":")
    if not colon:
        return name, 0
    if not port.isdecimal() or len(port) > 6:
        raise ValueError(f'"{reference}" must be a name, or a name, a colon and a number')
    return name, int(port)
