"""What is kept from token to token and what a token costs, against PyTorch and figures in print."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.language_model import language_model_cost, token_inputs
from layerledger.core.library.templates.templates import load_template

MEASURED = json.loads((Path(__file__).parents[2] / "reference" / "generation.json").read_text())
SIZES, CONTEXT = MEASURED["latent"], MEASURED["context"]


def layer(kind, name, *inputs, **params):
    return Layer(name=name, type=kind, params=params, inputs=inputs)


def linear(name, source, features):
    return layer("Linear", name, source, out_features=features, bias=False)


def model(*nodes, length=8, batch=1, features=64, repeat=1, dtype="float16"):
    """Return the analysis of layers after an embedding of tokens."""
    tokens = NetworkInput(name="tokens", shape=(batch, length), dtype="int64")
    words = layer("Embedding", "words", "tokens", num_embeddings=100, embedding_dim=features)
    root = Block(name="", layers=(words, Block(name="layers", layers=nodes, repeat=repeat)))
    return analyze(Network(inputs=(tokens,), root=root), dtype=dtype)


def headed(name, source, heads, size):
    """Return a linear map into heads, (N, h, L, size)."""
    return (
        linear(f"{name}_map", source, heads * size),
        layer("Unflatten", f"{name}_heads", dim=-1, unflattened_size=(heads, size)),
        layer("Transpose", name, dim0=1, dim1=2),
    )


def output(features):
    return (
        layer("Transpose", "back", dim0=1, dim1=2),
        layer("Flatten", "flat", start_dim=2),
        linear("o", "flat", features),
    )


def grouped(heads=8, shared=2, size=8, *, repeated=True):
    """Return grouped-query attention, whose keys and values are repeated for the heads of queries, or not."""
    names = ("k", "v")
    more = ()
    if repeated:
        more = tuple(
            node
            for name in names
            for node in (
                layer("Unsqueeze", f"{name}_one", name, dim=2),
                layer("Expand", f"{name}_all", size=(-1, -1, heads // shared, -1, -1)),
                layer("Flatten", f"{name}_each", start_dim=1, end_dim=2),
            )
        )
        names = ("k_each", "v_each")
    return (
        *headed("q", "input", heads, size),
        *headed("k", "input", shared, size),
        *headed("v", "input", shared, size),
        *more,
        layer("ScaledDotProductAttention", "a", "q", *names, is_causal=True, enable_gqa=not repeated),
        *output(64),
    )


def latent_parts(rank, rope):
    return (
        linear("kv_a", "input", rank + rope),
        layer("Split", "parts", "kv_a", split_size_or_sections=(rank, rope), dim=-1),
        layer("RMSNorm", "latent", "parts"),
        layer("Unsqueeze", "turned_one", "parts:1", dim=1),
        layer("RotaryEmbedding", "turned", "turned_one"),
    )


def latent_query(heads, nope, rope):
    return (
        *headed("q", "input", heads, nope + rope),
        layer("Split", "q_parts", split_size_or_sections=(nope, rope), dim=-1),
        layer("RotaryEmbedding", "q_turned", "q_parts:1"),
    )


def latent(features, heads, rank, nope, rope, value, **params):
    """Return latent attention, keys and values written out."""
    return (
        *latent_query(heads, nope, rope),
        layer("Concat", "q_full", "q_parts", "q_turned", dim=-1),
        *latent_parts(rank, rope),
        *headed("kv", "latent", heads, nope + value),
        layer("Split", "kv_parts", split_size_or_sections=(nope, value), dim=-1),
        layer("Expand", "turned_all", "turned", size=(-1, heads, -1, -1)),
        layer("Concat", "k_full", "kv_parts", "turned_all", dim=-1),
        layer("ScaledDotProductAttention", "a", "q_full", "k_full", "kv_parts:1", is_causal=True, **params),
        *output(features),
    )


def absorbed(features, heads, rank, nope, rope, value, *, sliced=False):
    """Return latent attention with the maps of keys and values in those of queries and output."""
    shapes = {"q_up": (heads, nope, rank), "v_up": (heads, rank, value)}
    values = layer("Slice", "v", "k_full", dim=-1, end=rank) if sliced else layer("Unsqueeze", "v", "latent", dim=1)
    return (
        *latent_query(heads, nope, rope),
        *(layer("Parameter", name, shape=shape) for name, shape in shapes.items()),
        layer("MatMul", "q_latent", "q_parts", "q_up"),
        layer("Concat", "q_full", "q_latent", "q_turned", dim=-1),
        *latent_parts(rank, rope),
        layer("Unsqueeze", "latent_one", "latent", dim=1),
        layer("Concat", "k_full", "latent_one", "turned", dim=-1),
        values,
        layer("ScaledDotProductAttention", "a", "q_full", "k_full", values.name, is_causal=True, enable_gqa=True),
        layer("MatMul", "up", "a", "v_up"),
        *output(features),
    )


def recurrent(kind, **params):
    return (layer(kind, "r", hidden_size=48, num_layers=2, batch_first=True, **params),)


CASES = {
    "grouped": grouped(),
    "latent": latent(**SIZES),
    "latent, absorbed": absorbed(**SIZES),
    "RNN": recurrent("RNN"),
    "LSTM": recurrent("LSTM"),
    "LSTM, projected": recurrent("LSTM", proj_size=20),
    "GRU": recurrent("GRU"),
}


@pytest.mark.parametrize("name", list(MEASURED["cases"]))
def test_pytorch_keeps_as_much_and_computes_as_much(name):
    wanted = MEASURED["cases"][name]
    found = language_model_cost(model(*CASES[name]), context=CONTEXT)
    assert found.decode_macs == wanted["macs"]
    if found.states:
        assert (found.cache_bytes, found.token_bytes, found.state_bytes) == (0, 0, 2 * wanted["kept"])
    else:
        assert found.token_bytes * (CONTEXT - 1) == 2 * wanted["kept"]
        assert found.cache_bytes == CONTEXT * found.token_bytes
    assert (found.problem, found.notes) == ("", ())


# -- latent attention


DEEPSEEK = {"features": 2048, "heads": 16, "rank": 512, "nope": 128, "rope": 64, "value": 128}


@pytest.mark.parametrize(
    "nodes", [latent(**DEEPSEEK), absorbed(**DEEPSEEK), absorbed(**DEEPSEEK, sliced=True)], ids=["out", "in", "sliced"]
)
def test_deepseek_v2_lite(nodes):
    """config.json: kv_lora_rank 512, qk_rope_head_dim 64, 27 layers; the paper's table 1: (d_c + d_r) a layer."""
    found = language_model_cost(model(*nodes, features=2048, repeat=27, batch=2), context=100)
    assert found.token_bytes == 27 * (512 + 64) * 2 == 31_104
    assert found.cache_bytes == 2 * 100 * 31_104
    assert [layer.elements for layer in found.layers] == [576] * 27


def test_keys_made_anew_of_the_latents():
    """By hand: the maps of all past tokens, of which only that of the last is new."""
    found = language_model_cost(model(*CASES["latent"]), context=CONTEXT)
    assert found.expand_macs == (CONTEXT - 1) * 24 * 4 * (16 + 12)
    assert language_model_cost(model(*CASES["latent, absorbed"]), context=CONTEXT).expand_macs == 0


def test_what_the_attention_layer_states_holds():
    """Kept expanded, as some implementations do: nothing is made anew."""
    full = 4 * (16 + 8 + 12)
    stated = language_model_cost(model(*latent(**SIZES, cached_features=full), batch=3), context=CONTEXT)
    assert (stated.token_bytes, stated.cache_bytes) == (2 * full, 3 * CONTEXT * 2 * full)
    assert stated.expand_macs == 0
    few = language_model_cost(model(*latent(**SIZES, cached_features=32)), context=CONTEXT)
    assert (few.token_bytes, few.decode_macs) == (64, MEASURED["cases"]["latent"]["macs"])


def test_a_latent_that_is_split_from_one_map_with_queries():
    """DeepSeek-V3 as served: one map makes the queries' latent and that of keys and values."""
    nodes = [node for node in latent(**SIZES) if node.name not in ("kv_a", "parts", "q_map")]
    joint = linear("joint", "input", 40 + 32)
    parts = layer("Split", "parts", "joint", split_size_or_sections=(24, 8, 40), dim=-1)
    found = language_model_cost(model(joint, parts, linear("q_map", "parts:2", 4 * 24), *nodes), context=CONTEXT)
    assert found.token_bytes == 32 * 2


# -- what is no latent


def test_keys_and_values_are_kept_and_not_what_they_are_made_of():
    """Their norm has half as many numbers, but so has the hidden state, which nobody keeps."""
    nodes = (
        *headed("q", "input", 8, 8),
        layer("RMSNorm", "norm", "input"),
        *headed("k", "norm", 8, 8),
        *headed("v", "norm", 8, 8),
        layer("ScaledDotProductAttention", "a", "q", "k", "v", is_causal=True),
        *output(64),
    )
    assert language_model_cost(model(*nodes)).token_bytes == 2 * 64 * 2


def test_keys_split_from_one_map():
    nodes = (
        linear("qkv", "input", 3 * 64),
        layer("Split", "parts", split_size_or_sections=64, dim=-1),
        layer("ScaledDotProductAttention", "a", "parts", "parts:1", "parts:2", is_causal=True),
    )
    assert language_model_cost(model(*nodes)).token_bytes == 2 * 64 * 2


def test_a_tensor_that_two_layers_take_is_kept_once():
    """Keys of one layer that others take too, as in arXiv:2405.12981; in a window, no more than the rest is added."""

    def attend(name, **params):
        return layer("ScaledDotProductAttention", name, "q", "k", "v", is_causal=True, **params)

    shared = (*headed("q", "input", 8, 8), *headed("k", "input", 8, 8), *headed("v", "input", 8, 8))
    twice = language_model_cost(model(*shared, attend("a"), attend("b")), context=20)
    assert [each.nbytes for each in twice.layers] == [20 * 256, 0]
    assert twice.token_bytes == 256
    narrow = language_model_cost(model(*shared, attend("a", sliding_window=5), attend("b")), context=20)
    assert [each.nbytes for each in narrow.layers] == [5 * 256, 15 * 256]
    assert narrow.token_bytes == 256


def test_grouped_queries_either_way():
    for nodes in (grouped(), grouped(repeated=False)):
        found = language_model_cost(model(*nodes, batch=3), context=10)
        assert (found.token_bytes, found.cache_bytes) == (2 * 2 * 8 * 2, 3 * 10 * 64)


# -- states


def test_states_do_not_grow_with_the_context():
    result = model(*recurrent("LSTM"), batch=3)
    short, long = (language_model_cost(result, context=n) for n in (1, 5000))
    assert short.state_bytes == long.state_bytes == 3 * 2 * 2 * 48 * 2
    assert short.decode_macs == long.decode_macs == 3 * MEASURED["cases"]["LSTM"]["macs"]
    assert long.states[0].nbytes == long.state_bytes
    assert short.prefill_macs == short.decode_macs


def test_a_bidirectional_layer_carries_none():
    assert language_model_cost(model(layer("LSTM", "r", hidden_size=8, batch_first=True, bidirectional=True))) is None
    mixed = model(layer("GRU", "r", hidden_size=8, batch_first=True, bidirectional=True), *recurrent("LSTM"))
    (note,) = language_model_cost(mixed).notes
    assert "layers.r looks both ways" in note or "r looks both ways" in note


def test_a_layer_along_the_batch_says_so():
    found = language_model_cost(model(layer("LSTM", "r", hidden_size=48), batch=1), context=9)
    assert found.state_bytes == 2 * 48 * 2
    assert found.decode_macs == 4 * 48 * (64 + 48)
    assert "batch_first is false" in found.notes[0]


def test_a_layer_inside_each_token_keeps_nothing():
    """Letters of words: the sequence is not that of the tokens."""
    nodes = (
        layer("Reshape", "letters", shape=(-1, 16, 4)),
        layer("LSTM", "r", hidden_size=4, batch_first=True),
        layer("Reshape", "words", "r", shape=(1, -1, 64)),
        *recurrent("GRU")[:0],
        layer("GRU", "g", hidden_size=8, batch_first=True),
    )
    found = language_model_cost(model(*nodes), context=9)
    assert [each.path for each in found.states] == ["layers.g"]
    assert found.decode_macs == 16 * 4 * 4 * (4 + 4) + 3 * 8 * (64 + 8)


MAMBA = {
    "output_shape": "N, D1, D2",
    "constants": "S = 16, R = 48",
    "params": "D2*(R + 2*S) + R*D2 + D2 + D2*S + D2",
    "macs": "N*D1*D2*(R + 2*S) + N*D1*R*D2 + 2*N*D1*D2*S",
}


def mamba(**params):
    """Return a block of Mamba-130M: 768 features, 1,536 inside, a state of 16 (arXiv:2312.00752, table 11)."""
    return (
        linear("in_proj", "input", 2 * 1536),
        layer("Split", "parts", split_size_or_sections=1536, dim=-1),
        layer("Custom", "scan", "parts", **MAMBA, **params),
        layer("SiLU", "gate", "parts:1"),
        layer("Mul", "gated", "scan", "gate"),
        linear("out_proj", "gated", 768),
    )


def test_a_scan_of_mamba():
    """transformers' MambaCache: ssm_states (1536, 16) a layer, in 24 layers."""
    found = language_model_cost(model(*mamba(state="N*D2*S"), features=768, repeat=24), context=2048)
    assert (found.cache_bytes, found.state_bytes) == (0, 24 * 1536 * 16 * 2)
    scan = 1536 * (48 + 2 * 16) + 48 * 1536 + 2 * 1536 * 16
    assert found.decode_macs == 24 * (768 * 2 * 1536 + scan + 1536 * 768)
    assert found.notes == ()


def test_a_scan_without_a_stated_state_says_so():
    found = language_model_cost(model(*mamba(), features=768, repeat=24), context=2048)
    assert (found.state_bytes, found.states) == (0, ())
    assert found.decode_macs == language_model_cost(model(*mamba(state="0"), features=768, repeat=24)).decode_macs
    assert "scan may carry a state, which is not counted" in found.notes[0]


def test_a_wrong_formula_of_a_state_is_a_problem():
    result = model(*mamba(state="N*Q"), features=768)
    assert any(each.param == "state" for each in result.problems)


def test_a_scan_beside_attention():
    found = language_model_cost(model(*grouped(), *mamba(state="N*D2*S")), context=7)
    assert (found.token_bytes, found.state_bytes) == (64, 1536 * 16 * 2)


# -- MACs of one token


def test_a_causal_convolution_counts_one_position():
    """Mamba's: kernel 4, padded by 3, cut to the length."""
    nodes = (
        layer("Transpose", "t", dim0=1, dim1=2),
        layer("Conv1d", "conv", out_channels=64, kernel_size=4, padding=3, groups=64),
        layer("Slice", "cut", dim=2, end=-3),
        layer("Transpose", "back", dim0=1, dim1=2),
        *recurrent("GRU"),
    )
    found = language_model_cost(model(*nodes), context=9)
    assert found.decode_macs == 64 * 4 + MEASURED["cases"]["GRU"]["macs"]


def test_a_head_on_the_last_token_runs_for_each():
    nodes = (*recurrent("GRU"), layer("Slice", "last", "r", dim=1, start=-1), linear("head", "last", 100))
    assert language_model_cost(model(*nodes), context=9).decode_macs == MEASURED["cases"]["GRU"]["macs"] + 48 * 100


def test_cross_attention_computes_keys_of_the_other_sequence_once():
    d, s = 64, 10
    tokens, source = (
        NetworkInput(name="tokens", shape=(1, 6), dtype="int64"),
        NetworkInput(name="source", shape=(1, s, d)),
    )
    nodes = (
        layer("Embedding", "words", "tokens", num_embeddings=9, embedding_dim=d),
        layer("MultiheadAttention", "own", "words", num_heads=4, batch_first=True),
        layer("MultiheadAttention", "cross", "own", "source", num_heads=4, batch_first=True),
    )
    found = language_model_cost(analyze(Network(inputs=(tokens, source), root=Block(name="", layers=nodes))), context=7)
    assert found.decode_macs == 4 * d * d + 2 * 7 * d + 2 * d * d + 2 * s * d
    assert [each.nbytes for each in found.layers] == [2 * d * 7 * 4, 2 * d * s * 4]
    assert found.token_bytes == 2 * d * 4


def test_layers_of_torch_transformers():
    """By hand: a decoder keeps keys and values of the target and of the memory; an encoder looks both ways."""
    d, s, f, n = 64, 10, 96, 3
    tokens = NetworkInput(name="tokens", shape=(1, 6), dtype="int64")
    source = NetworkInput(name="source", shape=(1, s, d))
    words = layer("Embedding", "words", "tokens", num_embeddings=9, embedding_dim=d)
    sizes = {"nhead": 4, "dim_feedforward": f, "num_layers": n, "batch_first": True}
    decoder = layer("TransformerDecoder", "decoder", "words", "source", **sizes)
    result = analyze(Network(inputs=(tokens, source), root=Block(name="", layers=(words, decoder))))
    found = language_model_cost(result, context=7)
    assert [each.nbytes for each in found.layers] == [2 * d * 7 * n * 4, 2 * d * s * n * 4]
    assert found.token_bytes == 2 * d * n * 4
    assert found.decode_macs == n * (4 * d * d + 2 * 7 * d + 2 * d * d + 2 * s * d + 2 * d * f)
    encoder = language_model_cost(model(layer("TransformerEncoder", "encoder", **sizes)))
    assert (encoder.generates, encoder.decode_macs, encoder.cache_bytes) == (False, None, 0)


# -- positions


def positions(rows, *more, length=8):
    tokens = NetworkInput(name="tokens", shape=(1, length), dtype="int64")
    nodes = (
        layer("Arange", "numbers", "tokens", dim=1),
        *more,
        layer("Embedding", "places", num_embeddings=rows, embedding_dim=4),
    )
    return analyze(Network(inputs=(tokens,), root=Block(name="", layers=nodes)))


@pytest.mark.parametrize(
    ("more", "last"),
    [
        ((), 7),
        ((layer("Unsqueeze", "one", dim=0), layer("Expand", "all", size=(3, -1))), 7),
        ((layer("Add", "offset", other=2),), 9),
        ((layer("Slice", "some", dim=0, end=5),), 4),
        ((layer("Slice", "odd", dim=0, start=1, step=2),), 7),
        ((layer("Slice", "back", dim=0, start=-3), layer("Reshape", "two", shape=(1, -1))), 7),
    ],
)
def test_a_table_needs_a_row_for_each_position(more, last):
    assert positions(last + 1, *more).ok
    (problem,) = positions(last, *more).problems
    assert (problem.path, problem.param, problem.severity) == ("places", "num_embeddings", "error")
    assert problem.message == f"num_embeddings must be at least {last + 1}, a row for each position; got {last}"


def test_an_input_of_positions():
    given = NetworkInput(name="position_ids", shape=(1, 9), dtype="int64")
    table = layer("Embedding", "places", num_embeddings=8, embedding_dim=4)
    assert not analyze(Network(inputs=(given,), root=Block(name="", layers=(table,)))).ok
    other = replace(given, name="types")
    assert analyze(Network(inputs=(other,), root=Block(name="", layers=(table,)))).ok


@pytest.mark.parametrize(("name", "length"), [("gpt2", 1024), ("bert-base-uncased", 512), ("whisper-tiny", 448)])
def test_templates_have_their_published_lengths(name, length):
    result = analyze(load_template(name))
    assert language_model_cost(result, context=length).problem == ""
    assert "num_embeddings must be at least" in language_model_cost(result, context=length + 1).problem


def test_rotary_positions_have_no_table():
    assert language_model_cost(analyze(load_template("llama-3-8b")), context=10**6).problem == ""


def test_recurrent_networks_have_tokens():
    assert token_inputs(model(*recurrent("GRU"))) == (0,)
    assert token_inputs(model(linear("head", "input", 9))) == ()
