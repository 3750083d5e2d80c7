"""Small ONNX models made by hand: each rule of the format, with numbers by hand."""

import pytest
from onnx_bytes import (
    BOOL,
    FLOAT16,
    INT8,
    INT64,
    constant,
    function,
    model,
    node,
    output,
    tensor,
    value,
    written,
)

from layerledger.core.analysis import analyze
from layerledger.core.base.files import FormatError
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.onnx.reader import read
from layerledger.core.network.nodes import Block

IMAGE = value("x", (1, 3, 8, 8))
CONV = tensor("w", (4, 3, 3, 3))


def opened(folder, *graph, sizes=None, **kwargs):
    return read(written(folder, model(*graph, **kwargs)), ImportOptions(sizes=sizes or {}))


def layers(block):
    for each in block.layers:
        if isinstance(each, Block):
            yield from layers(each)
        else:
            yield each


def types(network):
    return [each.type for each in layers(network.root)]


def notes(network, kind):
    found = imported_of(network)
    assert found is not None
    return [note.text for note in found.notes if note.kind == kind]


def shape(network):
    outputs = analyze(network).root.outputs
    assert outputs is not None
    return outputs[0].shape


# -- values


def test_weights_in_another_file_are_never_looked_for(tmp_path):
    network = opened(tmp_path, IMAGE, CONV, node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1]), output("y"))
    totals = analyze(network).totals
    assert (totals.params, totals.macs) == (108, 108 * 64)


def test_an_initializer_may_be_listed_as_an_input(tmp_path):
    graph = [IMAGE, value("w", (4, 3, 3, 3)), CONV, node("Conv", ["x", "w"], ["y"]), output("y")]
    assert [each.name for each in opened(tmp_path, *graph).inputs] == ["x"]


def test_open_sizes_are_named_and_can_be_chosen(tmp_path):
    graph = [value("x", ("n", 3, "h", None)), CONV, node("Conv", ["x", "w"], ["y"]), output("y")]
    network = opened(tmp_path, *graph)
    assert network.inputs[0].shape == (1, 3, 224, 224)
    found = imported_of(network)
    assert found is not None
    assert [(size.name, size.value) for size in found.sizes] == [("batch", 1), ("h", 224), ("width", 224)]
    assert len(notes(network, "assumed")) == 3
    chosen = opened(tmp_path, *graph, sizes={"batch": 2, "h": 32, "width": 16})
    assert chosen.inputs[0].shape == (2, 3, 32, 16)


def test_equal_names_are_equal_sizes_and_tokens_are_few(tmp_path):
    graph = [
        value("ids", ("b", "seq"), dtype=INT64),
        value("mask", ("b", "seq"), dtype=INT64),
        tensor("t.weight", (100, 16)),
        node("Gather", ["t.weight", "ids"], ["y"]),
        output("y"),
    ]
    network = opened(tmp_path, *graph, sizes={"seq": 10})
    assert [each.shape for each in network.inputs] == [(1, 10), (1, 10)]
    assert shape(opened(tmp_path, *graph)) == (1, 64, 16)


def test_half_precision_is_the_networks(tmp_path):
    graph = [value("x", (1, 16)), tensor("w", (16, 4), dtype=FLOAT16), node("MatMul", ["x", "w"], ["y"]), output("y")]
    result = analyze(opened(tmp_path, *graph))
    assert (result.totals.params, result.totals.weight_bytes) == (64, 128)


# -- order, missing and circular values


def test_nodes_need_not_be_sorted(tmp_path):
    graph = [
        node("Relu", ["c"], ["d"]),
        node("Sigmoid", ["b"], ["c"]),
        node("Tanh", ["x"], ["b"]),
        IMAGE,
        output("d"),
    ]
    assert types(opened(tmp_path, *graph)) == ["Tanh", "Sigmoid", "ReLU"]


def test_a_circle_of_nodes_is_not_counted_and_ends(tmp_path):
    graph = [
        IMAGE,
        node("Add", ["x", "c"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("Neg", ["b"], ["c"]),
        output("c"),
    ]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Opaque", "ReLU", "Neg"]
    assert notes(network, "not counted")


def test_an_input_that_nothing_makes_is_said(tmp_path):
    network = opened(tmp_path, IMAGE, node("Add", ["x", "nowhere"], ["y"]), output("y"))
    assert "nothing makes its input nowhere" in str(next(layers(network.root)).params["why"])


@pytest.mark.parametrize("name", ["a.b:c", "", "input", "/", "x\x00y", "名前", "a" * 300])
def test_names_may_have_any_characters(tmp_path, name):
    graph = [value(name or "q", (1, 3, 8, 8)), node("Relu", [name or "q"], ["y"], name=name), output("y")]
    network = opened(tmp_path, *graph)
    assert not analyze(network).problems
    assert types(network) == ["ReLU"]


# -- operators that nobody knows


def test_what_follows_an_unknown_operator_waits_for_a_shape(tmp_path):
    graph = [IMAGE, CONV, node("Fancy", ["x"], ["a"], domain="acme"), node("Conv", ["a", "w"], ["y"]), output("y")]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Opaque", "Conv2d"]
    assert analyze(network).totals.macs == 0


def test_what_follows_an_unknown_operator_of_stated_shape_is_counted(tmp_path):
    graph = [
        IMAGE,
        CONV,
        value("a", (1, 3, 5, 5), field=13),
        node("Fancy", ["x"], ["a"], domain="acme"),
        node("Conv", ["a", "w"], ["y"]),
        output("y"),
    ]
    assert analyze(opened(tmp_path, *graph)).totals.macs == 108 * 9


def test_a_loop_is_not_counted_and_keeps_what_it_takes(tmp_path):
    body = [
        node("Add", ["h", "p"], ["h2"]),
        value("i", (), dtype=INT64),
        value("c", (), dtype=BOOL),
        value("h", (1, 4)),
    ]
    graph = [
        value("x", (1, 4)),
        tensor("wt", (4, 4)),
        node("MatMul", ["x", "wt"], ["p"]),
        constant("n", [3], dims=()),
        constant("go", [1], dims=(), dtype=BOOL),
        node("Loop", ["n", "go", "x"], ["y"], body=("graph", *body, output("c"), output("h2"))),
        output("y", (1, 4)),
    ]
    network = opened(tmp_path, *graph)
    assert "Linear" in types(network)
    assert analyze(network).totals.macs == 16
    assert any("Loop" in note for note in notes(network, "not counted"))


# -- functions and branches


def test_functions_are_written_out_with_their_attributes(tmp_path):
    block = function(
        "Block",
        ["a", "k"],
        ["b"],
        node("Softmax", ["a"], ["s"], field=7, axis=("ref", "axis")),
        node("Relu", ["s"], ["b"], field=7),
        attributes=("axis",),
    )
    graph = [IMAGE, node("Block", ["x", ""], ["y"], domain="own", axis=1), output("y")]
    network = opened(tmp_path, *graph, functions=(block,))
    found = list(layers(network.root))
    assert [each.type for each in found] == ["Softmax", "ReLU"]
    assert found[0].params["dim"] == 1


def test_a_function_that_calls_itself_ends(tmp_path):
    block = function("Block", ["a"], ["b"], node("Block", ["a"], ["b"], domain="own", field=7))
    network = opened(tmp_path, IMAGE, node("Block", ["x"], ["y"], domain="own"), output("y"), functions=(block,))
    assert types(network) == ["Opaque"]


def test_functions_that_double_are_refused(tmp_path):
    made = [
        function(
            f"F{i}",
            ["a"],
            ["c"],
            node(f"F{i + 1}", ["a"], ["b"], domain="own", field=7),
            node(f"F{i + 1}", ["b"], ["c"], domain="own", field=7),
        )
        for i in range(15)
    ]
    made.append(function("F15", ["a"], ["c"], *(node("Relu", ["a"], ["c"], field=7) for _ in range(20))))
    with pytest.raises(FormatError, match="40,000 nodes"):
        opened(tmp_path, IMAGE, node("F0", ["x"], ["y"], domain="own"), output("y"), functions=made)


@pytest.mark.parametrize(("chosen", "type_name"), [(1, "ReLU"), (0, "Tanh")])
def test_a_constant_condition_chooses_a_branch(tmp_path, chosen, type_name):
    graph = [
        IMAGE,
        constant("c", [chosen], dims=(), dtype=BOOL),
        node(
            "If",
            ["c"],
            ["y"],
            then_branch=("graph", node("Relu", ["x"], ["t"]), output("t")),
            else_branch=("graph", node("Tanh", ["x"], ["e"]), output("e")),
        ),
        output("y"),
    ]
    assert types(opened(tmp_path, *graph)) == [type_name]


def test_a_computed_condition_is_not_counted(tmp_path):
    branch = ("graph", node("Relu", ["x"], ["t"]), output("t"))
    graph = [
        IMAGE,
        value("c", (), dtype=BOOL),
        node("If", ["c"], ["y"], then_branch=branch, else_branch=branch),
        output("y"),
    ]
    assert types(opened(tmp_path, *graph)) == ["Opaque"]


# -- versions of operators


@pytest.mark.parametrize("opset", [7, 11, 13, 18, 23])
def test_axes_are_attributes_or_inputs(tmp_path, opset):
    if opset < 13:
        parts = [node("Unsqueeze", ["x"], ["a"], axes=[0, 4]), node("Squeeze", ["a"], ["y"], axes=[0])]
    else:
        parts = [
            constant("two", [0, 4]),
            constant("one", [0]),
            node("Unsqueeze", ["x", "two"], ["a"]),
            node("Squeeze", ["a", "one"], ["y"]),
        ]
    assert shape(opened(tmp_path, IMAGE, *parts, output("y"), opset=opset)) == (1, 3, 8, 1, 8)


@pytest.mark.parametrize(("opset", "last"), [(12, 192), (13, 8)])
def test_softmax_works_over_all_dimensions_before_opset_13(tmp_path, opset, last):
    network = opened(tmp_path, IMAGE, node("Softmax", ["x"], ["y"]), output("y"), opset=opset)
    assert shape(network) == (1, 3, 8, 8)
    softmax = next(row for row in analyze(network).rows() if row.type == "Softmax")
    assert softmax.result.outputs is not None
    assert softmax.result.outputs[0].shape[-1] == last


def test_clip_slice_and_pad_of_old_versions(tmp_path):
    graph = [
        IMAGE,
        node("Clip", ["x"], ["a"], min=0.0, max=6.0),
        node("Slice", ["a"], ["b"], axes=[2], starts=[1], ends=[2**31 - 1]),
        node("Pad", ["b"], ["y"], pads=[0, 0, 0, 1, 0, 0, 0, 2], value=0.0),
        output("y"),
    ]
    network = opened(tmp_path, *graph, opset=9)
    assert types(network) == ["ReLU6", "Slice", "Pad"]
    assert shape(network) == (1, 3, 7, 11)


def test_same_padding_and_uneven_pooling(tmp_path):
    graph = [
        IMAGE,
        CONV,
        node("Conv", ["x", "w"], ["a"], auto_pad="SAME_UPPER", strides=[2, 2]),
        node("MaxPool", ["a"], ["y"], kernel_shape=[2, 2], pads=[0, 0, 1, 1]),
        output("y"),
    ]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Pad", "Conv2d", "MaxPool2d"]
    assert shape(network) == (1, 4, 4, 4)


def test_computed_shapes_are_worked_out(tmp_path):
    """(1, 3, 8, 8) -> Reshape to (shape[0], −1), as exporters write a flatten."""
    graph = [
        IMAGE,
        node("Shape", ["x"], ["s"]),
        constant("zero", [0], dims=()),
        constant("axes", [0]),
        constant("rest", [-1]),
        node("Gather", ["s", "zero"], ["n"]),
        node("Unsqueeze", ["n", "axes"], ["n1"]),
        node("Concat", ["n1", "rest"], ["target"], axis=0),
        node("Reshape", ["x", "target"], ["y"]),
        output("y"),
    ]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Flatten"]
    assert shape(network) == (1, 192)


def test_a_target_that_is_computed_is_never_guessed(tmp_path):
    graph = [IMAGE, value("t", (2,), dtype=INT64), node("Reshape", ["x", "t"], ["y"]), output("y")]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Opaque"]
    stated = [IMAGE, value("t", (2,), dtype=INT64), node("Reshape", ["x", "t"], ["y"]), output("y", (1, 192))]
    assert shape(opened(tmp_path, *stated)) == (1, 192)


# -- layers with weights


def test_a_bias_behind_a_product_is_part_of_the_linear_layer(tmp_path):
    graph = [
        value("x", (1, 5, 16)),
        tensor("w", (16, 4)),
        tensor("b", (4,)),
        node("MatMul", ["x", "w"], ["a"]),
        node("Add", ["b", "a"], ["y"]),
        output("y"),
    ]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Linear"]
    totals = analyze(network).totals
    assert (totals.params, totals.macs) == (68, 5 * 64)


def test_a_product_that_is_used_twice_keeps_its_sum(tmp_path):
    graph = [
        value("x", (1, 16)),
        tensor("w", (16, 4)),
        tensor("b", (4,)),
        node("MatMul", ["x", "w"], ["a"]),
        node("Add", ["a", "b"], ["c"]),
        node("Mul", ["a", "c"], ["y"]),
        output("y"),
    ]
    assert types(opened(tmp_path, *graph)) == ["Linear", "Parameter", "Add", "Mul"]


def test_gates_are_one_layer(tmp_path):
    graph = [
        IMAGE,
        node("Sigmoid", ["x"], ["s"]),
        node("Mul", ["x", "s"], ["a"]),
        node("HardSigmoid", ["a"], ["h"], alpha=1 / 6),
        node("Mul", ["h", "a"], ["y"]),
        output("y"),
    ]
    assert types(opened(tmp_path, *graph)) == ["SiLU", "Hardswish"]


@pytest.mark.parametrize("half_first", [False, True])
def test_gelu_of_old_versions_is_one_layer(tmp_path, half_first):
    """x · (1 + erf(x / √2)) / 2, the half at either end (torch.onnx of opset 17, transformers)."""
    numbers = [tensor(name, (), [number]) for name, number in (("root", 2**0.5), ("one", 1.0), ("half", 0.5))]
    gate = [node("Div", ["x", "root"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["g"])]
    if half_first:
        product = [node("Mul", ["x", "half"], ["h"]), node("Mul", ["h", "g"], ["y"])]
    else:
        product = [node("Mul", ["x", "g"], ["h"]), node("Mul", ["h", "half"], ["y"])]
    network = opened(tmp_path, IMAGE, *numbers, *gate, *product, output("y"))
    assert types(network) == ["GELU"]
    taken = opened(tmp_path, IMAGE, *numbers, *gate, *product, output("y"), output("g"))
    assert "GELU" not in types(taken)


def test_one_initializer_in_two_layers_is_shared(tmp_path):
    graph = [
        value("x", (1, 8)),
        tensor("w", (8, 8)),
        node("MatMul", ["x", "w"], ["a"]),
        node("MatMul", ["a", "w"], ["y"]),
        output("y"),
    ]
    totals = analyze(opened(tmp_path, *graph)).totals
    assert (totals.params, totals.macs) == (64, 128)


def test_equal_biases_that_an_exporter_has_merged_count_for_each_layer(tmp_path):
    graph = [
        value("x", (1, 8)),
        *(tensor(name, (8, 8)) for name in ("a.weight", "b.weight")),
        tensor("a.bias", (8,)),
        node("Identity", ["a.bias"], ["b.bias"]),
        node("Gemm", ["x", "a.weight", "a.bias"], ["h"], name="/a/Gemm", transB=1),
        node("Gemm", ["h", "b.weight", "b.bias"], ["y"], name="/b/Gemm", transB=1),
        output("y"),
    ]
    network = opened(tmp_path, *graph)
    assert analyze(network).totals.params == 2 * 72
    assert any("8 parameters more than the file holds" in note for note in notes(network, "counted as held"))


def test_a_table_and_the_last_layer_may_be_one_weight_with_a_bias_of_its_own(tmp_path):
    graph = [
        value("ids", (1, 6), dtype=INT64),
        tensor("e.weight", (100, 16)),
        tensor("d.bias", (100,)),
        node("Gather", ["e.weight", "ids"], ["h"], name="/e/Gather"),
        node("Gemm", ["h2", "e.weight", "d.bias"], ["y"], name="/d/Gemm", transB=1),
        constant("t", [6, 16]),
        node("Reshape", ["h", "t"], ["h2"]),
        output("y"),
    ]
    assert analyze(opened(tmp_path, *graph)).totals.params == 1_700


def test_quantized_operators_are_their_layers(tmp_path):
    scale, zero = tensor("s", (), [0.5]), tensor("z", (), [0], dtype=INT8)
    graph = [
        IMAGE,
        scale,
        zero,
        tensor("w", (4, 3, 3, 3), dtype=INT8),
        node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        node("QLinearConv", ["q", "s", "z", "w", "s", "z", "s", "z"], ["c"]),
        node("DequantizeLinear", ["c", "s", "z"], ["d"]),
        tensor("m", (6, 5), dtype=INT8),
        node("MatMulInteger", ["d", "m"], ["y"]),
        output("y"),
    ]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Conv2d", "Linear"]
    totals = analyze(network).totals
    assert totals.macs == 108 * 36 + 4 * 6 * 30
    assert totals.weight_bytes == 108 + 30


def test_dequantized_weights_are_weights(tmp_path):
    graph = [
        value("x", (1, 16)),
        tensor("s", (), [0.5]),
        tensor("w", (16, 4), dtype=INT8),
        node("DequantizeLinear", ["w", "s"], ["wf"]),
        node("MatMul", ["x", "wf"], ["y"]),
        output("y"),
    ]
    totals = analyze(opened(tmp_path, *graph)).totals
    assert (totals.params, totals.macs, totals.weight_bytes) == (64, 64, 64)


def test_a_batch_norm_stays(tmp_path):
    graph = [
        IMAGE,
        *(tensor(name, (3,)) for name in ("g", "b", "m", "v")),
        node("BatchNormalization", ["x", "g", "b", "m", "v"], ["y"]),
        output("y"),
    ]
    totals = analyze(opened(tmp_path, *graph)).totals
    assert (totals.params, totals.buffers) == (6, 7)


def test_numbers_are_no_parameters(tmp_path):
    graph = [IMAGE, tensor("half", (1,), [0.5]), node("Mul", ["x", "half"], ["y"]), output("y")]
    network = opened(tmp_path, *graph)
    assert types(network) == ["Mul"]
    assert analyze(network).totals.params == 0


# -- places


def test_module_paths_of_both_exporters(tmp_path):
    scopes = (
        ("pkg.torch.onnx.name_scopes", "['', 'enc', 'enc.0', 'enc.0.act', 'relu']"),
        ("trace", 'File "/home/me/a.py"'),
    )
    graph = [
        IMAGE,
        node("Relu", ["x"], ["a"], metadata=scopes),
        node("Tanh", ["a"], ["b"], name="/enc/enc.0/Tanh"),
        node("Sigmoid", ["b"], ["y"], name="dense/Sigmoid"),
        output("y"),
    ]
    root = opened(tmp_path, *graph).root
    outer, dense = root.layers
    assert isinstance(outer, Block)
    assert [each.name for each in layers(root)] == ["act", "tanh", "dense"]
    assert (outer.name, dense.name) == ("enc", "dense")


@pytest.mark.parametrize("text", ["[", "['a', __import__('os').system('x'), 'b']", "[" * 5_000, "{}", "['a'"])
def test_metadata_is_read_as_text(tmp_path, text):
    graph = [IMAGE, node("Relu", ["x"], ["y"], metadata=(("pkg.torch.onnx.name_scopes", text),)), output("y")]
    assert types(opened(tmp_path, *graph)) == ["ReLU"]


def test_a_node_without_a_place_stands_with_its_neighbours(tmp_path):
    graph = [
        IMAGE,
        node("Relu", ["x"], ["a"], name="/enc/a/Relu"),
        node("Tanh", ["a"], ["b"]),
        node("Sigmoid", ["b"], ["c"], name="/enc/b/Sigmoid"),
        node("Neg", ["c"], ["y"], name="/Neg"),
        output("y"),
    ]
    encoder, last = opened(tmp_path, *graph).root.layers
    assert isinstance(encoder, Block)
    assert [each.name for each in encoder.layers] == ["a", "tanh", "b"]
    assert last.name == "neg"


def test_progress_can_cancel(tmp_path):
    class CancelledError(Exception):
        pass

    def stop(_step):
        raise CancelledError

    many = [node("Relu", ["x" if not i else f"r{i - 1}"], [f"r{i}"]) for i in range(2_000)]
    path = written(tmp_path, model(IMAGE, *many, output("r1999")))
    with pytest.raises(CancelledError):
        read(path, ImportOptions(progress=stop))


def test_made_for_one_batch_is_said(tmp_path):
    graph = [
        IMAGE,
        tensor("w", (192, 4)),
        constant("pick", [0]),
        node("Gather", ["x", "pick"], ["a"], axis=0),
        node("Flatten", ["a"], ["b"]),
        node("MatMul", ["b", "w"], ["y"]),
        output("y"),
    ]
    assert any("batch of 1" in note for note in notes(opened(tmp_path, *graph), "assumed"))


def test_layers_without_a_batch_are_not_made_for_one_batch(tmp_path):
    """A table that is computed from weights, as Swin V2 does for its positions, is the same for any batch."""
    graph = [
        value("x", (1, 8)),
        *(tensor(name, (8, 8)) for name in ("t", "w", "v")),
        node("MatMul", ["t", "w"], ["table"]),
        node("MatMul", ["x", "v"], ["a"]),
        node("MatMul", ["a", "table"], ["y"]),
        output("y"),
    ]
    network = opened(tmp_path, *graph)
    assert analyze(network).totals.macs == 512 + 64 + 64
    assert not any("batch of 1" in note for note in notes(network, "assumed"))


# -- sizes of texts and of a cache


def test_sums_of_open_sizes(tmp_path):
    graph = [
        value("mask", ("b", "past + seq"), dtype=INT64),
        value("ids", ("b", "seq"), dtype=INT64),
        value("k", ("b", 4, "past", 16)),
        node("Relu", ["k"], ["y"]),
        output("y"),
    ]
    network = opened(tmp_path, *graph, sizes={"past": 100, "seq": 3})
    assert [each.shape for each in network.inputs] == [(1, 103), (1, 3), (1, 4, 100, 16)]
    assert [each.shape for each in opened(tmp_path, *graph).inputs] == [(1, 128), (1, 64), (1, 4, 64, 16)]


def test_pictures_with_channels_last(tmp_path):
    network = opened(tmp_path, value("x", (None, None, None, 3)), node("Relu", ["x"], ["y"]), output("y"))
    assert network.inputs[0].shape == (1, 224, 224, 3)


# -- attention and its kin as one operator


def test_attention_of_onnx_with_heads_in_the_last_dimension(tmp_path):
    q, k = value("q", (1, 6, 64)), value("k", (1, 9, 32))
    graph = [q, k, value("v", (1, 9, 32)), node("Attention", ["q", "k", "v"], ["y"], q_num_heads=4, kv_num_heads=2)]
    network = opened(tmp_path, *graph, output("y"), opset=23)
    assert shape(network) == (1, 6, 64)
    assert analyze(network).totals.macs == 2 * 4 * 6 * 9 * 16


@pytest.mark.parametrize("operator", ["MultiHeadAttention", "GroupQueryAttention"])
def test_attention_of_onnx_runtime(tmp_path, operator):
    groups = {"kv_num_heads": 4} if operator.startswith("Group") else {}
    graph = [
        *(value(name, (1, 6, 64)) for name in "qkv"),
        node(operator, ["q", "k", "v"], ["y"], domain="com.microsoft", num_heads=4, **groups),
    ]
    network = opened(tmp_path, *graph, output("y"))
    assert shape(network) == (1, 6, 64)
    assert analyze(network).totals.macs == 2 * 4 * 6 * 6 * 16


def test_attention_of_onnx_runtime_with_its_projections(tmp_path):
    graph = [
        value("x", (1, 6, 64)),
        tensor("w", (64, 192)),
        tensor("b", (192,)),
        node("Attention", ["x", "w", "b"], ["y"], domain="com.microsoft", num_heads=4),
    ]
    totals = analyze(opened(tmp_path, *graph, output("y"))).totals
    assert (totals.params, totals.macs) == (65 * 192, 6 * 64 * 192 + 2 * 4 * 6 * 6 * 16)


def test_blocks_of_few_bits_are_weights(tmp_path):
    graph = [
        value("x", (1, 6, 64)),
        tensor("w", (32, 2, 16), dtype=INT8),
        tensor("s", (64,)),
        node("MatMulNBits", ["x", "w", "s"], ["y"], domain="com.microsoft", N=32, K=64, bits=4, block_size=32),
    ]
    totals = analyze(opened(tmp_path, *graph, output("y"))).totals
    assert (totals.params, totals.macs) == (2_048, 6 * 2_048)
    assert 1_024 <= totals.weight_bytes < 1_200  # with a scale for each block
