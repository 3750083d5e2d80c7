"""Replacement of several layers of a graph by the one that they are together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isclose

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.batch import batch_after
from layerledger.core.formats.importing.graph import Graph, Uncounted
from layerledger.core.formats.importing.tensor import NO_PARAMS, DraftLayer, ModulePlace, Tensor


class Rewriter:
    """The layers of a graph by what they take and make, while some are replaced."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._users: dict[int, list[DraftLayer]] = {}
        for draft in graph.drafts:
            for x in draft.inputs:
                self._users.setdefault(id(x), []).append(draft)
        self._outputs = {id(x) for x in graph.outputs}
        self._gone: set[int] = set()
        self._instead: dict[int, list[DraftLayer]] = {}

    def users(self, x: Tensor) -> Sequence[DraftLayer]:
        """Return the layers that take a tensor."""
        return [draft for draft in self._users.get(id(x), ()) if id(draft) not in self._gone]

    def only_user(self, x: Tensor, *types: str) -> DraftLayer | None:
        """Return the one layer that takes a tensor, if it has one of these types and nothing else takes it."""
        users = self.users(x)
        if len(users) != 1 or id(x) in self._outputs or users[0].type not in types:
            return None
        return users[0]

    def replace(
        self,
        old: Sequence[DraftLayer],
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] = NO_PARAMS,
        *,
        weights: Sequence[str] = (),
        place: ModulePlace | None = None,
    ) -> bool:
        """Replace layers by one whose output is that of the last of them; return whether that can be done."""
        last = old[-1]
        output = last.outputs[0]
        inside = set(map(id, old))
        for draft in old[:-1]:
            for x in draft.outputs:
                if id(x) in self._outputs or any(id(user) not in inside for user in self.users(x)):
                    return False
        try:
            made = self.graph.outputs_of(type_name, inputs, params)
        except Uncounted:
            return False
        if made[0][0] != output.shape:
            return False
        where = place or ModulePlace(_common(old), type_name.lower())
        new = DraftLayer(type_name, params, inputs, where, tuple(weights))
        for port, (shape, dtype) in enumerate(made):
            batch = batch_after(type_name, params, inputs, shape)
            new.outputs.append(Tensor(f"{type_name}:{port}", shape, dtype, batch=batch, maker=new, port=port))
        # The tensor itself stays, so that all who take it take the new layer's.
        output.maker, output.port = new, 0
        new.outputs[0] = output
        for x in inputs:
            self._users.setdefault(id(x), []).append(new)
        self._gone.update(inside)
        self._instead[id(last)] = [new]
        self.graph.merged += len(old) - 1
        return True

    def finish(self) -> None:
        """Put the new layers into the graph, each where the last of its parts was."""
        found: list[DraftLayer] = []
        for draft in self.graph.drafts:
            found += self._instead.get(id(draft), () if id(draft) in self._gone else (draft,))
        self.graph.drafts = found


def _common(drafts: Iterable[DraftLayer]) -> tuple[str, ...]:
    """Return the modules around all of some layers."""
    paths = [draft.place.path for draft in drafts]
    shortest = min(paths, key=len)
    for i, part in enumerate(shortest):
        if any(path[i] != part for path in paths):
            return shortest[:i]
    return shortest


def number(draft: DraftLayer, name: str = "other") -> float | None:
    """Return a number among a layer's parameters; None where it has none."""
    value = draft.params.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def is_number(draft: DraftLayer, value: float, name: str = "other") -> bool:
    """Return whether a parameter of a layer is a number, as exactly as float16 states it."""
    found = number(draft, name)
    return found is not None and isclose(found, value, rel_tol=2e-3)


def maker_of(x: Tensor, *types: str) -> DraftLayer | None:
    """Return the layer that makes a tensor, if it has one of these types."""
    return x.maker if x.maker is not None and x.maker.type in types else None


def parameter(x: Tensor) -> DraftLayer | None:
    """Return the Parameter that a tensor is."""
    return maker_of(x, "Parameter")
