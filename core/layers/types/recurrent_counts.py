"""The counts of the parts of recurrent layers: gates with their biases, and the update of the state."""

from __future__ import annotations

from layerledger.core.layers.components import Part

UNIT_BIASES = "biases of a unit, where there are any: 1 with single_bias, else 2"


def gates(runs: str, count: int, n_in: str, state: str = "H", *, steps: str = "T*N*") -> Part:
    """Return the counts of `runs` runs of gates, each with an input and a state."""
    units = f"{runs}{count}*H" if count > 1 else f"{runs}H"
    macs = f"{steps}{units}*({n_in} + {state})"
    add = f"{steps}{units}*({n_in} + {state} - 1 + u*b)"
    return {"params": f"{units}*({n_in} + {state} + u*b)", "macs": macs, "mul": macs, "add": add}


def update(*, mul: str = "", add: str = "", cmp: str = "", special: str = "", units: str = "T*N*L*d*H") -> Part:
    """Return the counts of the update after the gates, for each unit of the state."""
    given = {"mul": mul, "add": add, "cmp": cmp, "special": special}
    return {name: f"{text}*{units}" for name, text in given.items() if text}


TANH_OR_RELU = {"special": "t", "cmp": "(1 - t)"}
# f·c + i·g and o·tanh(c'): 3 products and an addition; three σ (2 special, an addition each) and two tanh.
LSTM_UPDATE = {"mul": "3", "add": "4", "special": "8"}
# r·(U·h), (1 − z)·n + z·h: 3 products and 2 additions; two σ and a tanh.
GRU_UPDATE = {"mul": "3", "add": "4", "special": "5"}
