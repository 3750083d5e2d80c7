"""The layers of one nn.MultiheadAttention, which an exporter took apart, put together again.

The packed projection of queries, keys and values tells it from other attentions. The whole is taken only where it has
exactly the parameters, the MACs and the output of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.rewriting import Rewriter
from layerledger.core.formats.importing.tensor import DraftLayer, ModulePlace, Tensor
from layerledger.core.layers import bind, evaluate
from layerledger.core.layers.layer_type import ParamProblem

_PROJECTIONS = 2
"""Linear layers of an attention: the packed one of queries, keys and values, and that of the output."""


class _Cost(NamedTuple):
    params: int
    macs: int


def fuse_attention(graph: Graph) -> None:
    """Replace each run of layers that is one attention by that."""
    rewriter = Rewriter(graph)
    for path, run in _runs(graph.drafts):
        _try(rewriter, path, run)
    rewriter.finish()


def _runs(drafts: Sequence[DraftLayer]) -> Iterator[tuple[tuple[str, ...], list[DraftLayer]]]:
    """Yield the modules with a packed projection as their first Linear, and the layers of each, which follow others."""
    i = 0
    while i < len(drafts):
        path = drafts[i].place.path
        end = i
        while end < len(drafts) and path and drafts[end].place.path[: len(path)] == path:
            end += 1
        if end - i > _PROJECTIONS and _is_packed(drafts[i:end]):
            yield path, list(drafts[i:end])
            i = end
        else:
            i += 1


def _is_packed(run: Sequence[DraftLayer]) -> bool:
    linear = [draft for draft in run if draft.type == "Linear"]
    if len(linear) != _PROJECTIONS or not any(draft.type in _SCORES for draft in run):
        return False
    first, last = (draft.params.get("out_features") for draft in linear)
    width = linear[0].inputs[0].shape
    return width is not None and isinstance(last, int) and first == 3 * last and width[-1:] == (last,)


_SCORES = ("Softmax", "ScaledDotProductAttention")


def _try(rewriter: Rewriter, path: tuple[str, ...], run: list[DraftLayer]) -> None:
    made = {id(x) for draft in run for x in draft.outputs}
    taken = {id(x): x for draft in run for x in draft.inputs if id(x) not in made}
    heads = _heads(run)
    if len(taken) != 1 or heads is None:
        return
    x = next(iter(taken.values()))
    wanted = _sum(run)
    weights = [name for draft in run for name in draft.weights]
    with_bias = all(draft.params.get("bias") is not False for draft in run if draft.type == "Linear")
    for batch_first in (True, False):
        params: dict[str, Value] = {"num_heads": heads, "need_weights": False}
        if batch_first:
            params["batch_first"] = True
        if not with_bias:
            params["bias"] = False
        if _cost("MultiheadAttention", params, [x]) == wanted:
            place = ModulePlace(path[:-1], path[-1])
            rewriter.replace(run, "MultiheadAttention", [x], params, weights=weights, place=place)
            return


def _heads(run: Sequence[DraftLayer]) -> int | None:
    """Return the number of heads: the scores are (N, heads, L, S), or (N·heads, L, S) at batch 1."""
    for draft in run:
        shape = draft.inputs[0].shape if draft.type in _SCORES else None
        if shape is not None and len(shape) in (3, 4):
            return shape[-3]
    return None


def _sum(run: Sequence[DraftLayer]) -> _Cost | None:
    found = [_cost(draft.type, draft.params, draft.inputs) for draft in run]
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    return _Cost(sum(each.params for each in known), sum(each.macs for each in known))


def _cost(type_name: str, params: Mapping[str, Value], inputs: Sequence[Tensor]) -> _Cost | None:
    bound = bind(type_name, params)
    if bound.op is None or any(x.shape is None for x in inputs):
        return None
    found = evaluate(bound.op, tuple([x.spec for x in inputs]))
    return None if isinstance(found, ParamProblem) else _Cost(found[1].params, found[1].macs)
