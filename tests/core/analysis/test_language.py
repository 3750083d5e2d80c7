"""Language models: caches and MACs against what transformers measured, figures in print, and sums over tokens."""

import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.language_model import language_model_cost, token_inputs
from layerledger.core.library.templates.templates import load_template, template_ids

REFERENCE = Path(__file__).parents[2] / "reference" / "language_models.json.xz"
MODELS = json.loads(lzma.decompress(REFERENCE.read_bytes()))["models"]
MIB = 2**20


def layer(kind, name, *inputs, **params):
    return Layer(name=name, type=kind, params=params, inputs=inputs)


def attention(heads, kv_heads, size, *, value_size=None, **params):
    """Return a block of attention with projections, as a transformer has it."""

    def projected(name, count, features):
        return (
            layer("Linear", f"{name}_map", "input", out_features=count * features, bias=False),
            layer("Unflatten", f"{name}_heads", dim=-1, unflattened_size=(count, features)),
            layer("Transpose", name, dim0=1, dim1=2),
        )

    return Block(
        name="attention",
        layers=(
            *projected("q", heads, size),
            *projected("k", kv_heads, size),
            *projected("v", kv_heads, value_size or size),
            layer("ScaledDotProductAttention", "a", "q", "k", "v", enable_gqa=heads != kv_heads, **params),
            layer("Transpose", "t", dim0=1, dim1=2),
            layer("Flatten", "f", start_dim=2),
            layer("Linear", "out", out_features=heads * size, bias=False),
        ),
    )


def decoder(layers, heads, kv_heads, size, *, length=16, batch=1, **params):
    """Return the analysis of a model of attention alone."""
    params = {"is_causal": True, **params}
    return analyze(
        Network(
            inputs=(NetworkInput(name="tokens", shape=(batch, length), dtype="int64"),),
            root=Block(
                name="",
                layers=(
                    layer("Embedding", "words", num_embeddings=100, embedding_dim=heads * size),
                    Block(name="layers", repeat=layers, layers=(attention(heads, kv_heads, size, **params),)),
                    layer("Linear", "head", out_features=100, bias=False),
                ),
            ),
        ),
        dtype="float16",
    )


def heads_of(config):
    """Return layers, heads, heads of keys and features of a head by a config.json's names."""
    heads = config.get("num_attention_heads") or config.get("n_head")
    shared = config.get("num_key_value_heads") or (1 if config.get("multi_query") else heads)
    size = config.get("head_dim") or (config.get("hidden_size") or config.get("n_embd")) // heads
    return config.get("num_hidden_layers") or config.get("n_layer"), heads, shared, size


DECODERS = ["gpt2-xl", "llama-2-70b", "gemma-2b", "phi-2", "falcon-7b"]


def test_every_checkpoint_is_held_against_something():
    by_hand = {"deepseek-v2-lite", "vit-base-patch16-224"}
    assert {*DECODERS, *by_hand, *(MODELS.keys() & {*template_ids()})} == {*MODELS}


@pytest.mark.parametrize("name", sorted(MODELS.keys() & {*template_ids()}))
def test_templates_keep_what_transformers_measured(name):
    wanted = MODELS[name]["cache"]
    found = language_model_cost(analyze(load_template(name), dtype="float16"), context=64)
    source = wanted.get("cross_bytes_per_token", 0) * 128 + wanted.get("cross_bytes", 0)
    assert found.token_bytes == wanted["bytes_per_token"]
    assert found.cache_bytes == 64 * wanted["bytes_per_token"] + source


@pytest.mark.parametrize("name", DECODERS)
def test_decoders_keep_what_transformers_measured(name):
    layers, heads, shared, size = heads_of(MODELS[name]["config"])
    found = language_model_cost(decoder(layers, heads, shared, size), context=100)
    assert found.token_bytes == MODELS[name]["cache"]["bytes_per_token"]
    assert found.cache_bytes == 100 * found.token_bytes


def test_values_may_be_smaller_than_keys():
    """DeepSeek-V2-Lite, keys and values expanded: 16 heads of 192 and 128 features in 27 layers."""
    found = language_model_cost(decoder(27, 16, 16, 192, value_size=128))
    assert found.token_bytes == MODELS["deepseek-v2-lite"]["cache"]["bytes_per_token"]


def test_llama_2_at_2048_tokens():
    """640 MiB for 70B with 8 heads of keys in 80 layers, 1,024 MiB for 7B; fp16."""
    assert language_model_cost(decoder(80, 64, 8, 128), context=2048).cache_bytes == 640 * MIB
    assert (
        language_model_cost(analyze(load_template("llama-2-7b"), dtype="float16"), context=2048).cache_bytes
        == 1024 * MIB
    )


def test_sequences_and_the_dtype_of_the_cache():
    one = decoder(2, 4, 2, 8)
    assert language_model_cost(decoder(2, 4, 2, 8, batch=3)).cache_bytes == 3 * language_model_cost(one).cache_bytes
    assert language_model_cost(decoder(2, 4, 2, 8, batch=3)).token_bytes == language_model_cost(one).token_bytes
    assert language_model_cost(one, cache_dtype="int8").cache_bytes * 2 == language_model_cost(one).cache_bytes


def test_layers_may_differ():
    wide, narrow = (attention(4, kv, 8, is_causal=True) for kv in (4, 1))
    embedding = layer("Embedding", "words", num_embeddings=9, embedding_dim=32)
    tokens = NetworkInput(name="tokens", shape=(1, 5), dtype="int64")
    root = Block(name="", layers=(embedding, replace(wide, name="wide"), replace(narrow, name="narrow")))
    found = language_model_cost(analyze(Network(inputs=(tokens,), root=root)))
    assert [(each.path, each.nbytes) for each in found.layers] == [
        ("wide.a", 2 * 4 * 8 * 5 * 4),
        ("narrow.a", 2 * 1 * 8 * 5 * 4),
    ]


def test_a_sliding_window_stops_growing():
    result = decoder(3, 4, 2, 8, sliding_window=10)
    short, full, long = (language_model_cost(result, context=n) for n in (9, 10, 50))
    assert short.cache_bytes < full.cache_bytes == long.cache_bytes
    assert (short.token_bytes, full.token_bytes) == (3 * 2 * 2 * 8 * 2, 0)
    assert full.decode_macs == long.decode_macs


# -- MACs


@given(st.integers(1, 12), st.sampled_from([None, 1, 3, 7]), st.integers(1, 3))
def test_tokens_one_by_one_cost_what_the_prompt_does(length, window, batch):
    """The sum of all tokens is one pass in which masked pairs are left out."""
    result = decoder(2, 4, 2, 8, batch=batch, sliding_window=window, skip_masked=True)
    tokens = sum(language_model_cost(result, context=n).decode_macs for n in range(1, length + 1))
    assert tokens == language_model_cost(result, context=length).prefill_macs


@pytest.mark.parametrize("name", ["gpt2", "llama-3-8b"])
def test_prefill_is_the_network_at_that_length(name):
    for length, macs in MODELS[name]["macs"].items():
        assert language_model_cost(analyze(load_template(name)), context=int(length)).prefill_macs == macs


def test_a_token_of_llama_3():
    """By hand: every weight but the embedding once, and in 32 layers 2·32·128 MACs for each key."""
    result = analyze(load_template("llama-3-8b"))
    found = language_model_cost(result, context=1000)
    weights = result.totals.params - 128_256 * 4096 - 65 * 4096
    assert found.decode_macs == weights + 32 * 2 * 32 * 128 * 1000


def test_an_encoder_runs_once_for_all_tokens():
    """Whisper: 448 tokens meet 1,500 frames; of a token the decoder's maps, but for keys and values of the frames."""
    found = language_model_cost(analyze(load_template("whisper-tiny")), context=10)
    d = 384
    assert found.decode_macs == 4 * (14 * d * d + 2 * 10 * d + 2 * 1500 * d) + 51_865 * d
    assert [each.fixed for each in found.layers] == [False, True] * 4


def test_multihead_attention_counts_too():
    tokens = NetworkInput(name="tokens", shape=(2, 6), dtype="int64")
    nodes = (
        layer("Embedding", "words", num_embeddings=9, embedding_dim=32),
        layer("MultiheadAttention", "a", num_heads=4, batch_first=True),
    )
    result = analyze(Network(inputs=(tokens,), root=Block(name="", layers=nodes)))
    found = language_model_cost(result, context=7)
    assert found.cache_bytes == 2 * 2 * 32 * 7 * 4
    assert found.decode_macs == 2 * (4 * 32 * 32 + 2 * 32 * 7)
    assert language_model_cost(result, context=1).prefill_macs == language_model_cost(result, context=1).decode_macs


# -- what is none


@pytest.mark.parametrize("name", ["vit_b_16", "resnet18", "lstm_classifier", "swin_t"])
def test_what_is_no_language_model(name):
    assert language_model_cost(analyze(load_template(name))) is None


def test_an_encoder_keeps_nothing():
    found = language_model_cost(analyze(load_template("bert-base-uncased")), context=32)
    assert (found.layers, found.cache_bytes, found.decode_macs) == ((), 0, None)
    assert found.prefill_macs > 0


def test_which_input_is_written():
    assert token_inputs(analyze(load_template("t5-small"))) == (1,)
    assert token_inputs(analyze(load_template("bert-base-uncased"))) == (0, 1)
    assert token_inputs(analyze(load_template("whisper-tiny"))) == (1,)
    assert token_inputs(analyze(Network(inputs=()))) == ()


def test_a_length_that_does_not_fit_says_why():
    result = decoder(1, 2, 2, 4)
    odd = replace(result.network.root, layers=(*result.network.root.layers, layer("Reshape", "r", shape=(1, 16, 100))))
    found = language_model_cost(analyze(replace(result.network, root=odd)), context=17)
    assert found.problem.startswith("r: shape (1, 16, 100) does not hold")
    with pytest.raises(ValueError, match="from 1 to"):
        language_model_cost(result, context=0)
    with pytest.raises(ValueError, match="dtype"):
        language_model_cost(result, cache_dtype="int3")
