"""Passes over the whole network that nobody waits for: memory, receptive fields, training, language models.

Aims: 10 ms each for 1,000 layers, and ten times that for ten times as many.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from layerledger.core import Block, Layer, Network, NetworkInput, Result, analyze
from layerledger.core.analysis.passes.language_model import language_model_cost
from layerledger.core.analysis.passes.liveness import IN_PLACE, LivenessProfile
from layerledger.core.analysis.passes.receptive_field import ReceptiveFields
from layerledger.core.analysis.passes.schedule import Schedule
from layerledger.core.analysis.passes.training import Training, TrainingConfig
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.params import Value

SIZES = (100, 1_000, 10_000, 100_000)


def _layer(kind: str, name: str, *inputs: str, **params: Value) -> Layer:
    return Layer(name=name, type=kind, params=FrozenMap(params), inputs=inputs)


def residual(count: int) -> Result:
    """Return the analysis of convolutions, norms and activation functions with a sum now and then."""
    nodes: list[Layer] = []
    for i in range(count):
        if i % 30 == 29:
            nodes.append(_layer("Add", f"l{i}", f"l{i - 1}", f"l{i - 4}"))
        elif i % 3 == 0:
            nodes.append(_layer("Conv2d", f"l{i}", out_channels=8, kernel_size=3, padding=1))
        else:
            nodes.append(_layer("BatchNorm2d" if i % 3 == 1 else "ReLU", f"l{i}"))
    inputs = (NetworkInput(name="image", shape=(1, 8, 8, 8)),)
    result = analyze(Network(inputs=inputs, root=Block(name="", layers=tuple(nodes))))
    assert len(result.schedule.steps) == count
    return result


def gathered(count: int) -> Result:
    """Return the analysis of a chain of which each tenth layer is read again at the end."""
    nodes = [_layer("ReLU", f"l{i}") for i in range(count - 1)]
    nodes.append(_layer("Concat", "all", *(f"l{i}" for i in range(0, count - 1, 10)), dim=1))
    inputs = (NetworkInput(name="image", shape=(1, 8, 8, 8)),)
    return analyze(Network(inputs=inputs, root=Block(name="", layers=tuple(nodes))))


def decoder(count: int) -> Result:
    """Return the analysis of so many layers of attention over tokens."""
    once = (
        _layer("LayerNorm", "norm"),
        _layer("MultiheadAttention", "attention", num_heads=2, batch_first=True),
        _layer("Linear", "up", out_features=8),
        _layer("GELU", "gelu"),
    )
    words = _layer("Embedding", "words", num_embeddings=9, embedding_dim=8)
    layers = (words, Block(name="b", repeat=count // 4 - 1, layers=once))
    tokens = NetworkInput(name="tokens", shape=(1, 16), dtype="int64")
    return analyze(Network(inputs=(tokens,), root=Block(name="", layers=layers)))


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("make", [residual, gathered])
def test_memory(benchmark: BenchmarkFixture, count: int, make: Callable[[int], Result]) -> None:
    result = make(count)

    def run() -> int:
        memory = LivenessProfile(Schedule(result.network, result.root))
        return memory.peak_bytes + memory.packed_bytes + LivenessProfile(memory.schedule, in_place=IN_PLACE).peak_bytes

    assert benchmark.pedantic(run, rounds=3) > 0


@pytest.mark.parametrize("count", SIZES)
def test_receptive_fields(benchmark: BenchmarkFixture, count: int) -> None:
    result = residual(count)
    found = benchmark.pedantic(ReceptiveFields, (result.schedule,), rounds=3)
    assert len(found.states) == count + 1


@pytest.mark.parametrize("count", SIZES)
def test_training(benchmark: BenchmarkFixture, count: int) -> None:
    result = residual(count)

    def run() -> int:
        training = Training(result, TrainingConfig("adafactor", "mixed", "blocks"))
        return training.peak.nbytes + training.sum_bytes + training.macs.total

    assert benchmark.pedantic(run, rounds=3) > 0


@pytest.mark.parametrize("count", SIZES)
def test_language_model(benchmark: BenchmarkFixture, count: int) -> None:
    result = decoder(count)
    found = benchmark.pedantic(lambda: language_model_cost(result, context=64), rounds=3)
    assert found is not None
    assert len(found.layers) == count // 4 - 1
