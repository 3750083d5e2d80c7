"""TensorFlow Lite files that are damaged or lie: each is refused in one sentence, or opens."""

from contextlib import suppress
from pathlib import Path

import pytest
from foreign_files import foreign_files, is_sentence, manifest, put, refusal
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.base.files import FormatError
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.tflite.reader import read
from layerledger.core.network.nodes import Layer

HOSTILE = [each for each in manifest("hostile") if each["file"].endswith(".tflite")]
FILES = ["mnist_int8.tflite", "attn_dyn.tflite", "siamese_int8.tflite", "lstm_f32.tflite"]


@pytest.mark.parametrize("truth", HOSTILE, ids=lambda truth: truth["file"])
def test_hostile_files(truth: dict[str, str], tmp_path: Path):
    path = put("hostile", truth["file"], tmp_path)
    if truth["expect"] == "refused":
        with pytest.raises(FormatError):
            read(path)
        return
    with suppress(FormatError):
        assert imported_of(read(path)) is not None


@given(name=st.sampled_from(FILES), data=st.data())
def test_changed_files_are_refused_or_open(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    content = bytearray(foreign_files("tflite")[name])
    for _ in range(data.draw(st.integers(1, 8))):
        # Tables stand at both ends; in between are weights.
        place = data.draw(st.integers(0, 4095) | st.integers(-8192, -1))
        content[place % len(content)] = data.draw(st.sampled_from((0, 1, 2, 4, 127, 128, 255)))
    path = tmp_path_factory.mktemp("tflite") / "changed.tflite"
    path.write_bytes(content[: data.draw(st.sampled_from((len(content), len(content) // 2)))])
    assert is_sentence(refusal(lambda: read(path)))


def test_an_unknown_operator_is_named_and_what_follows_is_counted(tmp_path: Path):
    content = foreign_files("tflite")["mnist_f32.tflite"]
    path = tmp_path / "model.tflite"
    found: list[list[str]] = []
    # The code of MAX_POOL_2D, 17, stands in two fields, of which the larger counts; 109 is WHERE, which has no type.
    for place in (i for i, byte in enumerate(content) if byte == 17):
        path.write_bytes(content[:place] + b"\x6d" + content[place + 1 :])
        try:
            layers = [each for each in read(path).root.layers if isinstance(each, Layer)]
        except FormatError:
            continue
        if "WHERE" in [each.params.get("operator") for each in layers]:
            found.append([each.type for each in layers])
    assert found
    assert all([kind for kind in types if kind != "Permute"] == [
        "Conv2d", "ReLU", "Opaque", "Conv2d", "ReLU", "Opaque", "Flatten", "Linear", "Softmax"
    ] for types in found)  # fmt: skip
