"""The colours of the window, light and dark: the one place where a colour is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Colour tokens, as "#rrggbb", of one appearance of the window."""

    name: Literal["light", "dark"]
    window: str  # behind the panels; also wells, the sunken boxes within a panel
    panel: str
    header: str  # column headings
    alternate: str  # every second row, and rows of blocks
    field: str
    field_border: str  # what shows where to type: 3:1 against the panel
    border: str  # hairlines that only group
    grid: str  # of charts
    text: str
    muted: str
    disabled: str
    accent: str
    accent_hover: str
    accent_text: str
    selection: str
    hover: str
    pressed: str
    focus: str
    error: str
    warning: str
    ok: str
    bar: str  # a layer's share
    bar_block: str  # a block's share: the same cost as its layers', so it stands back
    bar_track: str
    lane: str  # wiring: the line from a layer to the next
    lane_skip: str  # wiring: a line around layers
    scroll: str
    families: Mapping[str, str]


# The families' colours lie as near to the ten of Tableau as tests/gui/test_theme.py allows: eight that
# often meet must differ for every kind of colour vision, and all must stand out from the panel.
LIGHT = Theme(
    name="light",
    window="#f6f7f9",
    panel="#ffffff",
    header="#ffffff",
    alternate="#fafbfc",
    field="#ffffff",
    field_border="#8a93a0",
    border="#e3e6eb",
    grid="#e3e6eb",
    text="#1b2430",
    muted="#5f6a79",
    disabled="#a3abb6",
    accent="#2563eb",
    accent_hover="#1d54d0",
    accent_text="#ffffff",
    selection="#e8f0fe",
    hover="#f1f3f6",
    pressed="#e3e6eb",
    focus="#2563eb",
    error="#c62828",
    warning="#8f5f00",
    ok="#17753f",
    bar="#4c78a8",
    bar_block="#95afcb",
    bar_track="#eef1f5",
    lane="#8a93a0",
    lane_skip="#2563eb",
    scroll="#c3c9d2",
    families=MappingProxyType(
        {
            "Convolution": "#4c78a8",
            "Linear": "#b85e20",
            "Normalization": "#23a07b",
            "Activation": "#b58d02",
            "Pooling": "#a87e9d",
            "Attention": "#df4e5e",
            "Recurrent": "#4f7d2c",
            "Embedding": "#cb7a4e",
            "Dropout": "#7b8794",
            "Padding": "#5f94a6",
            "Reshape": "#7f5336",
            "Merge": "#5d6470",
            "Transformer": "#7a5cb8",
            "Other": "#858585",
            "Block": "#3f6797",
        }
    ),
)

DARK = Theme(
    name="dark",
    window="#14181d",
    panel="#1b2027",
    header="#1b2027",
    alternate="#1e242c",
    field="#14181d",
    field_border="#67727f",
    border="#2b323b",
    grid="#2b323b",
    text="#e6eaf0",
    muted="#95a1b1",
    disabled="#5a6573",
    accent="#6ea1ff",
    accent_hover="#8bb4ff",
    accent_text="#10151c",
    selection="#22324d",
    hover="#262d36",
    pressed="#303843",
    focus="#6ea1ff",
    error="#ff7b72",
    warning="#e3b341",
    ok="#56c98a",
    bar="#4c78a8",
    bar_block="#3b5674",
    bar_track="#262d36",
    lane="#7c8796",
    lane_skip="#6ea1ff",
    scroll="#3d4652",
    families=MappingProxyType(
        {
            "Convolution": "#4c78a8",
            "Linear": "#f88631",
            "Normalization": "#7cd2cb",
            "Activation": "#edd644",
            "Pooling": "#af87a8",
            "Attention": "#e8514b",
            "Recurrent": "#7fb24a",
            "Embedding": "#ffb27f",
            "Dropout": "#7b8794",
            "Padding": "#8fb6cc",
            "Reshape": "#a6706b",
            "Merge": "#a5a798",
            "Transformer": "#a58ae0",
            "Other": "#8f8f8f",
            "Block": "#6f97c8",
        }
    ),
)
