"""Recurrent layers over sequences.

Source of shapes, parameters and equations: torch.nn. Each of a gate's H units takes I + H products of input and state,
one addition less, and one for each of its biases: two in torch, one in Keras but for its GRU with reset_after. The
update after the gates is counted as the equations write it, with σ as in Sigmoid: 2 special and an addition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Float, Int, Value, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, check_rank, shape_text
from layerledger.core.layers.components import composed
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.generation import CarriedState, Kept
from layerledger.core.layers.inner_steps import FUSED
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.recurrent_passes import Layer, Run, gru, lstm, rnn, stacked
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.recurrent_counts import (
    GRU_UPDATE,
    LSTM_UPDATE,
    TANH_OR_RELU,
    UNIT_BIASES,
    gates,
    update,
)
from layerledger.core.layers.types.recurrent_steps import GRU_STEPS, LSTM_STEPS, RNN_STEPS, over_sequence
from layerledger.core.layers.windows import Receptive, whole_dim_maps

INPUT_SIZE = param(Int(1), default=None, derived=True, help="Features of each step; follows from the input.")
HIDDEN_SIZE = param(Int(1), initial=128, help="Units of the hidden state.")
BIAS = param(Bool(), default=True, help="Two learned values added to each unit of a gate, as in torch.")
SINGLE_BIAS = param(
    Bool(), default=False, help="One learned value in place of two, as in Keras, but for its GRU with reset_after."
)
NONLINEARITY = param(Choice(("tanh", "relu")), default="tanh", help="Activation function of the state.")
_NUM_LAYERS = param(Int(1), default=1, help="Layers in series.")
_BATCH_FIRST = param(Bool(), default=False, help="Whether the batch comes before the steps: (N, T, I), not (T, N, I).")
_DROPOUT = param(Float(0, 1), default=0.0, help="Share of values dropped between layers; none at inference.")
_BIDIRECTIONAL = param(Bool(), default=False, help="A second run, from the last step to the first.")


class _Recurrent(LayerType):
    """A run over T steps of I features: outputs of every step, and the last states."""

    input_size: int | None = INPUT_SIZE
    hidden_size: int = HIDDEN_SIZE
    num_layers: int = _NUM_LAYERS
    bias: bool = BIAS
    batch_first: bool = _BATCH_FIRST
    dropout: float = _DROPOUT
    bidirectional: bool = _BIDIRECTIONAL
    fused: bool = FUSED
    single_bias: bool = SINGLE_BIAS

    proj_size: int = 0
    states: ClassVar[int] = 1
    passes: ClassVar[Layer]
    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        H="features of the state (hidden_size)",
        I="features of the input (input_size)",
        L="layers in series (num_layers)",
        T="steps of the sequence",
        d="directions: 2 if bidirectional, else 1",
        u=UNIT_BIASES,
    )
    indices = "refused"

    @property
    def directions(self) -> int:
        """Runs over the sequence: 1 or 2."""
        return 2 if self.bidirectional else 1

    def steps(self, shape: Shape) -> tuple[int, Shape]:
        """Return the number of steps, and the batch, which is empty for an unbatched input."""
        axes = "(N, T, I)" if self.batch_first else "(T, N, I)"
        check_rank(shape, (2, 3), of=self.type_name, axes=f"{axes} or (T, I)")
        first, second = (shape[0], ()) if len(shape) == 2 else (shape[0], shape[1:2])
        steps, batch = (second[0], (first,)) if second and self.batch_first else (first, second)
        if steps == 0:
            raise ShapeError(
                Message("a sequence needs a step at least; {shape} has none", shape=shape_text(shape)), param="inputs"
            )
        return steps, batch

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        self.steps(inputs[0].shape)
        return {"input_size": inputs[0].shape[-1]}

    def outputs(self, inputs: Inputs) -> Outputs:
        first = inputs[0]
        _, batch = self.steps(first.shape)
        layers = self.num_layers * self.directions
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)[: self.states]
        states = tuple((layers, *batch, size) for size in sizes)
        check_states(self.type_name, inputs[1:], states)
        shapes = ((*first.shape[:-1], self.directions * sizes[0]), *states)
        return tuple(TensorSpec(shape, first.dtype) for shape in shapes)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        """Return maps of the whole sequence: the state carries all earlier steps."""
        first, *states = (len(spec.shape) for spec in inputs)
        time = 1 if self.batch_first and first == 3 else 0
        return (whole_dim_maps(first, (time, first - 1)), *(whole_dim_maps(rank, range(rank)) for rank in states))

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x, *states = given
        if len(x.shape) == 2:
            x = tape.reshape(x, (x.shape[0], 1, x.shape[1]))
        elif self.batch_first:
            x = tape.transpose(x, 0, 1)
        known = tuple(states) or tuple(tape.zeros(spec.shape, x.width) for spec in outputs[1:])
        run = Run(self.hidden_size, self.proj_size, self.bias * (2 - self.single_bias))
        y = stacked(
            tape, x, known, run, self.passes, layers=self.num_layers, directions=self.directions, dropout=self.dropout
        )
        ends = tuple(tape.new(spec.shape, width=y.width, needs=y.needs) for spec in outputs[1:])
        if self.batch_first and len(given[0].shape) == 3:
            y = tape.transpose(y, 0, 1)
        return (tape.reshape(y, outputs[0].shape), *ends)

    def kept_in_generation(self, inputs: Inputs, outputs: Outputs) -> Kept:
        """Return the states of all layers, which are its outputs after the first."""
        steps, _ = self.steps(inputs[0].shape)
        return (CarriedState(sum(spec.elements for spec in outputs[1:]), not self.bidirectional, steps),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        steps, batch = self.steps(inputs[0].shape)
        return {
            "T": steps,
            "N": batch[0] if batch else 1,
            "I": inputs[0].shape[-1],
            "H": self.hidden_size,
            "L": self.num_layers,
            "d": self.directions,
            "b": int(self.bias),
            "u": 2 - self.single_bias,
        }

    def summary(self, inputs: Inputs) -> str:
        layers = f"{self.num_layers} layers" if self.num_layers > 1 else ""
        both = "bidirectional" if self.bidirectional else ""
        return " ".join(filter(None, (f"{inputs[0].shape[-1]}→{self.hidden_size}", layers, both)))


def check_states(of: str, given: Inputs, wanted: tuple[Shape, ...]) -> None:
    """Raise ShapeError where initial states are given with other shapes than `wanted`."""
    if not given:
        return
    if len(given) < len(wanted):
        raise ShapeError(Message("{of} takes both initial states, h and c, or neither; got one", of=of), param="inputs")
    for spec, shape in zip(given, wanted, strict=True):
        if spec.shape != shape:
            raise ShapeError(
                Message(
                    "an initial state of {of} must be {wanted}; got {given}",
                    of=of,
                    wanted=shape_text(shape),
                    given=shape_text(spec.shape),
                ),
                param="inputs",
            )


@layer_type("Recurrent", order=10)
class RNN(_Recurrent):
    """h' = tanh(W·x + U·h): (T, N, I) -> (T, N, H), and the last h (L, N, H)."""

    nonlinearity: Literal["tanh", "relu"] = NONLINEARITY
    bias: bool = BIAS
    batch_first: bool = _BATCH_FIRST
    dropout: float = _DROPOUT
    bidirectional: bool = _BIDIRECTIONAL
    fused: bool = FUSED
    single_bias: bool = SINGLE_BIAS

    symbol_help = meanings(t="1 for tanh, 0 for relu")
    input_arity = (1, 2)
    passes = staticmethod(rnn)
    counts = composed(
        {
            "first layer": gates("d*", 1, "I"),
            "other layers": gates("(L - 1)*d*", 1, "d*H"),
            "activation": update(**TANH_OR_RELU),
        }
    )
    inside = over_sequence(1, RNN_STEPS)
    examples = torch_example({"hidden_size": 14}, ((20, 2, 40),), ((20, 2, 14), (1, 2, 14)), params=784, macs=30_240)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "t": int(self.nonlinearity == "tanh")}


@layer_type("Recurrent", order=20)
class LSTM(_Recurrent):
    """Long short-term memory: (T, N, I) -> (T, N, H), and the last h and c (L, N, H).

    i, f, o = σ(W·x + U·h), g = tanh(W·x + U·h), c' = f·c + i·g, h' = o·tanh(c'), which proj_size may project.
    """

    proj_size: int = param(Int(0), default=0, help="Features that the hidden state is projected to; 0 for none.")
    fused: bool = FUSED
    single_bias: bool = SINGLE_BIAS

    symbol_help = meanings(
        P="features that the state is projected to (proj_size); 0 for none",
        R="features of the state that goes back: proj_size, or hidden_size",
    )
    input_arity = (1, 3)
    states = 2
    passes = staticmethod(lstm)
    counts = composed(
        {
            "first layer": gates("d*", 4, "I", "R"),
            "other layers": gates("(L - 1)*d*", 4, "d*R", "R"),
            "state": update(**LSTM_UPDATE),
            "projection": {
                "params": "L*d*H*P",
                "macs": "T*N*L*d*H*P",
                "mul": "T*N*L*d*H*P",
                "add": "T*N*L*d*(H - 1)*P",
            },
        }
    )
    inside = over_sequence(4, LSTM_STEPS, state="R", projected=True)
    examples = (
        Example(
            params={"hidden_size": 256},
            inputs=((50, 1, 128),),
            outputs=((50, 1, 256), (1, 1, 256), (1, 1, 256)),
            counts={"params": 395_264, "macs": 19_660_800},
            source="torchprofile 0.1.0 and torch FlopCounterMode",
        ),
        Example(
            params={"hidden_size": 256, "num_layers": 2, "bidirectional": True},
            inputs=((50, 1, 128),),
            outputs=((50, 1, 512), (4, 1, 256), (4, 1, 256)),
            counts={"macs": 117_964_800},
            source="torchprofile 0.1.0",
        ),
    )

    def check(self) -> None:
        if self.proj_size >= self.hidden_size:
            raise ShapeError(
                Message(
                    "proj_size must be smaller than hidden_size, {hidden_size}; got {proj_size}",
                    hidden_size=self.hidden_size,
                    proj_size=self.proj_size,
                ),
                param="proj_size",
            )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "R": self.proj_size or self.hidden_size, "P": self.proj_size}


@layer_type("Recurrent", order=30)
class GRU(_Recurrent):
    """Gated recurrent unit: (T, N, I) -> (T, N, H), and the last h (L, N, H).

    r, z = σ(W·x + U·h), n = tanh(W·x + r·(U·h)), h' = (1 − z)·n + z·h.
    """

    input_arity = (1, 2)
    passes = staticmethod(gru)
    counts = composed(
        {
            "first layer": gates("d*", 3, "I"),
            "other layers": gates("(L - 1)*d*", 3, "d*H"),
            "state": update(**GRU_UPDATE),
        }
    )
    inside = over_sequence(3, GRU_STEPS)
    examples = (
        Example(
            params={"hidden_size": 20, "num_layers": 2},
            inputs=((5, 3, 10),),
            outputs=((5, 3, 20), (2, 3, 20)),
            counts={"params": 4440},
            source="PyTorch’s documentation of torch.nn.GRU; params: 3·20·(10 + 20 + 2) + 3·20·(20 + 20 + 2)",
        ),
    )
