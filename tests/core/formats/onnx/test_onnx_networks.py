"""Networks of ONNX files against what PyTorch, Keras and the files themselves say of them.

The archives are described in tests/reference/README.md; their manifests have the truth.
"""

import re
from dataclasses import replace
from functools import cache
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from foreign_files import foreign_files, manifest

from layerledger.core.analysis import analyze
from layerledger.core.formats import native
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.onnx.model import read_model
from layerledger.core.formats.onnx.reader import read
from layerledger.core.network.nodes import Block

ARCHIVES = ("onnx_exported", "onnx")
FILES = {each["file"]: (archive, each) for archive in ARCHIVES for each in manifest(archive)}
FLOATS = (1, 10, 11, 16)

# Files in which an operator has no meaning that anybody knows; what follows it waits for its shape.
UNMAPPED = {"unknown_domain.onnx", "tf2onnx__resid.onnx"}

# The weights are an input, which no batch multiplies.
NO_BATCH = {"dynamic_weights.onnx"}

# Differences that the file gives no sign of: classifiers that only training runs are not exported, zeros that are added
# are dropped, Keras' constants and BatchNorm are folded by tf2onnx, positions of tokens are worked out.
SILENT = {
    "tv__inception_v3__dynamo.onnx",
    "tv__inception_v3__ts.onnx",
    "timm__convnextv2_atto__dynamo.onnx",
    "tf2onnx__mnist.onnx",
    "tf2onnx__attn.onnx",
}


def truth_of(name):
    return FILES[name][1].get("macs_reference", FILES[name][1].get("macs"))


@cache
def imported(name):
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(foreign_files(FILES[name][0])[name])
        return read(path)


@cache
def held_elements(name):
    """Return the real numbers that a file holds in tensors of more than one number."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(foreign_files(FILES[name][0])[name])
        graph = read_model(path).graph
    assert graph is not None
    sizes = [(tuple(each.dims), prod(each.dims)) for each in graph.initializers if each.data_type in FLOATS]
    return sum(elements for dims, elements in sizes if len(dims) > 1 or elements > 1)


def notes_of(name, kind="counted as held"):
    found = imported_of(imported(name))
    assert found is not None
    return [note.text for note in found.notes if note.kind == kind]


def number_in(notes, pattern):
    found = [re.search(rf"([\d,]+) parameters? {pattern}", note) for note in notes]
    return sum(int(match[1].replace(",", "")) for match in found if match)


@pytest.mark.parametrize("name", [name for name in FILES if truth_of(name) is not None])
def test_macs(name):
    result = analyze(imported(name))
    assert result.totals.macs == truth_of(name)
    assert not [problem for problem in result.problems if problem.severity == "error"]


@pytest.mark.parametrize("name", sorted({*FILES} - UNMAPPED - {"qdq__mobilenet_v2.onnx"}))
def test_params_are_those_that_the_file_holds(name):
    """Each number of the file is a parameter or a statistic of a BatchNorm; those stored once count for each layer."""
    result = analyze(imported(name))
    repeated = number_in(notes_of(name), "more than the file holds")
    norms = sum(row.type.startswith("BatchNorm") for row in result.rows())
    statistics = result.totals.buffers - norms  # PyTorch has the number of batches too
    # A slope of PReLU and other learned numbers of one element are numbers here and weights there.
    single = {"odd__two_inputs__dynamo.onnx": 1}.get(name, 0)
    # Means of 0 and variances of 1 may be stored as one with biases and weights.
    assert 0 <= held_elements(name) - (result.totals.params - repeated - single) <= statistics


@pytest.mark.parametrize("name", [name for name in FILES if FILES[name][1].get("params") is not None])
def test_params_are_those_of_the_source_or_a_note_says_why_not(name):
    if name in UNMAPPED | SILENT:
        pytest.skip("the file does not tell")
    params, notes = analyze(imported(name)).totals.params, notes_of(name)
    source = FILES[name][1]["params"]
    more = number_in(notes, r"more\.")
    assert params == source or notes
    assert params <= source or any("tied" in note or "constants" in note or "once" in note for note in notes)
    assert source - params <= 2 * max(more, 1) or any("once" in note for note in notes)


@pytest.mark.parametrize("name", [name for name in FILES if truth_of(name) and name not in NO_BATCH])
def test_another_batch_multiplies_the_macs(name):
    network = imported(name)
    inputs = tuple(replace(each, shape=(each.shape[0] * 8, *each.shape[1:])) for each in network.inputs)
    result = analyze(replace(network, inputs=inputs))
    assert result.totals.macs == 8 * truth_of(name)
    assert not [problem for problem in result.problems if problem.severity == "error"]


@pytest.mark.parametrize("name", FILES)
def test_shapes_are_those_that_the_file_states(name):
    assert not [note for note in notes_of(name, "checked") if "differ" in note]
    if output := FILES[name][1].get("output"):
        result = analyze(imported(name))
        assert result.root.outputs is not None
        assert result.root.outputs[0].shape == tuple(output)


@pytest.mark.parametrize("name", FILES)
def test_it_is_saved_and_opened_again(name):
    network = imported(name)
    text = native.write(network)
    again = native.read(text)
    assert analyze(again).totals == analyze(network).totals
    assert again.imported == network.imported
    # Metadata holds stack traces with the files of whoever exported it.
    assert 'File "' not in text
    assert ".py" not in text


def rows(block):
    return sum(1 + rows(node) if isinstance(node, Block) else 1 for node in block.layers)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("tv__vit_b_16__ts.onnx", 60),
        ("tv__vit_b_16__dynamo.onnx", 60),
        ("timm__deit_tiny_patch16_224__dynamo.onnx", 60),
        ("timm__mixer_s16_224__ts.onnx", 40),
        ("hf__gpt2__dynamo.onnx", 80),
        ("hf__qwen2_tiny_gqa__dynamo.onnx", 90),
        ("tv__resnet50__ts.onnx", 90),
        ("qdq__mobilenet_v2.onnx", 80),
    ],
)
def test_a_person_can_read_it(name, most):
    """The files have 192 to 1,088 nodes; equal blocks are one, shape arithmetic is gone."""
    assert rows(imported(name).root) <= most


def test_blocks_are_the_modules_of_the_source():
    names = [node.name for node in imported("tv__resnet50__dynamo.onnx").root.layers]
    assert names[:2] == ["conv1", "relu"]
    assert [name for name in names if name.startswith("layer")] == ["layer1", "layer2", "layer3", "layer4"]
    assert names[-1] == "fc"
    layers = next(node for node in imported("tv__vit_b_16__ts.onnx").root.layers if node.name == "encoder")
    assert isinstance(layers, Block)
    assert [node.repeat for node in layers.layers if isinstance(node, Block)] == [12]


def test_folded_norms_are_noted():
    (note,) = [note for note in notes_of("tv__resnet50__dynamo.onnx") if "BatchNorm" in note]
    assert "53 convolutions" in note
    # torchvision's resnet50 has 25,557,032.
    assert number_in([note], "more") == 25_557_032 - analyze(imported("tv__resnet50__dynamo.onnx")).totals.params


def test_tied_weights_are_one():
    """GPT-2's table of tokens is its last layer too: 124,439,808 parameters less the biases that are noted."""
    notes = notes_of("hf__gpt2__dynamo.onnx")
    params = analyze(imported("hf__gpt2__dynamo.onnx")).totals.params
    assert params + number_in(notes, r"more\.") == 124_439_808
    # The other exporter stores the table twice.
    (note,) = [note for note in notes_of("hf__gpt2__ts.onnx") if "tied" in note]
    params = analyze(imported("hf__gpt2__ts.onnx")).totals.params
    assert params - number_in([note], "fewer") == 124_439_808


def test_quantized_weights_are_int8():
    network = imported("qdq__mobilenet_v2.onnx")
    result = analyze(network)
    assert result.totals.params == 3_487_816  # mobilenet_v2 with its BatchNorm folded, as the float export has it
    assert any("quantized" in note for note in notes_of("qdq__mobilenet_v2.onnx"))
    assert result.totals.weight_bytes < 4_000_000
