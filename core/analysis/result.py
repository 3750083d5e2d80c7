"""The result of an analysis: a tree of results that mirrors the network, its totals, rows and problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from layerledger.core.analysis.cache import ResultCache
from layerledger.core.analysis.coverage import Coverage, coverage
from layerledger.core.analysis.evaluation import LayerDtypes
from layerledger.core.analysis.node_result import (
    NodeResult,
    Pass,
    Problem,
    Severity,
    TensorOrMissing,
    TensorsOrMissing,
    Unresolved,
)
from layerledger.core.analysis.passes.liveness import LivenessProfile
from layerledger.core.analysis.passes.schedule import Schedule
from layerledger.core.analysis.rows import Row, largest_output, rows
from layerledger.core.base.dtypes import Dtypes
from layerledger.core.base.precision import Precision
from layerledger.core.network.nodes import Network
from layerledger.core.network.paths import NodePath

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.receptive_field import ReceptiveFields

__all__ = [
    "Coverage",
    "NodeResult",
    "Pass",
    "Problem",
    "Result",
    "Row",
    "Severity",
    "TensorOrMissing",
    "TensorsOrMissing",
    "Totals",
    "Unresolved",
]


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
    read_bytes: int
    write_bytes: int
    active_params: int
    expected_read_bytes: int

    @property
    def intensity(self) -> float | None:
        """2 × MACs per byte read or written; None where nothing is moved."""
        moved = self.read_bytes + self.write_bytes
        return self.flops / moved if moved else None


@dataclass(frozen=True, eq=False)
class Result:
    """The analysis of one network.

    Attributes:
        network: the network as it was analysed.
        root: the result of the block of everything.
        problems: all of them, those of the inputs first, then in the order of the layers, then those of tied weights.
        inputs: the network's inputs by name.
        precision: the dtypes of the network, where a layer does not declare others.
        settings: the dtypes with which the analysis replaced those that the network declares.
        stated: the dtypes that hold because they are declared or set; None for a part that follows.
        layer_dtypes: those that the layers were evaluated with.
        cache: the results that the next analysis need not compute again, and adds to.
    """

    network: Network
    root: NodeResult
    problems: tuple[Problem, ...]
    inputs: Mapping[str, TensorOrMissing]
    precision: Precision
    settings: Dtypes
    stated: Dtypes
    layer_dtypes: LayerDtypes
    cache: ResultCache = field(repr=False)

    @property
    def dtype(self) -> str:
        """The dtype in which the network computes."""
        return self.precision.compute

    @property
    def weights(self) -> str:
        """The dtype in which weights are stored, where a layer does not declare another."""
        return self.precision.weights

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
            uncounted_layers=self.root.uncounted_layers,
            weight_bytes=self.root.weight_bytes,
            activation_bytes=self.root.activation_bytes,
            read_bytes=self.root.read_bytes,
            write_bytes=self.root.traffic.write_bytes,
            active_params=cost.active_params,
            expected_read_bytes=self.root.read_bytes + self.root.traffic.average_read_bytes,
        )

    def at(self, path: NodePath) -> NodeResult | None:
        """Return the result of the node at `path` (in the first pass of its blocks), or None if it was not reached."""
        result = self.root
        for i in path:
            # A block that was refused has no children, or fewer.
            if i >= len(result.children):
                return None
            result = result.children[i]
        return result

    @cached_property
    def problems_at(self) -> Mapping[NodePath, tuple[Problem, ...]]:
        """The problems by node."""
        found: dict[NodePath, list[Problem]] = {}
        for problem in self.problems:
            found.setdefault(problem.at, []).append(problem)
        return {path: tuple(problems) for path, problems in found.items()}

    @cached_property
    def schedule(self) -> Schedule:
        """The steps in the order in which they run."""
        return Schedule(self.network, self.root)

    @cached_property
    def memory(self) -> LivenessProfile:
        """The activations over the steps, every output a tensor of its own."""
        return LivenessProfile(self.schedule)

    @cached_property
    def receptive(self) -> ReceptiveFields:
        """The receptive fields of its layers."""
        from layerledger.core.analysis.passes.receptive_field import ReceptiveFields  # 3 ms: it needs fractions

        return ReceptiveFields(self.schedule)

    @cached_property
    def coverage(self) -> Coverage:
        """The share of layers and parameters that is counted, by status."""
        return coverage(self.root)

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(p.severity == "error" for p in self.problems)

    def rows(self, *, expand: bool = True) -> Iterator[Row]:
        """Yield the layers in order.

        Args:
            expand: a row for each pass; else equal passes are one row with `times`.
        """
        return rows(self.root, expand=expand)

    @cached_property
    def largest_activation(self) -> Row | None:
        """The layer with the largest output."""
        return largest_output(self.root)
