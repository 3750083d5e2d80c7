"""Values of the formulas among the parameters of a layer, for the editor while they are typed."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.record import Record


class Preview(Record):
    """The values of the formulas among a layer's parameters.

    Attributes:
        values: the results as text, by the parameter's name.
        symbols: the names that each formula can use, with their numbers.
    """

    values: Mapping[str, str] = {}
    symbols: Mapping[str, Mapping[str, int]] = {}


NO_PREVIEW = Preview()
