"""The inner steps of recurrent layers, as their equations are written out.

As PyTorch runs them without a fused library: the products with the inputs of all steps are one linear map, and each
step of the sequence then reads the weights of the state again.
"""

from __future__ import annotations

from layerledger.core.layers.inner_steps import InnerPart, Inside, Loop, PlainStep, Room, step

RNN_STEPS = (
    step("sum of the gate", "Add", "from_input[N*H] from_state", gate="N*H"),
    step("tanh", "Tanh", "gate", active="N*H", when="t"),
    step("relu", "ReLU", "active", new_h="N*H", when="1 - t"),
)
"""From the products with input and state to the new state h."""

LSTM_STEPS = (
    step("sum of the gates", "Add", "from_input[4*N*H] from_state", gates="4*N*H"),
    step("gate functions", "Sigmoid", "gates", open="4*N*H"),
    step("forget", "Mul", "open[N*H] c[N*H]", kept="N*H"),
    step("input", "Mul", "open[2*N*H]", added="N*H"),
    step("cell", "Add", "kept added", new_c="N*H"),
    step("tanh of the cell", "Tanh", "new_c", squashed="N*H"),
    step("output", "Mul", "open[N*H] squashed", new_h="N*H"),
)
"""The same of h and c."""

GRU_STEPS = (
    step("sum of the gates", "Add", "from_input[2*N*H] from_state[2*N*H]", gates="2*N*H"),
    step("gate functions", "Sigmoid", "gates", open="2*N*H"),
    step("reset", "Mul", "open[N*H] from_state[N*H]", reset="N*H"),
    step("sum of the new state", "Add", "from_input[N*H] reset", raw="N*H"),
    step("tanh", "Tanh", "raw", new="N*H"),
    step("rest of the update", "Sub", "open[N*H]", rest="N*H"),
    step("new part", "Mul", "rest new", mixed="N*H"),
    step("old part", "Mul", "open[N*H] h[N*H]", kept="N*H"),
    step("state", "Add", "mixed kept", new_h="N*H"),
)


def one_step(gates: int, steps: tuple[PlainStep, ...]) -> Inside:
    """Return the inside of a cell with a number of gates."""
    size, starts = f"{gates}*N*H", {"h": "input:1?", "c": "input:2?"}
    parts = (
        step("product with the input", "Linear", "input", from_input=size, weights=f"{gates}*H*(I + b)"),
        step("product with the state", "Linear", "h", from_state=size, weights=f"{gates}*H*(H + (u - 1)*b)"),
        *steps,
    )
    return Inside((Loop("1", parts, starts=starts),), ("new_h", "new_c"))


def over_sequence(gates: int, steps: tuple[PlainStep, ...], *, state: str = "H", projected: bool = False) -> Inside:
    """Return the inside of layers that run over a sequence, in one direction or both.

    Args:
        gates: the number of gates.
        steps: from the products of one step of the sequence to the new state.
        state: the symbol of the features of h.
        projected: whether h is projected, and there is c beside it.
    """
    first = _layer(gates, steps, "input", "I", state=state, projected=projected)
    other = _layer(gates, steps, "before", f"d*{state}", state=state, projected=projected)
    again = Loop("L - 1", other, carries={"before": "sequence"}, starts={"before": "sequence"})
    return Inside((*first, again), ("sequence",))


def _layer(
    gates: int, steps: tuple[PlainStep, ...], taken: str, features: str, *, state: str, projected: bool
) -> tuple[InnerPart, ...]:
    step_size, new = f"{gates}*N*H", "projected" if projected else "new_h"
    each = (
        step(
            "product with the state",
            "Linear",
            f"h[N*{state}]",
            from_state=step_size,
            weights=f"{gates}*H*({state} + (u - 1)*b)",
        ),
        *steps,
        *([step("projection", "Linear", "new_h", projected="N*P", weights="H*P", when="P")] if projected else []),
        step("sequence", "Stack", new, into=f"sequence[N*{state}]"),
    )
    carries = {"h": new} | ({"c": "new_c"} if projected else {})
    one = (
        step(
            "product with the input",
            "Linear",
            taken,
            from_input=f"T*{step_size}",
            weights=f"{gates}*H*({features} + b)",
        ),
        Loop("T", each, carries, {"h": "input:1?", "c": "input:2?"}),
        step("last states", "Stack", "h c", into=f"output:1[N*{state}] output:2?[N*H]"),
    )
    return (Room("sequence", f"T*N*d*{state}"), Loop("d", one))
