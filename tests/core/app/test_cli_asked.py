"""report --train and --context: what they add, in every format, and what they refuse."""

import json

import pytest

from layerledger.core.app import cli


def report(capsys, *arguments, status=0):
    assert cli.main(["report", *arguments]) == status
    return capsys.readouterr()


def test_json_has_a_training_object(capsys):
    (line,) = report(capsys, "resnet18", "--train", "adamw", "--format", "json").out.splitlines()
    found = json.loads(line)["training"]
    params = 11_689_512
    assert (found["optimizer"], found["precision"], found["checkpointing"]) == ("adamw", "fp32", "none")
    assert (found["gradient_bytes"], found["optimizer_bytes"]) == (4 * params, 8 * params)
    parts = ("weight_bytes", "gradient_bytes", "optimizer_bytes", "activation_bytes")
    assert found["sum_bytes"] == sum(found[part] for part in parts)
    assert found["macs"] == sum(found["macs_by_part"].values()) == 3 * 1_814_073_344 - 118_013_952
    assert {*found["rules"]} == {"weight", "gradient", "optimizer", "activation", "peak", "macs"}
    assert "CUDA" in found["excluded"]


def test_precision_and_checkpoints(capsys):
    asked = ("gpt2", "--train", "adam8bit", "--precision", "mixed", "--checkpointing", "blocks", "--format", "json")
    found = json.loads(report(capsys, *asked).out)["training"]
    assert found["weight_bytes"] == 6 * 124_439_808
    assert found["optimizer_bytes"] == 2 * 124_439_808
    assert found["macs_by_part"]["again"] > 0


def test_json_has_a_language_object(capsys):
    asked = ("llama-2-7b", "--context", "2048", "--dtype", "float16", "--batch", "2", "--format", "json")
    found = json.loads(report(capsys, *asked).out)["language"]
    assert (found["context"], found["batch"], found["kv_cache_bytes"]) == (2048, 2, 2 * 1024 * 2**20)
    assert found["kv_cache_bytes_per_token"] == 524_288
    assert len(found["layers"]) == 32
    assert found["layers"][0] == {"path": "layers.0.attention.attention", "tokens": 2048, "kv_cache_bytes": 2**26}


def test_tokens_and_batches_are_written_with_a_k(capsys):
    asked = ("llama-2-7b", "--context", "4k", "--batch", "1k", "--dtype", "float16", "--format", "json")
    found = json.loads(report(capsys, *asked).out)["language"]
    assert (found["context"], found["batch"], found["kv_cache_bytes"]) == (4096, 1024, 1024 * 2 * 1024 * 2**20)
    assert "4kk" in report(capsys, "llama-2-7b", "--context", "4kk", status=2).err


def test_a_network_without_tokens_has_none(capsys):
    assert json.loads(report(capsys, "resnet18", "--context", "5", "--format", "json").out)["language"] is None


def test_nothing_is_added_unasked(capsys):
    found = json.loads(report(capsys, "lenet5", "--format", "json").out)
    assert not found.keys() & {"training", "language"}


@pytest.mark.parametrize("format", ["table", "markdown"])
def test_people_read_a_section(capsys, format):
    text = report(capsys, "gpt2", "--train", "adamw", "--context", "512", "--format", format).out
    title = "Training: AdamW, float32, No checkpoints"
    for words in (title, "Saved activations", "KV cache", "Decode MACs", "36.0 MiB"):
        assert words in text, words
    text = report(capsys, "lenet5", "--context", "512", "--format", format).out
    assert "No attention layer is fed by tokens" in text
    text = report(capsys, "bert-base-uncased", "--context", "64", "--format", format).out
    assert "Nothing is kept from token to token" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--train", "lion"), "choose from sgd, momentum, adam"),
        (("--precision", "mixed"), "needs --train with an optimizer"),
        (("--checkpointing", "blocks"), "needs --train with an optimizer"),
        (("--context", "0"), "must be an integer"),
    ],
)
def test_what_is_wrong_is_one_sentence(capsys, arguments, words):
    error = report(capsys, "lenet5", *arguments, status=2).err
    assert words in error.replace("'", "")
    assert error.count("\n") == 1
