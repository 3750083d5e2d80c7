"""Files that are damaged, lie or want code to be run: each is refused in one sentence, or opens."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from foreign_files import foreign_files, is_sentence, manifest, put, refusal
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.base.files import FormatError
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.keras.reader import read
from layerledger.core.network.nodes import Layer, Network

HOSTILE = [each for each in manifest("hostile") if each["file"].endswith((".keras", ".h5"))]


def model(*layers: dict[str, Any], kind: str = "Sequential", **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": "m", "layers": list(layers), **config}}


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


def start(*shape: int | None) -> dict[str, Any]:
    return layer("InputLayer", batch_shape=[None, *shape])


def read_json(folder: Path, content: object) -> Network:
    path = folder / "model.json"
    path.write_text(json.dumps(content), "utf-8")
    return read(path)


@pytest.mark.parametrize("truth", HOSTILE, ids=lambda truth: truth["file"])
def test_hostile_files(truth: dict[str, str], tmp_path: Path):
    path = put("hostile", truth["file"], tmp_path)
    before = sorted(tmp_path.rglob("*"))
    if truth["expect"] == "opens":
        read(path)
    elif truth["expect"] == "refused":
        with pytest.raises(FormatError) as caught:
            read(path)
        assert len(str(caught.value)) < 300
    else:
        assert is_sentence(refusal(lambda: read(path)))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"class_name": "Tower", "config": {"units": 3}}, "only its code makes"),
        ({"class_name": "Functional"}, "no configuration of a Keras model"),
        (model(layer("Dense", units=3)), "has no shape"),
        (model({"config": {}}), 'no "class_name"'),
        (
            model(start(4), {**layer("Dense", units=3), "inbound_nodes": [[["gone", 0, 0, {}]]]}, kind="Functional",
                  input_layers=[["inputlayer", 0, 0]], output_layers=[["dense", 0, 0]]),
            "which no call before it gives",
        ),
        (
            model(start(4), kind="Functional", input_layers=[["inputlayer", 0, 0]], output_layers=[["x", 0, 0]]),
            "no output 0",
        ),
        (model(start(-1)), "has no shape"),
    ],
    ids=["subclassed", "no config", "no shape", "no class", "missing layer", "missing output", "negative"],
)  # fmt: skip
def test_what_cannot_be_read_says_why(content: object, words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read_json(tmp_path, content)


def test_layers_that_are_unknown_are_not_counted_and_what_follows_is(tmp_path: Path):
    own = {**layer("Attention"), "module": "my.layers", "registered_name": "my>Attention"}
    shape = {"class_name": "__keras_tensor__", "config": {"shape": [None, 7], "dtype": "float32"}}
    shape["config"]["keras_history"] = ["attention", 0, 0]
    first = {"class_name": "__keras_tensor__", "config": {"shape": [None, 5], "keras_history": ["inputlayer", 0, 0]}}
    content = model(
        start(5),
        {**own, "name": "attention", "inbound_nodes": [{"args": [first], "kwargs": {}}]},
        {**layer("Dense", units=3), "inbound_nodes": [{"args": [shape], "kwargs": {}}]},
        kind="Functional",
        input_layers=[["inputlayer", 0, 0]],
        output_layers=[["dense", 0, 0]],
    )
    network = read_json(tmp_path, content)
    opaque, dense = network.root.layers
    assert isinstance(opaque, Layer)
    assert isinstance(dense, Layer)
    assert (opaque.type, opaque.params["operator"], opaque.params["output_shape"]) == ("Opaque", "Attention", "D0, 7")
    assert dense.type == "Linear"
    imported = imported_of(network)
    assert imported is not None
    assert [note.layers for note in imported.notes if note.kind == "not counted"] == [("attention",)]


def test_a_lambda_is_not_run(tmp_path: Path):
    network = read_json(tmp_path, model(start(5), layer("Lambda", function=["never", None, None]), layer("ReLU")))
    first = network.root.layers[0]
    assert isinstance(first, Layer)
    assert first.type == "Opaque"
    assert "its code is not run" in str(first.params["why"])


@pytest.mark.parametrize("value", [None, -1, 0, "x", [], [1, 2, 3, 4, 5], 10**30, 1.5, {}, True])
@pytest.mark.parametrize("key", ["filters", "kernel_size", "strides", "padding", "groups", "activation", "use_bias"])
def test_wrong_values_of_a_layer_are_told(key: str, value: object, tmp_path: Path):
    config = {"filters": 4, "kernel_size": 3, "strides": 1, "padding": "same", key: value}
    network = read_json(tmp_path, model(start(8, 8, 3), layer("Conv2D", **config)))
    assert network.root.layers


def test_models_in_one_another_have_a_bound(tmp_path: Path):
    inner: dict[str, Any] = model(start(4), layer("ReLU"))
    for _ in range(30):
        inner = model(start(4), inner)
    with pytest.raises(FormatError, match="nested"):
        read_json(tmp_path, inner)


FILES = ["mnist.json", "attn.json", "siamese.json", "lstm.json", "resid.json"]


@given(name=st.sampled_from(FILES), data=st.data())
def test_changed_files_are_refused_or_open(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    content = bytearray(foreign_files("keras")[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.sampled_from(b'0129-[]{}",:eNnulltrue '))
    path = tmp_path_factory.mktemp("keras") / "changed.json"
    path.write_bytes(content)
    assert is_sentence(refusal(lambda: read(path)))


@given(key=st.data())
def test_changed_values_are_refused_or_open(key: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    content = json.loads(foreign_files("keras")[key.draw(st.sampled_from(FILES))])
    for _ in range(key.draw(st.integers(1, 4))):
        holder: Any = content
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            chosen = key.draw(st.sampled_from(keys))
            if not isinstance(holder[chosen], dict | list) or not holder[chosen] or key.draw(st.integers(0, 9)) == 0:
                break
            holder = holder[chosen]
        holder[chosen] = key.draw(
            st.none() | st.booleans() | st.integers(-3, 70) | st.text(max_size=3) | st.just([]) | st.just([1, "a"])
        )
    path = tmp_path_factory.mktemp("keras") / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(content))
        archive.writestr("metadata.json", "{}")
    assert is_sentence(refusal(lambda: read(path)))
