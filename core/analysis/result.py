"""What an analysis found: a tree of results that mirrors the network, its totals, rows and problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from layerledger.core.cost import NOTHING, Cost
from layerledger.core.layers.base import LayerType
from layerledger.core.network import Block, Network, Node, Path
from layerledger.core.shapes import ELEMENT_BYTES, FLOAT_DTYPES, TensorSpec

Severity: TypeAlias = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A tensor that cannot be known, because of the layer called `blame`."""

    blame: str


Source: TypeAlias = TensorSpec | Missing
Sources: TypeAlias = tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One clear sentence on what is wrong.

    Attributes:
        severity: error; warning where torch allows it; info for a layer that waits for another.
        message: what is wrong, with the numbers, and what would fit.
        param: the parameter that would mend it, if one would.
        path: names from the top, joined by dots, with the number of the pass inside a repeated block.
        at: the same as positions, without passes.
    """

    severity: Severity
    message: str
    param: str | None = None
    path: str = ""
    at: Path = ()


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """`times` equal passes through a block's children."""

    children: tuple[NodeResult, ...]
    times: int


@dataclass(frozen=True, slots=True, eq=False)
class NodeResult:
    """What is known of one node.

    Attributes:
        inputs: the tensors it is fed, or what keeps them from being known.
        outputs: what comes out; None where that is not known.
        cost: of all its passes.
        spec: the layer type with its parameters; None for a block, and for a layer that cannot be read.
        problems: its own, without path.
        passes: for a block: runs of equal passes, in order.
        layers: layers below it, each pass counted; 1 for a layer.
        uncounted: those of them whose cost is not known.
        activation_bytes: sum of the outputs of those layers.
        faultless: neither it nor anything below has a problem.
    """

    node: Node
    inputs: Sources
    outputs: tuple[TensorSpec, ...] | None
    cost: Cost = NOTHING
    spec: LayerType | None = None
    problems: tuple[Problem, ...] = ()
    passes: tuple[Pass, ...] = ()
    layers: int = 1
    uncounted: int = 0
    activation_bytes: int = 0
    faultless: bool = True

    @property
    def family(self) -> str:
        """The palette family of a layer; `Block` for a block, `Other` for an unknown type."""
        if isinstance(self.node, Block):
            return "Block"
        return self.spec.family if self.spec else "Other"

    @property
    def children(self) -> tuple[NodeResult, ...]:
        """The children's results in the first pass."""
        return self.passes[0].children if self.passes else ()

    @property
    def known_inputs(self) -> tuple[TensorSpec, ...] | None:
        """`inputs` where all are known, else None."""
        known = tuple(s for s in self.inputs if isinstance(s, TensorSpec))
        return known if len(known) == len(self.inputs) else None


@dataclass(frozen=True, slots=True)
class Row:
    """One layer of the flat list.

    Attributes:
        path: names joined by dots, with the number of the pass inside a repeated block.
        at: positions, without passes.
        cost: of one pass of it; weights that are shared or tied count at their first use.
        times: how many equal passes the row stands for; 1 in an expanded list.
    """

    path: str
    at: Path
    type: str
    result: NodeResult
    cost: Cost
    times: int = 1

    @property
    def inputs(self) -> list[list[int]]:
        """Shapes of the inputs; empty where they are not known."""
        return [list(spec.shape) for spec in self.result.known_inputs or ()]

    @property
    def outputs(self) -> list[list[int]]:
        """Shapes of the outputs; empty where they are not known."""
        return [list(spec.shape) for spec in self.result.outputs or ()]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all layers. Bytes end in `_bytes`; all others are plain counts."""

    params: int
    trainable_params: int
    buffers: int
    macs: int
    flops: int
    exact_flops: int
    layers: int
    uncounted_layers: int
    weight_bytes: int
    activation_bytes: int


Memo: TypeAlias = dict[tuple[Node, Sources], NodeResult]


@dataclass(frozen=True, eq=False)
class Result:
    """The analysis of one network."""

    network: Network
    root: NodeResult
    problems: tuple[Problem, ...]
    inputs: Mapping[str, Source]
    dtype: str
    memo: Memo = field(repr=False)

    @cached_property
    def totals(self) -> Totals:
        cost = self.root.cost
        return Totals(
            params=cost.params,
            trainable_params=cost.trainable_params,
            buffers=cost.buffers,
            macs=cost.macs,
            flops=cost.flops,
            exact_flops=cost.exact_flops,
            layers=self.root.layers,
            uncounted_layers=self.root.uncounted,
            weight_bytes=cost.params * ELEMENT_BYTES[self.dtype],
            activation_bytes=self.root.activation_bytes,
        )

    def at(self, path: Path) -> NodeResult | None:
        """Returns the result of the node at `path` (in the first pass of its blocks), or None if it was not reached."""
        result = self.root
        for i in path:
            if i >= len(result.children):
                return None
            result = result.children[i]
        return result

    @cached_property
    def problems_at(self) -> Mapping[Path, tuple[Problem, ...]]:
        """The problems of each node that has some."""
        found: dict[Path, tuple[Problem, ...]] = {}
        for problem in self.problems:
            found[problem.at] = (*found.get(problem.at, ()), problem)
        return found

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(p.severity == "error" for p in self.problems)

    def rows(self, *, expand: bool = True) -> Iterator[Row]:
        """Yields the layers in order.

        Args:
            expand: a row for each pass; else equal passes are one row with `times`.
        """
        return _rows(self.root, "", (), expand=expand, shared=False)

    @cached_property
    def largest_activation(self) -> Row | None:
        """The layer with the largest output."""
        sized = [row for row in self.rows(expand=False) if row.result.activation_bytes]
        return max(sized, key=lambda row: row.result.activation_bytes, default=None)


def weight_dtype(network: Network, override: str | None) -> str:
    """Returns the dtype of weights: the override, else that of the first floating-point input, else float32."""
    if override:
        return override
    return next((i.dtype for i in network.inputs if i.dtype in FLOAT_DTYPES), "float32")


def _rows(result: NodeResult, prefix: str, path: Path, *, expand: bool, shared: bool) -> Iterator[Row]:
    node = result.node
    if not isinstance(node, Block):
        cost = result.cost.without_weights() if shared else result.cost
        yield Row(prefix, path, node.type, result, cost)
        return
    done = 0
    for run in result.passes:
        for label, times, again in _labels(node, run, done, expand=expand):
            start = ".".join(filter(None, (prefix, label)))
            for i, child in enumerate(run.children):
                name = ".".join(filter(None, (start, child.node.name)))
                for row in _rows(child, name, (*path, i), expand=expand, shared=shared or again):
                    yield row if times == 1 else Row(row.path, row.at, row.type, row.result, row.cost, row.times * times)
        done += run.times


def _labels(block: Block, run: Pass, done: int, *, expand: bool) -> Iterator[tuple[str, int, bool]]:
    """Yields (pass label, equal passes, whether weights were counted before) for a run of passes."""
    if block.repeat == 1:
        yield "", 1, False
    elif expand:
        for i in range(done, done + run.times):
            yield str(i), 1, block.share_weights and i > 0
    elif block.share_weights and done == 0 and run.times > 1:
        yield "0", 1, False
        yield _span(1, run.times), run.times - 1, True
    else:
        yield _span(done, done + run.times), run.times, block.share_weights and done > 0


def _span(first: int, end: int) -> str:
    return str(first) if end == first + 1 else f"{first}–{end - 1}"
