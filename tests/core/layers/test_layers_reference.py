"""What PyTorch says of single layers, by way of a whole analysis: shapes, dtypes, counts, and what is refused."""

import json
import lzma
from pathlib import Path

import pytest

from layerledger.core.analysis import Result, analyze
from layerledger.core.analysis.components import components_of
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.cost import total
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput


def stored(name: str) -> dict:
    """Return the cases in a document of tests/reference, by type."""
    return json.loads(lzma.decompress((Path(__file__).parents[2] / f"reference/{name}.json.xz").read_bytes()))["types"]


DATA, EDGES = stored("layers"), stored("layers_edges")

NAMES = {"reshape": "Reshape", "torchvision.ops.Permute": "Permute"}
"""What the reference calls otherwise."""

NOT_YET_COVERED = set()

UNCOUNTED = {"Bilinear"}
"""Matrix products that torch's FLOP counter does not know."""

CASES = [
    pytest.param(NAMES.get(name, name), *case, id=f"{name}-{of}{i}")
    for of, types in (("", DATA), ("edge-", EDGES))
    for name, cases in types.items()
    if name not in NOT_YET_COVERED
    for i, case in enumerate(cases)
]


def frozen(value: object) -> object:
    """Return a JSON value as a network holds it: with tuples for lists."""
    if isinstance(value, dict):
        return {key: frozen(v) for key, v in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def tensor(stored: list) -> tuple[str, list[int]]:
    """Return (dtype, shape) of a stored tensor."""
    return (stored[0], stored[1]) if stored and isinstance(stored[0], str) else ("float32", stored)


def analyzed(type_name: str, kwargs: dict, tensors: list) -> Result:
    """Return the analysis of a network of one layer."""
    fed = [tensor(t) for t in tensors]
    inputs = tuple(NetworkInput(name=f"x{i}", shape=tuple(shape), dtype=dtype) for i, (dtype, shape) in enumerate(fed))
    layer = Layer(name="layer", type=type_name, params=frozen(kwargs), inputs=tuple(i.name for i in inputs))
    return analyze(Network(inputs=inputs, root=Block(name="", layers=(layer,))))


@pytest.mark.parametrize(("type_name", "kwargs", "inputs", "outcome"), CASES)
def test_agrees_with_torch(type_name: str, kwargs: dict, inputs: list, outcome: str | list) -> None:
    result = analyzed(type_name, kwargs, inputs)
    errors = [p for p in result.problems if p.severity == "error"]
    if isinstance(outcome, str):
        assert errors, f"torch refuses: {outcome}"
        assert all(p.param and len(p.message.split()) > 3 for p in errors)
        return
    assert not errors
    outputs, params, buffers, macs, *trainable = outcome
    layer = result.at((0,))
    assert [tensor(o) for o in outputs] == [(o.dtype, list(o.shape)) for o in layer.outputs]
    totals = result.totals
    assert (totals.params, totals.trainable_params, totals.buffers) == (params, *(trainable or [params]), buffers)
    if type_name not in UNCOUNTED:
        assert totals.macs == macs
    made_of = components_of(layer)
    assert not made_of or total(part.cost for part in made_of) == layer.cost


def test_every_type_is_covered_or_listed() -> None:
    named = {NAMES.get(name, name) for name in DATA}
    assert NOT_YET_COVERED.isdisjoint(LAYER_TYPES)
    assert named - set(LAYER_TYPES) == NOT_YET_COVERED
