"""The tensors that attention keeps of each token: the fewest numbers from which its keys and values follow.

Idea: between the last tensors that queries need as well and the keys and values lies a small graph of tensors. A
minimum cut of it, each tensor weighed by its bytes, is what an implementation has to keep: keys and values in plain
attention, those before they are repeated for grouped queries, the latent and the rotary part in DeepSeek's latent
attention (arXiv:2405.04434, section 2.1). Invariant: a tensor before the first matrix product of the branch, such as a
norm of the hidden state, is no candidate, since it could be shared with any layer; keys and values themselves always
are. Of equal cuts, the one nearest to the attention is taken. Cost: a breadth-first search for each path through a
graph of some ten tensors, by attention layer and pass.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from layerledger.core.analysis.passes.schedule import NETWORK_INPUT, Schedule, Step
from layerledger.core.base.shapes import ELEMENT_BYTES

_QUERY, _KEY = 1, 2


class KeptTensors(NamedTuple):
    """The tensors that attention keeps of its past tokens.

    Attributes:
        tensors: their numbers.
        after: the steps that make keys and values of them.
    """

    tensors: tuple[int, ...]
    after: tuple[int, ...]


def kept_tensors(
    flow: Schedule, step: Step, sources: Sequence[int], *, tokens: int, moved_only: bool, content: Sequence[int]
) -> KeptTensors:
    """Return what one attention step keeps.

    Args:
        flow: the schedule of the network.
        step: of the attention.
        sources: the inputs that are its keys and values.
        tokens: number of keys.
        moved_only: whether only data is moved between what is kept and keys and values, as for those of another
            sequence, which are computed once.
        content: for each tensor, whether its values depend on the tokens: positions and weights do not.
    """
    ends = tuple(dict.fromkeys(step.inputs[i] for i in sources))
    graph = _Moved(flow, ends) if moved_only else _Branch(flow, ends, step.inputs[0], content)
    # Keys and values can always be kept, whatever they are made of.
    weights = {
        tensor: _nbytes(flow, tensor) if tensor in ends or graph.is_candidate(tensor, tokens) else None
        for tensor in graph.nodes
    }
    return _minimum_cut(flow, graph.nodes, graph.entries, ends, weights)


def same_numbers(flow: Schedule, tensor: int) -> Iterator[int]:
    """Yield a tensor and those that it is a view, a part or a repetition of."""
    yield tensor
    while (maker := flow.producers[tensor]) != NETWORK_INPUT:
        step = flow.steps[maker]
        if not _moves(step) or not step.inputs:
            return
        tensor = step.inputs[0]
        yield tensor


def _nbytes(flow: Schedule, tensor: int) -> int:
    spec = flow.tensors[tensor]
    return spec.elements * ELEMENT_BYTES[spec.dtype]


def _moves(step: Step) -> bool:
    """Return whether a step moves data of one tensor and computes nothing."""
    return step.layer.op is not None and step.layer.op.status == "free" and len(set(step.inputs)) == 1


class _Moved:
    """Keys and values, and the tensors that they are views, parts or repetitions of."""

    def __init__(self, flow: Schedule, ends: Sequence[int]) -> None:
        self._flow = flow
        self.nodes: dict[int, tuple[int, ...]] = {}
        self.entries: set[int] = set()
        for end in ends:
            line = list(same_numbers(flow, end))
            for tensor, before in zip(line, (*line[1:], None), strict=True):
                self.nodes[tensor] = () if before is None else (before,)
            self.entries.add(line[-1])

    def is_candidate(self, tensor: int, tokens: int) -> bool:
        """Return whether a tensor can be kept: it is made of equal parts for each token."""
        return not tokens or self._flow.tensors[tensor].elements % tokens == 0


class _Branch:
    """The tensors between those that queries depend on too, and keys and values.

    Attributes:
        nodes: for each of them, those of the branch that it is made of.
        entries: those that are made of a tensor outside of the branch.
    """

    def __init__(self, flow: Schedule, ends: Sequence[int], query: int, content: Sequence[int]) -> None:
        self._flow = flow
        self._ends = ends
        self.nodes: dict[int, tuple[int, ...]] = {}
        self.entries: set[int] = set()
        self._projected: set[int] = set()
        flags = _flags(flow, ends, query)
        for tensor in sorted(flags):
            if content[tensor] and (flags[tensor] == _KEY or tensor in ends):
                self._add(tensor, flags, content)

    def _add(self, tensor: int, flags: Mapping[int, int], content: Sequence[int]) -> None:
        maker = self._flow.producers[tensor]
        inputs = [t for t in self._flow.steps[maker].inputs if content[t]] if maker != NETWORK_INPUT else []
        inside = tuple(t for t in dict.fromkeys(inputs) if t in self.nodes and flags[t] == _KEY)
        self.nodes[tensor] = inside
        if not inputs or len(inside) < len(set(inputs)):
            self.entries.add(tensor)
        if maker != NETWORK_INPUT and self._is_projected(tensor, self._flow.steps[maker], inside, inputs):
            self._projected.add(tensor)

    def _is_projected(self, tensor: int, step: Step, inside: Sequence[int], inputs: Sequence[int]) -> bool:
        if step.layer.cost.macs or not self._projected.isdisjoint(inside):
            return True
        # A part of one map's output, which makes queries too: it is split off, not computed.
        sizes = self._flow.tensors
        return _moves(step) and sizes[tensor].elements < sizes[inputs[0]].elements and self._is_made(inputs[0])

    def _is_made(self, tensor: int) -> bool:
        *_, first = same_numbers(self._flow, tensor)
        maker = self._flow.producers[first]
        return maker != NETWORK_INPUT and self._flow.steps[maker].layer.cost.macs > 0

    def is_candidate(self, tensor: int, tokens: int) -> bool:
        """Return whether a tensor can be kept: it is made of equal parts for each token, and of projected ones."""
        return tensor in self._projected and (not tokens or self._flow.tensors[tensor].elements % tokens == 0)


def _flags(flow: Schedule, ends: Sequence[int], query: int) -> Mapping[int, int]:
    """Return the tensors that keys and values depend on, and whether the query does too, down to those it shares."""
    flags = dict.fromkeys(ends, _KEY)
    flags[query] = flags.get(query, 0) | _QUERY
    heap = [-tensor for tensor in flags]
    heap.sort()
    waiting = len(ends) - (query in ends)
    # A tensor's number is larger than those of all it is made of: from the top, its flags are complete.
    while heap and waiting:
        tensor = -heappop(heap)
        flag = flags[tensor]
        waiting -= flag == _KEY
        maker = flow.producers[tensor]
        if flag == _QUERY | _KEY or maker == NETWORK_INPUT:
            continue
        for each in set(flow.steps[maker].inputs):
            before = flags.get(each, 0)
            if not before:
                heappush(heap, -each)
            flags[each] = before | flag
            waiting += (flags[each] == _KEY) - (before == _KEY)
    return flags


def _minimum_cut(
    flow: Schedule,
    nodes: Mapping[int, Sequence[int]],
    entries: set[int],
    ends: Sequence[int],
    weights: Mapping[int, int | None],
) -> KeptTensors:
    """Return the lightest tensors without which no entry reaches an end, as near to the ends as can be.

    Each tensor is a pair of vertices, 2·i and 2·i + 1, joined by an edge of its weight: Ford and Fulkerson 1956.
    """
    number = {tensor: i for i, tensor in enumerate(nodes)}
    source, sink = 2 * len(number), 2 * len(number) + 1
    endless = 1 + sum(weight or 0 for weight in weights.values())
    residual: list[dict[int, int]] = [{} for _ in range(sink + 1)]

    def join(a: int, b: int, capacity: int) -> None:
        residual[a][b] = capacity
        residual[b].setdefault(a, 0)

    for tensor, before in nodes.items():
        i = 2 * number[tensor]
        weight = weights[tensor]
        join(i, i + 1, endless if weight is None else weight)
        for each in before:
            join(2 * number[each] + 1, i, endless)
        if tensor in entries:
            join(source, i, endless)
    for end in ends:
        if end in number:
            join(2 * number[end] + 1, sink, endless)
    while path := _path(residual, source, sink):
        amount = min(residual[a][b] for a, b in path)
        if amount >= endless:
            break
        for a, b in path:
            residual[a][b] -= amount
            residual[b][a] += amount
    behind = _reaching(residual, sink)
    tensors = tuple(t for t, i in number.items() if 2 * i + 1 in behind and 2 * i not in behind)
    after = {flow.producers[t] for t, i in number.items() if 2 * i in behind}
    return KeptTensors(tensors or tuple(ends), tuple(sorted(after)) if tensors else ())


def _path(residual: Sequence[Mapping[int, int]], source: int, sink: int) -> list[tuple[int, int]]:
    """Return the edges of a shortest path with capacity left; empty for none."""
    before: dict[int, int] = {source: source}
    queue = deque((source,))
    while queue and sink not in before:
        a = queue.popleft()
        for b, left in residual[a].items():
            if left and b not in before:
                before[b] = a
                queue.append(b)
    if sink not in before:
        return []
    found = [sink]
    while found[-1] != source:
        found.append(before[found[-1]])
    return [(a, b) for b, a in pairwise(found)]


def _reaching(residual: Sequence[Mapping[int, int]], sink: int) -> set[int]:
    """Return the vertices from which there is capacity left to the sink."""
    found = {sink}
    queue = [sink]
    while queue:
        b = queue.pop()
        # Each edge has one back: the neighbours of b are those that lead to it.
        for a in residual[b]:
            if a not in found and residual[a][b]:
                found.add(a)
                queue.append(a)
    return found
