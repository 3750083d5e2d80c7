"""Names where there is little room keep the numbers of passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.gui.charts.names import elided

NAME = "layers.11.attention.proj"


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [
        (NAME, 24, NAME),
        (NAME, 20, "…11.attention.proj"),
        (NAME, 10, "…11…proj"),
        (NAME, 7, "…11…pr…"),
        (NAME, 1, "…11…"),
        ("stage1.0.blocks.3.conv", 12, "…0…3…conv"),
        ("features.conv", 9, "…conv"),
        ("classifier", 5, "…cla…"),
        ("layers.7", 3, "…7"),
    ],
)
def test_numbers_stay(name: str, room: int, shown: str) -> None:
    assert elided(name, room, len) == shown


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 40))
def test_different_passes_have_different_labels(one: int, other: int, room: int) -> None:
    first, second = (elided(f"encoder.layer.{i}.attention.self", room, len) for i in (one, other))
    assert (first == second) == (one == other)
