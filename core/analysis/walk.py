"""analyze(network) -> Result: follows the tensors through layers and blocks, counts, and finds what is wrong.

A pure function. The result carries a memo of every (node, inputs) it met; handed the result before, an analysis after an
edit only looks at what the edit changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from layerledger.core.analysis.result import (
    Memo,
    Missing,
    NodeResult,
    Pass,
    Problem,
    Result,
    Source,
    Sources,
    weight_dtype,
)
from layerledger.core.cost import Cost, total
from layerledger.core.layers import LAYER_TYPES, bind, evaluate
from layerledger.core.layers.base import Fault
from layerledger.core.network import (
    INPUT,
    Block,
    Layer,
    Network,
    NetworkInput,
    Node,
    Path,
    dotted,
    find,
    node_at,
    split_reference,
    walk,
)
from layerledger.core.params import MAX_RANK, MAX_SIZE, show
from layerledger.core.shapes import ELEMENT_BYTES, FLOAT_DTYPES, TensorSpec, shape_text

MAX_LAYERS = 100_000
"""Most layers of a network, each pass of a repeated block counted."""

MAX_DEPTH = 32
"""Most blocks inside one another."""

_Scope: TypeAlias = dict[str, "Sources | Missing"]


def analyze(
    network: Network, *, batch: int | None = None, dtype: str | None = None, previous: Result | None = None
) -> Result:
    """Returns what every layer of `network` outputs and costs, the totals, and all problems.

    Args:
        batch: replaces dimension 0 of every input.
        dtype: replaces the dtype of every floating-point input, and so of the weights.
        previous: an earlier result; what is unchanged since is not computed again.
    """
    inputs = {i.name: _source(i, batch, dtype) for i in network.inputs}
    memo = previous.memo if previous and previous.inputs == inputs else {}
    walker = _Walker(inputs, memo)
    root = walker.node(network.root, tuple(inputs.values()))
    problems = [*_input_problems(network), *_located(root, "", ()), *_tie_problems(network, root)]
    return Result(
        network=network,
        root=root,
        problems=tuple(problems),
        inputs=inputs,
        dtype=weight_dtype(network, dtype),
        memo=walker.fresh,
    )


def _source(given: NetworkInput, batch: int | None, dtype: str | None) -> Source:
    shape = given.shape if batch is None or not given.shape else (batch, *given.shape[1:])
    if _input_fault(given):
        return Missing(given.name)
    return TensorSpec(shape, dtype if dtype and given.dtype in FLOAT_DTYPES else given.dtype)


def _input_fault(given: NetworkInput) -> tuple[str, str] | None:
    """Returns (parameter, sentence) for an input that cannot be."""
    if given.dtype not in ELEMENT_BYTES:
        return "dtype", f"dtype must be one of {', '.join(ELEMENT_BYTES)}; got {show(given.dtype)}"
    if any(not 0 <= size <= MAX_SIZE for size in given.shape) or len(given.shape) > MAX_RANK:
        sizes = f"up to {MAX_RANK} sizes from 0 to {MAX_SIZE}"
        return "shape", f"the shape must have {sizes}; got {show(given.shape)}"
    return None


def _input_problems(network: Network) -> Iterator[Problem]:
    seen: set[str] = set()
    for given in network.inputs:
        if fault := _input_fault(given):
            yield Problem("error", fault[1], fault[0], given.name)
        elif 0 in given.shape:
            yield Problem("warning", f"the input {shape_text(given.shape)} is empty", "shape", given.name)
        if message := _name_fault(given.name, seen, "two inputs are"):
            yield Problem("error", message, "name", given.name)
        seen.add(given.name)


def _name_fault(name: str, taken: Iterable[str], two: str) -> str | None:
    if name in taken:
        return f'{two} called "{name}"; rename one'
    if not name or any(c in name for c in ".:") or name == INPUT:
        return f'a name must not be empty, "{INPUT}", or hold "." or ":"; got {show(name)}'
    return None


class _Walker:
    """One walk: the network's inputs, what was known before, and what is known now."""

    def __init__(self, inputs: dict[str, Source], memo: Memo) -> None:
        self._inputs = inputs
        self._memo = memo
        self.fresh: Memo = {}
        self._depth = 0

    def node(self, node: Node, sources: Sources) -> NodeResult:
        key = (node, sources)
        result = self.fresh.get(key) or self._memo.get(key)
        if result is None:
            result = self._layer(node, sources) if isinstance(node, Layer) else self._block(node, sources)
        elif isinstance(node, Block) and key not in self.fresh:
            self._keep(result)
        self.fresh[key] = result
        return result

    def _keep(self, result: NodeResult) -> None:
        """Carries what is known below a block over to the next analysis."""
        for run in result.passes:
            for child in run.children:
                self.fresh[child.node, child.inputs] = child
                self._keep(child)

    # -- one layer

    def _layer(self, layer: Layer, sources: Sources) -> NodeResult:
        bound = bind(layer.type, layer.params) if layer.type in LAYER_TYPES else None
        if bound is None:
            return _wrong(layer, sources, [Problem("error", _unknown_type(layer.type), "type")])
        if bound.spec is None:
            return _wrong(layer, sources, [Problem("error", f.message, f.param) for f in bound.faults])
        inputs = tuple(s for s in sources if isinstance(s, TensorSpec))
        if len(inputs) < len(sources):
            waits = [Problem("info", f"waits for {s.blame}") for s in sources if isinstance(s, Missing)]
            return replace(_wrong(layer, sources, waits[:1]), spec=bound.spec)
        found = evaluate(bound.spec, inputs)
        if isinstance(found, Fault):
            return replace(_wrong(layer, sources, [Problem("error", found.message, found.param)]), spec=bound.spec)
        outputs, cost = found
        problems = tuple(_empty_warning(inputs, outputs))
        return NodeResult(
            node=layer,
            inputs=sources,
            outputs=outputs,
            cost=cost.without_weights() if layer.tied_to else cost,
            spec=bound.spec,
            problems=problems,
            activation_bytes=sum(spec.nbytes for spec in outputs),
            faultless=not problems,
        )

    # -- blocks

    def _block(self, block: Block, sources: Sources) -> NodeResult:
        if fault := _block_fault(block, self._depth):
            wrong = _wrong(block, sources, [fault])
            below = sum(1 for _, node in walk(block) if isinstance(node, Layer))
            return replace(wrong, layers=below, uncounted=below)
        self._depth += 1
        try:
            return self._passes(block, sources)
        finally:
            self._depth -= 1

    def _passes(self, block: Block, sources: Sources) -> NodeResult:
        runs: list[Pass] = []
        current, done = sources, 0
        problems: list[Problem] = []
        while done < block.repeat:
            children, outputs = self._once(block, current)
            broken = any(isinstance(o, Missing) for o in outputs)
            times = block.repeat - done if broken or outputs == current else 1
            runs.append(Pass(children, times))
            done, current = done + times, outputs
            if fault := _too_many(block, runs):
                problems.append(fault)
                current = (Missing(block.name),)
                break
        if block.share_weights and (fault := _sharing_fault(runs)):
            problems.append(fault)
        return _summed(block, sources, current, tuple(runs), tuple(problems))

    def _once(self, block: Block, sources: Sources) -> tuple[tuple[NodeResult, ...], Sources]:
        scope: _Scope = {INPUT: sources}
        children: list[NodeResult] = []
        last: Sources | Missing = sources
        taken: set[str] = set(self._inputs) if self._depth == 1 else set()
        for node in block.layers:
            result = self._child(node, scope, last, block)
            if message := _name_fault(node.name, taken, "two layers here are"):
                result = _with_problem(result, Problem("error", message, "name"))
            taken.add(node.name)
            children.append(result)
            last = result.outputs if result.outputs is not None else Missing(_blame(result))
            scope[node.name] = last
        return tuple(children), self._outputs(block, scope, last, children)

    def _child(self, node: Node, scope: _Scope, last: Sources | Missing, block: Block) -> NodeResult:
        if not node.inputs:
            return self.node(node, _accepted(node, last))
        sources: list[Source] = []
        faults: list[Problem] = []
        for reference in node.inputs:
            found = self._resolve(reference, scope, block)
            if isinstance(found, Problem):
                faults.append(found)
            else:
                sources.append(found)
        if faults:
            result = self.node(node, (Missing(node.name),))
            return replace(result, problems=tuple(faults), faultless=False)
        return self.node(node, tuple(sources))

    def _resolve(self, reference: str, scope: _Scope, block: Block) -> Source | Problem:
        try:
            name, port = split_reference(reference)
        except ValueError as error:
            return Problem("error", str(error), "inputs")
        if name in scope:
            found = scope[name]
        elif name in self._inputs:
            found = (self._inputs[name],)
        else:
            return Problem("error", _dangling(name, scope, self._inputs, block), "inputs")
        if isinstance(found, Missing):
            return found
        if port >= len(found):
            has = f"has {len(found)} output{'' if len(found) == 1 else 's'}"
            return Problem("error", f'"{reference}" asks for output {port}, counted from 0, but {name} {has}', "inputs")
        return found[port]

    def _outputs(
        self, block: Block, scope: _Scope, last: Sources | Missing, children: list[NodeResult]
    ) -> Sources:
        if not block.outputs:
            return (last,) if isinstance(last, Missing) else last
        outputs: list[Source] = []
        for reference in block.outputs:
            found = self._resolve(reference, scope, block)
            if isinstance(found, Problem):
                children[-1] = _with_problem(children[-1], replace(found, param="outputs"))
                found = Missing(block.name or reference)
            outputs.append(found)
        return tuple(outputs)


def _accepted(node: Node, last: Sources | Missing) -> Sources:
    """Returns what a node without `inputs` takes of the outputs before it: as many as its type accepts."""
    if isinstance(last, Missing):
        return (last,)
    if isinstance(node, Block):
        return last
    cls = LAYER_TYPES.get(node.type)
    return last[: cls.takes[1]] if cls else last


def _wrong(node: Node, sources: Sources, problems: list[Problem]) -> NodeResult:
    return NodeResult(
        node=node, inputs=sources, outputs=None, problems=tuple(problems), uncounted=1, faultless=False
    )


def _with_problem(result: NodeResult, problem: Problem) -> NodeResult:
    return replace(result, problems=(*result.problems, problem), faultless=False)


def _blame(result: NodeResult) -> str:
    """Returns the name of the first wrong layer at or below a result without outputs."""
    for run in result.passes:
        for child in run.children:
            if any(p.severity == "error" for p in child.problems) or child.passes and not child.faultless:
                return f"{result.node.name}.{_blame(child)}"
    if result.problems and result.problems[0].severity == "info":
        return next((s.blame for s in result.inputs if isinstance(s, Missing)), result.node.name)
    return result.node.name


def _empty_warning(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> Iterator[Problem]:
    if any(0 in o.shape for o in outputs) and not any(0 in i.shape for i in inputs):
        empty = next(o for o in outputs if 0 in o.shape)
        yield Problem("warning", f"the output {shape_text(empty.shape)} is empty: a dimension has size 0")


def _unknown_type(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, LAYER_TYPES, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{show(name)} is no layer type known here, so it is kept and not counted{hint}"


def _block_fault(block: Block, depth: int) -> Problem | None:
    if depth > MAX_DEPTH:
        return Problem("error", f"blocks are nested more than {MAX_DEPTH} deep; ungroup some")
    if block.repeat < 1:
        return Problem("error", f"repeat must be an integer ≥ 1; got {show(block.repeat)}", "repeat")
    if not block.layers and depth:
        return Problem("error", "the block is empty; add a layer or delete it")
    return None


def _too_many(block: Block, runs: list[Pass]) -> Problem | None:
    layers = sum(child.layers for child in runs[-1].children)
    if layers * block.repeat <= MAX_LAYERS:
        return None
    what = f"repeat {block.repeat} of {layers:,} layers makes" if block.repeat > 1 else "these are"
    return Problem("error", f"{what} {layers * block.repeat:,} layers; at most {MAX_LAYERS:,} fit", "repeat")


def _sharing_fault(runs: list[Pass]) -> Problem | None:
    first = [child.cost.params for child in runs[0].children]
    done = 0
    for run in runs:
        for child, params in zip(run.children, first, strict=True):
            if child.cost.params != params and child.outputs is not None:
                message = f"share_weights: {child.node.name} has {params:,} params in pass 0 but {child.cost.params:,}"
                return Problem("error", f"{message} in pass {done}; shared weights must be alike", "share_weights")
        done += run.times
    return None


def _summed(
    block: Block, sources: Sources, current: Sources, runs: tuple[Pass, ...], problems: tuple[Problem, ...]
) -> NodeResult:
    outputs = tuple(o for o in current if isinstance(o, TensorSpec))
    children = [(child, run.times) for run in runs for child in run.children]
    return NodeResult(
        node=block,
        inputs=sources,
        outputs=outputs if len(outputs) == len(current) else None,
        cost=_block_cost(block, runs),
        problems=problems,
        passes=runs,
        layers=sum(child.layers * times for child, times in children),
        uncounted=sum(child.uncounted * times for child, times in children),
        activation_bytes=sum(child.activation_bytes * times for child, times in children),
        faultless=not problems and all(child.faultless for child, _ in children),
    )


def _block_cost(block: Block, runs: tuple[Pass, ...]) -> Cost:
    if block.repeat == 1 and not block.tied_to:
        return total(child.cost for child in runs[0].children)
    costs: list[Cost] = []
    for i, run in enumerate(runs):
        once = total(child.cost for child in run.children)
        if not block.share_weights:
            costs.append(once * run.times)
        elif i == 0:
            costs += [once, once.without_weights() * (run.times - 1)]
        else:
            costs.append(once.without_weights() * run.times)
    return total(costs).without_weights() if block.tied_to else total(costs)


def _dangling(name: str, scope: _Scope, inputs: dict[str, Source], block: Block) -> str:
    if any(node.name == name for node in block.layers):
        return f'"{name}" does not come before this layer, so its output cannot be an input here (a cycle)'
    there = [n for n in (*scope, *inputs) if n]
    shown = ", ".join(there if len(there) <= 6 else [there[0], "…", *there[-4:]])
    return f'there is no layer or input called "{name}" here; these are: {shown}'


def _located(result: NodeResult, prefix: str, path: Path) -> Iterator[Problem]:
    """Yields the problems at and below a result with their places."""
    if result.faultless:
        return
    for problem in result.problems:
        yield replace(problem, path=prefix, at=path)
    repeated = isinstance(result.node, Block) and result.node.repeat > 1
    done = 0
    for run in result.passes:
        start = [prefix] if prefix else []
        start += [str(done)] if repeated else []
        for i, child in enumerate(run.children):
            yield from _located(child, ".".join((*start, child.node.name)), (*path, i))
        done += run.times


# -- tied weights


def _tie_problems(network: Network, root: NodeResult) -> Iterator[Problem]:
    for path, node in walk(network.root):
        if node.tied_to is not None and (message := _tie_fault(network, root, path, node)):
            yield Problem("error", message, "tied_to", dotted(network, path), path)


def _tie_fault(network: Network, root: NodeResult, path: Path, node: Node) -> str | None:
    target, seen = path, {path}
    tied: str | None = node.tied_to
    while tied is not None:
        found = find(network, tied)
        if found is None:
            return f'tied_to names "{tied}", but there is no such layer'
        if found in seen:
            return f'tied_to "{node.tied_to}" leads back to this layer, so its weights would count nowhere'
        seen.add(found)
        target, tied = found, node_at(network, found).tied_to
    own, other = _own_params(root, path), _own_params(root, target)
    if own is None or other is None or own == other:
        return None
    return f"tied_to {node.tied_to}: this layer has {own:,} params and that one {other:,}; tied weights must be alike"


def _own_params(root: NodeResult, path: Path) -> int | None:
    """Returns the params a node would count if it were not tied, or None where that is not known."""
    result = root
    for i in path:
        if i >= len(result.children):
            return None
        result = result.children[i]
    if isinstance(result.node, Block):
        known = [_own_params(child, ()) for child in result.children]
        return None if None in known else sum(k for k in known if k is not None)
    inputs = result.known_inputs
    found = evaluate(result.spec, inputs) if result.spec and inputs is not None else None
    return found[1].params if isinstance(found, tuple) else None
