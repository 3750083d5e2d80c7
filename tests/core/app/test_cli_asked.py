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
    assert {*found["rules"]} == {"weight", "weight_copy", "gradient", "optimizer", "activation", "peak", "macs"}
    assert "CUDA" in found["excluded"]


def test_precision_and_checkpoints(capsys):
    asked = ("gpt2", "--train", "adam8bit", "--precision", "mixed", "--checkpointing", "blocks", "--format", "json")
    found = json.loads(report(capsys, *asked).out)["training"]
    assert found["weight_bytes"] == 4 * 124_439_808
    # The copies of all matrices, that of the head's tied one included; no table of positions is multiplied.
    assert 2 * 85_000_000 < found["weight_copy_bytes"] < 2 * 124_439_808
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


def test_a_context_past_the_positions_ends_with_1(capsys):
    found = report(capsys, "gpt2", "--context", "4096", "--format", "json", status=1)
    assert "with 4096 tokens: wpe: num_embeddings must be at least 4096" in found.err
    language = json.loads(found.out)["language"]
    assert language["problem"].endswith("a row for each position; got 1024")
    assert (language["kv_cache_bytes"], language["prefill_macs"], language["decode_macs"]) == (None, None, None)
    report(capsys, "gpt2", "--context", "1024", status=0)


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


# -- on a device


def test_json_has_times_and_a_table_of_a_language_model_on_a_device(capsys):
    """13,476,831,232 B of weights and 2 GiB of cache at float16; 2,039 GB/s, of the embedding one row is read."""
    asked = (
        "llama-2-7b",
        "--context",
        "4096",
        "--dtype",
        "float16",
        "--device",
        "nvidia-a100-80gb",
        "--format",
        "json",
    )
    found = json.loads(report(capsys, *asked, "--format", "json").out)["language"]
    assert (found["weight_bytes"], found["cache_bytes"]) == (13_476_831_232, 2**31)
    assert found["memory_bytes"] == 13_476_831_232 + 2**31 + found["live_bytes"]
    least = (13_476_831_232 - 2 * 32_000 * 4096 + 2**31) / 2039e9
    assert least <= found["time_per_token_s"] < 1.01 * least
    assert found["tokens_per_s"] == pytest.approx(1 / found["time_per_token_s"])
    assert found["time_to_first_token_s"] == found["prefill_s"] >= 2 * found["prefill_macs"] / 312e12
    # 80 GiB less the weights; of a token 512 KiB of cache, and in the MLP 4,096 + 3 × 11,008 numbers live.
    longest = (80 * 2**30 - 13_476_831_232) // (2**19 + 2 * (4096 + 3 * 11_008))
    assert (found["largest_batch"], found["longest_context"]) == (33, longest)
    cells = {(cell["batch"], cell["context"]): cell for cell in found["table"]}
    assert cells[1, 4096]["tokens_per_s"] == found["tokens_per_s"]
    assert (cells[32, 4096]["fits"], cells[64, 4096]["fits"]) == (True, False)
    assert {"time_per_token", "tokens_per_s", "memory"} <= found["rules"].keys()


def test_json_says_whether_a_network_fits(capsys):
    found = json.loads(report(capsys, "resnet18", "--device", "stm32f746", "--format", "json").out)["fit"]
    assert (found["device"], found["fits"], found["weight_bytes"]) == ("stm32f746", False, 4 * 11_689_512)
    flash, sram = found["memories"]
    assert (flash["name"], flash["needed_bytes"] - flash["capacity_bytes"]) == ("flash", 4 * 11_689_512 - 2**20)
    assert (sram["name"], sram["fits"], sram["capacity_bytes"]) == ("SRAM", False, 320 * 1024)
    asked = ("llama-2-7b", "--context", "4096", "--batch", "64", "--dtype", "float16", "--device", "nvidia-a100-80gb")
    found = json.loads(report(capsys, *asked, "--format", "json").out)["fit"]
    assert {each["change"] for each in found["remedies"]} == {"batch", "precision", "context"}
    assert next(each["to"] for each in found["remedies"] if each["change"] == "batch") == 33
    assert "fit" not in json.loads(report(capsys, "lenet5", "--format", "json").out)


@pytest.mark.parametrize("format", ["table", "markdown"])
def test_people_read_that_it_does_not_fit_before_the_time(capsys, format):
    text = report(capsys, "resnet18", "--device", "stm32f746", "--format", format).out
    verdict = "44.6 MiB of weights do not fit into 1.00 MiB of flash"
    assert text.index(verdict) < text.index("8.43 s")
    asked = ("llama-2-7b", "--context", "4096", "--batch", "64", "--dtype", "float16", "--device", "nvidia-a100-80gb")
    text = report(capsys, *asked, "--format", format).out
    for words in ("does not fit", "batch 33 would fit", "Time a token", "≥ 74.3 ms", "≤ 862", "28.8 GiB, ≤ 535/s"):
        assert words in text, words
