"""The forward passes of recurrent layers, as PyTorch runs them on a CPU, on a tape.

RNN and GRU run step by step. An LSTM without projection is one call of oneDNN for each layer and direction, which keeps
a workspace; its parts were measured with PyTorch 2.14.1 over sizes from 1 to 512, and agree within a page or 0.3 %.
Source: PyTorch, aten/native/RNN.cpp; oneDNN, src/cpu/rnn/rnn_utils.cpp (set_workspace_sizes, get_good_ld).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, Traced

_PAGE = 4096


class Run(NamedTuple):
    """One layer over a sequence.

    Attributes:
        hidden: units.
        projected: features that the state is projected to; 0 for none.
        biases: of each unit of a gate: 0, 1 or 2.
    """

    hidden: int
    projected: int = 0
    biases: int = 2


Layer: TypeAlias = Callable[[Tape, Traced, Pieces, Run], Traced]
"""A run over (T, N, I) from initial states, to the outputs (T, N, H) of all steps."""


def stacked(
    tape: Tape, x: Traced, states: Pieces, run: Run, layer: Layer, *, layers: int, directions: int, dropout: float
) -> Traced:
    """Return the outputs of layers in series, each in one or two directions."""
    # Each run takes its own part of the states.
    states = tuple(s._replace(shape=s.shape[1:], strides=s.strides[1:]) for s in states)
    for i in range(layers):
        outs = [layer(tape, x, states, run) for _ in range(directions)]
        x = outs[0]
        if directions > 1:
            x = tape.new((*x.shape[:-1], 2 * x.shape[-1]), width=x.width, needs=x.needs)
        if i + 1 < layers:
            x = tape.dropout(x, dropout)
    return x


def _learns(tape: Tape, x: Traced, states: Pieces) -> bool:
    return tape.trainable or x.needs or any(state.needs for state in states)


def _gates(tape: Tape, x: Traced, count: int) -> Traced:
    """Run the products of the whole input with the weights of `count` units."""
    return tape.linear(x, count)


def _casts(tape: Tape, steps: int) -> int:
    """Return the copies of a weight over the steps: autocast makes one of a trained weight, one a step of others.

    The first state needs no gradient, so that its product keeps no weight.
    """
    return 1 if tape.trainable else steps - 1


def rnn(tape: Tape, x: Traced, states: Pieces, run: Run) -> Traced:
    """Run a plain recurrent layer: each step keeps its result, which the next one takes."""
    given = _gates(tape, x, run.hidden)
    steps, batch, _ = x.shape
    needs = _learns(tape, x, states)
    if needs:
        tape.keep_bytes(steps * batch * run.hidden * given.width)
        if tape.trainable:
            tape.keep(tape.half(states[0]))
        tape.keep_weight(run.hidden * run.hidden * _casts(tape, steps))
    return tape.new((steps, batch, run.hidden), width=given.width, needs=needs)


def gru(tape: Tape, x: Traced, states: Pieces, run: Run) -> Traced:
    """Run a gated recurrent layer.

    A step keeps the sums of its three gates, r ∘ (U·h), n, h − n, and the state for the next one, which is of the
    input's dtype; under autocast its copy of 16 bits.
    """
    given = _gates(tape, x, 3 * run.hidden)
    steps, batch, _ = x.shape
    needs = _learns(tape, x, states)
    width = max(given.width, states[0].width)
    if needs:
        units = batch * run.hidden
        tape.keep_bytes(steps * units * (5 * given.width + width))
        if tape.trainable:  # the states, for the gradient by the weight
            tape.keep_bytes((steps - 1) * units * given.width)
            tape.keep(tape.half(states[0]))
        tape.keep_weight(3 * run.hidden * run.hidden * _casts(tape, steps))
    return tape.new((steps, batch, run.hidden), width=width, needs=needs)


def lstm(tape: Tape, x: Traced, states: Pieces, run: Run) -> Traced:
    """Run a long short-term memory: one call of oneDNN, or step by step where the state is projected."""
    if run.projected:
        return _projected_lstm(tape, x, states, run)
    x, states = tape.half(x), tuple(map(tape.half, states))
    steps, batch, features = x.shape
    out = tape.new((steps, batch, run.hidden), width=x.width, needs=_learns(tape, x, states))
    if out.needs:
        tape.keep(x, *states, out)
        tape.keep_bytes(2 * batch * run.hidden * x.width)  # the last states
        tape.keep_bytes(workspace(steps, batch, features, run.hidden, width=x.width))
        tape.keep_weight(4 * run.hidden * (features + run.hidden + run.biases))
    return out


def _projected_lstm(tape: Tape, x: Traced, states: Pieces, run: Run) -> Traced:
    """Run step by step: a step keeps its four gates, c, tanh(c), the state, and the projected state."""
    given = _gates(tape, x, 4 * run.hidden)
    steps, batch, _ = x.shape
    needs, full = _learns(tape, x, states), max(given.width, states[-1].width)
    if needs:
        units, small = batch * run.hidden, batch * run.projected
        tape.keep_bytes(steps * (5 * units * given.width + units * full) + (steps - 1) * units * full)
        tape.keep_bytes((steps - 1) * small * given.width)
        tape.keep(tape.half(states[0]), *states[1:])
        tape.keep_weight(4 * run.hidden * run.projected + run.hidden * run.projected)
    return tape.new((steps, batch, run.projected), width=given.width, needs=needs)


def workspace(steps: int, batch: int, features: int, hidden: int, *, width: int) -> int:
    """Return the bytes that oneDNN keeps of an LSTM layer: gates, states and gradients of states, in whole pages."""
    both = 2 * (steps + 1) * batch
    widest = max(features, hidden)
    parts = (
        steps * batch * _leading(4 * hidden, width) * width,
        both * _leading(widest, width) * width,
        *(both * _leading(widest, 4) * 4,) * 2,
        both * hidden * width,
        both * hidden * 4,
        both // 2 * hidden * width,
    )
    return sum(-(-part // _PAGE) * _PAGE for part in parts)


def _leading(size: int, width: int) -> int:
    """Return the length of a row in memory: whole cache lines, and one more where rows would collide in a cache."""
    line = 64 // width
    rounded = -(-size // line) * line
    return rounded + line if rounded % 256 == 0 else rounded


# -- cells


def rnn_cell(tape: Tape, x: Traced, states: Pieces, run: Run) -> Pieces:
    """Run one step of RNN."""
    given = tape.linear(x, run.hidden)
    _recurrent_linear(tape, states[0], run.hidden)
    out = tape.new(given.shape, width=given.width, needs=_learns(tape, x, states))
    if out.needs:
        tape.keep(out)
    return (out,)


def gru_cell(tape: Tape, x: Traced, states: Pieces, run: Run) -> Pieces:
    """Run one step of GRU."""
    given = tape.linear(x, 3 * run.hidden)
    _recurrent_linear(tape, states[0], 3 * run.hidden)
    width = max(given.width, states[0].width)
    out = tape.new((*given.shape[:-1], run.hidden), width=width, needs=_learns(tape, x, states))
    if out.needs:
        tape.keep_bytes(out.elements * (5 * given.width + width))
    return (out,)


def lstm_cell(tape: Tape, x: Traced, states: Pieces, run: Run) -> Pieces:
    """Run one step of LSTM, to the states h and c."""
    given = tape.linear(x, 4 * run.hidden)
    _recurrent_linear(tape, states[0], 4 * run.hidden)
    width = max(given.width, states[1].width)
    cell = tape.new((*given.shape[:-1], run.hidden), width=width, needs=_learns(tape, x, states))
    if cell.needs:
        tape.keep_bytes(given.elements * given.width)
        tape.keep(states[1])
        tape.keep_bytes(cell.elements * width)
    return tape.like(cell), cell


def _recurrent_linear(tape: Tape, state: Traced, units: int) -> None:
    """Run the product of the state with its weights."""
    if tape.trainable:
        tape.keep(tape.half(state))
    if state.needs:
        tape.keep_weight(state.shape[-1] * units)
