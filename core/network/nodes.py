"""The network as a value: frozen layers and blocks that snapshots share.

Nodes compare by identity, so that a view finds what changed between two snapshots without looking inside what they
share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape, TensorSpec

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
    """Return the one empty mapping (a dataclass takes no unhashable default)."""
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
