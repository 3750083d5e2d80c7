"""Exported programs of PyTorch, against what PyTorch says of the same networks."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from layerledger.core import FormatError, Network, analyze, open_network
from layerledger.core.formats.importing.notes import imported_of, notes_of
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.pt2.expressions import solved, symbol_in, value_of
from tests.core.foreign_files import foreign_files, manifest, put

FILES = {case["file"]: case for case in manifest("pt2")}
CASES = pytest.mark.parametrize("name", FILES)


def opened(name: str, folder: Path, **sizes: int) -> Network:
    return open_network(put("pt2", name, folder), ImportOptions(sizes=sizes))


@CASES
def test_counts_are_those_of_pytorch(name: str, tmp_path: Path) -> None:
    case: dict[str, Any] = FILES[name]
    result = analyze(opened(name, tmp_path))
    assert result.problems == ()
    totals = result.totals
    assert (totals.macs, totals.params, totals.buffers) == (case["macs"], case["params"], case["buffers"])


@CASES
def test_another_batch_multiplies_the_macs(name: str, tmp_path: Path) -> None:
    network = opened(name, tmp_path)
    larger = tuple(replace(each, shape=(8 * each.shape[0], *each.shape[1:])) for each in network.inputs)
    assert analyze(replace(network, inputs=larger)).totals.macs == 8 * FILES[name]["macs"]


@CASES
def test_every_shape_that_the_file_states_is_that_of_the_layer(name: str, tmp_path: Path) -> None:
    checked = [note.text for note in notes_of(opened(name, tmp_path)) if note.kind == "checked"]
    assert len(checked) == 1
    assert checked[0].startswith("All ")


def test_a_vision_transformer_reads_as_its_author_wrote_it(tmp_path: Path) -> None:
    result = analyze(opened("tv__vit_b_16.pt2", tmp_path))
    rows = list(result.rows(expand=False))
    attention = [row for row in rows if row.type == "MultiheadAttention"]
    assert len(rows) <= 24
    assert [(row.path, row.times) for row in attention] == [("encoder.layers.0–11.self_attention", 12)]


def test_an_open_batch_is_one_until_it_is_chosen(tmp_path: Path) -> None:
    network = opened("dyn__resnet18.pt2", tmp_path)
    found = imported_of(network)
    assert found
    assert [(size.name, size.value) for size in found.sizes] == [("batch", 1)]
    assert opened("dyn__resnet18.pt2", tmp_path, batch=4).inputs[0].shape == (4, 3, 224, 224)


def changed(name: str, folder: Path, change: Callable[[dict[str, Any]], object], entry: str = "") -> Path:
    """Write an archive with a changed program, in the layout of PyTorch before 2.8 where `entry` says so."""
    with ZipFile(put("pt2", name, folder)) as archive:
        model = next(each for each in archive.namelist() if each.endswith("models/model.json"))
        program = json.loads(archive.read(model))
    change(program)
    path = folder / f"changed_{name}"
    with ZipFile(path, "w") as archive:
        archive.writestr(entry or model, json.dumps(program))
    return path


def test_frozen_weights_are_not_trainable(tmp_path: Path) -> None:
    def freeze(program: dict[str, Any]) -> None:
        for name, tensor in program["graph_module"]["graph"]["tensor_values"].items():
            if name.startswith(("p_layer", "p_proj")):
                tensor["requires_grad"] = False

    totals = analyze(open_network(changed("odd__attention.pt2", tmp_path, freeze))).totals
    assert totals.params == FILES["odd__attention.pt2"]["params"]
    assert 0 < totals.trainable_params < totals.params


def test_the_flat_layout_of_older_archives_opens(tmp_path: Path) -> None:
    path = changed("odd__unet.pt2", tmp_path, lambda _: None, "serialized_exported_program.json")
    assert analyze(open_network(path)).totals.macs == FILES["odd__unet.pt2"]["macs"]


def test_a_later_schema_is_refused(tmp_path: Path) -> None:
    path = changed("odd__unet.pt2", tmp_path, lambda program: program.update(schema_version={"major": 99, "minor": 0}))
    with pytest.raises(FormatError, match="version 99; versions 3 to 8"):
        open_network(path)


def test_stack_traces_and_paths_of_the_makers_machine_are_not_kept(tmp_path: Path) -> None:
    from layerledger.core.formats import native

    content = foreign_files("pt2")["odd__unet.pt2"]
    assert b"secret-project" in content
    assert "secret" not in native.write(opened("odd__unet.pt2", tmp_path))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("49*s77", 98),
        ("Symbol('s77', positive=True, integer=True)", 2),
        ("Mul(Integer(49), Symbol('s77', positive=True, integer=True))", 98),
        ("Add(Integer(-1), Mul(Integer(3), Symbol('s77')))", 5),
        ("FloorDiv(Symbol('s77'), Integer(2))", 1),
        ("s78", None),
        ("__import__('os').getcwd()", None),
        ("9**9**9**9", None),
        ("(" * 300 + "1" + ")" * 300, None),
        ("1//0", None),
        ("s77" * 500, None),
    ],
)
def test_sizes_that_are_expressions(text: str, value: int | None) -> None:
    assert value_of(text, {"s77": 2}) == value


def test_the_symbol_of_an_open_size() -> None:
    texts = ("s77", "Symbol('s3', integer=True)", "2*s77", "Mul(Integer(4), Symbol('h'))", "Integer(3)", "(", "a*b")
    assert [symbol_in(text) for text in texts] == ["s77", "s3", "s77", "h", None, None, None]


def test_the_symbol_with_which_a_size_has_a_value() -> None:
    assert [solved("4*h + 2", "h", value) for value in (6, 18, 19)] == [1, 4, None]
    assert solved("h", "h", 7) == 7
    assert solved("7", "h", 7) is None


def open_width(program: dict[str, Any]) -> None:
    """Leave the width of the input open, as a multiple of 4, as torch.export does where it is halved twice."""
    size = {"as_expr": {"expr_str": "Mul(Integer(4), Symbol('w', integer=True))", "hint": {"as_int": 64}}}
    program["graph_module"]["graph"]["tensor_values"]["x"]["sizes"][3] = size
    for name, tensor in program["graph_module"]["graph"]["tensor_values"].items():
        if not name.startswith(("p_", "b_")) and name != "x":
            tensor["sizes"][-1] = {"as_expr": {"expr_str": "Symbol('other')", "hint": {"as_int": 1}}}


def test_a_size_that_is_a_multiple_of_a_symbol_can_be_chosen(tmp_path: Path) -> None:
    path = changed("odd__unet.pt2", tmp_path, open_width)
    found = imported_of(open_network(path))
    assert found
    assert [(size.name, size.value, size.inputs) for size in found.sizes] == [("x[3]", 64, ("x",))]
    assert open_network(path, ImportOptions(sizes={"x[3]": 128})).inputs[0].shape[3] == 128
    with pytest.raises(FormatError, match=r"x\[3\] cannot be 66: the file states it as Mul"):
        open_network(path, ImportOptions(sizes={"x[3]": 66}))


@pytest.mark.parametrize("name", ["bomb.pt2", "crc.pt2"])
def test_hostile_archives_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=name):
        open_network(put("hostile", name, tmp_path))


@pytest.mark.parametrize(
    "change",
    [
        lambda node: node["inputs"][0].update(arg={"as_tensor": {"name": "nobody"}}),
        lambda node: node["inputs"][0].update(arg={"as_ints": [1]}),
        lambda node: node.update(inputs=[]),
        lambda node: node.update(inputs=7, outputs=[None]),
        lambda node: node.update(target=None),
        lambda node: node.update(metadata=[]),
        lambda node: node["outputs"].clear(),
    ],
)
@pytest.mark.parametrize("name", ["odd__attention.pt2", "odd__lstm_tagger.pt2", "odd__moe_dense.pt2"])
def test_a_damaged_node_is_not_counted_and_the_rest_is(
    name: str, change: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    """Each node in turn; met in fuzzing: a dropout of a tensor that nobody makes."""
    count = len(FILES[name]["ops"])
    for i in range(count):
        path = changed(name, tmp_path, lambda program, i=i: change(program["graph_module"]["graph"]["nodes"][i]))
        try:
            network = open_network(path)
        except FormatError:
            continue
        assert analyze(network).totals.macs <= FILES[name]["macs"]


@pytest.mark.parametrize(
    "change",
    [
        lambda graph: graph["tensor_values"]["x"].update(dtype={}),
        lambda graph: graph["tensor_values"]["x"].update(sizes=[{"as_int": -3}]),
        lambda graph: [each.update(sizes=None) for each in graph["tensor_values"].values()],
        lambda graph: [node["inputs"][0].update(arg={"as_tensor": None}) for node in graph["nodes"][:3]],
        lambda graph: [node["inputs"][0].update(arg={"as_sym_int": []}) for node in graph["nodes"][:3]],
    ],
)
def test_values_that_no_program_has_break_no_reading(
    change: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    """Met in fuzzing."""
    path = changed("odd__unet.pt2", tmp_path, lambda program: change(program["graph_module"]["graph"]))
    totals = analyze(open_network(path)).totals
    assert totals.macs <= FILES["odd__unet.pt2"]["macs"]
