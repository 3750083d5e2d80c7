"""Hypothesis strategies for networks: whatever a file can hold, and what a person builds."""

from types import MappingProxyType

from hypothesis import strategies as st

from layerledger.core.network import Block, Layer, Network, NetworkInput

# -- whatever a file can hold

texts = st.text(max_size=12)
names = (
    st.sampled_from(["conv1", "relu", "stage1", "add", "input", "", "a.b", "x:1", "层", "é\u0301", "\u202e"]) | texts
)
references = (
    st.sampled_from(["conv1", "relu", "input", "input:1", "image", "stage1:1", "conv1:0", "a:", ":", "a:b"]) | texts
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda below: (
        st.lists(below, max_size=3).map(tuple) | st.dictionaries(texts, below, max_size=3).map(MappingProxyType)
    ),
    max_leaves=6,
)


def _objects(known):
    """Objects whose keys are none of `known`."""
    return st.dictionaries(texts.filter(lambda key: key not in known), values, max_size=2).map(MappingProxyType)


_LAYER_KEYS = ("name", "type", "params", "inputs", "tied_to")
_BLOCK_KEYS = ("name", "type", "repeat", "share_weights", "inputs", "outputs", "tied_to", "layers")

any_layers = st.builds(
    Layer,
    name=names,
    type=st.sampled_from(["Conv2d", "Linear", "ReLU", "Add", "MyOwnLayer", ""]) | texts.filter(lambda t: t != "Block"),
    params=st.dictionaries(st.sampled_from(["out_channels", "kernel_size", "bias"]) | texts, values, max_size=3).map(
        MappingProxyType
    ),
    inputs=st.lists(references, max_size=3).map(tuple),
    tied_to=st.none() | names,
    extra=_objects(_LAYER_KEYS),
)


def _any_blocks(nodes):
    return st.builds(
        Block,
        name=names,
        layers=st.lists(nodes, max_size=4).map(tuple),
        inputs=st.lists(references, max_size=2).map(tuple),
        outputs=st.lists(references, max_size=2).map(tuple),
        repeat=st.sampled_from([1, 1, 2, 3, 0, -1, 10**30]) | st.integers(),
        share_weights=st.booleans(),
        tied_to=st.none() | names,
        extra=_objects(_BLOCK_KEYS),
    )


any_nodes = st.recursive(any_layers, _any_blocks, max_leaves=8)
any_inputs = st.builds(
    NetworkInput,
    name=names,
    shape=st.lists(st.integers(-3, 8) | st.integers(), max_size=5).map(tuple),
    dtype=st.sampled_from(["float32", "int8", "float7"]) | texts,
    extra=_objects(("name", "shape", "dtype")),
)
any_networks = st.builds(
    Network,
    name=names,
    inputs=st.lists(any_inputs, max_size=3).map(tuple),
    root=st.builds(
        Block,
        name=st.just(""),
        layers=st.lists(any_nodes, max_size=4).map(tuple),
        outputs=st.lists(references, max_size=2).map(tuple),
    ),
    extra=_objects(("format", "version", "name", "inputs", "layers", "outputs")),
)
