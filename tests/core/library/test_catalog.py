"""The catalog: all that can be added, in order, and each new thing right from the start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import Block, Layer, Network, NetworkInput, TensorSpec, analyze
from layerledger.core.edits import insert
from layerledger.core.edits.suggest_inputs import suggest_inputs
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.library.catalog.entries import CATALOG, GROUPS, CatalogEntry, entry_for

BY_TITLE = {entry.title: entry for entry in CATALOG}
DEPTHWISE, POINTWISE = BY_TITLE["Depthwise Conv2d"], BY_TITLE["Pointwise Conv2d"]
BLOCK = BY_TITLE["Block"]
INPUTS = [
    *(((2, 64, *[16] * dims), "float32") for dims in range(4)),
    ((16, 64, 64), "float32"),
    ((2, 72, 36), "float32"),  # the windows of 3×3 in 8×8, for Fold
    ((2, 64), "int64"),
]
"""Tensors of every rank that layers take; what is square or divisible by many numbers suits most."""

NEEDS_ANOTHER_LAYER = {
    "DeformConv2d",
    "GatherND",
    "GridSample",
    "IndexSelect",
    "NonMaxSuppression",
    "RoIAlign",
    "ScatterND",
    "Where",
}
"""What is fed with offsets, positions, boxes or a mask that a layer made for it alone gives."""


def problems_of(entry: CatalogEntry, shape: tuple[int, ...], dtype: str) -> list[str]:
    """Insert a new layer after one that hands on its input, and returns the errors."""
    first = Layer(name="first", type="Add", inputs=("input", "input"))
    given = NetworkInput(name="image", shape=shape, dtype=dtype)
    network = Network(inputs=(given,), root=Block(name="", layers=(first,)))
    result = analyze(network)
    new = suggest_inputs(entry.node((TensorSpec(shape, dtype),)), result, (1,))
    return [p.message for p in analyze(insert(network, (1,), [new])).problems if p.severity == "error"]


def test_every_type_is_there_once_in_the_order_of_families() -> None:
    plain = [entry for entry in CATALOG if not entry.fixed]
    assert {entry.title for entry in plain} == {*LAYER_TYPES, "Block"}
    assert len(BY_TITLE) == len(CATALOG)
    groups = [GROUPS.index(entry.group) for entry in CATALOG]
    assert groups == sorted(groups)
    assert CATALOG[-1] is BLOCK


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.title)
def test_a_new_layer_has_no_error_where_it_fits(entry: CatalogEntry) -> None:
    if entry is BLOCK:
        return
    if entry.title == "Opaque":  # only its user knows the shape of its output
        assert problems_of(entry, *INPUTS[2]) == ["the shape of the output of Operator is not known; state it"]
        return
    if entry.title in NEEDS_ANOTHER_LAYER:
        assert any("must be" in problem for problem in problems_of(entry, *INPUTS[2]))
        return
    spatial = entry.group in ("Convolution", "Pooling", "Normalization", "Padding") and entry.dims
    suited = [(shape, dtype) for shape, dtype in INPUTS if len(shape) == entry.dims + 2] if spatial else INPUTS
    assert any(not problems_of(entry, *tensor) for tensor in suited), problems_of(entry, *suited[0])


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.title)
def test_a_new_layer_states_what_must_be_given_and_nothing_else(entry: CatalogEntry) -> None:
    required = {name for name, info in entry.declared.items() if info.required}
    proposed = {name for name, info in entry.declared.items() if info.initial is not None}
    needed = required | set(entry.fixed)
    assert set(entry.params()) in (needed, needed | proposed)
    assert entry.help.strip()
    assert "\n" not in entry.help


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.title)
def test_names_are_short_small_and_free_of_signs(entry: CatalogEntry) -> None:
    assert entry.name.isidentifier()
    assert entry.name == entry.name.lower()
    assert entry.name != "input"
    assert len(entry.name) <= 20


@pytest.mark.parametrize(
    ("type_name", "name"),
    [("Conv2d", "conv"), ("Linear", "fc"), ("Add", "add"), ("Concat", "cat"), ("ConvTranspose2d", "upconv")],
)
def test_names_are_those_of_torch_code(type_name: str, name: str) -> None:
    entry = entry_for(type_name)
    assert entry is not None
    assert entry.name == name


@given(st.integers(1, 4096), st.integers(0, 1))
def test_a_depthwise_convolution_takes_the_channels_of_its_input(channels: int, batch: int) -> None:
    shape = (1,) * batch + (channels, 8, 8)
    params = DEPTHWISE.params((TensorSpec(shape),))
    assert params == {"out_channels": channels, "kernel_size": 3, "groups": channels}
    assert not problems_of(DEPTHWISE, shape, "float32")


@pytest.mark.parametrize("inputs", [(), (TensorSpec((7,)),), (TensorSpec((1, 0, 8, 8)),)])
def test_without_channels_a_depthwise_convolution_is_still_one(inputs: tuple[TensorSpec, ...]) -> None:
    params = DEPTHWISE.params(inputs)
    assert params["groups"] == params["out_channels"] != 0


def test_a_pointwise_convolution_has_a_kernel_of_one() -> None:
    assert POINTWISE.params() == {"out_channels": 64, "kernel_size": 1}


def test_parameters_stand_in_the_order_of_their_declaration() -> None:
    given = {"groups": 2, "stride": 2, "out_channels": 8}
    assert list(BY_TITLE["Conv2d"].params((), given)) == ["out_channels", "kernel_size", "stride", "groups"]


def test_of_a_group_of_which_one_must_be_given_one_is() -> None:
    upsample = BY_TITLE["Upsample"]
    assert upsample.params() == {"scale_factor": 2}
    assert upsample.params((), {"mode": "bilinear"}) == {"scale_factor": 2, "mode": "bilinear"}
    assert upsample.params((), {"size": 14}) == {"size": 14}


def test_a_new_block_is_empty() -> None:
    made = BLOCK.node((), {"repeat": 3, "share_weights": True})
    assert isinstance(made, Block)
    assert (made.layers, made.repeat, made.share_weights, made.name) == ((), 3, True, "block")
