"""Values travel: a sweep sends networks to other processes and gets totals and rows back.

Nodes, layer types and records compare by identity, so that these tests compare what they hold.
"""

import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from operator import attrgetter

import pytest
from hypothesis import given
from network_strategies import any_networks, built_networks

from layerledger.core.analysis import analyze
from layerledger.core.base.frozen_map import EMPTY, FrozenMap
from layerledger.core.base.params import REQUIRED, params_of
from layerledger.core.base.record import Record
from layerledger.core.formats import native
from layerledger.core.formula.formula import Formula, added, formula
from layerledger.core.layers.binding import bind
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.layers.registry import LAYER_TYPES
from layerledger.core.library.templates.templates import load_template, template_ids
from layerledger.core.metrics.conventions import conventions
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import COUNTS, METRICS
from layerledger.core.network.nodes import NO_VALUES, Block, Layer, Network

SOME = ("lesson", "resnet18", "googlenet", "vit_b_16", "swin_t")


def again(value):
    """Return a value after its way to another process."""
    return pickle.loads(pickle.dumps(value))


def held(value):
    """Return what a value holds, as tuples that compare by content."""
    if isinstance(value, str | int | float | bool | None | range | type):
        return type(value), value
    if isinstance(value, Formula):
        return value.source
    if isinstance(value, attrgetter):
        return repr(value)
    if isinstance(value, LayerType):
        return type(value), tuple((name, held(getattr(value, name))) for name in params_of(type(value)))
    if isinstance(value, Record):
        return type(value), tuple((name, held(getattr(value, name))) for name in value.__match_args__)
    if is_dataclass(value):
        return type(value), tuple((each.name, held(getattr(value, each.name))) for each in fields(value))
    if isinstance(value, Mapping):
        return tuple((key, held(each)) for key, each in value.items())
    if isinstance(value, AbstractSet):
        return frozenset(map(held, value))
    if isinstance(value, Sequence):
        return type(value), tuple(map(held, value))
    return value


def test_content_is_compared_by_type_too():
    assert held((1, "a", None)) == held((1, "a", None))
    assert held(1) != held(True) != held(1.0)
    assert held(Layer(name="a", type="X")) != held(Layer(name="a", type="Y"))
    assert held(bind("ReLU", {}).op) != held(bind("GELU", {}).op)


# -- networks


@pytest.mark.parametrize("name", template_ids())
def test_template(name):
    network = load_template(name)
    other = again(network)
    assert held(other) == held(network)
    assert native.write(other) == native.write(network)
    result, found = analyze(network), analyze(other)
    assert found.totals == result.totals
    assert held(list(found.rows(expand=False))) == held(list(result.rows(expand=False)))


@given(any_networks)
def test_any_network(network):
    assert held(again(network)) == held(network)


@given(built_networks(wrong=True))
def test_problems(network):
    result = analyze(network)
    assert again(result.problems) == result.problems
    assert [str(problem.message) for problem in again(result.problems)] == [p.message for p in result.problems]


def test_messages_of_problems_keep_their_templates():
    (problem,) = analyze(Network(root=Block(name="", layers=(Layer(name="a", type="Conv9d"),)))).problems
    other = again(problem)
    assert (other.message.template, other.message.values) == (problem.message.template, problem.message.values)


def test_nodes_without_values_share_the_one_empty_mapping():
    network = again(load_template("lesson"))
    assert network.layers[0].extra is NO_VALUES
    assert network.root.extra is NO_VALUES


def test_shared_nodes_stay_shared():
    layer = Layer(name="a", type="ReLU")
    first, second = again(Block(name="", layers=(layer, layer))).layers
    assert first is second


# -- results


@pytest.mark.parametrize("name", SOME)
def test_results(name):
    result = analyze(load_template(name))
    assert again(result.totals) == result.totals
    assert held(again(result.coverage)) == held(result.coverage)
    rows = list(result.rows())
    assert held(again(rows)) == held(rows)
    assert held(again(result.root)) == held(result.root)


ANSWER = """
import pickle, sys
from layerledger.core import analyze
network = pickle.load(sys.stdin.buffer)
result = analyze(network)
sys.stdout.buffer.write(pickle.dumps((result.totals, list(result.rows()), result.problems)))
"""


@pytest.mark.parametrize("name", ["resnet18", "swin_t"])
def test_a_fresh_process_analyzes_a_network_and_sends_its_numbers_back(name):
    network = load_template(name)
    ran = subprocess.run(
        [sys.executable, "-P", "-c", ANSWER],
        input=pickle.dumps(network),
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    result = analyze(network)
    totals, rows, problems = pickle.loads(ran.stdout)
    assert (totals, problems) == (result.totals, result.problems)
    assert held(rows) == held(list(result.rows()))


# -- layer types and formulas


EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{i}")
    for name, each in LAYER_TYPES.items()
    for i, example in enumerate(each.examples)
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_layer_type(name, example):
    op = bind(name, example.params).op
    assert op is not None
    other = again(op)
    assert held(other) == held(op)
    assert other.formulas.keys() == op.formulas.keys()
    assert held(again(example)) == held(example)


@pytest.mark.parametrize("name", LAYER_TYPES)
def test_formulas(name):
    for counted in LAYER_TYPES[name].formulas.values():
        symbols = dict.fromkeys(counted.names, 12)
        other = again(counted)
        assert (other.source, other.text()) == (counted.source, counted.text())
        assert value_of(other, symbols) == value_of(counted, symbols)


def value_of(counted, symbols):
    """Return a formula's value, evaluated before it is pickled too; or why it has none."""
    try:
        return counted(symbols)
    except ValueError as error:
        return str(error)


def test_a_formula_is_its_source_again():
    counted = formula("K_h*K_w + 1")
    assert counted({"K_h": 2, "K_w": 3}) == 7
    assert again(counted) is counted


def test_a_sum_longer_than_a_text_may_be():
    long = added([formula(f"a{i}*{'9' * 100}") for i in range(30)])
    other = again(long)
    assert other.source == long.source
    assert other(dict.fromkeys(long.names, 1)) == 30 * int("9" * 100)


# -- what numbers are counted by


RESULT = analyze(load_template("resnet18"))


@pytest.mark.parametrize("key", METRICS)
@pytest.mark.parametrize("fused", [False, True])
def test_metric(key, fused):
    metric = METRICS[key].when_fused if fused else METRICS[key]
    other, context = again(metric), MetricContext(RESULT, fused=fused)
    assert fused or other is metric
    assert held(other) == held(metric)
    assert other.whole(context) == metric.whole(context)


@pytest.mark.parametrize("id", COUNTS)
def test_count(id):
    other = again(COUNTS[id])
    assert other.whole(MetricContext(RESULT)) == COUNTS[id].whole(MetricContext(RESULT))


@pytest.mark.parametrize("id", conventions())
def test_convention(id):
    convention = conventions()[id]
    counted = convention.of_result(RESULT)
    other = again(convention)
    assert held(other) == held(convention)
    assert other.of_result(RESULT) == counted
    assert again(counted) == counted


@pytest.mark.parametrize("id", devices())
def test_device(id):
    assert held(again(devices()[id])) == held(devices()[id])


# -- small values


@pytest.mark.parametrize("items", [{}, {"a": 1}, {"a": (1, FrozenMap({"b": None}))}])
def test_frozen_map(items):
    frozen = FrozenMap(items)
    other = again(frozen)
    assert (other, type(other), hash(other)) == (frozen, FrozenMap, hash(frozen))
    assert again(EMPTY) is EMPTY


def test_the_mark_of_a_required_parameter_is_one_object():
    assert again(REQUIRED) is REQUIRED
