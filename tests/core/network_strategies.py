"""Hypothesis strategies for networks: whatever a file can hold, and what a person builds."""

from dataclasses import replace

from hypothesis import strategies as st

from layerledger.core import edits
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.edits import group as grouping
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput
from layerledger.core.network.paths import block_at, dotted, walk

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
    lambda below: st.lists(below, max_size=3).map(tuple) | st.dictionaries(texts, below, max_size=3).map(FrozenMap),
    max_leaves=6,
)


def _objects(known):
    """Objects whose keys are none of `known`."""
    return st.dictionaries(texts.filter(lambda key: key not in known), values, max_size=2).map(FrozenMap)


_LAYER_KEYS = ("name", "type", "params", "inputs", "tied_to")
_BLOCK_KEYS = ("name", "type", "repeat", "share_weights", "inputs", "outputs", "tied_to", "layers")

any_layers = st.builds(
    Layer,
    name=names,
    type=st.sampled_from(["Conv2d", "Linear", "ReLU", "Add", "MyOwnLayer", ""]) | texts.filter(lambda t: t != "Block"),
    params=st.dictionaries(st.sampled_from(["out_channels", "kernel_size", "bias"]) | texts, values, max_size=3).map(
        FrozenMap
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


# -- what a person builds: references lead somewhere, shapes mostly fit

IMAGE = NetworkInput(name="image", shape=(1, 4, 6, 6))
OTHER = NetworkInput(name="other", shape=(1, 4, 6, 6))
_NAMES = ("a", "b", "c", "d", "block", "conv1", "conv2")


def conv(name, channels=4, **given):
    """A convolution that keeps height and width."""
    params = FrozenMap({"out_channels": channels, "kernel_size": 3, "padding": 1})
    return Layer(name=name, type="Conv2d", params=params, **given)


def add(name, *inputs):
    """A sum."""
    return Layer(name=name, type="Add", inputs=inputs)


def _references(names):
    """Reference to outputs, given how many each name has."""
    return [f"{name}:{i}" if i else name for name, count in names.items() for i in range(count)]


@st.composite
def _built_node(draw, name, known, before, depth, wrong):
    """Return a node and how many outputs it has; `before` is how many the node before it has."""
    choices = [
        "conv",
        "conv",
        "add",
        "identity",
        "concat",
        *(["block"] * 2 if depth < 3 else []),
        *(["wrong"] if wrong else []),
    ]
    kind = draw(st.sampled_from(choices))
    several = st.lists(st.sampled_from(_references(known)), min_size=1, max_size=3).map(tuple)
    if kind == "block":
        inputs = draw(st.just(()) | several)
        return draw(_built_block(name, inputs, known, len(inputs) or before, depth + 1, wrong))
    if kind == "wrong":
        return draw(_wrong_nodes(name)), 1
    if kind == "add":
        return add(name, *draw(st.lists(st.sampled_from(_references(known)), min_size=2, max_size=3))), 1
    if kind == "concat":
        return Layer(name=name, type="Concat", inputs=draw(st.just(()) | several)), 1
    inputs = draw(st.just(()) | several.map(lambda refs: refs[:1]))
    if kind == "identity":
        return Layer(name=name, type="Identity", inputs=inputs), 1
    return conv(name, draw(st.sampled_from([4, 4, 4, 3])), inputs=inputs), 1


def _wrong_nodes(name):
    """What is at fault by itself or in its place."""
    return st.sampled_from(
        [
            Layer(name=name, type="NoSuchType"),
            Layer(name=name, type="Conv2d", params=FrozenMap({"kernel_size": -1})),
            conv(name, inputs=("nowhere",)),
            conv(name, inputs=("a:7",)),
            conv(name, inputs=("a:b",)),
            conv(name, inputs=(name,)),
            conv("a"),
            conv("input"),
            conv(name, 10**30),
            conv(name, tied_to="nowhere"),
            Block(name=name),
            Block(name=name, repeat=0, layers=(conv("a"),)),
            Block(name=name, repeat=10**9, layers=(conv("a"), conv("b"))),
            Block(name=name, layers=(conv("a"), conv("b")), outputs=("a", "nowhere")),
        ]
    )


@st.composite
def _built_block(draw, name, inputs, known, entering, depth, wrong):
    outside = {given: count for given, count in known.items() if given in ("image", "other")}
    nodes, counts = draw(_built_nodes({**outside, "input": entering}, depth, wrong))
    own = _references({**counts, "input": 1})
    outputs = draw(st.just(()) | st.lists(st.sampled_from(own), min_size=1, max_size=3, unique=True).map(tuple))
    repeat = draw(st.sampled_from([1, 1, 2, 3])) if len(outputs) < 2 else 1
    block = Block(
        name=name, layers=nodes, inputs=inputs, outputs=outputs, repeat=repeat, share_weights=draw(st.booleans())
    )
    return block, len(outputs) or counts[nodes[-1].name]


@st.composite
def _built_nodes(draw, known, depth, wrong):
    """Return nodes and how many outputs each name has; `known` is the same of what comes from outside."""
    known, counts, before = dict(known), {}, known["input"]
    nodes = []
    for name in draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4, unique=True)):
        node, before = draw(_built_node(name, known, before, depth, wrong))
        nodes.append(node)
        known[node.name] = counts[node.name] = before
    return tuple(nodes), counts


@st.composite
def built_networks(draw, *, wrong=False, ties=True):
    """Networks with nested blocks, skips, several inputs and outputs; with `wrong`, some nodes are at fault."""
    inputs = draw(st.sampled_from([(IMAGE,), (IMAGE, OTHER)]))
    known = {"input": len(inputs), **{given.name: 1 for given in inputs}}
    nodes, counts = draw(_built_nodes(known, 0, wrong))
    outputs = draw(st.just(()) | st.lists(st.sampled_from(_references(counts)), max_size=2, unique=True).map(tuple))
    network = Network(inputs=inputs, root=Block(name="", layers=nodes, outputs=outputs))
    return draw(_tied(network)) if ties else network


@st.composite
def _tied(draw, network):
    """Ties some convolutions to earlier ones."""
    convs = [path for path, node in walk(network.root) if isinstance(node, Layer) and node.type == "Conv2d"]
    for later in draw(st.lists(st.sampled_from(convs), max_size=2)) if len(convs) > 1 else []:
        earlier = draw(st.sampled_from(convs))
        if earlier < later:
            network = edits.set_tied_to(network, later, dotted(network, earlier))
    return network


# -- edits


def _paths(network):
    return [path for path, _ in walk(network.root)]


def _some(draw, network):
    """Return a few paths of nodes."""
    paths = _paths(network)
    return draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True)) if paths else []


def _position(draw, network):
    """Return a place where a node can be inserted."""
    blocks = [(), *(path for path, node in walk(network.root) if isinstance(node, Block))]
    parent = draw(st.sampled_from(blocks))
    return (*parent, draw(st.integers(0, len(block_at(network, parent).layers))))


def _one(draw, network, kind=object):
    """Return the path of a node of a kind, or None."""
    paths = [path for path, node in walk(network.root) if isinstance(node, kind)]
    return draw(st.sampled_from(paths)) if paths else None


_free_references = st.lists(
    st.sampled_from(["a", "b", "conv1", "block", "block:1", "input", "input:1", "image", "nowhere", "a:0", ":", "a:x"]),
    max_size=2,
)


def _edit_layer(draw, network):
    path = _one(draw, network, Layer)
    if path is None:
        return network
    name = draw(st.sampled_from(["out_channels", "kernel_size", "padding", "no_such", "bias"]))
    value = draw(st.sampled_from([1, 3, 4, -1, True, 1.0, "same", None, (3, 3), (1, 1, 1), 10**30]))
    other = draw(st.sampled_from(["Conv2d", "Add", "Concat", "NoSuchType", "Identity", "Linear"]))
    return draw(
        st.sampled_from(
            [
                lambda: edits.set_param(network, path, name, value),
                lambda: edits.reset_param(network, path, name),
                lambda: edits.set_type(network, path, other, {}),
            ]
        )
    )()


def _edit_block(draw, network):
    path = _one(draw, network, Block)
    if path is None:
        return network
    repeat = draw(st.sampled_from([0, 1, 2, 3, 10**9]))
    share, outputs = draw(st.booleans()), draw(_free_references)
    return draw(
        st.sampled_from(
            [
                lambda: edits.set_repeat(network, path, repeat),
                lambda: edits.set_share_weights(network, path, share=share),
                lambda: edits.set_outputs(network, path, outputs),
                lambda: grouping.ungroup(network, path)[0],
            ]
        )
    )()


def _edit_node(draw, network):
    path = _one(draw, network)
    if path is None:
        return network
    name = draw(st.sampled_from([*_NAMES, "image", "input", "", "x.y", "new"]))
    wiring = draw(_free_references)
    target = draw(st.none() | st.sampled_from([*(dotted(network, p) for p in _paths(network)), "nowhere"]))
    return draw(
        st.sampled_from(
            [
                lambda: edits.rename(network, path, name),
                lambda: edits.update(network, path, lambda node: replace(node, name=name)),
                lambda: edits.set_inputs(network, path, wiring),
                lambda: edits.set_tied_to(network, path, target),
            ]
        )
    )()


def _edit_list(draw, network):
    paths, to = _some(draw, network), _position(draw, network)
    by, layer = draw(st.sampled_from([-1, 1])), draw(any_layers | st.just(conv("a")) | _wrong_nodes("b"))
    return draw(
        st.sampled_from(
            [
                lambda: edits.insert(network, to, [layer]),
                lambda: edits.remove(network, paths),
                lambda: edits.move(network, paths, to)[0],
                lambda: edits.shift(network, paths[:1], by)[0],
                lambda: edits.duplicate(network, paths)[0],
                lambda: grouping.group(network, paths)[0],
            ]
        )
    )()


def _edit_inputs(draw, network):
    index = draw(st.integers(0, max(len(network.inputs) - 1, 0)))
    shape = draw(st.sampled_from([(1, 4, 6, 6), (2, 4, 6, 6), (0, 4, 6, 6), (4, 6, 6), (), (-1,)]))
    name = draw(st.sampled_from(["image", "a", "photo", "input"]))
    choices = [
        lambda: edits.add_input(network, IMAGE),
        lambda: edits.set_batch(network, 3),
        lambda: edits.set_float_dtype(network, "float16"),
    ]
    if network.inputs:
        choices += [
            lambda: edits.set_input(network, index, shape=shape),
            lambda: edits.set_input(network, index, name=name),
            lambda: edits.set_input(network, index, dtype="float7"),
            lambda: edits.remove_input(network, index),
        ]
    return draw(st.sampled_from(choices))()


def edited(draw, network):
    """Return `network` after some edit; unchanged where that cannot be done."""
    edit = draw(
        st.sampled_from([_edit_layer, _edit_layer, _edit_block, _edit_node, _edit_list, _edit_list, _edit_inputs])
    )
    try:
        return edit(draw, network)
    except edits.EditError:
        return network
