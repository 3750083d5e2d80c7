"""Budgets: read from the file, judged exactly, with the first layer that passes a limit; and what fits into them."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.formats import native
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.budgets import (
    BUDGETS_KEY,
    TIME,
    TITLES,
    Limit,
    check_budgets,
    limits_of,
    with_limits,
)
from layerledger.core.metrics.devices.roofline import SECOND
from layerledger.core.metrics.registry import METRICS, PEAK
from layerledger.core.studies.largest_fit import largest_batch, largest_image

RESNET = load_template("resnet18")


def limited(network=RESNET, **limits):
    return replace(network, budgets=FrozenMap(limits))


def judged(**limits):
    (verdict,) = check_budgets(analyze(limited(**limits)))
    return verdict


def test_a_limit_is_the_most_that_is_allowed():
    assert judged(params=11_689_512).satisfied
    over = judged(params=11_689_511)
    assert not over.satisfied
    assert over.first == "fc"
    assert over.sentence() == "Parameters: 11.7 M, over the budget of 11.7 M; passed at fc"


def test_the_first_layer_with_which_the_sum_is_over():
    rows = list(analyze(RESNET).rows())
    done = 0
    for row in rows:
        done += row.cost.macs
        if row.cost.macs:
            assert judged(macs=done - 1).first == row.path
    assert judged(macs=done).satisfied


def test_the_first_step_with_so_much_alive():
    result = analyze(RESNET)
    peak = result.memory.peak_bytes
    assert judged(peak_activation_bytes=peak).satisfied
    assert judged(peak_activation_bytes=peak - 1).first == "bn1"
    assert judged(peak_activation_bytes=0).first == "conv1"


def test_what_is_not_counted_is_not_said_to_be_kept():
    odd = Layer(name="odd", type="Odd")
    network = limited(replace(RESNET, root=replace(RESNET.root, layers=(*RESNET.layers, odd))), params=10**9, macs=5)
    kept, broken = check_budgets(analyze(network))
    assert kept.satisfied is None
    assert "at least 11.7 M, with 1 layer not counted" in kept.sentence()
    assert broken.satisfied is False


def test_weights_and_time():
    assert judged(weight_bytes=4 * 11_689_512).satisfied
    assert not judged(weight_bytes=4 * 11_689_512 - 1).satisfied
    slow = judged(device_seconds=FrozenMap({"device": "nvidia-t4", "at_most": 1e-6}))
    assert slow.first == "conv1"
    assert "on NVIDIA T4" in slow.sentence()
    assert judged(device_seconds=FrozenMap({"device": "nvidia-t4", "at_most": 1})).satisfied


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (5, "budgets must be an object"),
        ({"flops": 5}, "no limit called"),
        ({"params": -1}, "budgets.params must be a whole number"),
        ({"macs": 1.5}, "budgets.macs must be a whole number"),
        ({"macs": True}, "budgets.macs must be a whole number"),
        ({TIME: 5}, "device must be a known device"),
        ({TIME: {"device": "abacus", "at_most": 1}}, 'known device; got "abacus"'),
        ({TIME: {"device": "nvidia-t4", "at_most": -1}}, "must be seconds"),
        ({TIME: {"device": "nvidia-t4", "at_most": 1, "efficiency": 2}}, "efficiency must be above 0"),
    ],
)
def test_what_is_no_budget_is_a_problem_of_the_network(stated, words):
    value = FrozenMap(stated) if isinstance(stated, dict) else stated
    result = analyze(replace(RESNET, budgets=value))
    (problem,) = result.problems
    assert (problem.severity, problem.param) == ("error", BUDGETS_KEY)
    assert words in problem.message
    assert check_budgets(result) == ()


LIMITS = st.lists(
    st.builds(Limit, key=st.sampled_from([key for key in TITLES if key != TIME]), maximum=st.integers(0, 10**30)),
    unique_by=lambda limit: limit.key,
).map(tuple)


@given(LIMITS)
def test_limits_are_saved_and_read_back(limits):
    network = with_limits(RESNET, limits)
    again = native.read(native.write(network))
    assert limits_of(again.budgets) == limits
    assert with_limits(again, ()).budgets is None
    assert (again.metadata, again.extra) == (RESNET.metadata, RESNET.extra)


def test_a_time_limit_is_saved_and_read_back():
    text = '{"device": "nvidia-t4", "at_most": 0.005, "efficiency": 0.5, "fused": true}'
    source = (
        f'{{"format": "layerledger", "version": 1, "name": "n", "budgets": {{"device_seconds": {text}}}, "layers": []}}'
    )
    (limit,) = limits_of(native.read(source).budgets)
    assert limit.maximum == SECOND // 200
    assert limits_of(with_limits(RESNET, (limit,)).budgets)[0].maximum == limit.maximum
    assert with_limits(RESNET, (limit,)).budgets == json.loads(f'{{"device_seconds": {text}}}')


# -- what fits


def chain(batch=1):
    conv = Layer(name="c", type="Conv2d", params={"out_channels": 4, "kernel_size": 3, "padding": 1})
    return Network(inputs=(NetworkInput(name="x", shape=(batch, 4, 8, 8)),), root=Block(name="", layers=(conv,)))


@pytest.mark.parametrize("at_most", [2047, 2048, 2049, 20_480, 10**6, 10**9])
def test_the_largest_batch(at_most):
    each = 2 * 4 * 8 * 8 * 4
    assert largest_batch(chain(7), (Limit(key=PEAK, maximum=at_most),)) == (at_most // each or None)


def test_the_largest_image():
    limits = (Limit(key="macs", maximum=2_000_000_000),)
    found = largest_image(RESNET, limits)
    assert found % 32 == 0
    macs = [analyze(resized(found + more)).totals.macs for more in (0, 32)]
    assert macs[0] <= 2_000_000_000 < macs[1]
    assert largest_image(RESNET, (Limit(key="params", maximum=1),)) is None
    assert largest_image(load_template("gpt2"), limits) is None


def resized(n):
    return replace(RESNET, inputs=(replace(RESNET.inputs[0], shape=(1, 3, n, n)),))


def test_every_limit_has_a_metric():
    assert set(TITLES) - {PEAK, TIME} <= set(METRICS)


# -- reports


def written(tmp_path, **limits):
    path = tmp_path / "limited.layers"
    path.write_text(native.write(limited(**limits)), "utf-8")
    return path


def run(*arguments):
    command = [sys.executable, "-m", "layerledger", "report", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def test_a_report_exits_with_1_and_says_which_limit_is_broken(tmp_path):
    path = written(tmp_path, params=10**7, macs=2 * 10**9)
    done = run(path, "--format", "json")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "Parameters: 11.7 M, over the budget of 10.0 M; passed at layer4.rest.conv2" in line
    found = json.loads(done.stdout)["budgets"]
    assert found[0] == {
        "key": "params", "at_most": 10**7, "value": 11_689_512, "kept": False, "first": "layer4.rest.conv2",
    }  # fmt: skip
    assert found[1]["kept"]
    assert found[1]["first"] is None
    for form in ("table", "markdown"):
        text = run(path, "--format", form).stdout
        assert "over the budget of 10.0 M" in text
        assert "within the budget of 2.00 G" in text


def test_a_report_exits_with_0_where_all_limits_are_kept(tmp_path):
    done = run(written(tmp_path, params=2 * 10**7), "--format", "table")
    assert (done.returncode, done.stderr) == (0, "")
