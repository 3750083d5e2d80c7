"""Blocks, wiring, repeats and ties of a graph, on graphs made by hand."""

from layerledger.core import analyze
from layerledger.core.formats import native
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.tensor import ModulePlace, Tensor
from layerledger.core.network.nodes import Block, Network

CONV = {"out_channels": 8, "kernel_size": 3, "padding": 1}


def put(
    graph: Graph, path: str, kind: str, inputs: list[Tensor], params: dict[str, object] | None = None, weight: str = ""
) -> Tensor:
    """Add a layer at a dotted path and return its output."""
    *modules, name = path.split(".")
    graph.place = ModulePlace(tuple(modules), name)
    return graph.emit(kind, inputs, params or {}, weights=(weight,) if weight else ())[0]  # type: ignore[arg-type]


def residual_stages(count: int, *, mask: bool = False) -> tuple[Graph, Tensor]:
    graph = Graph()
    x = graph.add_input("image", (1, 8, 16, 16), "float32")
    carried = graph.add_input("mask", (1, 8, 16, 16), "float32") if mask else None
    x = put(graph, "stem.conv", "Conv2d", [x], CONV, "stem")
    for i in range(count):
        y = put(graph, f"layers.{i}.conv", "Conv2d", [x], CONV, f"w{i}")
        y = (
            put(graph, f"layers.{i}.mul", "Mul", [y, carried])
            if carried
            else put(graph, f"layers.{i}.relu", "ReLU", [y])
        )
        x = put(graph, f"layers.{i}.add", "Add", [x, y])
    return graph, x


def finished(graph: Graph, *outputs: Tensor) -> Network:
    """Return the network of a graph, which its file form keeps."""
    graph.outputs = list(outputs)
    network = assemble(graph, "net")
    text = native.write(network)
    assert native.write(native.read(text)) == text
    return network


def block(network: Network, name: str) -> Block:
    found = next(node for node in network.layers if node.name == name)
    assert isinstance(found, Block)
    return found


def test_equal_blocks_are_one_with_a_repeat_and_a_block_of_one_layer_is_that_layer() -> None:
    graph, x = residual_stages(12)
    network = finished(graph, x)
    assert [node.name for node in network.layers] == ["stem", "layers"]
    layers = block(network, "layers")
    assert (layers.repeat, [node.name for node in layers.layers]) == (12, ["conv", "relu", "add"])
    totals = analyze(network).totals
    assert totals.params == 13 * (8 * 8 * 9 + 8)
    assert totals.macs == 13 * 8 * 8 * 9 * 16 * 16


def test_an_input_that_all_copies_take_is_handed_on() -> None:
    graph, x = residual_stages(4, mask=True)
    x = put(graph, "head", "ReLU", [x])
    network = finished(graph, x)
    layers = block(network, "layers")
    assert (layers.repeat, layers.inputs, layers.outputs) == (4, ("stem", "mask"), ("add", "input:1"))
    assert network.layers[-1].inputs == ("layers",)
    assert analyze(network).ok


def test_a_copy_that_somebody_else_takes_stays_by_itself() -> None:
    graph, x = residual_stages(2)
    skip = x
    for i in (2, 3):
        y = put(graph, f"layers.{i}.conv", "Conv2d", [x], CONV, f"w{i}")
        y = put(graph, f"layers.{i}.relu", "ReLU", [y])
        x = put(graph, f"layers.{i}.add", "Add", [x, y])
    network = finished(graph, put(graph, "sum", "Add", [x, skip]))
    assert [(node.name, node.repeat) for node in block(network, "layers").layers if isinstance(node, Block)] == [
        ("0", 2),
        ("2", 2),
    ]
    assert analyze(network).totals.params == 5 * (8 * 8 * 9 + 8)


def test_layers_of_one_weight_are_tied_and_not_folded() -> None:
    graph = Graph()
    x = graph.add_input("image", (1, 8, 16, 16), "float32")
    for i in range(3):
        x = put(graph, f"calls.{i}.conv", "Conv2d", [x], CONV, "shared")
        x = put(graph, f"calls.{i}.relu", "ReLU", [x])
    network = finished(graph, x)
    result = analyze(network)
    assert result.totals.params == 8 * 8 * 9 + 8
    assert result.totals.macs == 3 * 8 * 8 * 9 * 16 * 16


def test_what_no_output_depends_on_is_gone_and_names_are_clean() -> None:
    graph = Graph()
    x = graph.add_input("x.1", (1, 8), "float32")
    put(graph, "unused", "ReLU", [x])
    y = put(graph, "input", "ReLU", [x])
    network = finished(graph, put(graph, "a:b", "Tanh", [y]))
    assert [given.name for given in network.inputs] == ["x_1"]
    assert [node.name for node in network.layers] == ["input_", "a_b"]


def test_a_module_that_is_called_again_is_a_block_of_its_own() -> None:
    graph = Graph()
    x = graph.add_input("x", (1, 8), "float32")
    for name in ("act", "between", "act"):
        x = put(graph, f"{name}.relu", "ReLU", [x])
        x = put(graph, f"{name}.tanh", "Tanh", [x])
    assert [node.name for node in finished(graph, x).layers] == ["act", "between", "act2"]


def test_blocks_with_several_outputs_and_inputs_keep_their_wiring() -> None:
    graph = Graph()
    a = graph.add_input("a", (1, 8), "float32")
    b = graph.add_input("b", (1, 8), "float32")
    left = put(graph, "two.left", "ReLU", [a])
    right = put(graph, "two.right", "Tanh", [b])
    network = finished(graph, put(graph, "sub", "Sub", [right, left]))
    two = block(network, "two")
    assert (two.inputs, two.outputs) == (("a", "b"), ("left", "right"))
    assert network.layers[-1].inputs == ("two:1", "two")
    assert analyze(network).ok


def test_a_layer_with_a_bias_of_its_own_shares_the_weight_alone() -> None:
    graph = Graph()
    x = graph.add_input("tokens", (1, 8), "int64")
    x = put(graph, "words", "Embedding", [x], {"num_embeddings": 30, "embedding_dim": 16}, "table")
    graph.place = ModulePlace((), "decoder")
    (y,) = graph.emit("Linear", [x], {"out_features": 30}, weights=("table", "bias"))
    network = finished(graph, y)
    assert network.layers[1].tied_to == "words.weight"
    assert analyze(network).totals.params == 30 * 16 + 30
