"""How imported networks look, and what is said of wrong configs."""

import json
import lzma
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from foreign_files import is_sentence, refusal

from layerledger.core import Block, FormatError, analyze
from layerledger.core.formats import native
from layerledger.core.formats.huggingface import MODEL_TYPES, read_config
from layerledger.core.formats.importing.notes import OpenSize, imported_of
from layerledger.core.library.templates.templates import load_template

REFERENCE = Path(__file__).parents[3] / "reference" / "foreign" / "hf_configs.json.xz"
CASES = json.loads(lzma.decompress(REFERENCE.read_bytes()))["cases"]

LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 128256,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "rms_norm_eps": 1e-05,
    "rope_theta": 500000.0,
    "tie_word_embeddings": False,
}


def flat(nodes, path=""):
    for node in nodes:
        if isinstance(node, Block):
            yield f"{path}{node.name}", node.repeat
            yield from flat(node.layers, f"{path}{node.name}.")
        else:
            yield f"{path}{node.name}", node.type, dict(node.params), node.tied_to


def notes(network):
    return [(note.kind, note.text) for note in imported_of(network).notes]


@pytest.mark.parametrize(
    ("template", "keys"),
    [
        ("llama-3-8b", {}),
        (
            "mixtral-8x7b",
            {
                "model_type": "mixtral",
                "vocab_size": 32000,
                "num_local_experts": 8,
                "num_experts_per_tok": 2,
                "rope_theta": 1e6,
            },
        ),
        (
            "qwen3-8b",
            {
                "model_type": "qwen3",
                "vocab_size": 151936,
                "intermediate_size": 12288,
                "num_hidden_layers": 36,
                "rope_theta": 1e6,
                "head_dim": 128,
                "rms_norm_eps": 1e-6,
            },
        ),
    ],
)
def test_an_imported_network_is_the_template(template, keys):
    assert list(flat(read_config(LLAMA | keys, name="x").layers)) == list(flat(load_template(template).layers))


def test_tokens_are_an_open_size():
    network = read_config(LLAMA, name="x", sizes={"tokens": 300})
    assert network.inputs[0].shape == (1, 300)
    assert imported_of(network).sizes == (OpenSize("tokens", 300, ("tokens",)),)
    assert read_config(LLAMA, name="x").inputs[0].shape == (1, 128)


def test_layers_that_alternate_are_one_block_of_both():
    keys = {"model_type": "gemma3_text", "num_hidden_layers": 14, "head_dim": 128, "sliding_window": 512}
    network = read_config(LLAMA | keys, name="x")
    found = [(node.name, node.repeat) for node in network.layers if isinstance(node, Block)]
    assert found == [("layers", 2), ("sliding_layers", 2)]
    inside = next(node for node in network.layers if node.name == "layers")
    assert [(node.name, node.repeat) for node in inside.layers] == [("sliding_layers", 5), ("full_layers", 1)]
    assert not analyze(network).problems


def test_an_imported_network_is_saved_with_its_notes_and_read_again():
    network = read_config(LLAMA, name="x")
    again = native.read(native.write(network))
    assert list(flat(again.layers)) == list(flat(network.layers))
    assert json.loads(native.write(again)) == json.loads(native.write(network))
    assert "imported" in json.loads(native.write(network))


def test_code_of_a_repository_is_named_and_not_run():
    network = read_config(LLAMA | {"auto_map": {"AutoModelForCausalLM": "evil.Evil"}}, name="x")
    assert any(kind == "assumed" and "auto_map" in text for kind, text in notes(network))


def test_sizes_that_are_not_in_the_file_are_named():
    short = {key: value for key, value in LLAMA.items() if key != "intermediate_size"}
    assert ("assumed", "Not in the file, so as in transformers’ llama: intermediate_size 11008.") in notes(
        read_config(short, name="x")
    )


def test_an_unknown_type_names_itself_those_that_are_known_and_the_way_out():
    with pytest.raises(FormatError) as error:
        read_config({"model_type": "someday", "hidden_size": 8}, name="x")
    text = str(error.value)
    assert '"someday"' in text
    assert ".safetensors" in text
    assert all(kind in text for kind in MODEL_TYPES)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"hidden_size": None}, "hidden_size"),
        ({"hidden_size": "many"}, "hidden_size"),
        ({"hidden_size": -1}, "hidden_size"),
        ({"hidden_size": 10**30}, "hidden_size"),
        ({"hidden_size": 4096.5}, "hidden_size"),
        ({"hidden_size": True}, "hidden_size"),
        ({"hidden_size": 4100}, "hidden_size must be divisible by num_attention_heads, 32; got 4100"),
        ({"num_hidden_layers": 10**7}, "num_hidden_layers"),
        ({"num_hidden_layers": 0}, "num_hidden_layers"),
        ({"num_key_value_heads": 7}, "num_attention_heads must be divisible by num_key_value_heads, 7; got 32"),
        ({"vocab_size": []}, "vocab_size"),
        ({"vocab_size": {}}, "vocab_size"),
        ({"rms_norm_eps": "small"}, "rms_norm_eps"),
        ({"rope_theta": 0}, "rope_theta"),
        ({"hidden_act": 3}, "hidden_act"),
        ({"hidden_act": "someday"}, "hidden_act"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings"),
        ({"architectures": "LlamaForCausalLM"}, "architectures"),
        ({"model_type": 3}, "model_type"),
        ({"model_type": ""}, "model_type"),
        ({"model_type": "mixtral", "num_experts_per_tok": 9, "num_local_experts": 8}, "num_experts_per_tok"),
        ({"model_type": "gemma2", "layer_types": ["full_attention"]}, "layer_types"),
        ({"model_type": "gpt_neo", "attention_types": [["global"]], "window_size": 4}, "attention_types"),
        ({"partial_rotary_factor": 3}, "partial_rotary_factor"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_its_key(keys, says):
    with pytest.raises(FormatError) as error:
        read_config(LLAMA | keys, name="x")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "model_type"])
def test_a_missing_main_size_is_named(key):
    rest = {name: value for name, value in LLAMA.items() if name != key}
    with pytest.raises(FormatError, match=key):
        read_config(rest, name="x")


def test_too_many_tokens_is_a_sentence():
    with pytest.raises(FormatError, match="tokens"):
        read_config(LLAMA, name="x", sizes={"tokens": 0})


def test_the_list_of_types_is_sorted():
    assert all(a < b for a, b in pairwise(MODEL_TYPES))


ODD = (None, -1, 0, 1, 3, 1.5, -0.5, 10**9, 10**30, True, "", "x", [], {}, [1], [0, -1], {"a": 1}, [[["a"], 1]], [None])


@pytest.mark.parametrize("kind", MODEL_TYPES)
def test_no_value_breaks_the_reader(kind):
    """Whatever stands in a file, it is refused in one sentence, or a network that can be analysed."""
    cases = [case["short"] for case in CASES if case["short"]["model_type"] == kind]
    random = Random(kind)
    for _ in range(30):
        config = json.loads(json.dumps(random.choice(cases)))
        parts = [config, *(part for part in config.values() if isinstance(part, dict))]
        part = random.choice(parts)
        part[random.choice([*part, "rope_theta", "layer_types", "sliding_window", "head_dim"])] = random.choice(ODD)
        assert is_sentence(refusal(lambda config=config: analyze(read_config(config, name="x"))))


def test_a_decoder_of_another_networks_output_is_refused():
    with pytest.raises(FormatError, match="add_cross_attention must be false"):
        read_config(LLAMA | {"add_cross_attention": True}, name="x")


def test_too_many_layers_are_refused():
    with pytest.raises(FormatError, match="more than 100,000 layers"):
        read_config(LLAMA | {"num_hidden_layers": 9999}, name="x")


@pytest.mark.parametrize("kind", sorted({case["class"] for case in CASES}))
def test_a_batch_multiplies_the_macs(kind):
    config = next(case["short"] for case in CASES if case["class"] == kind)
    network = read_config(config, name="x")
    once, thrice = analyze(network), analyze(network, batch=3)
    assert not thrice.problems
    # Each of three texts is compared with each of three pictures.
    more = 6 * 40 if kind == "CLIPModel" else 6 * 48 if kind == "SiglipModel" else 0
    assert thrice.totals.macs == 3 * once.totals.macs + more
