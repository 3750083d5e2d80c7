"""The steps between two lists of siblings: applied to the old list they give the new one, and they are few."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.network.diff import Change, Insert, Move, Remove, Step, diff_siblings, runs
from layerledger.core.network.nodes import Block, Layer, Node

NAMES = st.sampled_from("abcdefgh")
NODES = st.builds(
    lambda name, block: Block(name=name) if block else Layer(name=name, type="ReLU"), NAMES, st.booleans()
)


def layers(names: str) -> list[Node]:
    return [Layer(name=name, type="ReLU") for name in names]


@st.composite
def snapshots(draw: st.DrawFn) -> tuple[list[Node], list[Node]]:
    """Return siblings before and after: the latter share nodes, hold new versions of others, and new nodes."""
    old = draw(st.lists(NODES, max_size=8))
    pool = st.sampled_from(old).flatmap(lambda node: st.sampled_from([node, replace(node, inputs=("input",))]))
    new = draw(st.lists(st.one_of(pool, NODES) if old else NODES, max_size=8))
    return old, new


def applied(steps: list[Step], old: list[Node]) -> list[Node]:
    nodes = list(old)
    for step in steps:
        match step:
            case Change(position, node):
                nodes[position] = node
            case Insert(position, new):
                nodes[position:position] = new
            case Remove(first, last):
                assert 0 <= first <= last < len(nodes)
                del nodes[first : last + 1]
            case Move(source, target):
                assert source != target
                nodes.insert(target, nodes.pop(source))
    return nodes


@given(snapshots())
def test_steps_turn_the_old_list_into_the_new_one(pair: tuple[list[Node], list[Node]]):
    old, new = pair
    found = applied(diff_siblings(old, new), old)
    assert [id(node) for node in found] == [id(node) for node in new]


@given(st.permutations(range(7)))
def test_a_permutation_moves_only_and_as_few_as_possible(order: list[int]):
    old = layers("abcdefg")
    steps = diff_siblings(old, [old[i] for i in order])
    longest = [1] * 7  # by the quadratic method
    for i in range(7):
        longest[i] = 1 + max((longest[j] for j in range(i) if order[j] < order[i]), default=0)
    assert all(isinstance(step, Move) for step in steps)
    assert len(steps) == 7 - max(longest)


@given(snapshots())
def test_a_node_that_both_lists_share_at_an_end_is_not_touched(pair: tuple[list[Node], list[Node]]):
    old, new = pair
    shared = Layer(name="shared", type="ReLU")
    assert diff_siblings([*old, shared], [*new, shared]) == diff_siblings(old, new)
    shifted = [
        step._replace(position=step.position + 1)
        if isinstance(step, Change | Insert)
        else type(step)(*(place + 1 for place in step))
        for step in diff_siblings(old, new)
    ]
    assert diff_siblings([shared, *old], [shared, *new]) == shifted


def test_equal_lists_differ_in_nothing():
    old = layers("abc")
    assert diff_siblings(old, list(old)) == []


def test_a_node_may_move_to_the_end_in_one_step():
    old = layers("abcd")
    assert diff_siblings(old, [*old[1:], old[0]]) == [Move(0, 3)]


def test_a_new_version_under_the_same_name_is_a_change():
    old = layers("abc")
    new = [old[0], Layer(name="b", type="Conv2d"), old[2]]
    assert diff_siblings(old, new) == [Change(1, new[1])]


def test_a_new_name_in_the_same_place_is_a_change():
    old = layers("abc")
    new = [old[0], Layer(name="x", type="ReLU"), old[2]]
    assert diff_siblings(old, new) == [Change(1, new[1])]


def test_a_block_in_the_place_of_a_layer_is_another_node_unless_it_has_its_name():
    old = layers("abc")
    other, same = Block(name="x"), Block(name="b")
    assert diff_siblings(old, [old[0], other, old[2]]) == [Remove(1, 1), Insert(1, [other])]
    assert diff_siblings(old, [old[0], same, old[2]]) == [Change(1, same)]


def test_removals_and_insertions_come_in_runs():
    old = layers("abcdef")
    added = layers("xy")
    assert diff_siblings(old, [old[0], *added, old[3], old[5]]) == [Remove(4, 4), Remove(1, 2), Insert(1, added)]


@given(st.sets(st.integers(0, 20)))
def test_runs_cover_the_positions(positions: set[int]):
    found = list(runs(sorted(positions)))
    assert {i for first, last in found for i in range(first, last + 1)} == positions
    assert all(a[1] + 1 < b[0] for a, b in pairwise(found))
