"""What is explained is what is counted: examples of every type, blocks, tied and shared weights."""

from __future__ import annotations

import pytest

from layerledger.core.analysis import NodeResult, analyze
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.examples import Example
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.explanations.node import explain_counts
from layerledger.core.metrics.registry import METRICS
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput, Node

EXAMPLES = [(name, example) for name, cls in LAYER_TYPES.items() for example in cls.examples]
TITLES = {METRICS[key].title: key for key in ("params", "buffers", "macs", "flops", "exact_flops")}


def result_of(*nodes: Node) -> NodeResult:
    given = NetworkInput(name="image", shape=(1, 3, 32, 32))
    result = analyze(Network(inputs=(given,), root=Block(name="", layers=nodes))).at((len(nodes) - 1,))
    assert result is not None
    return result


def conv(name: str, *, tied_to: str | None = None) -> Layer:
    params = FrozenMap({"out_channels": 3, "kernel_size": 3})
    return Layer(name=name, type="Conv2d", params=params, tied_to=tied_to)


def of(result: NodeResult, key: str) -> Explanation:
    return next(each for each in explain_counts(result) if each.title == METRICS[key].title)


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=lambda x: x if isinstance(x, str) else "")
def test_the_explained_values_are_those_counted(name: str, example: Example) -> None:
    inputs = tuple(NetworkInput(name=f"in{i}", shape=shape) for i, shape in enumerate(example.inputs))
    layer = Layer(name="layer", type=name, params=example.params, inputs=tuple(i.name for i in inputs))
    result = analyze(Network(inputs=inputs, root=Block(name="", layers=(layer,)))).at((0,))
    assert result is not None
    for each in explain_counts(result):
        if each.title in TITLES:
            assert each.value == METRICS[TITLES[each.title]].read(result), each.title
        assert not each.terms or sum(term.value for term in each.terms) == each.value


def test_tied_weights_count_where_they_are() -> None:
    tied = of(result_of(conv("a"), conv("b", tied_to="a")), "params")
    assert (tied.value, tied.note) == (0, "The weights are those of a and count there.")
    block = Block(name="s", layers=(conv("c"),), tied_to="r")
    assert of(result_of(Block(name="r", layers=(conv("c"),)), block), "params").value == 0


def test_passes_that_count_the_same_are_taken_together() -> None:
    params = of(result_of(Block(name="s", layers=(conv("a"), conv("b")), repeat=4)), "params")
    assert (params.filled, params.value) == ("4 × (84 + 84)", 672)


def test_passes_of_other_sizes_stand_apart() -> None:
    macs = of(result_of(Block(name="s", layers=(conv("a"),), repeat=2)), "macs")
    assert (macs.filled, macs.value) == ("72,900 + 63,504", 136_404)


def test_shared_weights_are_summed_once() -> None:
    params = of(result_of(Block(name="s", layers=(conv("a"), conv("b")), repeat=4, share_weights=True)), "params")
    assert (params.filled, params.value) == ("84 + 84", 168)
    assert "count once" in params.note


def test_long_sums_are_cut() -> None:
    block = Block(name="s", layers=tuple(conv(f"c{i}") for i in range(15)))
    assert of(result_of(block), "params").filled == " + ".join(["84"] * 12) + " + … 3 more"


def test_an_explanation_is_written_as_text_latex_and_html() -> None:
    macs = of(result_of(conv("a")), "macs")
    assert macs.text().splitlines()[0].startswith("MACs = K_h·K_w·C_in/g")
    assert r"\mathrm{in}" in macs.as_latex()
    assert "72{,}900" in macs.as_latex()
    assert "<b>72,900</b>" in macs.as_html()


def test_what_is_not_counted_is_not_explained() -> None:
    assert explain_counts(result_of(Layer(name="odd", type="Odd"))) == ()


def test_the_sum_of_a_block_without_all_its_layers_is_a_lower_bound() -> None:
    block = Block(name="block", layers=(conv("conv"), Layer(name="mystery", type="Mystery")))
    explained = of(result_of(block), "params")
    assert explained.value == 3 * 3 * 3 * 3 + 3
    assert explained.shown == "≥ 84"
    assert explained.note == "1 layer is not counted."


def test_the_number_of_terms_that_are_left_out_has_its_commas() -> None:
    norms = tuple(Layer(name=f"n{i}", type="BatchNorm2d") for i in range(1_234))
    block = Block(name="s", layers=norms)
    assert of(result_of(block), "params").filled.endswith("+ … 1,222 more")
