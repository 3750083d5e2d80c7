"""Hostile and damaged ONNX files: each is refused with one sentence or opened, and nothing else is touched."""

import builtins
import os
from pathlib import Path

import pytest
from foreign_files import foreign_files, manifest, put
from hypothesis import given
from hypothesis import strategies as st
from onnx_bytes import model, node, output, value, written

from layerledger.core.analysis import analyze
from layerledger.core.base.files import FormatError
from layerledger.core.formats import native
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.onnx.reader import read

CASES = {each["file"]: each["expect"] for each in manifest("hostile") if each["file"].endswith(".onnx")}
SMALL = [name for name in foreign_files("onnx") if name.endswith(".onnx") and len(foreign_files("onnx")[name]) < 4_000]


def read_or_refused(path):
    """Return the network and no sentence, or none and why it is refused."""
    try:
        return read(path), ""
    except FormatError as error:
        return None, str(error)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_or_opened(name, tmp_path, monkeypatch):
    path = put("hostile", name, tmp_path)
    opened: list[str] = []
    plain = builtins.open

    def watched(file, *args, **kwargs):
        opened.append(os.fspath(file) if not isinstance(file, int) else str(file))
        return plain(file, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", watched)
    network, sentence = read_or_refused(path)
    if network is None:
        assert "refused" in CASES[name]
        assert "\n" not in sentence
    else:
        assert CASES[name] != "refused"
        result = analyze(network)
        native.write(network)
        if CASES[name] == "noted":
            found = imported_of(network)
            assert found is not None
            assert result.problems or [note for note in found.notes if note.kind != "simplified"]
    assert {each for each in opened if not each.endswith(".py")} <= {str(path)}
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_the_control_counts(tmp_path):
    totals = analyze(read(put("hostile", "good.onnx", tmp_path))).totals
    assert (totals.params, totals.macs) == (9, 576)


@given(st.data())
def test_any_change_of_bytes_is_refused_or_opened(tmp_path_factory, data):
    """Bytes are changed, taken out and doubled; the reader says a sentence or gives a network."""
    content = bytearray(foreign_files("onnx")[data.draw(st.sampled_from(SMALL))])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(("change", "cut", "double"))):
            case "change":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 8))]
            case _:
                content[at:at] = content[at : at + data.draw(st.integers(1, 40))]
        if not content:
            return
    path = Path(tmp_path_factory.getbasetemp()) / "changed.onnx"
    path.write_bytes(content)
    network, sentence = read_or_refused(path)
    assert "\n" not in sentence
    if network is not None:
        analyze(network)
        native.write(network)


@pytest.mark.parametrize("operator", ["Max", "Add", "Concat", "Reshape", "Conv", "Gemm", "Split", "LSTM"])
def test_an_operator_without_inputs_is_not_counted(operator, tmp_path):
    """Met in fuzzing: the shape of a maximum of nothing."""
    path = written(tmp_path, model(value("x", (1, 3)), node(operator, [], ["y"]), output("y")))
    assert analyze(read(path)).totals.uncounted_layers == 1
