"""Ties of one weight: `tied_to` with `.weight` at its end shares that parameter, and leaves a bias where it is."""

from dataclasses import replace

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.training import Training, TrainingConfig
from layerledger.core.edits import rename
from layerledger.core.formats.registry import open_network, save_network
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import METRICS

VOCABULARY, FEATURES = 30_522, 768


def of(*layers: Layer | Block, tokens: int = 8) -> Network:
    given = NetworkInput(name="tokens", shape=(1, tokens), dtype="int64")
    return Network(inputs=(given,), root=Block(name="", layers=layers))


def bert(tied_to: str | None = "embeddings.word.weight", **decoder: object) -> Network:
    """Return the ends of bert-base-uncased: its decoder has the weight of the table of words, and a bias of its own."""
    table = {"num_embeddings": VOCABULARY, "embedding_dim": FEATURES}
    words = Block(name="embeddings", layers=(Layer(name="word", type="Embedding", params=table),))
    params = {"out_features": VOCABULARY, **decoder}
    return of(words, Layer(name="decoder", type="Linear", params=params, tied_to=tied_to))


def analyzed(network: Network) -> Result:
    result = analyze(network)
    assert not result.problems
    return result


def test_a_bias_is_counted_where_it_is() -> None:
    # transformers BertForMaskedLM: word_embeddings (30522, 768), decoder.bias (30522).
    result = analyzed(bert())
    assert result.root.cost.params == VOCABULARY * FEATURES + VOCABULARY
    assert result.at((1,)).cost.params == result.at((1,)).cost.trainable_params == VOCABULARY
    assert result.at((1,)).traffic.weight_bytes == 4 * VOCABULARY
    # The whole weight is still read, and multiplied.
    assert result.at((1,)).traffic.read_bytes == analyzed(bert(None)).at((1,)).traffic.read_bytes
    assert result.at((1,)).cost.macs == 8 * VOCABULARY * FEATURES


def test_a_layer_without_a_bias_has_nothing_of_its_own() -> None:
    ends = analyzed(bert(bias=False)), analyzed(bert("embeddings.word", bias=False))
    assert [each.at((1,)).cost for each in ends] == [ends[0].at((1,)).cost] * 2
    assert ends[0].at((1,)).cost.params == 0


def test_an_adapter_and_a_bias_stay() -> None:
    layer = analyzed(bert(lora_rank=4)).at((1,))
    assert layer.cost.params == VOCABULARY + 4 * (VOCABULARY + FEATURES)
    assert layer.cost.trainable_params == layer.cost.adapter_params == 4 * (VOCABULARY + FEATURES)


def test_a_frozen_layer_trains_no_bias() -> None:
    network = bert()
    frozen = replace(network.layers[1], trainable=False)
    result = analyzed(of(network.layers[0], frozen))
    assert (result.at((1,)).cost.params, result.at((1,)).cost.trainable_params) == (VOCABULARY, 0)


def test_training_holds_gradients_of_the_weight_once_and_of_the_bias() -> None:
    for tied_to, params in (
        ("embeddings.word.weight", VOCABULARY * (FEATURES + 1)),
        (None, VOCABULARY * (2 * FEATURES + 1)),
    ):
        training = Training(analyzed(bert(tied_to)), TrainingConfig("adam", "fp32"))
        assert training.gradients.nbytes == 4 * params


@pytest.mark.parametrize("key", ["params", "weight_bytes"])
def test_the_explanation_is_the_value_and_says_where_the_weight_counts(key: str) -> None:
    result = analyzed(bert())
    explained = METRICS[key].explain(MetricContext(result), result.at((1,)))
    assert explained.value == METRICS[key].value(MetricContext(result), result.at((1,)))
    assert explained.note.startswith("embeddings.word.weight counts there;")


def test_a_repeated_block_shares_what_it_ties_in_each_pass() -> None:
    tied = Layer(name="fc", type="Linear", params={"out_features": 16}, tied_to="first.weight")
    block = Block(name="block", repeat=3, layers=(tied,))
    first = Layer(name="first", type="Linear", params={"out_features": 16})
    given = NetworkInput(name="x", shape=(2, 16))
    result = analyzed(Network(inputs=(given,), root=Block(name="", layers=(first, block))))
    assert result.root.cost.params == 16 * 16 + 16 + 3 * 16


FAULTS = [
    ("nowhere.weight", "there is no such layer"),
    ("embeddings.weight", 'embeddings" has no parameter weight'),
    ("small.weight", "has 23,440,896 values and that one 7,680"),
    ("sum.weight", 'sum" has no parameter weight'),
    ("decoder.weight", "leads back to this layer"),
]


@pytest.mark.parametrize(("tied_to", "says"), FAULTS)
def test_wrong_ties_are_problems(tied_to: str, says: str) -> None:
    network = bert(tied_to)
    table = {"num_embeddings": 10, "embedding_dim": FEATURES}
    small = Layer(name="small", type="Embedding", params=table, inputs=("tokens",))
    both = Layer(name="sum", type="Add", params={"other": 1}, inputs=("embeddings",))
    words, decoder = network.layers
    wired = Layer(name="decoder", type="Linear", params=decoder.params, inputs=("embeddings",), tied_to=tied_to)
    result = analyze(of(words, small, both, wired))
    (problem,) = (each for each in result.problems if each.severity == "error")
    assert problem.param == "tied_to"
    assert says in problem.message


def test_a_layer_named_weight_goes_first() -> None:
    held = Block(name="table", layers=(Layer(name="weight", type="Parameter", params={"shape": (16, 16)}),))
    fc = Layer(name="fc", type="Linear", params={"out_features": 16}, inputs=("x",), tied_to="table.weight")
    given = NetworkInput(name="x", shape=(2, 16))
    result = analyze(Network(inputs=(given,), root=Block(name="", layers=(held, fc))))
    assert not [each for each in result.problems if each.severity == "error"]
    assert result.root.cost.params == 16 * 16 + 16


def test_a_tie_follows_a_renamed_layer_and_is_stored(tmp_path) -> None:
    network = rename(bert(), (0, 0), "words")
    assert network.layers[1].tied_to == "embeddings.words.weight"
    file = tmp_path / "bert.layers"
    save_network(network, file)
    assert open_network(file).layers[1].tied_to == "embeddings.words.weight"
