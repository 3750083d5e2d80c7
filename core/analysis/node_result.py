"""The result of one node: its inputs and outputs, its cost, its problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerledger.core.base.record import frozen_when_checked
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers.cost import NO_TRAFFIC, ZERO_COST, Cost, Traffic
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.network.nodes import Block, Node
from layerledger.core.network.paths import NodePath

Severity: TypeAlias = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A tensor that cannot be known, because of the layer called `cause`."""

    cause: str


TensorOrMissing: TypeAlias = TensorSpec | Unresolved
TensorsOrMissing: TypeAlias = tuple[TensorOrMissing, ...]

TensorId: TypeAlias = int | str | tuple[str, int]
"""The id of a tensor inside a block: the number of a block input, a network input's name, or a child and its port."""

TensorIds: TypeAlias = tuple[TensorId, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One clear sentence about an error or a doubt.

    Attributes:
        severity: error; warning where torch allows it; info for a layer that depends on one with an error.
        message: the rule, the value received, and what to change.
        param: the parameter to change; None where there is none.
        path: names from the top, joined by dots, with the number of the pass inside a repeated block.
        at: the same as positions, without passes.
    """

    severity: Severity
    message: str
    param: str | None = None
    path: str = ""
    at: NodePath = ()


@frozen_when_checked
class Pass:
    """`times` equal passes through a block's children."""

    children: tuple[NodeResult, ...]
    times: int


@frozen_when_checked
class NodeResult:
    """The result of one node.

    Attributes:
        node: the layer or block, as the network has it.
        inputs: the tensors that it takes, or what keeps them from being known.
        outputs: the tensors that it produces; None where one of them is unknown.
        cost: of all its passes.
        traffic: the bytes of its weights, and those that its layers read and write.
        op: the layer type with its parameters; None for a block, and for a layer that cannot be bound.
        largest_child_output_bytes: for a block: the most bytes that a layer in it writes in one pass; for a composite
            layer with inner steps: the most that one of them makes; else 0.
        aliases: which inputs are one and the same: for a layer, the numbers of those that equal an earlier input;
            for a block, their ids as its children see them; () where all differ.
        tied: whether it, or anything below, takes its weights from elsewhere.
        problems: its own, without path.
        is_clean: whether neither it nor anything below has a problem.
        passes: for a block: runs of equal passes, in order.
        layers: layers below it, each pass counted; 1 for a layer.
        uncounted_layers: those of them whose cost is unknown.
        missing: what keeps the outputs from being known; None where they are.
        partial: for a block with several outputs: those that are known, and what keeps the others from being known.
        origins: for a block: the ids of its outputs, as its children see them; () where all are new tensors.
    """

    node: Node
    inputs: TensorsOrMissing
    outputs: tuple[TensorSpec, ...] | None
    cost: Cost = ZERO_COST
    traffic: Traffic = NO_TRAFFIC
    op: LayerType | None = None
    largest_child_output_bytes: int = 0
    aliases: TensorIds = ()
    tied: bool = False
    problems: tuple[Problem, ...] = ()
    is_clean: bool = True
    passes: tuple[Pass, ...] = ()
    layers: int = 1
    uncounted_layers: int = 0
    missing: Unresolved | None = None
    partial: TensorsOrMissing = ()
    origins: TensorIds = ()

    @property
    def family(self) -> str:
        """The palette family of a layer; `Block` for a block, `Other` for an unknown type."""
        if isinstance(self.node, Block):
            return "Block"
        return self.op.family if self.op else "Other"

    @property
    def weight_bytes(self) -> int:
        """Its weights as they are stored; shared and tied weights count once."""
        return self.traffic.weight_bytes

    @property
    def read_bytes(self) -> int:
        """Inputs and weights, each once a pass of a layer, or of an inner step of a composite one."""
        return self.traffic.read_bytes

    @property
    def activation_bytes(self) -> int:
        """The bytes that its layers make, inside them too: what they write, and views."""
        return self.traffic.activation_bytes

    @property
    def largest(self) -> int:
        """The most bytes that it, or a layer in it, or one of its inner steps, makes at once."""
        return self.largest_child_output_bytes or self.traffic.activation_bytes

    @property
    def children(self) -> tuple[NodeResult, ...]:
        """The children's results in the first pass."""
        return self.passes[0].children if self.passes else ()

    @property
    def known_inputs(self) -> tuple[TensorSpec, ...] | None:
        """`inputs` where all are known, else None."""
        known = tuple(s for s in self.inputs if isinstance(s, TensorSpec))
        return known if len(known) == len(self.inputs) else None

    @property
    def read_inputs(self) -> tuple[TensorSpec, ...]:
        """The known inputs of a layer, one that it takes several times once."""
        known = self.known_inputs or ()
        return tuple(spec for i, spec in enumerate(known) if i not in self.aliases) if self.aliases else known

    @property
    def produced(self) -> TensorsOrMissing:
        """The tensors that the layers after it take: its outputs, or what keeps them from being known."""
        if self.missing is None:
            return self.outputs or ()
        return self.partial or (self.missing,)
