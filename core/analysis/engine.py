"""analyze(network) -> Result: follows the tensors through layers and blocks, counts, and finds what is wrong.

A pure function. Handed the result before, an analysis after an edit only looks at what the edit changed; both share a
memo of blocks with what they were fed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from layerledger.core.analysis import checks as faults
from layerledger.core.analysis.aggregation import aggregate_block
from layerledger.core.analysis.aliasing import TensorRefs, fresh_ids, to_inner, to_outer
from layerledger.core.analysis.carrying import NO_PREVIOUS, ChildReuse, PreviousBlock, previous_block
from layerledger.core.analysis.evaluation import declared_dtypes, layer_result
from layerledger.core.analysis.incremental import ResultCache
from layerledger.core.analysis.node_result import (
    NodeResult,
    Pass,
    Problem,
    TensorIds,
    TensorOrMissing,
    TensorsOrMissing,
    Unresolved,
)
from layerledger.core.analysis.result import Result, weight_dtype
from layerledger.core.analysis.rows import problems
from layerledger.core.analysis.scope import Scope
from layerledger.core.analysis.sequential import evaluate_sequence
from layerledger.core.analysis.structural_sharing import rebind_result, structural_key
from layerledger.core.analysis.tied_weights import tie_problems
from layerledger.core.base.dtypes import WEIGHT_DTYPES
from layerledger.core.base.messages import Message
from layerledger.core.base.params import show
from layerledger.core.base.shapes import ELEMENT_BYTES, FLOAT_DTYPES
from layerledger.core.network.nodes import MAX_LAYERS, Block, Network, NetworkInput, Node


def analyze(
    network: Network,
    *,
    batch: int | None = None,
    dtype: str | None = None,
    weights: str | None = None,
    previous: Result | None = None,
) -> Result:
    """Return what every layer of `network` outputs and costs, the totals, and all problems.

    Args:
        network: right or wrong; what is wrong becomes a problem in the result.
        batch: replaces dimension 0 of every input.
        dtype: replaces the dtype of every floating-point input, and so of the weights.
        weights: replaces the dtype in which weights are stored where a layer does not say otherwise.
        previous: an earlier result; what is unchanged since is not computed again.

    Raises:
        ValueError: `dtype` or `weights` is none that is known.
    """
    _check("weights", weights, WEIGHT_DTYPES)
    _check("dtype", dtype, ELEMENT_BYTES)
    fed = [_fed(given, batch, dtype) for given in network.inputs]
    inputs: dict[str, TensorOrMissing] = {given.name: _source(given) for given in fed}
    computed = weight_dtype(network, dtype)
    dtypes, wrong = declared_dtypes(network.stored_dtypes)
    stored = weights or (not dtype and dtypes.weights) or computed
    same = previous and (previous.inputs, previous.dtype, previous.weights) == (inputs, computed, stored)
    before = previous if same else None
    memo = before.cache if before else ResultCache()
    walker = _Walker(network.root, inputs, (computed, stored), memo)
    sources = tuple(map(_source, fed)) or (Unresolved("an input"),)
    root = walker.node(network.root, sources, tuple(given.name for given in fed), before.root if before else None)
    memo.evict(_CACHE_CAPACITY + 4 * root.layers)
    return Result(
        network=network,
        root=root,
        problems=(
            *faults.input_problems(fed),
            *wrong,
            *(problem for check in faults.NETWORK_CHECKS for problem in check(network)),
            *problems(root),
            *tie_problems(network, root),
        ),
        inputs=inputs,
        dtype=computed,
        weights=stored,
        cache=memo,
    )


def _check(name: str, dtype: str | None, known: Collection[str]) -> None:
    if dtype is not None and dtype not in known:
        raise ValueError(
            Message("{name} must be one of {known}; got {dtype}", name=name, known=", ".join(known), dtype=show(dtype))
        )


def _fed(given: NetworkInput, batch: int | None, dtype: str | None) -> NetworkInput:
    """Return an input as the caller wants it."""
    if batch is not None and given.shape:
        given = replace(given, shape=(batch, *given.shape[1:]))
    return replace(given, dtype=dtype) if dtype and given.dtype in FLOAT_DTYPES else given


def _source(given: NetworkInput) -> TensorOrMissing:
    return Unresolved(given.name) if faults.input_fault(given) else given.spec


_CACHE_CAPACITY = 20_000
"""So many results, and four for each layer of the network, are kept for the next analysis."""


class _Walker:
    """One walk: the network's inputs, the dtype of weights, what was known before, and what is known now.

    What is known of a node depends on it and what it is fed alone. What depends on the place (names, references) is
    added to a copy.
    """

    def __init__(
        self, root: Block, inputs: Mapping[str, TensorOrMissing], dtypes: tuple[str, str], memo: ResultCache
    ) -> None:
        self._root = root
        self._inputs = inputs
        self._dtypes = dtypes
        self._memo = memo

    def node(
        self, node: Node, sources: TensorsOrMissing, same: TensorIds = (), before: NodeResult | None = None
    ) -> NodeResult:
        """Return the result of a node.

        Args:
            node: a layer or a block.
            sources: what it is fed.
            same: which of that is one and the same tensor; see `NodeResult.alike`.
            before: its own result before an edit, or what was in its place.
        """
        known = None
        if before is not None and before.node is node and (before.inputs, before.aliases) == (sources, same):
            # with a fault, a result in its place may say more than what is known of the node alone
            known = before if before.is_clean else self._memo.get((node, sources, same))
        if known is not None:
            return known
        if isinstance(node, Block):
            return self._block(node, sources, same, before)
        result = layer_result(node, sources, same, self._dtypes)
        if not result.is_clean:
            self._memo.put((node, sources, same), result)
        return result

    def _block(self, block: Block, sources: TensorsOrMissing, same: TensorIds, before: NodeResult | None) -> NodeResult:
        known = self._memo.get((block, sources, same))
        if known is None:
            known = self._found(block, sources, same, previous_block(before, sources, same))
            self._memo.put((block, sources, same), known)
        return known

    def _found(self, block: Block, sources: TensorsOrMissing, same: TensorIds, past: PreviousBlock) -> NodeResult:
        fault = faults.root_fault(block) if block is self._root else faults.block_fault(block)
        if fault:
            return self._refused(block, (sources, same), fault, past)
        kind = None if past.holds or block is self._root else structural_key(block)
        if kind is None:
            return self._passes(block, sources, same, past)
        known = self._memo.get((kind, sources, same))
        if known is not None:
            return rebind_result(block, known)
        result = self._passes(block, sources, same, past)
        if result.is_clean:
            self._memo.put((kind, sources, same), result)
        return result

    def _refused(
        self, block: Block, fed: tuple[TensorsOrMissing, TensorIds], fault: Problem, past: PreviousBlock
    ) -> NodeResult:
        """Return the result of a block that cannot run; the layers in it wait for it."""
        lost = TensorRefs((Unresolved(block.name),), fresh_ids(block.name, 1))
        if not block.layers or block.once > MAX_LAYERS or block is self._root:
            below = block.once if block.layers else 0
            return replace(aggregate_block(block, fed, lost, (), (fault,)), layers=below, uncounted_layers=below)
        children, _, _ = self._once(block, lost, past._replace(holds=False))
        return aggregate_block(block, fed, lost, (Pass(children, 1),), (fault,))

    def _passes(self, block: Block, sources: TensorsOrMissing, same: TensorIds, past: PreviousBlock) -> NodeResult:
        fed = TensorRefs(sources, same or tuple(range(len(sources))))
        if block.repeat == 1:
            children, gives, wrong = self._once(block, fed, past)
            runs = [Pass(children, 1)]
        else:
            runs, gives, wrong = self._repeated(block, fed, past)
        if block.share_weights and (fault := faults.sharing_fault(runs)):
            wrong = [*wrong, fault]
        return aggregate_block(block, (sources, same), gives, runs, wrong)

    def _repeated(
        self, block: Block, fed: TensorRefs, past: PreviousBlock
    ) -> tuple[list[Pass], TensorRefs, list[Problem]]:
        """Goes through the children pass by pass, until one gives what it is fed: those after it are like it."""
        runs: list[Pass] = []
        found: list[Problem] = []
        current, done = fed, 0
        while done < block.repeat:
            seen = to_inner(current.ids)
            children, once, wrong = self._once(block, TensorRefs(current.tensors, seen), NO_PREVIOUS if done else past)
            after = to_outer(once.ids, current.ids, str(done))
            lost = any(isinstance(source, Unresolved) for source in once.tensors)
            stays = lost or (once.tensors == current.tensors and to_inner(after) == seen)
            runs.append(Pass(children, block.repeat - done if stays else 1))
            for again in range(1, 1 if lost else min(runs[-1].times, len(seen) + 1)):
                after = to_outer(once.ids, after, str(done + again))
            found += [problem for problem in wrong if problem not in found]
            done, current = done + runs[-1].times, TensorRefs(once.tensors, after)
        return runs, current, found

    def _once(
        self, block: Block, fed: TensorRefs, past: PreviousBlock
    ) -> tuple[tuple[NodeResult, ...], TensorRefs, list[Problem]]:
        """Goes through the children once; returns their results, what comes out, and what is wrong with that.

        Args:
            block: whose children.
            fed: what it is fed.
            past: what is known of it from before an edit.
        """
        scope = Scope(block, fed, self._inputs)
        carried = ChildReuse(block, past, self._inputs)
        children = scope.extend(carried.reused_prefix)
        pairs = carried.with_previous()
        while len(children) < len(pairs):
            children += scope.extend(evaluate_sequence(pairs, len(children), scope.produced, self._dtypes))
            if len(children) == len(pairs):
                break
            node, before = pairs[len(children)]
            sources, same, wrong = scope.sources(node)
            result = self._wired_wrongly(node, wrong) if wrong else self.node(node, sources, same, before)
            children.append(result)
            scope.add(result)
            if result is before and (rest := carried.reused_suffix(children)):
                children += scope.extend(rest)
        for i, problem in faults.name_faults(block, self._inputs if block is self._root else ()):
            children[i] = _with_problems(children[i], [problem])
        outputs, wrong = scope.resolved(block.outputs) if block.outputs else (scope.last, ())
        return tuple(children), outputs, [replace(problem, param="outputs") for problem in wrong]

    def _wired_wrongly(self, node: Node, wrong: Sequence[Problem]) -> NodeResult:
        result = self.node(node, (Unresolved(node.name),))
        kept = [problem for problem in result.problems if problem.severity == "error"]
        return replace(result, problems=(*wrong, *kept), is_clean=False)


def _with_problems(result: NodeResult, problems: Sequence[Problem]) -> NodeResult:
    return replace(result, problems=(*result.problems, *problems), is_clean=False)
