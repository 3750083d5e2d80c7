"""Explanations: the formula that is shown counts what is shown, term by term."""

import pytest

from layerledger.core.analysis import analyze
from layerledger.core.base.params import Value
from layerledger.core.formula.formula import Formula
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.explanations.node import explain_counts
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput


def explained(type_name: str, shape: tuple[int, ...], **params: Value) -> dict[str, Explanation]:
    layer = Layer(name="layer", type=type_name, params=params)
    given = NetworkInput(name="x", shape=shape)
    result = analyze(Network(inputs=(given,), root=Block(name="", layers=(layer,))))
    assert result.ok
    found = result.at((0,))
    assert found
    return {each.title: each for each in explain_counts(found)}


def test_a_formula_with_its_numbers() -> None:
    shown = explained("Conv2d", (1, 3, 6, 6), out_channels=6, kernel_size=3, stride=3)["Parameters"]
    assert shown.formula == "K_h·K_w·C_in/g·C_out + b·C_out"
    assert shown.filled == "3·3·3/1·6 + 1·6"
    assert (shown.value, shown.terms) == (168, ())
    assert shown.symbols == {"K_h": 3, "K_w": 3, "C_in": 3, "g": 1, "C_out": 6, "b": 1}


@pytest.mark.parametrize(
    ("type_name", "shape", "params"),
    [
        ("MultiheadAttention", (7, 2, 8), {"num_heads": 2}),
        ("LSTM", (7, 2, 8), {"hidden_size": 6, "proj_size": 3, "num_layers": 2}),
        ("TransformerEncoder", (7, 2, 8), {"nhead": 2, "num_layers": 3}),
    ],
)
def test_named_terms_add_up(type_name: str, shape: tuple[int, ...], params: dict[str, Value]) -> None:
    found = explained(type_name, shape, **params)
    whole = found["MACs"]
    assert len(whole.terms) > 1
    for each in found.values():
        assert not each.terms or each.value == sum(term.value for term in each.terms)
        for term in each.terms:
            assert Formula(term.formula)(term.symbols) == Formula(term.filled)({}) == term.value > 0
    assert whole.formula == " + ".join(term.title for term in whole.terms)
    assert all(
        term.title in whole.html and term.title in whole.latex and term.title in whole.text() for term in whole.terms
    )


def test_a_term_alone_needs_no_name() -> None:
    """Kept statistics: the other term of BatchNorm2d is zero."""
    shown = explained("BatchNorm2d", (2, 3, 4, 5))["Multiplications"]
    assert (shown.formula, shown.value, shown.terms) == ("t·N·C·H·W", 120, ())


def test_what_is_zero_by_convention_says_so() -> None:
    shown = explained("ReLU", (2, 3))["MACs"]
    assert (shown.formula, shown.value) == ("", 0)
    assert "ReLU has none by this convention" in shown.text()
