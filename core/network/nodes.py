"""The network as a value: frozen layers and blocks that snapshots share.

Nodes compare by identity, so that a view finds what changed between two snapshots without looking inside what they
share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from layerledger.core.base.params import Value, show
from layerledger.core.base.shapes import Shape, TensorSpec

Path: TypeAlias = tuple[int, ...]
"""Where a node is: positions from the top down. Not names, since a wrong file may name two siblings alike."""

INPUT = "input"
"""The reference to what comes into the enclosing block."""

BLOCK = "Block"
"""The type of a block in a file."""

MAX_LAYERS = 100_000
"""Most layers of a network, each pass of a repeated block counted: what is analysed within a second."""

MAX_DEPTH = 32
"""Most blocks inside one another."""

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

    unrolled: ClassVar[int] = 1
    height: ClassVar[int] = 0

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
        tied_to: names, joined by dots, of the node whose weights these are.
        extra: keys of the file that are not known here, kept.
        once: layers in one pass, each pass of the blocks below counted; an empty block counts as one.
        height: most blocks inside one another, this one counted.
    """

    name: str
    layers: tuple[Node, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    repeat: int = 1
    share_weights: bool = False
    tied_to: str | None = None
    extra: Mapping[str, Value] = field(default_factory=no_values)
    once: int = field(init=False, repr=False)
    height: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "once", sum([node.unrolled for node in self.layers]) or 1)
        object.__setattr__(self, "height", 1 + max([node.height for node in self.layers], default=0))

    @property
    def too_many(self) -> bool:
        """Whether it holds more layers than fit, each pass counted."""
        return self.once * max(self.repeat, 1) > MAX_LAYERS

    @property
    def unrolled(self) -> int:
        """Layers in all passes; those of one where all are too many, so that only this block is at fault."""
        return self.once if self.too_many else self.once * max(self.repeat, 1)


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
    return ".".join(node_at(network, path[: depth + 1]).name for depth in range(len(path)))


class Names:
    """Finds many nodes of one network by name."""

    def __init__(self, network: Network) -> None:
        self._root = network.root
        self._positions: dict[Block, dict[str, int]] = {}

    def find(self, name: str) -> Path | None:
        """Returns the path of the node of that dotted name, or None; of two siblings of one name, the first."""
        path: list[int] = []
        node: Node = self._root
        for part in name.split("."):
            at = self._among(node).get(part) if isinstance(node, Block) else None
            if at is None or not isinstance(node, Block):
                return None
            path.append(at)
            node = node.layers[at]
        return tuple(path)

    def _among(self, block: Block) -> dict[str, int]:
        if block not in self._positions:
            self._positions[block] = {node.name: i for i, node in reversed([*enumerate(block.layers)])}
        return self._positions[block]


def find(network: Network, name: str) -> Path | None:
    """Returns the path of the node of that dotted name, or None."""
    return Names(network).find(name)


def walk(block: Block) -> Iterator[tuple[Path, Node]]:
    """Yields every node below `block` with its path, parents first."""
    waiting: list[tuple[Path, Node]] = [((), block)]
    while waiting:
        path, node = waiting.pop()
        if path:
            yield path, node
        if isinstance(node, Block):
            waiting += [((*path, i), node.layers[i]) for i in reversed(range(len(node.layers)))]


def count_nodes(block: Block) -> int:
    """Returns how many layers and blocks are below `block`, each once."""
    return len(block.layers) + sum(count_nodes(node) for node in block.layers if isinstance(node, Block))


def copied(node: Node) -> Node:
    """Returns an equal node that shares no node with it: what stands twice in a network is two."""
    return replace(node, layers=tuple(map(copied, node.layers))) if isinstance(node, Block) else replace(node)


def split_reference(reference: str) -> tuple[str, int]:
    """Splits `name:1` into name and output number; without one, the first.

    Raises:
        ValueError: what follows the colon is no number.
    """
    name, colon, port = reference.partition(":")
    if not colon:
        return name, 0
    if not port.isdecimal() or len(port) > 6:
        raise ValueError(f"{show(reference)} must be a name, or a name, a colon and a number")
    return name, int(port)


def join_reference(name: str, port: int) -> str:
    """Returns the shortest reference to an output: `name`, `name:1`."""
    return f"{name}:{port}" if port else name
