"""The cost of one training step: bytes by part, each with its rule, and multiply-accumulates.

Sources: PyTorch (what is kept, and torch.autocast); Rajbhandari et al. 2020, arXiv:1910.02054 (bytes a parameter);
Korthikanti et al. 2022, arXiv:2205.05198 (checkpoints).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from layerledger.core.analysis.passes.backward import BackwardPlan, Mode
from layerledger.core.analysis.passes.optimizers import OPTIMIZERS
from layerledger.core.analysis.passes.peak_sentences import above, at_backward, at_forward, below
from layerledger.core.analysis.passes.schedule import Step, name_of_step
from layerledger.core.analysis.passes.training_macs import TrainingMacs, training_macs
from layerledger.core.base import units
from layerledger.core.base.dtypes import weight_bytes
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.shapes import FLOAT_DTYPES

if TYPE_CHECKING:
    from layerledger.core.analysis.result import Result

Precision: TypeAlias = Literal["network", "fp32", "mixed", "bfloat16", "float16"]
Checkpointing: TypeAlias = Literal["none", "blocks"]
States: TypeAlias = Literal["weights", "float32", "bfloat16"]

PRECISIONS: Mapping[str, str] = {
    "network": "As the network",
    "fp32": "float32",
    "mixed": "Mixed precision",
    "bfloat16": "bfloat16",
    "float16": "float16",
}
"""Titles of the precisions."""

STATES: Mapping[str, str] = {"weights": "As the weights", "float32": "float32", "bfloat16": "bfloat16"}
"""Titles of the dtypes of optimizer states."""

_OF_DTYPE: Mapping[str, Precision] = {"float32": "fp32", "bfloat16": "bfloat16", "float16": "float16"}

CHECKPOINTING: Mapping[str, str] = {"none": "No checkpoints", "blocks": "Checkpoints at blocks"}
"""Titles of what is kept of blocks."""

EXCLUDED = (
    "Not included: the framework's own memory, such as the CUDA context; what its allocator keeps or cannot fill; "
    "workspaces of convolutions and matrix products; temporary values of the optimizer; the loss."
)
"""The parts that the sum leaves out, as a sentence."""


class TrainingConfig(NamedTuple):
    """The configuration of a training step."""

    optimizer: str = "adamw"
    precision: Precision = "network"
    checkpointing: Checkpointing = "none"
    states: States = "weights"


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


class Training:
    """One step of training of a network, by a plan."""

    def __init__(self, result: Result, plan: TrainingConfig = _USUAL) -> None:
        """Take a plan; works out nothing yet.

        Raises:
            ValueError: the plan names something that is not known.
        """
        # In the order of the fields of TrainingConfig.
        known = zip(plan, plan._fields, (OPTIMIZERS, PRECISIONS, CHECKPOINTING, STATES), strict=True)
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
    def precision(self) -> Precision:
        """The precision of the plan, or the one that the network's own dtype asks for."""
        if self.plan.precision != "network":
            return self.plan.precision
        return _OF_DTYPE.get(self._network_dtype, "fp32")

    @property
    def _network_dtype(self) -> str:
        """The dtype in which the network computes."""
        return self._result.precision.compute

    @property
    def note(self) -> str:
        """A sentence about a dtype in which PyTorch trains nothing; empty for none."""
        dtype, stored = self._network_dtype, self._result.precision.weights
        if self.plan.precision == "network" and dtype not in (*_OF_DTYPE, "tf32"):
            return Message(
                "The network computes in {dtype}, in which PyTorch trains no layer; training is counted in float32.",
                dtype=dtype,
            )
        if stored not in _OF_DTYPE:
            return Message(
                "The network stores weights as {stored}, which no optimizer can change; those that are trained are "
                "counted with {width} bytes each.",
                stored=stored,
                width=self.mode.width,
            )
        return ""

    @cached_property
    def mode(self) -> Mode:
        """The dtypes of the step."""
        return Mode(2 if self.precision in ("bfloat16", "float16") else 4, autocast=self.precision == "mixed")

    @cached_property
    def backward(self) -> BackwardPlan:
        """The tensors that are kept, and when."""
        return BackwardPlan(self._result, mode=self.mode, checkpoints=self.plan.checkpointing == "blocks")

    # -- bytes

    @cached_property
    def parts(self) -> tuple[TrainingPart, ...]:
        """Weights, their copies, gradients, optimizer states and saved activations."""
        return self.weights, self.copies, self.gradients, self.states, self.activations

    @property
    def weights(self) -> TrainingPart:
        """Parameters and buffers as training stores them."""
        cost, width = self._result.root.cost, self.mode.width
        if width == 4:
            rule = "4 bytes for each parameter and each value of a buffer."
        else:
            rule = "2 bytes for each parameter and each value of a buffer: all of them are of 16 bits."
        stored, learned = self._result.precision.weights, cost.trainable_params
        if stored in FLOAT_DTYPES or stored == "tf32":
            return _part("weight", "Weights", rule, ((width, cost.params), (width, cost.buffers)))
        rest = weight_bytes(cost.params - learned, stored)
        rule = Message("{rule} Those that are not trained stay stored as {stored}.", rule=rule, stored=stored)
        found = _part("weight", "Weights", rule, ((width, learned), (width, cost.buffers)))
        return found._replace(nbytes=found.nbytes + rest, formula=f"{found.formula} + {_grouped(rest)}")

    @property
    def copies(self) -> TrainingPart:
        """Copies of weights in 16 bits."""
        rule = (
            "In mixed precision, the copies of 16 bits that products compute with: 2 bytes for each weight of a layer "
            "whose gradients by its inputs need it, as torch.autocast keeps them until the backward pass."
        )
        return TrainingPart(
            "weight_copy", "Copies of weights", self.backward.copy_bytes, rule, _grouped(self.backward.copy_bytes)
        )

    @property
    def gradients(self) -> TrainingPart:
        """Gradients by parameters."""
        width = self.mode.width
        rule = Message("{width} bytes for each trainable parameter, as its weight has.", width=width)
        return _part("gradient", "Gradients", rule, ((width, self._result.root.cost.trainable_params),))

    @property
    def state_bytes(self) -> int:
        """The bytes of a number in an optimizer state."""
        if self.optimizer.one_byte:
            return 1
        return {"weights": self.mode.width, "float32": 4, "bfloat16": 2}[self.plan.states]

    @property
    def states(self) -> TrainingPart:
        """The optimizer's state."""
        learned, width = self._result.root.cost.trainable_params, self.state_bytes
        terms = ((width, self._factored()),) if self.optimizer.factored else ((width * self.optimizer.each, learned),)
        rule = self.optimizer.rule
        if self.optimizer.each or self.optimizer.factored:
            numbers = Message("A number takes {bytes}.", bytes=plural(width, "a byte", "{count} bytes"))
            rule = f"{rule} {numbers}"
        return _part("optimizer", "Optimizer states", rule, terms)

    def _factored(self) -> int:
        """Return the numbers that Adafactor keeps."""
        return sum(
            _rows_and_columns(step, learned)
            for _, step in self.backward.owners.values()
            if (learned := self.backward.trained.params(step))
        )

    @property
    def activations(self) -> TrainingPart:
        """Tensors that are kept for the way back."""
        tape = self.backward
        rule = (
            "What PyTorch keeps for the backward pass, each storage once: inputs of products, norms, pooling and most "
            "functions; outputs of ReLU, sigmoid, tanh and softmax; the numbers that dropout draws; places of maxima, "
            "8 bytes. Nothing is kept that only gradients of frozen weights would need."
        )
        formula = _grouped(tape.saved_bytes)
        if self.plan.checkpointing == "blocks":
            rule += " Each pass of a top-level block keeps only its inputs, and runs again: the largest counts once."
            formula += f" + {_grouped(tape.recomputed_bytes)} in the largest block"
        return TrainingPart("activation", "Saved activations", tape.saved_bytes + tape.recomputed_bytes, rule, formula)

    @property
    def sum_bytes(self) -> int:
        """All parts together."""
        return sum(part.nbytes for part in self.parts)

    @cached_property
    def peak(self) -> TrainingPart:
        """The most that is alive at one moment."""
        live = max(self._live, default=0)
        stays = self.weights.nbytes + self.states.nbytes
        rule = (
            "Weights and optimizer states, and the most that is alive besides at one step forward or back: what is "
            "saved and not yet used, tensors and gradients in work, and gradients by parameters as they are made."
        )
        formula = f"{_grouped(stays)} + {_grouped(live)}"
        return TrainingPart("peak", "Peak", stays + live, rule, formula)

    @cached_property
    def _live(self) -> list[int]:
        return self.backward.live_bytes(self.mode.width)

    @property
    def difference(self) -> str:
        """Why the peak is not the sum, with the numbers of this network, as a sentence."""
        moments = self._live
        if not moments:
            return "Nothing runs."
        peak, total, at = self.peak.nbytes, self.sum_bytes, moments.index(max(moments))
        steps = len(moments) // 2
        step = self.backward.schedule.steps[at if at < steps else 2 * steps - 1 - at]
        moment = (at_forward if at < steps else at_backward)(
            where=name_of_step(self._result.network, step.path, step.passes),
            made=units.grouped(self.backward.gradient_bytes_at(at, self.mode.width)),
            gradients=units.grouped(self.gradients.nbytes),
        )
        why = (below if peak < total else above)(units.grouped(abs(peak - total)))
        return Message("{moment} {why}", moment=moment, why=why)

    # -- multiply-accumulates

    @cached_property
    def macs(self) -> TrainingMacs:
        """Multiply-accumulates of one step of training."""
        return training_macs(self.backward)


def _rows_and_columns(step: Step, learned: int) -> int:
    """Return the rows and columns of a layer's matrices, and the number of its other values."""
    spec, inputs, params = step.layer.op, step.layer.known_inputs, step.layer.cost.params
    shapes = spec.weight_shapes(inputs) if spec and inputs else ()
    if sum(map(prod, shapes)) != params or learned != params:
        # The type does not state the shapes of all weights, or not all are trained: each value counts, as of a vector.
        return learned
    return sum(prod(shape[:-2]) * sum(shape[-2:]) if len(shape) > 1 else prod(shape) for shape in shapes)


def _grouped(nbytes: int) -> str:
    return f"{units.grouped(nbytes)} B"


def _part(key: str, title: str, rule: str, terms: tuple[tuple[int, int], ...]) -> TrainingPart:
    """Return a part whose bytes are a sum of bytes times numbers."""
    shown = [f"{each} × {units.grouped(count)}" for each, count in terms if count and each]
    return TrainingPart(key, title, sum(each * count for each, count in terms), rule, " + ".join(shown) or "0")
