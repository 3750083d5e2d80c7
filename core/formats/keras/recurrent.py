"""Recurrent layers of Keras, and the wrappers Bidirectional and TimeDistributed.

Source: keras.layers.rnn. An LSTM and a SimpleRNN have one bias a gate, a GRU with `reset_after` two, as PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Batch, ModulePlace, Tensor
from layerledger.core.formats.keras.activations import function_name
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper
from layerledger.core.formats.keras.config import layer_config

_TYPES = {
    "LSTM": "LSTM",
    "GRU": "GRU",
    "SimpleRNN": "RNN",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "LSTMCell": "LSTM",
    "GRUCell": "GRU",
    "SimpleRNNCell": "RNN",
}
"""The layer type of a recurrent class, and of the cell of an RNN."""

_STATES = {"LSTM": 2, "GRU": 1, "RNN": 1}


class _Run(NamedTuple):
    """The outputs of a recurrent layer type: all steps (N, T, d·H), and its states (d, N, H)."""

    steps: Tensor
    states: list[Tensor]


def _run(call: LayerCall, cell: LayerCall, kind: str, x: Tensor, given: Sequence[Tensor], *, both: bool) -> _Run:
    """Add a recurrent layer with the configuration of `cell`."""
    params: dict[str, Value] = {"hidden_size": cell.number("units"), "batch_first": True}
    if both:
        params["bidirectional"] = True
    params.update(_bias(cell, kind))
    if kind == "RNN" and (function := function_name(cell.config.get("activation") or "linear")) != "tanh":
        if function == "relu":
            params["nonlinearity"] = "relu"
        else:
            call.remark("simplified", Message("the function {name} is counted as tanh", name=function[:40]))
    steps, *states = call.emit_all(kind, [x, *given], params, weight="kernel")
    for state in states:
        state.batch = Batch(1)
    return _Run(steps, states)


def _bias(cell: LayerCall, kind: str) -> Mapping[str, Value]:
    """Return the parameters of the biases: none, one or two a gate."""
    if not cell.flag("use_bias", default=True):
        return {"bias": False}
    two = kind == "GRU" and (cell.flag("reset_after", default=False) or cell.layer.class_name == "CuDNNGRU")
    return {} if two or cell.layer.class_name == "CuDNNLSTM" else {"single_bias": True}


def _initial(call: LayerCall, kind: str, *, both: bool) -> list[Tensor]:
    """Return the initial states that a call is given, each (d, N, H).

    Raises:
        Uncounted: they are not as many as the layer has.
    """
    given = call.inputs[1:]
    wanted = _STATES[kind] * (2 if both else 1)
    if not given:
        return []
    if len(given) != wanted:
        raise Uncounted(Message("it takes {count} initial states, not {given}", count=wanted, given=len(given)))
    states = [call.emit("Unsqueeze", [call.layouts.last(x)], {"dim": 0}, part="initial") for x in given]
    if not both:
        return states
    pairs = zip(states[: wanted // 2], states[wanted // 2 :], strict=True)
    return [call.emit("Concat", pair, {"dim": 0}, part="initial") for pair in pairs]


def _last_of(call: LayerCall, cell: LayerCall, run: _Run) -> Tensor:
    """Return all steps, or the last one where the layer returns only that."""
    if cell.flag("return_sequences", default=False):
        return run.steps
    return call.emit("Select", [run.steps], {"dim": 1, "index": -1}, part="last")


def _recurrent(call: LayerCall) -> Mapped:
    kind = _TYPES[call.layer.class_name]
    run = _run(call, call, kind, call.layouts.last(call.x), _initial(call, kind, both=False), both=False)
    found = [Laid(_last_of(call, call, run))]
    if call.flag("return_state", default=False):
        found += [Laid(call.emit("Select", [x], {"dim": 0, "index": 0}, part="state")) for x in run.states]
    return found


def _rnn(call: LayerCall) -> Mapped:
    """Add the layers of an RNN over a cell, or over cells that follow each other at each step."""
    cell = layer_config(call.config.get("cell"))
    inner = cell.config.get("cells")
    cells = [layer_config(each) for each in cast("list[object]", inner)] if isinstance(inner, list) else [cell]
    if call.flag("return_state", default=False) or len(call.inputs) > 1:
        raise Uncounted("states of an RNN over cells are not covered")
    x = call.layouts.last(call.x)
    with call.block():
        for i, each in enumerate(cells):
            kind = _TYPES.get(each.class_name)
            if kind is None:
                raise Uncounted(Message("the cell {name} is not covered", name=each.class_name[:60]))
            own = call.with_layer(each, [Laid(x)], f"cell{i}")
            steps = own.emit_all(
                kind,
                [x],
                {"hidden_size": own.number("units"), "batch_first": True, **_bias(own, kind)},
                part=each.name,
                weight="kernel",
            )
            x = steps[0]
        return [Laid(_last_of(call, call, _Run(x, [])))]


def _bidirectional(call: LayerCall) -> Mapped:
    """Add a recurrent layer that runs in both directions; what it gives is merged as `merge_mode` says."""
    cell = call.with_layer(layer_config(call.config.get("layer")), call.inputs, "layer")
    backward = call.part_of_config("backward_layer").get("config", cell.config)
    kind = _TYPES.get(cell.layer.class_name)
    if kind is None or _sized(cell.config) != _sized(cast("Mapping[str, object]", backward)):
        raise Uncounted("two directions that differ, or that are no LSTM, GRU or SimpleRNN, are not covered")
    run = _run(call, cell, kind, call.layouts.last(call.x), _initial(call, kind, both=True), both=True)
    mode = call.config.get("merge_mode", "concat")
    if cell.flag("return_sequences", default=False):
        found = _merged(call, run.steps, mode)
    else:
        # The last step of each direction is its last state: (2, N, H) -> (N, 2, H) -> (N, 2·H).
        last = call.emit("Transpose", [run.states[0]], {"dim0": 0, "dim1": 1}, part="last")
        found = _merged(call, call.emit("Flatten", [last], part="both"), mode)
    if cell.flag("return_state", default=False):
        for index in (0, 1):
            found += [call.emit("Select", [x], {"dim": 0, "index": index}, part="state") for x in run.states]
    return [Laid(x) for x in found]


def _sized(config: Mapping[str, object]) -> tuple[object, ...]:
    return tuple([config.get(key) for key in ("units", "use_bias", "reset_after", "return_sequences")])


def _merged(call: LayerCall, both: Tensor, mode: object) -> list[Tensor]:
    """Return the outputs of two directions, which lie behind each other in the last dimension, as Keras merges them."""
    if mode == "concat":
        return [both]
    halves = call.emit_all("Chunk", [both], {"chunks": 2, "dim": -1}, part="directions")
    if mode is None:
        return halves
    kinds = {"sum": "Add", "ave": "Add", "mul": "Mul"}
    if mode not in kinds:
        raise Uncounted(Message("merge_mode {mode} is not known", mode=repr(mode)[:40]))
    y = call.emit(kinds[str(mode)], halves, part="merged")
    return [call.emit("Div", [y], {"other": 2.0}, part="mean") if mode == "ave" else y]


def _time_distributed(call: LayerCall) -> Mapped:
    """Add the layer inside, with the steps as a part of the batch where it does not take them as they are."""
    inner = layer_config(call.config.get("layer"))
    x = call.layouts.last(call.x)
    if inner.class_name in _ALONG_LAST:
        call.graph.place = ModulePlace((*call.graph.place.path, call.graph.place.name))
        return call.run(inner, [Laid(x)])
    batch, steps, *rest = x.sizes
    with call.block():
        each = call.graph.reshape(x, (batch * steps, *rest), name="steps")[0]
        place = call.graph.place
        (y,) = call.run(inner, [Laid(each)])
        call.graph.place = place
        out = call.layouts.last(y)
        return [Laid(call.graph.reshape(out, (batch, steps, *out.sizes[1:]), name="sequence")[0])]


_ALONG_LAST = ("Dense", "Activation", "ReLU", "LeakyReLU", "Dropout", "LayerNormalization", "Embedding", "Rescaling")
"""Layers that take the steps as they are: they work on the last dimension or on each element."""

LAYERS: Mapping[str, Mapper] = {
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU"), _recurrent),
    "RNN": _rnn,
    "Bidirectional": _bidirectional,
    "TimeDistributed": _time_distributed,
}
