"""Outputs that nobody reads: a warning with the share of the MACs."""

from layerledger.core import Block, Layer, Network, NetworkInput, analyze


def layer(kind, name, *inputs, **params):
    return Layer(name=name, type=kind, params=params, inputs=inputs)


def conv(name, *inputs, channels=4):
    return layer("Conv2d", name, *inputs, out_channels=channels, kernel_size=3, padding=1)


def problems_of(*layers, outputs=()):
    given = (NetworkInput(name="image", shape=(1, 4, 8, 8)),)
    result = analyze(Network(inputs=given, root=Block(name="", layers=layers, outputs=outputs)))
    return [(problem.path, problem.severity, problem.message) for problem in result.problems]


def test_a_lost_branch_is_a_warning_with_its_share():
    """Two of four equal filters serve only the branch, which ends in an activation function."""
    found = problems_of(conv("a"), conv("b", "a"), conv("c", "b"), layer("ReLU", "lost"), conv("d", "a"))
    assert [problem[:2] for problem in found] == [("lost", "warning")]
    assert found[0][2] == (
        "nothing reads its output, yet it takes 50.0% of the MACs, with the layers that only it needs; add it to the "
        "outputs of the network, or delete the layer"
    )


def test_auxiliary_heads_that_are_listed_are_read():
    layers = (conv("a"), conv("aux", "a"), conv("main", "a"))
    assert problems_of(*layers, outputs=("main", "aux")) == []
    assert [path for path, _, _ in problems_of(*layers)] == ["aux"]
    assert [path for path, _, _ in problems_of(*layers, outputs=("aux:0",))] == ["main"]


def test_one_of_several_outputs_is_enough():
    split = layer("Split", "split", split_size_or_sections=2, dim=1)
    assert problems_of(split, layer("ReLU", "r", "split:1")) == []


def test_a_lost_layer_of_a_repeated_block_counts_in_each_pass():
    inner = Block(name="b", repeat=3, layers=(conv("a"), conv("lost", "a"), conv("c", "a")))
    ((path, severity, message),) = problems_of(inner)
    assert (path, severity) == ("b.lost", "warning")
    assert "33.3% of the MACs" in message
    assert "the outputs of b" in message


def test_layers_without_macs_and_blocks_are_named_too():
    lost = Block(name="lost", inputs=("a",), layers=(layer("ReLU", "r"),))
    found = problems_of(conv("a"), lost, layer("ReLU", "end", "a"))
    assert [(path, "MACs" in message) for path, _, message in found] == [("lost", False)]
