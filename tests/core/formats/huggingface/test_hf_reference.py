"""Parameters and MACs of imported configs against the classes of transformers."""

import json
import lzma
import tarfile
from functools import cache
from pathlib import Path

import pytest

from layerledger.core import analyze
from layerledger.core.analysis.passes.language_model import language_model_cost
from layerledger.core.formats.huggingface import MODEL_TYPES, read_config

REFERENCE = Path(__file__).parents[3] / "reference"
CASES = json.loads(lzma.decompress((REFERENCE / "foreign" / "hf_configs.json.xz").read_bytes()))["cases"]
PUBLISHED = json.loads((REFERENCE / "foreign" / "hf_published.json").read_text())
PUBLIC = json.loads(lzma.decompress((REFERENCE / "language_models.json.xz").read_bytes()))["models"]


@cache
def given():
    with tarfile.open(REFERENCE / "foreign" / "hf_config.tar.xz") as archive:
        files = {Path(each.name).name: archive.extractfile(each) for each in archive.getmembers() if each.isfile()}
        return {name: json.loads(file.read()) for name, file in files.items()}


def sizes_of(case):
    """Return the open sizes with which the class was run."""
    given = {name: shape for name, (shape, _) in case["inputs"].items() if name != "image_tokens"}
    one = "input_ids" in given or "decoder_input_ids" not in given
    found = (
        {"tokens": given["input_ids" if one else "decoder_input_ids"][-1]} if "input_ids" in given or not one else {}
    )
    if one and "decoder_input_ids" in given:
        found["decoder_tokens"] = given["decoder_input_ids"][-1]
    if "image_grid_thw" in given:
        found["patches"] = given["pixel_values"][0]
    return found


def check(config, params, macs, sizes=None):
    result = analyze(read_config(config, name="imported", sizes=sizes))
    assert [str(problem.message) for problem in result.problems] == []
    assert result.totals.params == params
    if macs is not None:
        assert result.totals.macs == macs


def title(case):
    return f"{case['class']}-{len(case['short'])}"


@pytest.mark.parametrize("form", ["short", "full"])
@pytest.mark.parametrize("case", CASES, ids=title)
def test_a_config_counts_as_its_class(case, form):
    check(case[form], case["params"], case["macs"], sizes_of(case))


def test_every_known_type_was_measured():
    assert {case["short"]["model_type"] for case in CASES} == set(MODEL_TYPES)


@pytest.mark.parametrize("form", ["file", "short"])
@pytest.mark.parametrize("row", given()["manifest.json"]["files"], ids=lambda row: row["file"].split(".config")[0])
def test_given_files(row, form):
    config = given()[row[form]]
    for length, macs in (row["macs_by_length"] or {"128": None}).items():
        check(config, row["params"], macs, None if macs is None else {"tokens": int(length)})


@pytest.mark.parametrize("name", PUBLIC)
def test_public_checkpoints(name):
    row = PUBLIC[name]
    config = row["config"] | {"architectures": [row["class"]]}
    check(config, row["params"], row["macs"].get("128"))


@pytest.mark.parametrize("name", [name for name, row in PUBLIC.items() if "ForCausalLM" in row["class"]])
def test_public_decoders_keep_what_transformers_keeps_of_a_token(name):
    row = PUBLIC[name]
    result = analyze(read_config(row["config"], name=name))
    cost = language_model_cost(result, cache_dtype="float16")
    # Latent attention: arXiv:2405.04434, table 1: (512 + 64) numbers a layer; transformers expands them.
    assert cost.token_bytes == (27 * 576 * 2 if name == "deepseek-v2-lite" else row["cache"]["bytes_per_token"])


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_parameters(name):
    check(PUBLISHED[name]["config"], PUBLISHED[name]["params"], None)
