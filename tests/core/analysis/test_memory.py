"""Steps, lives of tensors, peak and packing: against a simulation that knows only the definition."""

from itertools import pairwise

import pytest
from hypothesis import given
from network_strategies import built_networks

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.liveness import IN_PLACE, LivenessProfile
from layerledger.core.library.templates.templates import load_template, template_ids


def net(*layers, shape=(1, 4, 8, 8), **root):
    return analyze(Network(inputs=(NetworkInput(name="x", shape=shape),), root=Block(name="", layers=layers, **root)))


def conv(name, out=4, **given):
    params = {"out_channels": out, "kernel_size": 3, "padding": 1}
    return Layer(name=name, type="Conv2d", params={**params, **given.pop("params", {})}, **given)


def relu(name, **given):
    return Layer(name=name, type="ReLU", **given)


def add(name, *inputs):
    return Layer(name=name, type="Add", inputs=inputs)


def simulated_peak(memory):
    """Run the moments and throws away what nobody needs any more."""
    flow, given = memory.detailed, memory.schedule
    waiting = [sum(tensor in (*m.inputs, *m.outputs) for m in flow.moments) for tensor in range(len(flow.sizes))]
    alive, peak = {t for t, maker in enumerate(flow.producers) if maker < 0}, 0
    for moment in flow.moments:
        alive |= set(moment.outputs)
        peak = max(peak, sum(flow.sizes[t] for t in alive))
        for tensor in {*moment.inputs, *moment.outputs}:
            waiting[tensor] -= 1
        gone = {t for t in alive if not waiting[t] and t not in given.outputs}
        alive -= gone
    return peak


def check_packing(memory):
    """Look that nothing lies on anything that lives at the same time."""
    placed = list(zip(memory.buffers, memory.offsets, strict=True))
    for step in range(len(memory.detailed.moments)):
        here = sorted((o, o + b.size_bytes) for b, o in placed if b.first <= step <= b.last and b.size_bytes)
        assert all(one[1] <= other[0] for one, other in pairwise(here)), step
    assert memory.packed_bytes >= memory.peak_bytes


SIZE = 4 * 8 * 8 * 4  # bytes of a tensor of (1, 4, 8, 8)


def test_a_chain_needs_its_widest_step():
    result = net(conv("a"), conv("b", 8), conv("c"))
    assert result.memory.live_bytes == [2 * SIZE, 3 * SIZE, 3 * SIZE]
    assert result.memory.peak_bytes == 3 * SIZE
    assert result.memory.peak_step == 1
    assert result.schedule.steps[1].layer.node.name == "b"


def test_tflite_tools_worked_example():
    """Convolutions of int8: bytes a step as its README lists them, 17,472 at 32²×3 → 30²×16 and 26,944 after it."""
    image = NetworkInput(name="image", shape=(1, 3, 32, 32), dtype="int8")
    layers = (conv("a", 16, params={"padding": 0}), conv("b", 16, params={"padding": 0}))
    pool = Layer(name="pool", type="MaxPool2d", params={"kernel_size": 2})
    result = analyze(Network(inputs=(image,), root=Block(name="", layers=(*layers, pool))))
    assert result.memory.live_bytes == [17_472, 26_944, 15_680]
    assert result.memory.packed_bytes == 26_944


def test_a_skip_stays_alive_until_it_is_added():
    result = net(conv("a"), conv("b"), conv("c"), add("sum", "c", "a"), conv("d"))
    assert result.memory.live_bytes == [2 * SIZE, 2 * SIZE, 3 * SIZE, 3 * SIZE, 2 * SIZE]


def test_the_networks_input_lives_to_its_last_reader_and_outputs_to_the_end():
    result = net(conv("a"), conv("b"), add("sum", "b", "x"), outputs=("a", "sum"))
    assert result.memory.live_bytes == [2 * SIZE, 3 * SIZE, 4 * SIZE]


def test_in_place():
    flow = net(conv("a"), relu("r"), Layer(name="f", type="Flatten")).schedule
    assert LivenessProfile(flow).live_bytes == [2 * SIZE] * 3
    assert LivenessProfile(flow, in_place=("element-wise",)).live_bytes == [2 * SIZE, SIZE, 2 * SIZE]
    assert LivenessProfile(flow, in_place=("element-wise", "view")).live_bytes == [2 * SIZE, SIZE, SIZE]


def test_what_is_needed_later_is_not_overwritten():
    flow = net(conv("a"), relu("r"), add("sum", "r", "a")).schedule
    assert LivenessProfile(flow, in_place=IN_PLACE).live_bytes == [2 * SIZE, 2 * SIZE, 2 * SIZE]
    kept = net(relu("r"), add("sum", "r", "x")).schedule
    assert LivenessProfile(kept, in_place=("element-wise",)).live_bytes == [2 * SIZE, 3 * SIZE]


def test_a_depthwise_convolution_overwrites_its_input():
    flow = net(conv("a"), conv("d", params={"groups": 4}), conv("e")).schedule
    assert LivenessProfile(flow, in_place=("depthwise",)).live_bytes == [2 * SIZE, SIZE, 2 * SIZE]


def test_passes_and_references_out_of_blocks():
    inner = Block(name="b", repeat=3, layers=(conv("a"), relu("r"), add("sum", "r", "input")))
    flow = net(conv("stem"), inner).schedule
    assert [(step.path, step.passes) for step in flow.steps[:5]] == [
        ((0,), ()), ((1, 0), (0,)), ((1, 1), (0,)), ((1, 2), (0,)), ((1, 0), (1,)),
    ]  # fmt: skip
    assert len(flow.steps) == 10
    assert flow.steps[4].inputs == flow.steps[3].outputs


def test_what_is_wrong_is_left_out():
    result = net(conv("a"), Layer(name="odd", type="Odd"), conv("b"), conv("c", inputs=("a",)))
    assert [step.layer.node.name for step in result.schedule.steps] == ["a", "c"]
    assert net().memory.peak_bytes == net().memory.packed_bytes == 0
    assert net().memory.peak_step is None


@pytest.mark.parametrize("name", [n for n in template_ids() if n not in ("llama-2-7b", "mixtral-8x7b")])
def test_templates(name):
    result = analyze(load_template(name))
    flow = result.schedule
    assert len(flow.steps) == result.totals.layers
    assert result.memory.peak_bytes == simulated_peak(result.memory)
    check_packing(result.memory)
    reused = LivenessProfile(flow, in_place=IN_PLACE)
    assert reused.peak_bytes <= result.memory.peak_bytes
    check_packing(reused)


@given(built_networks())
def test_any_network(network):
    result = analyze(network)
    assert len(result.schedule.steps) == result.totals.layers - result.totals.uncounted_layers
    assert result.memory.peak_bytes == simulated_peak(result.memory)
    for in_place in ((), *((each,) for each in IN_PLACE), IN_PLACE):
        memory = LivenessProfile(result.schedule, in_place=in_place)
        check_packing(memory)
        assert sorted(t for b in memory.buffers for t in b.tensors) == list(range(len(memory.detailed.sizes)))
