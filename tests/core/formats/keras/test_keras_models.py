"""Models of Keras, most of one layer with its options, against what Keras says of each (make_keras_models.py)."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from layerledger.core import analyze
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.keras.reader import read

REFERENCE = Path(__file__).parents[3] / "reference" / "foreign" / "keras_models.json.xz"
MODELS = json.loads(lzma.decompress(REFERENCE.read_bytes()))["models"]
CASES = [(model, key) for model in MODELS for key in ("config", "legacy") if key in model]


@pytest.mark.parametrize(("model", "key"), CASES, ids=[f"{model['name']}, {key}" for model, key in CASES])
def test_counts_and_shapes_are_those_of_keras(model: dict[str, Any], key: str, tmp_path: Path):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model[key]), "utf-8")
    network = read(path)
    result = analyze(network)
    assert [problem for problem in result.problems if problem.severity == "error"] == []
    assert result.totals.trainable_params == model["trainable"]
    stored = result.totals.params + result.totals.buffers - model["norms"]  # a counter of batches each
    assert stored == model["trainable"] + model["non_trainable"]
    if model["macs"] is not None:
        assert result.totals.macs == model["macs"]
        outputs = [each.shape for each in result.root.outputs]
        for ours, stated in zip(outputs, model["outputs"], strict=True):
            theirs = [size or 1 for size in stated] if None not in stated[1:] else None
            # A picture is shown channels first, unless no layer before it is one for pictures.
            assert theirs is None or len(ours) > 3 or list(ours) == theirs
            assert theirs is None or sorted(ours) == sorted(theirs)
    imported = imported_of(network)
    assert imported is not None
    assert not [note for note in imported.notes if note.kind == "not counted" or "differ" in note.text]


@pytest.mark.parametrize("model", MODELS, ids=[model["name"] for model in MODELS])
def test_another_batch_multiplies_the_macs(model: dict[str, Any], tmp_path: Path):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model["config"]), "utf-8")
    one, three = (analyze(read(path, ImportOptions(sizes={"batch": batch}))) for batch in (1, 3))
    stated = "fixed" in model["name"]
    assert three.totals.macs == (1 if stated else 3) * one.totals.macs
