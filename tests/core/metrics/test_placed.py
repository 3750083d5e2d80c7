"""What a layer has by its place: the steps that a row stands for, what is alive at them, and what they see."""

import csv
import io

import pytest
from hypothesis import given
from network_strategies import built_networks

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.app import cli
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.placed import live_bytes, seen

SIZE = 4 * 8 * 8 * 4  # bytes of a tensor of (1, 4, 8, 8)


def conv(name, **given):
    return Layer(name=name, type="Conv2d", params={"out_channels": 4, "kernel_size": 3, "padding": 1}, **given)


def net(*layers):
    image = NetworkInput(name="x", shape=(1, 4, 8, 8))
    return analyze(Network(inputs=(image,), root=Block(name="", layers=layers)))


def steps_of(result, row):
    return result.schedule.steps_of(row.at, row.passes)


@given(built_networks(wrong=True))
def test_each_step_is_one_of_exactly_one_row(network):
    result = analyze(network)
    for expand in (True, False):
        rows = list(result.rows(expand=expand))
        found = [steps_of(result, row) for row in rows]
        assert sorted(step for steps in found for step in steps) == list(range(len(result.schedule.steps)))
        for row, steps in zip(rows, found, strict=True):
            assert len(steps) == (row.times if row.result.outputs is not None else 0)
            assert all(result.schedule.steps[step].layer.node is row.result.node for step in steps)


def test_what_is_alive_while_a_layer_runs():
    """a is kept for the sum, so that three tensors are alive at c and at the sum."""
    total = Layer(name="sum", type="Add", inputs=("c", "a"))
    result = net(conv("a"), conv("b"), conv("c"), total)
    assert [live_bytes(result, steps_of(result, row)) for row in result.rows()] == [
        2 * SIZE,
        2 * SIZE,
        3 * SIZE,
        3 * SIZE,
    ]
    assert live_bytes(result, []) is None


def test_of_several_passes_the_most_and_the_first_and_the_last():
    result = net(Block(name="b", repeat=3, layers=(conv("a"), conv("kept"))))
    first, second = result.rows(expand=False)
    assert (first.times, steps_of(result, first), steps_of(result, second)) == (3, [0, 2, 4], [1, 3, 5])
    assert result.schedule.steps_of((0, 1)) == [1, 3, 5]
    assert seen(result, [0, 2, 4]) == "3×3 … 11×11"
    assert live_bytes(result, [0, 2, 4]) == 2 * SIZE


@pytest.mark.parametrize(
    ("name", "layer", "field"),
    [
        ("vgg16", "block5.pool", "212×212"),  # Araujo et al. 2019, as are the others but for torchvision's stride
        ("alexnet", "features.pool5", "195×195"),
        ("resnet50", "layer4.rest.1.conv3", "427×427"),
        ("mobilenet_v1", "conv14.pointwise", "315×315"),
        ("inception_v3", "mixed7b_7c.1.concat", "1311×1311"),
        ("resnet50", "avgpool", "whole input"),
        ("bert-base-uncased", "embeddings.words", "1"),
    ],
)
def test_a_report_says_what_a_layer_sees(capsys, name, layer, field):
    assert cli.main(["report", name, "--format", "csv"]) == 0
    rows = {row["Layer"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert rows[layer]["Receptive field"] == field


def test_the_total_of_what_is_alive_is_the_peak(capsys):
    assert cli.main(["report", "resnet18", "--format", "csv", "--columns", "path,live_bytes"]) == 0
    heading, *rows, total = csv.reader(io.StringIO(capsys.readouterr().out))
    assert heading == ["Layer", "Live activations (bytes)"]
    assert max(int(live) for _, live in rows) == int(total[1]) == analyze(load_template("resnet18")).memory.peak_bytes


@pytest.mark.parametrize("format", ["table", "markdown"])
def test_people_read_the_peak(capsys, format):
    """A chain: its widest step is conv1 and what follows it, 2 × 28·28·6 floats; nothing else is alive."""
    assert cli.main(["report", "lenet5", "--format", format]) == 0
    text = capsys.readouterr().out
    for title in ("Peak activation memory", "Packed activation memory"):
        (line,) = [line for line in text.splitlines() if title in line and "B" in line and ":" not in line]
        assert f"{2 * 28 * 28 * 6 * 4:,} B" in line


def test_columns_of_ones_choice(capsys):
    asked = ("report", "vgg16", "--format", "markdown", "--columns", "path, receptive_field ,weight_bytes,times")
    assert cli.main([*asked]) == 0
    assert "| block5.convs.0–2.conv | 132×132 … 196×196 | 28,317,696 | 3 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("columns", "format", "sentence"),
    [
        ("path,sees", "csv", 'unknown column "sees"; the columns are file, model, path'),
        ("path,path", "csv", "a column is named twice"),
        ("", "csv", 'unknown column ""'),
        ("path", "json", "--columns works with table, csv and markdown"),
    ],
)
def test_columns_that_there_are_not(capsys, columns, format, sentence):
    assert cli.main(["report", "lenet5", "--format", format, "--columns", columns]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert sentence in captured.err
