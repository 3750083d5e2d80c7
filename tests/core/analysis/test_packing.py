"""The packing: where a planner that looks at every other tensor would put each."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.analysis.passes.memory_planner import plan_offsets


def lives(steps):
    """Draws (size, first step, last step)."""
    ends = st.tuples(st.integers(0, steps - 1), st.integers(0, steps - 1))
    return st.tuples(st.integers(0, 6), ends).map(lambda drawn: (drawn[0], *sorted(drawn[1])))


def looked_at_each_other(buffers):
    """Places the largest first, each at the lowest gap between all that live at one of its steps."""
    offsets, placed = [0] * len(buffers), []
    for i in sorted(range(len(buffers)), key=lambda i: (-buffers[i][0], buffers[i][1])):
        size = buffers[i][0]
        beside = [(offsets[j], offsets[j] + buffers[j][0]) for j in placed if beside_each_other(buffers[j], buffers[i])]
        for start, end in sorted(beside):
            if start - offsets[i] >= size:
                break
            offsets[i] = max(offsets[i], end)
        placed += [i] * (size > 0)
        offsets[i] *= size > 0
    return offsets


def beside_each_other(one, other):
    return one[1] <= other[2] and other[1] <= one[2]


@given(st.integers(1, 40).flatmap(lambda steps: st.tuples(st.just(steps), st.lists(lives(steps), max_size=40))))
def test_it_is_what_looking_at_every_other_tensor_finds(drawn):
    steps, buffers = drawn
    assert plan_offsets(buffers, steps) == looked_at_each_other(buffers)


def test_the_example_in_print():
    """Largest first, lowest gap first: 5 and 4 live together, 3 fits on neither at its steps, 2 fills what is left."""
    assert plan_offsets([(4, 0, 1), (5, 1, 2), (2, 0, 0), (3, 3, 4)], 5) == [5, 0, 0, 0]


def test_tensors_that_live_long_take_no_square_of_their_number():
    """Of 20,000 tensors each tenth lives to the end; looking at every other one would take 40,000,000 looks."""
    count = 20_000
    buffers = [(64, i, count - 1 if i % 10 == 0 else min(i + 1, count - 1)) for i in range(count)]
    offsets = plan_offsets(buffers, count)
    kept = sorted(offsets[i] for i in range(0, count, 10))
    assert all(b - a >= 64 for a, b in pairwise(kept))
