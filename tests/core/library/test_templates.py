"""The networks that come with the app: each equals torchvision's to the digit, total by total and layer by layer."""

import json
import lzma
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from core_samples import in_evaluation

from layerledger.core import FormatError, analyze
from layerledger.core.formats import native
from layerledger.core.library.templates.published import deviations
from layerledger.core.library.templates.templates import (
    FOLDER,
    load_template,
    open_file_or_template,
    template_ids,
    templates,
)
from layerledger.core.network.nodes import Layer
from layerledger.core.network.paths import walk

REFERENCE = Path(__file__).parents[2] / "reference" / "networks.json.xz"
NETWORKS = json.loads(lzma.decompress(REFERENCE.read_bytes()))["networks"]
MODELS = json.loads(lzma.decompress(REFERENCE.with_name("language_models.json.xz").read_bytes()))["models"]

# What torchvision computes by functions, so that it is no leaf module, and what an evaluation does not run.
FUNCTIONAL = {"Add", "Mul", "Concat", "Flatten", "AdaptiveAvgPool2d", "AvgPool2d", "MaxPool2d", "ReLU", "Dropout"}
FUNCTIONAL |= {"Mean", "Interpolate", "Chunk", "ChannelShuffle", "Permute", "Reshape", "Unflatten", "Transpose"}
FUNCTIONAL |= {"Unbind", "Slice", "Squeeze", "Expand", "Roll", "Constant", "Parameter"}
FUNCTIONS = {"functional.linear", "matmul", "index"}
TRAINING_ONLY = {"StochasticDepth"}

TORCHVISION = sorted({*template_ids()} & NETWORKS.keys())
PUBLISHED = {template.name: template.published for template in templates()}


def leaves(result):
    """Return how often each layer occurs, by (type, output, params, macs)."""
    modules = (row for row in result.rows() if row.result.node.torch_call not in FUNCTIONS)
    return Counter((row.type, tuple(row.outputs[0]), row.cost.params, row.cost.macs) for row in modules)


@pytest.fixture(scope="module", params=template_ids())
def template(request):
    """Each template by name, with its analysis."""
    return request.param, analyze(load_template(request.param))


def test_has_no_problem(template):
    _, result = template
    assert result.problems == ()
    assert result.totals.uncounted_layers == 0


def test_is_canonical(template):
    text = (FOLDER / f"{template[0]}.layers").read_text("utf-8")
    assert native.write(native.read(text)) == text


def test_is_written_once_what_repeats(template):
    written = sum(isinstance(node, Layer) for _, node in walk(load_template(template[0]).root))
    assert written <= 240
    if template[0].startswith(("resnet", "resnext", "wide_resnet")):
        assert written <= 100


@pytest.mark.parametrize("name", TORCHVISION)
def test_totals_are_torchvisions(name):
    totals, wanted = analyze(load_template(name)).totals, NETWORKS[name]
    found = (totals.params, totals.trainable_params, totals.buffers)
    assert found == (wanted["params"], wanted["trainable_params"], wanted["buffers"])
    # MACs are those of eval mode, which leaves the auxiliary classifier of Inception v3 out.
    assert analyze(in_evaluation(load_template(name))).totals.macs == wanted["macs"]


def test_the_auxiliary_classifier_of_inception_counts():
    """By hand: 1×1 and 5×5 filters at 25 and 1 positions, and a linear layer."""
    network = load_template("inception_v3")
    whole, main = analyze(network).totals, analyze(in_evaluation(network)).totals
    assert whole.params == 27_161_264
    assert whole.macs - main.macs == 25 * 768 * 128 + 128 * 768 * 25 + 768 * 1000


@pytest.mark.parametrize("name", TORCHVISION)
def test_layers_are_torchvisions(name):
    found = leaves(analyze(in_evaluation(load_template(name))))
    wanted = Counter((kind, tuple(out), *counts) for kind, out, *counts in NETWORKS[name]["leaves"])
    missing = [leaf for leaf in (wanted - found) if leaf[0] not in TRAINING_ONLY]
    assert missing == []
    for kind, _, params, macs in found - wanted:
        assert kind in FUNCTIONAL
        assert macs == 0
        assert params == 0 or kind == "Parameter"


@pytest.mark.parametrize("name", TORCHVISION)
def test_published_figures_are_torchvisions(name):
    published, wanted = PUBLISHED[name], NETWORKS[name]["published"]
    assert (published.params.value, published.params.step) == (wanted["params"], 1)
    assert published.count.text == f"{wanted['gmacs']} G"
    assert (published.convention, published.source) == ("macs", "torchvision 0.29.1")


def test_the_lesson_is_the_worked_example():
    conv, grouped = analyze(load_template("lesson")).rows()
    assert [row.outputs for row in (conv, grouped)] == [[[1, 6, 2, 2]]] * 2
    assert [(row.cost.params, row.cost.exact_flops) for row in (conv, grouped)] == [(168, 1296), (60, 432)]


def test_lenet_is_the_dense_one():
    totals = analyze(load_template("lenet5")).totals
    assert (totals.params, totals.macs) == (61_706, 416_520)


def test_there_are_the_networks_that_everyone_compares_with():
    wanted = {"lesson", "lenet5", "alexnet", "vgg16", "resnet18", "resnet50", "mobilenet_v2", "vit_b_16", "gpt2"}
    assert wanted <= {*template_ids()}
    assert {*NETWORKS} <= {*template_ids()}


# -- language models

LANGUAGE_MODELS = sorted({*template_ids()} & MODELS.keys())
LENGTHS = [(name, int(length)) for name in LANGUAGE_MODELS for length, macs in MODELS[name]["macs"].items() if macs]

# What transformers keeps in buffers (rotary frequencies, position ids), a template computes.
KEPT = {"bert-base-uncased": 1024, "gpt2": 0, "t5-small": 0, "whisper-tiny": 0}


def of_length(name, length):
    """Return the analysis of a language model on so many tokens."""
    network = load_template(name)
    return analyze(replace(network, inputs=tuple(replace(given, shape=(1, length)) for given in network.inputs)))


@pytest.mark.parametrize("name", LANGUAGE_MODELS)
def test_parameters_are_the_checkpoints(name):
    result, wanted = analyze(load_template(name)), MODELS[name]
    assert (result.totals.params, result.totals.trainable_params) == (wanted["params"], wanted["trainable_params"])
    assert result.totals.buffers == wanted["buffers"] - KEPT.get(name, 128) == 0
    published = PUBLISHED[name]
    assert published.params.value == wanted["published_params"]
    assert published.source.startswith("https://huggingface.co/")


@pytest.mark.parametrize(("name", "length"), LENGTHS)
def test_macs_are_transformers(name, length):
    result = of_length(name, length)
    assert not result.problems
    assert result.totals.macs == MODELS[name]["macs"][str(length)]


@pytest.mark.parametrize("name", sorted({*template_ids()} - {"lesson"}))
def test_twice_the_batch_is_twice_the_work(name):
    one, two = (analyze(load_template(name), batch=n) for n in (1, 2))
    assert not two.problems
    assert two.totals.macs == 2 * one.totals.macs
    assert two.totals.params == one.totals.params


def test_experts_at_work_are_a_term():
    result = analyze(load_template("mixtral-8x7b"))
    experts = next(row for row in result.rows() if row.type == "MixtureOfExperts").result
    idle = experts.op.terms["params"]["idle experts"]
    symbols = experts.op.symbols(experts.known_inputs, experts.outputs)
    assert result.totals.params - 32 * idle(symbols) == MODELS["mixtral-8x7b"]["active_params"]


def test_a_whisper_writes_and_listens():
    """By hand: each map on its tokens, attention on pairs; 1,500 frames, 448 tokens, 384 features, 4 layers each."""
    frames, tokens, d = 1500, 448, 384
    stem = 3000 * 80 * 3 * d + frames * d * 3 * d
    encoder = frames * 12 * d * d + 2 * frames**2 * d
    own = tokens * 14 * d * d + 2 * tokens**2 * d
    cross = frames * 2 * d * d + 2 * tokens * frames * d
    macs = stem + 4 * (encoder + own + cross) + tokens * 51865 * d
    assert analyze(load_template("whisper-tiny")).totals.macs == macs


# -- others


@pytest.mark.parametrize(
    ("name", "params", "macs"),
    [
        ("mobilenet_v1", 4_231_976, 568_740_352),  # the closed form of the paper's Table 1
        ("dcgan_generator", 3_576_704, 104_628_224),  # PyTorch's example
        ("unet", 31_030_658, None),
        ("lstm_classifier", 20_000 * 128 + 2 * 2 * 4 * 64 * (128 + 64 + 2) + 129, None),
        ("vgg11_bn", 132_868_840, 7_609_090_048),  # torchvision's documentation; the MACs are those without batch norm
        ("vgg19_bn", 143_678_248, 19_632_062_464),
        (
            "wavenet",
            2 * 256 * 64 + 64 + 65 * 256 + 30 * (2 * 64 * 128 + 128 + 65 * 64 + 65 * 256) + 2 * 257 * 256,
            None,
        ),
    ],
)
def test_totals_of_the_others(name, params, macs):
    totals = analyze(load_template(name)).totals
    assert totals.params == params
    assert macs in (None, totals.macs)


def test_the_unet_gives_two_classes_of_the_papers_size():
    result = analyze(load_template("unet"))
    assert [output.shape for output in result.root.outputs] == [(1, 2, 388, 388)]
    convolutions = [row for row in result.rows() if row.type.startswith("Conv") and row.type != "Concat"]
    assert len(convolutions) == 23


def test_names_are_in_the_order_of_their_numbers():
    resnets = [name for name in template_ids() if name.startswith("resnet")]
    assert resnets == sorted(resnets, key=lambda name: int(name[6:]))


def test_the_gallery_tells_what_each_is():
    shown = templates()
    assert [template.name for template in shown][:3] == ["lesson", "lstm_classifier", "lenet5"]
    assert {template.name for template in shown} == {*template_ids()}
    assert len({template.title for template in shown}) == len(shown)
    assert all(template.description.endswith(".") for template in shown)
    assert [template.year for template in shown] == sorted(template.year for template in shown)


def test_nearly_all_have_published_figures_with_source_and_convention():
    known = {name: published for name, published in PUBLISHED.items() if published}
    assert {*PUBLISHED} - known.keys() == {"lesson", "wavenet"}
    assert all(published.params and published.source for published in known.values())
    assert {published.convention for published in known.values() if published.count} == {"macs"}


def test_the_networks_equal_the_published_figures_but_for_three(template):
    name, result = template
    if published := PUBLISHED[name]:
        found = deviations(published, result)
        assert found.params.difference == {"lenet5": 1706, "lstm_classifier": 1024}.get(name, 0)
        assert bool(published.note) or found.params.equal
        # The published MACs of Inception v3 are those of eval mode.
        assert found.count is None or found.count.equal or (name == "inception_v3" and published.note)


def test_an_unknown_name_names_those_there_are():
    with pytest.raises(FormatError, match="resnet18"):
        load_template("resnet19")
    with pytest.raises(FormatError, match=r"resnet19.*no such file"):
        open_file_or_template("resnet19")
