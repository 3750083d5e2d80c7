"""The analyzer: from networks to results, with the settings of an analysis and a cache that lasts from one to the next.

`analyze` is one step of it: a pure function, which hands on the cache of the previous result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from layerledger.core.analysis import checks
from layerledger.core.analysis.cache import CAPACITY, LayerCache, ResultCache
from layerledger.core.analysis.engine import Engine
from layerledger.core.analysis.evaluation import declared_dtypes
from layerledger.core.analysis.incremental import IncrementalEngine
from layerledger.core.analysis.node_result import NodeResult, Problem, TensorOrMissing, Unresolved
from layerledger.core.analysis.result import Result, weight_dtype
from layerledger.core.analysis.rows import problems
from layerledger.core.analysis.tied_weights import tie_problems
from layerledger.core.base.dtypes import WEIGHT_DTYPES
from layerledger.core.base.messages import Message
from layerledger.core.base.network_checks import NETWORK_CHECKS
from layerledger.core.base.params import show
from layerledger.core.base.shapes import ELEMENT_BYTES, FLOAT_DTYPES
from layerledger.core.network.nodes import Block, Network, NetworkInput


def analyze(
    network: Network,
    *,
    batch: int | None = None,
    dtype: str | None = None,
    weights: str | None = None,
    previous: Result | None = None,
) -> Result:
    """Return the outputs and the cost of every layer of `network`, the totals, and all problems.

    Args:
        network: right or wrong; a wrong value becomes a problem in the result.
        batch: replaces dimension 0 of every input.
        dtype: replaces the dtype of every floating-point input, and so of the weights.
        weights: replaces the dtype in which weights are stored where a layer does not declare one.
        previous: an earlier result; the parts that are unchanged since are not computed again.

    Raises:
        ValueError: `dtype` or `weights` is unknown.
    """
    return Analyzer(batch=batch, dtype=dtype, weights=weights, previous=previous).analyze(network)


class Analyzer:
    """Analyses networks one after another under the same settings, and reuses the unchanged parts.

    Attributes:
        batch: dimension 0 of every input; None leaves it to the network.
        dtype: the dtype of floating-point inputs; None leaves it to the network.
        weights: the dtype of stored weights; None leaves it to the network.
        cache: the layers' cache; it lasts as long as the analyzer, and goes on to one made from a result of it.
    """

    def __init__(
        self,
        *,
        batch: int | None = None,
        dtype: str | None = None,
        weights: str | None = None,
        previous: Result | None = None,
    ) -> None:
        """Check the settings, and take over the cache of an earlier result.

        Raises:
            ValueError: `dtype` or `weights` is unknown.
        """
        _check("weights", weights, WEIGHT_DTYPES)
        _check("dtype", dtype, ELEMENT_BYTES)
        self.batch, self.dtype, self.weights = batch, dtype, weights
        self.cache = previous.cache.layers if previous else LayerCache()
        self._previous = previous

    def analyze(self, network: Network) -> Result:
        """Return the result of a network."""
        given = [self._input(each) for each in network.inputs]
        inputs = {each.name: _tensor(each) for each in given}
        declared, wrong = declared_dtypes(network.stored_dtypes)
        compute = weight_dtype(network, self.dtype)
        # Precedence: the setting for weights; what the network declares, unless a compute dtype is set; the compute
        # dtype.
        stored = self.weights or (not self.dtype and declared.weights) or compute
        before = self._previous
        # results hold for one set of inputs and dtypes; with another one, only the layers' cache goes on
        if before is not None and (before.inputs, before.dtype, before.weights) != (inputs, compute, stored):
            before = None
        cache = before.cache if before else ResultCache(self.cache)
        engine = self.engine(network.root, inputs, (compute, stored), cache, before.root if before else None)
        root = _root_result(engine, given)
        # Only after an analysis: during it, nothing that it may still need is dropped.
        cache.trim(CAPACITY + 4 * root.layers)
        self._previous = Result(
            network=network,
            root=root,
            problems=(*checks.input_problems(given), *wrong, *_problems(network, root)),
            inputs=inputs,
            dtype=compute,
            weights=stored,
            cache=cache,
        )
        return self._previous

    def engine(
        self,
        root: Block,
        inputs: Mapping[str, TensorOrMissing],
        dtypes: tuple[str, str],
        cache: ResultCache,
        previous: NodeResult | None,
    ) -> Engine:
        """Return the engine for one analysis."""
        return IncrementalEngine(root, inputs, dtypes, cache, previous)

    def _input(self, given: NetworkInput) -> NetworkInput:
        """Return an input of the network under these settings."""
        if self.batch is not None and given.shape:
            given = replace(given, shape=(self.batch, *given.shape[1:]))
        return replace(given, dtype=self.dtype) if self.dtype and given.dtype in FLOAT_DTYPES else given


def _check(name: str, dtype: str | None, known: Collection[str]) -> None:
    if dtype is not None and dtype not in known:
        raise ValueError(
            Message("{name} must be one of {known}; got {dtype}", name=name, known=", ".join(known), dtype=show(dtype))
        )


def _tensor(given: NetworkInput) -> TensorOrMissing:
    return Unresolved(given.name) if checks.input_fault(given) else given.spec


def _root_result(engine: Engine, given: Sequence[NetworkInput]) -> NodeResult:
    names = tuple([each.name for each in given])
    # A network without inputs is evaluated too, so that each layer says what it waits for.
    return engine.node(engine.root, tuple(map(_tensor, given)) or (Unresolved("an input"),), names)


def _problems(network: Network, root: NodeResult) -> Sequence[Problem]:
    checked = (problem for check in NETWORK_CHECKS for problem in check(network))
    return (*checked, *problems(root), *tie_problems(network, root))
