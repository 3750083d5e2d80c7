"""One step of a recurrent layer.

Source of shapes, parameters and equations: torch.nn. Each of a gate's H units takes I + H products of input and state,
one addition less, and one for each of its biases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

from layerledger.core.base.params import Int, Value, param
from layerledger.core.base.shapes import TensorSpec, check_rank
from layerledger.core.layers.components import composed
from layerledger.core.layers.examples import torch_example
from layerledger.core.layers.inner_steps import FUSED
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.recurrent_passes import Run, gru_cell, lstm_cell, rnn_cell
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, Traced
from layerledger.core.layers.types.recurrent import BIAS, NONLINEARITY, SINGLE_BIAS, check_states
from layerledger.core.layers.types.recurrent_counts import (
    GRU_UPDATE,
    LSTM_UPDATE,
    TANH_OR_RELU,
    UNIT_BIASES,
    gates,
    update,
)
from layerledger.core.layers.types.recurrent_steps import GRU_STEPS, LSTM_STEPS, RNN_STEPS, one_step
from layerledger.core.layers.windows import Receptive, whole_dim_maps


class _Cell(LayerType):
    """Base class of cells: one step of a recurrent layer."""

    # torch takes sizes of 0 in a cell, and refuses them in a layer.
    input_size: int | None = param(Int(0), default=None, derived=True, help="Features of each step; from the input.")
    hidden_size: int = param(Int(0), initial=128, help="Units of the hidden state.")
    bias: bool = BIAS
    fused: bool = FUSED
    single_bias: bool = SINGLE_BIAS

    input_arity = (1, 2)
    indices = "refused"
    states: ClassVar[int] = 1
    step: ClassVar[Callable[[Tape, Traced, Pieces, Run], Pieces]]

    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        H="features of the state (hidden_size)",
        I="features of the input (input_size)",
        u=UNIT_BIASES,
    )

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        shape = inputs[0].shape
        check_rank(shape, (1, 2), of=self.type_name, axes="(N, I) or (I)")
        return {"input_size": shape[-1]}

    def outputs(self, inputs: Inputs) -> Outputs:
        shape = (*inputs[0].shape[:-1], self.hidden_size)
        check_states(self.type_name, inputs[1:], (shape,) * self.states)
        return (TensorSpec(shape, inputs[0].dtype),) * self.states

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return tuple(whole_dim_maps(len(spec.shape), (-1,)) for spec in inputs)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x, *states = given
        known = tuple(states) or (tape.zeros(outputs[0].shape, x.width),) * len(outputs)
        return self.step(tape, x, known, Run(self.hidden_size))

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *batch, features = inputs[0].shape
        sizes = {"N": batch[0] if batch else 1, "I": features, "H": self.hidden_size}
        return {**sizes, "b": int(self.bias), "u": 2 - self.single_bias}

    def summary(self, inputs: Inputs) -> str:
        return f"{inputs[0].shape[-1]}→{self.hidden_size}"


@layer_type("Recurrent", order=40)
class RNNCell(_Cell):
    """One step of RNN: (N, I) -> (N, H)."""

    nonlinearity: Literal["tanh", "relu"] = NONLINEARITY
    fused: bool = FUSED
    single_bias: bool = SINGLE_BIAS

    symbol_help = meanings(t="1 for tanh, 0 for relu")
    step = staticmethod(rnn_cell)
    counts = composed({"gate": gates("", 1, "I", steps="N*"), "activation": update(**TANH_OR_RELU, units="N*H")})
    inside = one_step(1, RNN_STEPS)
    examples = torch_example({"hidden_size": 11}, ((5, 12),), ((5, 11),), params=275, macs=1265)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "t": int(self.nonlinearity == "tanh")}


@layer_type("Recurrent", order=50)
class LSTMCell(_Cell):
    """One step of LSTM: (N, I) -> h (N, H) and c (N, H)."""

    input_arity = (1, 3)
    states = 2
    step = staticmethod(lstm_cell)
    counts = composed({"gates": gates("", 4, "I", steps="N*"), "state": update(**LSTM_UPDATE, units="N*H")})
    inside = one_step(4, LSTM_STEPS)
    examples = torch_example({"hidden_size": 16}, ((4, 14),), ((4, 16), (4, 16)), params=2048, macs=7680)


@layer_type("Recurrent", order=60)
class GRUCell(_Cell):
    """One step of GRU: (N, I) -> (N, H)."""

    step = staticmethod(gru_cell)
    counts = composed({"gates": gates("", 3, "I", steps="N*"), "state": update(**GRU_UPDATE, units="N*H")})
    inside = one_step(3, GRU_STEPS)
    examples = torch_example({"hidden_size": 28}, ((3, 28),), ((3, 28),), params=4872, macs=14_112)
