"""Coverage: layers and parameters by the status of their layer types, which says how exact a count is."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TypeAlias

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.rows import Place, is_known, leaves
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.record import Record
from layerledger.core.layers.counting import NOT_COUNTED

Counts: TypeAlias = Mapping[str, int]

_ORDER = ("exact", "approximated", "stated", "free", NOT_COUNTED)


class Coverage(Record):
    """The part of a network that is counted.

    Attributes:
        layers: the number of layers by status, each pass counted.
        params: the parameters of counted layers by status; those of the others are unknown.
    """

    layers: Counts
    params: Counts

    @property
    def all_layers(self) -> int:
        return sum(self.layers.values())

    @property
    def uncounted(self) -> int:
        """Layers whose counts, parameters included, are unknown."""
        return self.layers.get(NOT_COUNTED, 0)

    @property
    def counted(self) -> int:
        return self.all_layers - self.uncounted

    def layers_text(self) -> str:
        """Return `67 of 69 layers counted`."""
        layers = plural(self.all_layers, "{count:,} layer", "{count:,} layers")
        return Message("{counted:,} of {layers} counted", counted=self.counted, layers=layers)

    def params_text(self) -> str:
        """Return `100 % of parameters`, or the number of layers whose parameters are unknown."""
        if not self.uncounted:
            return "100 % of parameters"
        layers = plural(self.uncounted, "{count:,} layer", "{count:,} layers")
        return Message("the parameters of {layers} are not known", layers=layers)

    def text(self) -> str:
        """Return both in one line."""
        return f"{self.layers_text()}, {self.params_text()}" if self.all_layers else ""

    def parts_text(self, *, but: Container[str] = ()) -> str:
        """Return `46 exact, 23 free`, without the statuses of `but`."""
        return ", ".join(f"{n:,} {status}" for status, n in self.layers.items() if status not in but)


def coverage(root: NodeResult) -> Coverage:
    """Return the coverage of the network below `root`."""
    # The sum of the root counts shared and tied weights once. Those of other statuses are subtracted from it, so that
    # the parts add up to the total.
    layers, params = {NOT_COUNTED: root.uncounted_layers}, {"exact": root.cost.params}
    for layer, i, place in leaves(root, Place(), expand=False):
        if layer.op and is_known(layer):
            status = layer.op.status
            layers[status] = layers.get(status, 0) + place.times
            if status != "exact":
                own = place.row(layer, i).cost.params * place.times
                params[status] = params.get(status, 0) + own
                params["exact"] -= own
    found = [status for status in _ORDER if layers.get(status)]
    return Coverage({each: layers[each] for each in found}, {each: params[each] for each in found if each in params})
