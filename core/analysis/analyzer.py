"""The analyzer: from networks to results, with the settings of an analysis and a cache that lasts from one to the next.

`analyze` is one step of it: a pure function, which hands on the cache of the previous result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from layerledger.core.analysis import checks
from layerledger.core.analysis.cache import CAPACITY, LayerCache, ResultCache
from layerledger.core.analysis.engine import Engine
from layerledger.core.analysis.evaluation import LayerDtypes, declared_dtypes
from layerledger.core.analysis.incremental import IncrementalEngine
from layerledger.core.analysis.node_result import NodeResult, Problem, TensorOrMissing, Unresolved
from layerledger.core.analysis.result import Result
from layerledger.core.analysis.rows import problems
from layerledger.core.analysis.tied_weights import tie_problems
from layerledger.core.analysis.unread import unread_problems
from layerledger.core.base.dtypes import (
    ACTIVATION_DTYPES,
    CACHE_DTYPES,
    NOTHING_STATED,
    TF32,
    WEIGHT_DTYPES,
    Dtypes,
)
from layerledger.core.base.messages import Message
from layerledger.core.base.network_checks import NETWORK_CHECKS
from layerledger.core.base.params import show
from layerledger.core.base.precision import completed
from layerledger.core.base.shapes import ELEMENT_BYTES, FLOAT_DTYPES, QUANTIZED_DTYPES
from layerledger.core.network.nodes import MAX_DEPTH, Block, Network, NetworkInput


def analyze(
    network: Network,
    *,
    batch: int | None = None,
    dtype: str | None = None,
    weights: str | None = None,
    activations: str | None = None,
    cache: str | None = None,
    previous: Result | None = None,
) -> Result:
    """Return the outputs and the cost of every layer of `network`, the totals, and all problems.

    Args:
        network: right or wrong; a wrong value becomes a problem in the result.
        batch: replaces dimension 0 of every input.
        dtype: replaces the dtypes of the network: it computes in this one, and its inputs, activations, weights and
            cache are stored in it.
        weights: replaces the dtype in which weights are stored where a layer does not declare one.
        activations: replaces the dtype of inputs and of the tensors between layers.
        cache: replaces the dtype in which keys and values of past tokens are kept.
        previous: an earlier result; the parts that are unchanged since are not computed again.

    Raises:
        ValueError: a dtype is unknown.
    """
    settings = Dtypes(weights, activations, dtype, cache)
    return Analyzer(settings, batch=batch, previous=previous).analyze(network)


def analyze_alike(network: Network, result: Result, *, batch: int | None = None) -> Result:
    """Return the result of another network under the dtypes of an analysis, such as the same one at another length."""
    return Analyzer(result.settings, batch=batch).analyze(network)


_NUMBERS = (*FLOAT_DTYPES, *QUANTIZED_DTYPES)


class Analyzer:
    """Analyses networks one after another under the same settings, and reuses the unchanged parts.

    Attributes:
        batch: dimension 0 of every input; None leaves it to the network.
        settings: the dtypes that replace those of the network.
        cache: the layers' cache; it lasts as long as the analyzer, and goes on to one made from a result of it.
    """

    def __init__(
        self,
        settings: Dtypes = NOTHING_STATED,
        *,
        batch: int | None = None,
        previous: Result | None = None,
    ) -> None:
        """Check the settings, and take over the cache of an earlier result.

        Raises:
            ValueError: a dtype is unknown.
        """
        _check("weights", settings.weights, WEIGHT_DTYPES)
        _check("activations", settings.activations, ACTIVATION_DTYPES)
        _check("dtype", settings.compute, (*ELEMENT_BYTES, TF32))
        _check("cache", settings.cache, CACHE_DTYPES)
        self.batch, self.settings = batch, settings
        self.cache = previous.cache.layers if previous else LayerCache()
        self._previous = previous

    def analyze(self, network: Network) -> Result:
        """Return the result of a network."""
        declared, wrong = declared_dtypes(network.stored_dtypes)
        stated = _replaced(declared, self.settings)
        precision = completed(stated, _own_dtype(network))
        open_ = stated.compute is None and stated.activations is None
        given = [self._input(each, None if open_ else precision.activations) for each in network.inputs]
        inputs = {each.name: _tensor(each) for each in given}
        follows = open_ and precision.compute in QUANTIZED_DTYPES
        dtypes = LayerDtypes("float32" if follows else precision.activations, precision.weights, follows)
        before = self._previous
        edited = before.network.root if before else None
        # results hold for one set of inputs and dtypes; with another one, only the layers' cache goes on
        if before is not None and (before.inputs, before.layer_dtypes) != (inputs, dtypes):
            before = None
        cache = before.cache if before else ResultCache(self.cache)
        engine = self.engine(network.root, inputs, dtypes, cache, before.root if before else None)
        root = _root_result(engine, given)
        problems = checks.input_problems(given, needed=not checks.is_table(network))
        found = self._problems(network, root, (*problems, *wrong), edited)
        # Only after an analysis: during it, nothing that it may still need is dropped.
        cache.trim(CAPACITY + 4 * root.layers)
        self._previous = Result(
            network=network,
            root=root,
            problems=found,
            inputs=inputs,
            precision=precision,
            settings=self.settings,
            stated=stated,
            layer_dtypes=dtypes,
            cache=cache,
        )
        return self._previous

    def _problems(
        self, network: Network, root: NodeResult, before: Sequence[Problem], edited: Block | None
    ) -> tuple[Problem, ...]:
        """Return all problems, those `before` first; `edited` is the block of everything before an edit."""
        checked = (problem for check in NETWORK_CHECKS for problem in check(network))
        found = (*before, *checked, *problems(root), *tie_problems(network, root), *self._misplaced(network, edited))
        if any(problem.severity == "error" for problem in found):
            return found  # Where a reference is wrong, what it should name is often unread: the error says enough.
        unread = self.cache.unread.of(network.root, edited)
        return found if checks.is_table(network) else (*found, *unread_problems(network, root, unread))

    def _misplaced(self, network: Network, edited: Block | None) -> Iterable[Problem]:
        """Return the problems with unknown keys."""
        too_deep = network.root.height > MAX_DEPTH + 1  # an error by itself; no walk goes down so far
        paths = () if too_deep else self.cache.with_extra.of(network.root, edited)
        if not (paths or network.extra or any(each.extra for each in network.inputs)):
            return ()
        # Imported here: few networks have unknown keys.
        from layerledger.core.analysis.misplaced_keys import misplaced_keys

        return misplaced_keys(network, paths)

    def engine(
        self,
        root: Block,
        inputs: Mapping[str, TensorOrMissing],
        dtypes: LayerDtypes,
        cache: ResultCache,
        previous: NodeResult | None,
    ) -> Engine:
        """Return the engine for one analysis."""
        return IncrementalEngine(root, inputs, dtypes, cache, previous)

    def _input(self, given: NetworkInput, dtype: str | None) -> NetworkInput:
        """Return an input of the network under these settings; `dtype` is that of all numbers."""
        if self.batch is not None and given.shape:
            given = replace(given, shape=(self.batch, *given.shape[1:]))
        return replace(given, dtype=dtype) if dtype and given.dtype in _NUMBERS else given


def _replaced(declared: Dtypes, settings: Dtypes) -> Dtypes:
    """Return the dtypes that hold: the settings; what is declared, unless there is a setting of compute, next."""
    before = NOTHING_STATED if settings.compute else declared
    return Dtypes(*[new or old for new, old in zip(settings, before, strict=True)])


def _own_dtype(network: Network) -> str:
    """Return the dtype of a network that declares none: of its first real input, else of its first quantized one."""
    given = [each.dtype for each in network.inputs]
    return next((dtype for kind in (FLOAT_DTYPES, QUANTIZED_DTYPES) for dtype in given if dtype in kind), "float32")


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
