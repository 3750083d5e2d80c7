"""The options of the command line on precision."""

import json

import pytest

from layerledger.core.app.cli import main


@pytest.fixture
def report(capsys):
    def run(*arguments):
        status = main(["report", *arguments, "--format", "json"])
        out, err = capsys.readouterr()
        return json.loads(out) if status == 0 else err

    return run


@pytest.mark.parametrize("name", ["w4a16kv8", "W4A16KV8", "int4 weights, int8 cache, float16 compute"])
def test_a_bundle_sets_all_dtypes(report, name):
    found = report("gpt2", "--dtype", name, "--context", "16")
    assert found["precision"] == {
        "name": "int4 weights, int8 cache, float16 compute",
        "compute": "float16",
        "weights": "int4",
        "activations": "float16",
        "cache": "int8",
    }
    assert found["language"]["kv_cache_bytes"] == 2 * 12 * 768 * 16
    assert (found["dtype"], found["weights"]) == ("float16", "int4")


def test_each_has_an_option_of_its_own(report):
    options = ("--weights", "Q8_0", "--activations", "bfloat16", "--cache-dtype", "float8")
    found = report("gpt2", "--dtype", "float16", *options, "--context", "16")
    assert list(found["precision"].values())[1:] == ["float16", "Q8_0", "bfloat16", "float8"]
    assert found["totals"]["weight_bytes"] == pytest.approx(124_439_808 * 34 / 32, rel=1e-4)
    assert found["language"]["kv_cache_bytes"] == 2 * 12 * 768 * 16


def test_tf32_has_its_own_peak_where_a_device_has_one(report):
    assert report("resnet18", "--dtype", "tf32", "--device", "nvidia-a100-80gb")["device_dtype"] == "tf32"
    assert report("resnet18", "--dtype", "tf32", "--device", "nvidia-t4")["device_dtype"] == "float32"


@pytest.mark.parametrize("option", ["--dtype", "--weights", "--activations", "--cache-dtype"])
def test_a_wrong_dtype_is_one_line(report, option):
    with_status = report("gpt2", option, "int3")
    assert with_status.startswith(f"layerledger: argument {option}: invalid choice")
    assert "float16" in with_status
    assert with_status.count("\n") == 1


def test_the_table_names_it(capsys):
    assert main(["report", "lenet5", "--dtype", "Q6_K"]) == 0
    assert "Precision: Q6_K weights, float16 compute\n" in capsys.readouterr().out
