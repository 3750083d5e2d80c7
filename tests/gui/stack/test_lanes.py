"""The routing of wires: every source reaches its row, and lanes never share a place."""

from hypothesis import given
from hypothesis import strategies as st

from layerledger.gui.stack.lanes import MAX_LANES, route


def test_a_chain_needs_no_lane() -> None:
    rows, lanes = route([[], [0], [1]])
    assert lanes == 0
    assert [(row.above, row.below) for row in rows] == [(False, True), (True, True), (True, False)]


def test_a_residual_is_one_lane_that_leaves_and_comes_back() -> None:
    rows, lanes = route([[], [0], [1], [2, 0]])
    assert lanes == 1
    assert rows[0].leaves == 0
    assert [row.through for row in rows] == [[], [0], [0], []]
    assert rows[3].joins == [0]


def test_two_residuals_after_each_other_share_a_lane() -> None:
    _, lanes = route([[], [0], [1, 0], [2], [3, 2]])
    assert lanes == 1


def test_one_source_of_several_rows_is_one_lane() -> None:
    rows, lanes = route([[], [0], [0], [0]])
    assert lanes == 1
    assert rows[2].joins == [0]
    assert rows[2].through == [0]
    assert rows[3].joins == [0]


@given(st.lists(st.lists(st.integers(-2, 30), max_size=4), max_size=30))
def test_every_wire_arrives_and_no_place_is_taken_twice(sources: list[list[int]]) -> None:
    rows, lanes = route(sources)
    assert lanes <= MAX_LANES
    for i, feeding in enumerate(sources):
        skipping = {j for j in feeding if 0 <= j < i - 1}
        assert len(rows[i].joins) == len(skipping)
        assert rows[i].above == (i - 1 in feeding and i > 0)
        assert all(rows[j].leaves is not None for j in skipping)
        if lanes < MAX_LANES:
            assert len(set(rows[i].through)) == len(rows[i].through)
