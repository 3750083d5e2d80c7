"""Conventions of counting, of other tools and other traditions, as data: one file each.

The files in resources/conventions come with the app. A folder of a user's own, given as an argument, by the environment
variable LAYERLEDGER_CONVENTIONS, or beside the settings, is read in the same way; an id of the app's own stays its own.
"""

from layerledger.core.metrics.conventions.convention import Convention, Counted, Term
from layerledger.core.metrics.conventions.convention_file import read_convention
from layerledger.core.metrics.conventions.registry import CONVENTIONS, add_convention, conventions
from layerledger.core.metrics.conventions.rules import MACS_PART, KnownIssue, Rule
from layerledger.core.metrics.conventions.tool_counts import (
    CountPart,
    LayerShare,
    ToolCount,
    ToolCounts,
    count_by_tools,
)

__all__ = [
    "CONVENTIONS",
    "MACS_PART",
    "Convention",
    "CountPart",
    "Counted",
    "KnownIssue",
    "LayerShare",
    "Rule",
    "Term",
    "ToolCount",
    "ToolCounts",
    "add_convention",
    "conventions",
    "count_by_tools",
    "read_convention",
]
