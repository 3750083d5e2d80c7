"""The cost of one training step: bytes by part, each with its rule, and multiply-accumulates.

Sources: Hugging Face, Anatomy of a model's memory (bytes a parameter); Rajbhandari et al. 2020, arXiv:1910.02054;
Korthikanti et al. 2022, arXiv:2205.05198 (activations, checkpoints); Shazeer & Stern 2018, arXiv:1804.04235
(Adafactor); Dettmers et al. 2022, arXiv:2110.02861 (8-bit Adam).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from layerledger.core.analysis.passes.backward import BackwardPlan, is_trainable
from layerledger.core.analysis.passes.schedule import Step
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record

if TYPE_CHECKING:
    from layerledger.core.analysis.result import Result

Precision: TypeAlias = Literal["fp32", "mixed"]
Checkpointing: TypeAlias = Literal["none", "blocks"]

PRECISIONS: Mapping[str, str] = {"fp32": "float32", "mixed": "Mixed precision"}
"""Titles of the precisions."""

CHECKPOINTING: Mapping[str, str] = {"none": "No checkpoints", "blocks": "Checkpoints at blocks"}
"""Titles of what is kept of blocks."""

EXCLUDED = (
    "Not included: the framework's own memory, such as the CUDA context; what its allocator keeps or cannot fill; "
    "workspaces of convolutions and matrix products; temporary values of the optimizer; the loss."
)
"""The parts that the sum leaves out, as a sentence."""

GRADIENT_BYTES = 4
"""Of a gradient by a parameter: float32, also in mixed precision."""


class Optimizer(Record):
    """The state that an optimizer keeps.

    Attributes:
        id: its name on the command line.
        title: its name on the screen.
        rule: what it keeps, as a sentence.
        each: bytes for each trainable parameter; 0 where `factored` counts them.
        factored: whether matrices keep a number a row and a column.
    """

    id: str
    title: str
    rule: str
    each: int = 0
    factored: bool = False


_ADAM = "Adam keeps two means of each trainable parameter, of its gradient and of its square, 4 bytes each."

_ALL = (
    Optimizer(id="sgd", title="SGD", rule="Plain gradient descent keeps nothing."),
    Optimizer(
        id="momentum", title="SGD with momentum", rule="A velocity of each trainable parameter, 4 bytes.", each=4
    ),
    Optimizer(id="adam", title="Adam", rule=_ADAM, each=8),
    Optimizer(id="adamw", title="AdamW", rule=_ADAM, each=8),
    Optimizer(
        id="adam8bit",
        title="8-bit Adam",
        rule="Two means of each trainable parameter, a byte each; the scales of their blocks are left out.",
        each=2,
    ),
    Optimizer(
        id="adafactor",
        title="Adafactor",
        rule="Without momentum: 4 bytes for each row and each column of a matrix, the last two dimensions of a weight, "
        "and for each value of a vector or of a layer type that does not tell the shapes of its weights.",
        factored=True,
    ),
)

OPTIMIZERS: Mapping[str, Optimizer] = {each.id: each for each in _ALL}
"""Every optimizer by id."""


class TrainingConfig(NamedTuple):
    """The configuration of a training step."""

    optimizer: str = "adamw"
    precision: Precision = "fp32"
    checkpointing: Checkpointing = "none"


_USUAL = TrainingConfig()


class TrainingPart(NamedTuple):
    """A part of the memory of training.

    Attributes:
        key: its name in reports that programs read.
        title: its name on the screen.
        nbytes: its bytes.
        rule: what it holds, as a sentence.
        formula: the same with the numbers.
    """

    key: str
    title: str
    nbytes: int
    rule: str
    formula: str


class TrainingMacs(NamedTuple):
    """Multiply-accumulates of one step of training.

    Attributes:
        forward: of the forward pass.
        by_input: of gradients by the inputs of layers, where something before them is trained.
        by_weight: of gradients by weights that training changes.
        again: of what runs again because only checkpoints were kept.
    """

    forward: int
    by_input: int
    by_weight: int
    again: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


MACS_RULE = (
    "Of each product the gradient by each of its two sides takes as many MACs as the product itself. A layer before "
    "which nothing is learned needs none by its input, one that is not trained none by its weights; a layer made of "
    "parts needs both of each part."
)
"""The rule by which the MACs of training are counted, as sentences."""


class Training:
    """One step of training of a network, by a plan."""

    def __init__(self, result: Result, plan: TrainingConfig = _USUAL) -> None:
        """Take a plan; works out nothing yet.

        Raises:
            ValueError: the plan names something that is not known.
        """
        # In the order of the fields of TrainingConfig.
        known = zip(plan, plan._fields, (OPTIMIZERS, PRECISIONS, CHECKPOINTING), strict=True)
        for given, name, names in known:
            if given not in names:
                raise ValueError(
                    Message(
                        "{name} must be one of {names}; got {given}", name=name, names=", ".join(names), given=given
                    )
                )
        self._result, self.plan = result, plan
        self.optimizer = OPTIMIZERS[plan.optimizer]

    @cached_property
    def backward(self) -> BackwardPlan:
        """The tensors that are kept, and when."""
        float_bytes = 4 if self.plan.precision == "fp32" else 2
        return BackwardPlan(self._result, float_bytes=float_bytes, checkpoints=self.plan.checkpointing == "blocks")

    # -- bytes

    @cached_property
    def parts(self) -> tuple[TrainingPart, ...]:
        """Weights, gradients, optimizer states and saved activations."""
        return self.weights, self.gradients, self.states, self.activations

    @property
    def weights(self) -> TrainingPart:
        """Parameters and buffers as training stores them."""
        cost = self._result.root.cost
        learned, rest = cost.trainable_params, cost.params - cost.trainable_params
        if self.plan.precision == "fp32":
            rule, each, other = "4 bytes for each parameter and each value of a buffer.", 4, 4
        else:
            rule = (
                "6 bytes for each trainable parameter: float32 to be updated, and a copy of 16 bits to compute with; "
                "2 for each that is not trained, 4 for each value of a buffer."
            )
            each, other = 6, 2
        terms = ((each, learned), (other, rest), (4, cost.buffers))
        return _part("weight", "Weights", rule, terms)

    @property
    def gradients(self) -> TrainingPart:
        """Gradients by parameters."""
        rule = "4 bytes for each trainable parameter."
        return _part("gradient", "Gradients", rule, ((GRADIENT_BYTES, self._result.root.cost.trainable_params),))

    @property
    def states(self) -> TrainingPart:
        """The optimizer's state."""
        learned = self._result.root.cost.trainable_params
        terms = ((4, self._factored()),) if self.optimizer.factored else ((self.optimizer.each, learned),)
        return _part("optimizer", "Optimizer states", self.optimizer.rule, terms)

    def _factored(self) -> int:
        """Return the numbers that Adafactor keeps."""
        return sum(
            _rows_and_columns(step) for _, step in self.backward.owners.values() if step.layer.cost.trainable_params
        )

    @property
    def activations(self) -> TrainingPart:
        """Tensors that are kept for the way back."""
        tape = self.backward
        rule = (
            "What layers need on the way back, each tensor once: inputs of products, norms and most functions; outputs "
            "of ReLU, sigmoid, tanh and softmax; masks of dropout, a byte a value; places of maxima, 8 bytes."
        )
        formula = f"{units.grouped(tape.saved_bytes)} B"
        if self.plan.checkpointing == "blocks":
            rule += " Each pass of a top-level block keeps only its inputs, and runs again: the largest counts once."
            formula += f" + {units.grouped(tape.recomputed_bytes)} B in the largest block"
        return TrainingPart("activation", "Saved activations", tape.saved_bytes + tape.recomputed_bytes, rule, formula)

    @property
    def sum_bytes(self) -> int:
        """All parts together."""
        return sum(part.nbytes for part in self.parts)

    @cached_property
    def peak(self) -> TrainingPart:
        """The most that is alive at one moment."""
        live = max(self.backward.live_bytes(GRADIENT_BYTES), default=0)
        stays = self.weights.nbytes + self.states.nbytes
        rule = (
            "Weights and optimizer states, and the most that is alive besides at one step forward or back: what is "
            "saved and not yet used, tensors and gradients in work, and gradients by parameters as they are made."
        )
        formula = f"{units.grouped(stays)} B + {units.grouped(live)} B"
        return TrainingPart("peak", "Peak", stays + live, rule, formula)

    # -- multiply-accumulates

    @cached_property
    def macs(self) -> TrainingMacs:
        """Multiply-accumulates of one step of training."""
        tape = self.backward
        by_input = by_weight = again = forward = 0
        for i, step in enumerate(tape.schedule.steps):
            macs = step.layer.cost.macs
            forward += macs
            if macs and any(tape.requires_grad[tensor] for tensor in step.outputs):
                sides, learned = _gradient_operands(step, tape.requires_grad)
                # A gradient takes as many MACs as the product; see MACS_RULE.
                by_input += sides * macs
                by_weight += learned * macs
                again += macs * (tape.segments[i] is not None)
        return TrainingMacs(forward, by_input, by_weight, again)


def _gradient_operands(step: Step, needs: list[bool]) -> tuple[int, int]:
    """Return of how many sides of a layer's products gradients by inputs are needed, and by weights."""
    spec, layer = step.layer.op, step.layer
    operands = sum(needs[tensor] for tensor in step.inputs)
    if not (layer.cost.params or layer.node.tied_to is not None):
        # A product of two inputs, such as MatMul: each that needs a gradient takes a product of its own.
        return min(operands, 2), 0
    of_parts = spec is not None and len(spec.terms.get("macs", ())) > 1
    # A composite layer passes gradients between its parts, even where its own inputs need none.
    return int(operands > 0 or of_parts), int(is_trainable(layer))


def _rows_and_columns(step: Step) -> int:
    """Return the rows and columns of a layer's matrices, and the number of its other values."""
    spec, inputs, params = step.layer.op, step.layer.known_inputs, step.layer.cost.params
    shapes = spec.weight_shapes(inputs) if spec and inputs else ()
    if sum(map(prod, shapes)) != params:
        # The type does not state the shapes of all weights: each value counts, as of a vector.
        return step.layer.cost.trainable_params
    return sum(prod(shape[:-2]) * sum(shape[-2:]) if len(shape) > 1 else prod(shape) for shape in shapes)


def _part(key: str, title: str, rule: str, terms: tuple[tuple[int, int], ...]) -> TrainingPart:
    """Return a part whose bytes are a sum of bytes times numbers."""
    shown = [f"{each} × {units.grouped(count)}" for each, count in terms if count and each]
    return TrainingPart(key, title, sum(each * count for each, count in terms), rule, " + ".join(shown) or "0")
