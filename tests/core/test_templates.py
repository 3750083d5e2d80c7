"""The networks that come with the app: each equals torchvision's to the digit, total by total and layer by layer."""

import json
import lzma
from collections import Counter
from pathlib import Path

import pytest

from layerledger.core import FormatError, analyze
from layerledger.core.formats import native
from layerledger.core.network import Layer, walk
from layerledger.core.templates import FOLDER, load_template, open_file_or_template, template_names, templates

REFERENCE = Path(__file__).parent.parent / "reference" / "networks.json.xz"
NETWORKS = json.loads(lzma.decompress(REFERENCE.read_bytes()))["networks"]

# What torchvision computes by functions, so that it is no leaf module, and what an evaluation does not run.
FUNCTIONAL = {"Add", "Mul", "Concat", "Flatten", "AdaptiveAvgPool2d", "AvgPool2d", "MaxPool2d", "ReLU", "Dropout"}
TRAINING_ONLY = {"StochasticDepth"}

# The published count of Inception v3 includes the auxiliary classifier, which the template leaves out.
AUXILIARY = {"inception_v3"}

TORCHVISION = sorted({*template_names()} & NETWORKS.keys())


def leaves(result):
    """Returns how often each layer occurs, by (type, output, params, macs)."""
    rows = ((row.type, tuple(row.outputs[0]), row.cost.params, row.cost.macs) for row in result.rows())
    return Counter(rows)


@pytest.fixture(scope="module", params=template_names())
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
    assert written <= 230
    if "resnet" in template[0]:
        assert written <= 100


@pytest.mark.parametrize("name", TORCHVISION)
def test_totals_are_torchvisions(name):
    totals, wanted = analyze(load_template(name)).totals, NETWORKS[name]
    if name in AUXILIARY:
        assert totals.params == sum(params for _, _, params, _ in wanted["leaves"])
    else:
        found = (totals.params, totals.trainable_params, totals.buffers)
        assert found == (wanted["params"], wanted["trainable_params"], wanted["buffers"])
    assert totals.macs == wanted["macs"]


@pytest.mark.parametrize("name", TORCHVISION)
def test_layers_are_torchvisions(name):
    found = leaves(analyze(load_template(name)))
    wanted = Counter((kind, tuple(out), *counts) for kind, out, *counts in NETWORKS[name]["leaves"])
    missing = [leaf for leaf in (wanted - found) if leaf[0] not in TRAINING_ONLY]
    assert missing == []
    for kind, _, params, macs in found - wanted:
        assert kind in FUNCTIONAL
        assert (params, macs) == (0, 0)


@pytest.mark.parametrize("name", TORCHVISION)
def test_published_figures_are_torchvisions(name):
    published = load_template(name).extra["published"]
    assert {key: published[key] for key in ("params", "gmacs")} == NETWORKS[name]["published"]
    assert published["source"]


def test_the_lesson_is_the_worked_example():
    conv, grouped = analyze(load_template("lesson")).rows()
    assert [row.outputs for row in (conv, grouped)] == [[[1, 6, 2, 2]]] * 2
    assert [(row.cost.params, row.cost.exact_flops) for row in (conv, grouped)] == [(168, 1296), (60, 432)]


def test_lenet_is_the_dense_one():
    totals = analyze(load_template("lenet5")).totals
    assert (totals.params, totals.macs) == (61_706, 416_520)


def test_there_are_the_networks_that_everyone_compares_with():
    wanted = {"lesson", "lenet5", "alexnet", "vgg16", "resnet18", "resnet50", "mobilenet_v2"}
    assert wanted <= {*template_names()}


def test_names_are_in_the_order_of_their_numbers():
    resnets = [name for name in template_names() if name.startswith("resnet")]
    assert resnets == sorted(resnets, key=lambda name: int(name[6:]))


def test_the_gallery_tells_what_each_is():
    shown = templates()
    assert [template.name for template in shown][:2] == ["lesson", "lenet5"]
    assert {template.name for template in shown} == {*template_names()}
    assert len({template.title for template in shown}) == len(shown)
    assert all(template.description.endswith(".") for template in shown)
    assert [template.year for template in shown] == sorted(template.year for template in shown)


def test_an_unknown_name_names_those_there_are():
    with pytest.raises(FormatError, match="resnet18"):
        load_template("resnet19")
    with pytest.raises(FormatError, match=r"resnet19.*no such file"):
        open_file_or_template("resnet19")
