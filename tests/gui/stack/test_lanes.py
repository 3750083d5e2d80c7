"""The routing of wires: every source reaches its row, and lanes never share a place."""

from hypothesis import given
from hypothesis import strategies as st

from layerledger.gui.stack.lanes import MAX_DRAWN, MAX_LANES, RowWires, route


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


# -- the slow twin: every wire enters itself in every row that it passes


def slow_route(sources: list[list[int]]) -> tuple[list[RowWires], int]:
    rows = [RowWires() for _ in sources]
    ends: dict[int, list[int]] = {}
    for i, feeding in enumerate(sources):
        for j in sorted({j for j in feeding if 0 <= j < i}):
            if j == i - 1:
                rows[i].above = rows[j].below = True
            else:
                ends.setdefault(j, []).append(i)
    free: list[int] = []  # by lane: the first row where it is free again
    for start in sorted(ends):
        lane = slow_lane(free, start, max(ends[start]))
        rows[start].leaves = lane
        for i in ends[start]:
            rows[i].joins.append(lane)
        for i in range(start + 1, max(ends[start])):
            rows[i].through.append(lane)
    return rows, len(free)


def slow_lane(free: list[int], start: int, end: int) -> int:
    lane = next((i for i, until in enumerate(free) if until <= start), None)
    if lane is None and len(free) < MAX_LANES:
        free.append(end)
        return len(free) - 1
    lane = len(free) - 1 if lane is None else lane
    free[lane] = max(free[lane], end)
    return lane


def pictures(routed: tuple[list[RowWires], int]) -> tuple[list[object], int]:
    """Return what is drawn: lanes have one colour, so their order in a row is not seen."""
    rows, lanes = routed
    return [(row.above, row.below, sorted(row.through), row.leaves, row.joins) for row in rows], lanes


@given(st.lists(st.lists(st.integers(-2, 40), max_size=4), max_size=40))
def test_lanes_are_those_of_the_slow_twin(sources: list[list[int]]) -> None:
    assert pictures(route(sources)) == pictures(slow_route(sources))


@given(st.integers(1, 60), st.data())
def test_lanes_of_many_long_wires_are_those_of_the_slow_twin(count: int, data: st.DataObject) -> None:
    """As in a U-Net: more wires than lanes pass a row."""
    sources: list[list[int]] = [[] for _ in range(count)]
    sources += [[data.draw(st.integers(0, count - 1))] for _ in range(count)]
    rows, lanes = slow_route(sources)
    for row in rows:  # what is drawn over each other so often is as dark as it gets
        row.through = [lane for lane in {*row.through} for _ in range(min(row.through.count(lane), MAX_DRAWN))]
    assert pictures(route(sources)) == pictures((rows, lanes))
