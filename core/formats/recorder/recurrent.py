"""The parameters of recurrent modules, which their Python signature does not name: they follow from the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layerledger.core.base.values import Value

_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
_FIRST = "weight_ih_l0"
_PROJECTED = "weight_hr_l0"


def recurrent_params(kind: str, stated: Mapping[str, Any]) -> dict[str, Value]:
    """Return the parameters of a recurrent module by its weights and states; none for another module."""
    if kind not in _GATES:
        return {}
    weights: dict[str, list[int]] = {str(name): list(shape) for name, shape, _ in stated["weights"]}
    found: dict[str, Value] = {
        "hidden_size": weights[_FIRST][0] // _GATES[kind],
        "num_layers": sum(name.startswith("weight_ih_l") and not name.endswith("_reverse") for name in weights),
        "bias": "bias_ih_l0" in weights,
        "bidirectional": f"{_FIRST}_reverse" in weights,
        "batch_first": _batch_first(stated),
    }
    if _PROJECTED in weights:
        found["proj_size"] = weights[_PROJECTED][0]
    return found


def _batch_first(stated: Mapping[str, Any]) -> bool:
    """Return whether the first dimension is the batch: the second one of the state is the batch in any case."""
    sizes, states = stated["args"][0]["shape"], stated["out"][1]["shape"]
    return len(sizes) == 3 and sizes[0] == states[1]
