"""Numbers as people type them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.base import units
from layerledger.core.base.quantities import BYTES, COUNT, SECONDS, read_quantity


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5000000", COUNT, 5_000_000),
        ("5,000,000", COUNT, 5_000_000),
        ("5 M", COUNT, 5_000_000),
        ("1.5g", COUNT, 1_500_000_000),
        ("7 B", COUNT, 7 * 10**9),
        ("320 KiB", BYTES, 320 * 1024),
        ("320kib", BYTES, 320 * 1024),
        ("24 GB", BYTES, 24 * 10**9),
        ("512", BYTES, 512),
        ("5 ms", SECONDS, Fraction(1, 200)),
        ("12.3µs", SECONDS, Fraction(123, 10**7)),
        (".5 s", SECONDS, Fraction(1, 2)),
    ],
)
def test_is_read(text, kind, value):
    assert read_quantity(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", COUNT), ("many", COUNT), ("-5", COUNT), ("5 MiB", COUNT), ("5 ms", BYTES), ("5", SECONDS), ("1e9", COUNT),
     ("5 5", COUNT), ("9" * 1000, COUNT), ("٣", COUNT)],
)  # fmt: skip
def test_is_refused_with_what_would_do(text, kind):
    with pytest.raises(ValueError, match="must be a number such as"):
        read_quantity(text, kind)


@given(st.integers(0, 10**15))
def test_what_the_window_writes_is_read_back_to_its_digits(n):
    assert units.count(int(read_quantity(units.count(n), COUNT))) == units.count(n)
    assert units.size(int(read_quantity(units.size(n), BYTES))) == units.size(n)
