"""Recurrent layers of TensorFlow Lite: operators of whole sequences, and loops whose body is a cell.

A converter writes an RNN of Keras 3 as a WHILE. Where its body multiplies each step and the state with a weight each,
and the gates are 4, 3 or 1 times the state, it is an LSTM, a GRU or a plain RNN; any other loop is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Batch, Tensor
from layerledger.core.formats.tflite.model import SubGraph
from layerledger.core.formats.tflite.operation import Mapped, Mapper, TfliteOperation

_KINDS: Mapping[int, str] = {4: "LSTM", 3: "GRU", 1: "RNN"}
"""The layer type of a cell by the number of its gates."""


class _Cell(NamedTuple):
    """A step of a loop that is a recurrent layer.

    Attributes:
        kind: the layer type.
        hidden: the units of its state.
        biases: how many values are added to each unit of a gate.
        sequence: which variable of the loop holds the steps.
        sums: which variables hold what is made at each step.
        states: which variables hold the state.
    """

    kind: str
    hidden: int
    biases: int
    sequence: int
    sums: tuple[int, ...]
    states: tuple[int, ...]


def _while(op: TfliteOperation) -> Mapped:
    body = op.model.graph(op.info.integer(1))
    shapes = [op.tensor(i).shape for i in range(len(op.info.inputs))]
    if len(shapes) != len(body.inputs):
        raise Uncounted("a loop is not counted: its body does not take its variables")
    cell = _cell_of(body, shapes)
    steps = _steps(op)
    sequence = op.last(cell.sequence)
    if sequence.rank != 3 or sequence.sizes[0] != steps:
        raise Uncounted(Message("a loop of {steps} steps over another number of them is not counted", steps=steps))
    params: dict[str, Value] = {"hidden_size": cell.hidden}
    params.update({0: {"bias": False}, 1: {"single_bias": True}}.get(cell.biases, {}))
    found, *states = op.emit_all(cell.kind, [sequence], params)
    for state in states:
        state.batch = Batch(1)
    return [Laid(x) for x in _variables(op, cell, found, states)]


def _variables(op: TfliteOperation, cell: _Cell, found: Tensor, states: list[Tensor]) -> list[Tensor]:
    """Return the variables of the loop after its last step."""
    values: list[Tensor] = []
    for i, number in enumerate(op.info.outputs):
        shape = op.subgraph.tensors[number].shape
        if i in cell.sums:
            values.append(found if shape[0] == found.sizes[0] else _last_step(op, found))
        elif i in cell.states:
            values.append(op.emit("Select", [states[cell.states.index(i) % len(states)]], {"dim": 0}, part="state"))
        elif i == cell.sequence:
            values.append(op.last(i))
        else:
            values.append(Tensor(op.subgraph.tensors[number].name, shape, "int32", constant=True))
    return values


def _last_step(op: TfliteOperation, found: Tensor) -> Tensor:
    return op.emit("Slice", [found], {"dim": 0, "start": -1}, part="last")


def _cell_of(body: SubGraph, shapes: list[Shape]) -> _Cell:
    """Return the cell that the body of a loop is.

    Raises:
        Uncounted: it is none.
    """
    why = "a loop is not counted: its body is no cell of an LSTM, a GRU or an RNN"
    products = [each for each in body.operators if each.name == "FULLY_CONNECTED"]
    others = [each for each in body.operators if each.name in ("BATCH_MATMUL", "CONV_2D", "WHILE", "IF", "CALL")]
    if len(products) != 2 or others:
        raise Uncounted(why)
    weights = [body.tensors[each.inputs[1]] for each in products]
    if not all(each.is_constant and len(each.shape) == 2 for each in weights):
        raise Uncounted(why)
    gates = weights[0].shape[0]
    hidden = next((shape[-1] for shape in shapes if len(shape) == 2 and gates % shape[-1] == 0), 0)
    kind = _KINDS.get(gates // hidden) if hidden else None
    sequences = [i for i, shape in enumerate(shapes) if len(shape) == 3 and body.outputs[i] == body.inputs[i]]
    if kind is None or weights[1].shape[0] != gates or len(sequences) != 1:
        raise Uncounted(why)
    widths = sorted(each.shape[1] for each in weights)
    if widths != sorted((hidden, shapes[sequences[0]][-1])):
        raise Uncounted(why)
    return _Cell(
        kind,
        hidden,
        _biases(body, gates),
        sequences[0],
        sums=tuple([i for i, shape in enumerate(shapes) if len(shape) == 3 and i != sequences[0]]),
        states=tuple([i for i, shape in enumerate(shapes) if len(shape) == 2 and shape[-1] == hidden]),
    )


def _biases(body: SubGraph, gates: int) -> int:
    """Return how many biases are added to each unit of a gate: constants of the size of all gates."""
    found = 0
    for each in body.operators:
        if each.name in ("FULLY_CONNECTED", "ADD"):
            taken = each.inputs[2:] if each.name == "FULLY_CONNECTED" else each.inputs
            found += sum(
                number >= 0 and body.tensors[number].is_constant and prod(body.tensors[number].shape) == gates
                for number in taken
            )
    return min(found, 2)


def _steps(op: TfliteOperation) -> int:
    """Return how often a loop runs: as its condition compares a counter from 0 with a constant.

    Raises:
        Uncounted: the condition is another.
    """
    condition = op.model.graph(op.info.integer(0))
    bounds: list[int] = []
    for each in condition.operators:
        if each.name == "LESS" and len(each.inputs) == 2:
            found = op.model.integers(condition.tensors[each.inputs[1]])
            start = op.model.integers(op.tensor(condition.inputs.index(each.inputs[0])))
            if found is None or start is None or len(found) != 1 or start != (0,):
                raise Uncounted("a loop is not counted: it is not known how often it runs")
            bounds += found
        elif each.name != "LOGICAL_AND":
            raise Uncounted("a loop is not counted: its condition is no comparison of counters")
    if not bounds:
        raise Uncounted("a loop is not counted: it is not known how often it runs")
    return min(bounds)


def _sequence_lstm(op: TfliteOperation) -> Mapped:
    """Add an LSTM over a whole sequence: inputs 2 to 5 are its weights, 12 to 15 its biases, 16 a projection."""
    if not op.is_constant(2) or any(op.has(i) for i in (9, 10, 11)):
        raise Uncounted("an LSTM with peepholes, or with fewer gates, is not covered")
    params: dict[str, Value] = {"hidden_size": op.tensor(2).shape[0], "single_bias": True}
    if not op.info.flag(3):
        params["batch_first"] = True
    if op.has(16):
        params["proj_size"] = op.tensor(16).shape[0]
    return [Laid(op.emit_all("LSTM", [op.last()], params, weight=2)[0])]


def _sequence_rnn(op: TfliteOperation) -> Mapped:
    if not op.is_constant(1) or op.info.integer(1, 1) not in (1, 4):
        raise Uncounted("an RNN with a function other than tanh and relu is not covered")
    params: dict[str, Value] = {"hidden_size": op.tensor(1).shape[0], "single_bias": True}
    if op.info.integer(1, 1) == 1:
        params["nonlinearity"] = "relu"
    if not op.info.flag(0):
        params["batch_first"] = True
    return [Laid(op.emit_all("RNN", [op.last()], params, weight=1)[0])]


OPERATORS: Mapping[str, Mapper] = {
    "WHILE": _while,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _sequence_lstm,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _sequence_rnn,
}
