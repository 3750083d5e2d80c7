"""The network as a value: frozen layers and blocks that snapshots share.

Nodes compare by identity, so that a view finds the changes between two snapshots without a look inside shared nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from layerledger.core.base.frozen_map import EMPTY, FrozenMap
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape, TensorSpec

INPUT = "input"
"""The reference to the input of the enclosing block."""

BLOCK = "Block"
"""The type of a block in a file."""

MAX_LAYERS = 100_000
"""Most layers of a network, each pass of a repeated block counted: an analysis of them takes a second."""

MAX_DEPTH = 32
"""Most blocks inside one another."""

NO_VALUES: Mapping[str, Value] = EMPTY

METADATA_KEYS = ("title", "description", "family", "year", "source", "published")
"""The keys of a network's file that describe it; the library of templates reads them."""

_LAYER_FIELDS = {"dtypes": "stored_dtypes", "torch": "torch_call", "trainable": "trainable"}
_BLOCK_FIELDS = {"trainable": "trainable"}
_NETWORK_FIELDS = {"dtypes": "stored_dtypes", "budgets": "budgets", "tool_notes": "tool_notes", "imported": "imported"}


def no_values() -> Mapping[str, Value]:
    """Return the one empty mapping (a dataclass takes no unhashable default)."""
    return NO_VALUES


def _move_known_keys(node: Any, fields: Mapping[str, str]) -> None:
    """Move the known keys of `extra` into their fields, so that each has one place whoever makes the node.

    A key with the value null states nothing and stays, so that it is saved as it was read.
    """
    known = {key: value for key, value in node.extra.items() if key in fields and value is not None}
    if known:
        for key, value in known.items():
            object.__setattr__(node, fields[key], value)
        rest = {key: value for key, value in node.extra.items() if key not in known}
        object.__setattr__(node, "extra", FrozenMap(rest) if rest else NO_VALUES)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Layer:
    """One layer as its file holds it.

    Fields that hold a value as it was read may hold a wrong one: it is saved again, and analysis reports it.

    Attributes:
        name: unique among its siblings.
        type: a layer type's name; an unknown one is kept.
        params: the parameters that are given; the others have the type's defaults.
        inputs: references to earlier siblings, `input` or the network's inputs; () means the layer before.
        tied_to: names, joined by dots, of the layer whose weights these are; with `.weight` at the end, that weight
            alone is shared, and a bias is its own.
        stored_dtypes: the dtypes in which it stores numbers, as read; None where the file has no key `dtypes`.
        trainable: whether training changes its weights, as read; None where the file has no such key: it does.
        torch_call: the PyTorch call in its place where that is not the module of its type, as read from `torch`.
        extra: unknown keys of the file, kept; known keys passed in it are moved into their fields.
    """

    unrolled: ClassVar[int] = 1
    height: ClassVar[int] = 0

    name: str
    type: str
    params: Mapping[str, Value] = field(default_factory=no_values)
    inputs: tuple[str, ...] = ()
    tied_to: str | None = None
    stored_dtypes: Value = None
    torch_call: Value = None
    trainable: Value = None
    extra: Mapping[str, Value] = field(default_factory=no_values)

    def __post_init__(self) -> None:
        if self.extra:
            _move_known_keys(self, _LAYER_FIELDS)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Block:
    """Layers in a group, with inputs and outputs of its own.

    Attributes:
        name: unique among its siblings; empty for the root.
        layers: children in order.
        inputs: references, seen from outside the block; () means the layer before.
        outputs: references to children; () means the last child.
        repeat: copies in series; the outputs of each are the inputs of the next.
        share_weights: whether the copies have the same weights.
        tied_to: names, joined by dots, of the node whose weights these are.
        trainable: whether training changes the weights in it, as read; None where the file has no such key: it does.
        extra: unknown keys of the file, kept; known keys passed in it are moved into their fields.
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
    trainable: Value = None
    extra: Mapping[str, Value] = field(default_factory=no_values)
    once: int = field(init=False, repr=False)
    height: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.extra:
            _move_known_keys(self, _BLOCK_FIELDS)
        # Both once for each block, from those of its children: an edit makes new only the blocks above it, and the
        # checks of size and depth need no walk.
        object.__setattr__(self, "once", sum([node.unrolled for node in self.layers]) or 1)
        object.__setattr__(self, "height", 1 + max([node.height for node in self.layers], default=0))

    @property
    def too_many(self) -> bool:
        """Whether the layers, each pass counted, are more than MAX_LAYERS."""
        return self.once * max(self.repeat, 1) > MAX_LAYERS

    @property
    def unrolled(self) -> int:
        """Layers in all passes; of one pass where all are too many, so that the error is at this block alone."""
        return self.once if self.too_many else self.once * max(self.repeat, 1)


Node: TypeAlias = Layer | Block

POSITION_NAMES = ("position_ids", "positions")
"""The names of inputs that count the tokens from 0, as in transformers."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class NetworkInput:
    """An input tensor of the network; its shape has the batch first."""

    name: str
    shape: Shape
    dtype: str = "float32"
    extra: Mapping[str, Value] = field(default_factory=no_values)

    @property
    def spec(self) -> TensorSpec:
        counts_on = self.name in POSITION_NAMES and self.shape
        return TensorSpec(self.shape, self.dtype, self.shape[-1] if counts_on else None)


DEFAULT_INPUT = NetworkInput(name="image", shape=(1, 3, 224, 224))


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Network:
    """A whole network.

    Fields that hold a value as it was read may hold a wrong one: it is saved again, and analysis reports it.

    Attributes:
        name: the title that the user gives it.
        inputs: its input tensors, in the order of `input:0`, `input:1` and so on.
        root: the block of everything; its outputs are the network's.
        stored_dtypes: the dtypes in which its layers store numbers, as read; None where the file has no key `dtypes`.
        budgets: the limits of its numbers, as read; None where the file has no such key.
        tool_notes: notes on what tools count, as read; None where the file has no such key.
        imported: the foreign file that it comes from, and notes on that, as read; None where the file has no such key.
        metadata: title, year, source and the like, by METADATA_KEYS, as read.
        extra: unknown keys of the file, kept; known keys passed in it are moved into their fields.
    """

    name: str = "untitled"
    inputs: tuple[NetworkInput, ...] = (DEFAULT_INPUT,)
    root: Block = field(default_factory=lambda: Block(name=""))
    stored_dtypes: Value = None
    budgets: Value = None
    tool_notes: Value = None
    imported: Value = None
    metadata: Mapping[str, Value] = field(default_factory=no_values)
    extra: Mapping[str, Value] = field(default_factory=no_values)

    def __post_init__(self) -> None:
        if self.extra:
            _move_known_keys(self, _NETWORK_FIELDS)
            self._move_metadata()

    def _move_metadata(self) -> None:
        known = {key: value for key, value in self.extra.items() if key in METADATA_KEYS}
        if known:
            rest = {key: value for key, value in self.extra.items() if key not in known}
            object.__setattr__(self, "metadata", FrozenMap({**self.metadata, **known}))
            object.__setattr__(self, "extra", FrozenMap(rest) if rest else NO_VALUES)

    @property
    def layers(self) -> tuple[Node, ...]:
        return self.root.layers
