"""Layer types: their examples, and what each must say of itself."""

import json
import lzma
from pathlib import Path

import pytest
from one_layer import result_of, specs

from layerledger.core.base.params import Value, params_of
from layerledger.core.base.shapes import Shape, TensorSpec
from layerledger.core.layers import FAMILIES, LAYER_TYPES, Example, LayerType, bind, evaluate
from layerledger.core.layers.cost import FIELDS
from layerledger.core.layers.layer_type import Inputs

REFERENCE = json.loads(lzma.decompress((Path(__file__).parents[2] / "reference/layers.json.xz").read_bytes()))["types"]


EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{i}")
    for name, cls in LAYER_TYPES.items()
    for i, example in enumerate(cls.examples)
]


@pytest.mark.parametrize(("type_name", "example"), EXAMPLES)
def test_examples(type_name: str, example: Example) -> None:
    outputs, found = result_of(type_name, example.params, specs(*example.inputs, dtype=example.dtype))
    assert tuple(output.shape for output in outputs) == example.outputs
    assert {key: getattr(found, key) for key in example.counts} == example.counts
    assert example.source


ANY_SHAPES: dict[str, tuple[dict[str, Value], tuple[Shape, ...]]] = {
    "Add": ({}, ((2, 3), (2, 3), (3,))),
    "Sub": ({}, ((2, 3), (3,))),
    "Mul": ({}, ((2, 3), (2, 1))),
    "Div": ({}, ((2, 3), (2, 3))),
    "Concat": ({}, ((2, 3), (2, 4))),
    "MatMul": ({}, ((2, 3, 4), (4, 5))),
    "Mean": ({"dim": (1,)}, ((2, 3, 4),)),
    "Transpose": ({"dim0": 1, "dim1": 2}, ((2, 3, 4),)),
    "LPPool3d": ({"norm_type": 2, "kernel_size": 2}, ((2, 3, 4, 4, 4),)),
    "ConstantPad3d": ({"padding": 1, "value": 0}, ((2, 3, 4, 4, 4),)),
    "FeatureAlphaDropout": ({}, ((2, 3, 4),)),
    "TransformerDecoder": ({"nhead": 2, "num_layers": 2}, ((5, 2, 8), (3, 2, 8))),
}
"""A layer of each type that the reference lacks; one that is not here is tried by its first example."""


def frozen(value: object) -> object:
    if isinstance(value, dict):
        return {key: frozen(v) for key, v in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def samples() -> list[object]:
    """Return a layer and its inputs for every type: its first example, or one from above or from the reference."""
    names = {"reshape": "Reshape", "torchvision.ops.Permute": "Permute"}
    firsts = {name: cls.examples[0] for name, cls in LAYER_TYPES.items() if cls.examples}
    found = {name: (each.params, specs(*each.inputs, dtype=each.dtype)) for name, each in firsts.items()}
    found |= {name: (params, specs(*shapes)) for name, (params, shapes) in ANY_SHAPES.items()}
    for name, cases in REFERENCE.items():
        kwargs, inputs, _ = next(case for case in cases if isinstance(case[2], list))
        tensors = [t if isinstance(t[0], str) else ["float32", t] for t in inputs]
        found[names.get(name, name)] = (frozen(kwargs), tuple(TensorSpec(tuple(s), d) for d, s in tensors))
    return [pytest.param(name, *found.get(name, ({}, ())), id=name) for name in LAYER_TYPES]


@pytest.mark.parametrize("cls", LAYER_TYPES.values(), ids=LAYER_TYPES)
def test_says_what_it_does(cls: type[LayerType]) -> None:
    first, *rest = (cls.__doc__ or "").strip().split("\n")
    assert first.endswith(".")
    assert not rest or not rest[0].strip()
    assert cls.family in FAMILIES
    assert bool(cls.counts) == (cls.status not in ("free", "stated", "not counted"))
    assert 0 <= cls.input_arity[0] <= cls.input_arity[1]


@pytest.mark.parametrize(("type_name", "params", "inputs"), samples())
def test_counts_and_explains(type_name: str, params: dict[str, Value], inputs: Inputs) -> None:
    spec = bind(type_name, params).op
    assert spec
    outputs, found = spec.result(inputs)
    symbols = spec.symbols(inputs, outputs)
    assert all(getattr(found, key) >= 0 for key in FIELDS)
    for key, terms in spec.terms.items():
        assert spec.formulas[key].names <= symbols.keys()
        assert sum(term(symbols) for term in terms.values()) == spec.formulas[key](symbols) == getattr(found, key)
    assert found.macs <= found.mul
    words = spec.summary(inputs)
    assert len(words) < 40
    assert "(" not in words
    for name, value in spec.derived(inputs).items():
        assert bind(type_name, {**params, name: value}).op


@pytest.mark.parametrize(("type_name", "params", "inputs"), samples())
def test_needs_nothing_that_follows_from_the_input(type_name: str, params: dict[str, Value], inputs: Inputs) -> None:
    declared = params_of(LAYER_TYPES[type_name])
    shorter = {name: value for name, value in params.items() if name not in declared or not declared[name].derived}
    whole, less = bind(type_name, params).op, bind(type_name, shorter).op
    assert whole
    assert less
    assert evaluate(less, inputs) == evaluate(whole, inputs)


def test_each_parameter_knows_its_own_name():
    """A declaration that two classes share under two names would name the wrong one in its sentences."""
    for cls in LAYER_TYPES.values():
        assert [info.name for info in params_of(cls).values()] == list(params_of(cls))
