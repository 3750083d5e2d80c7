"""An immutable mapping: no method changes it, and it hashes, compares and unpacks by its items."""

import copy
import json
from types import MappingProxyType

import pytest

from layerledger.core.base.frozen_map import EMPTY, FrozenMap

ITEMS = {"kernel_size": 3, "bias": False}
CHANGES = [
    lambda m: m.__setitem__("a", 1),
    lambda m: m.__delitem__("bias"),
    lambda m: m.update(a=1),
    lambda m: m.clear(),
    lambda m: m.pop("bias"),
    lambda m: m.popitem(),
    lambda m: m.setdefault("a", 1),
    lambda m: m.__ior__({"a": 1}),
]


@pytest.mark.parametrize("change", CHANGES)
def test_cannot_be_changed(change):
    frozen = FrozenMap(ITEMS)
    with pytest.raises(TypeError, match="cannot be changed"):
        change(frozen)
    assert frozen == ITEMS


def test_does_not_follow_the_mapping_that_it_was_made_of():
    items = dict(ITEMS)
    frozen = FrozenMap(items)
    items["a"] = 1
    assert "a" not in frozen


def test_equals_and_hashes_by_its_items():
    frozen = FrozenMap(ITEMS)
    assert frozen == ITEMS == dict(frozen) == {**frozen}
    assert frozen == MappingProxyType(ITEMS)
    assert hash(frozen) == hash(FrozenMap(dict(reversed(ITEMS.items()))))
    assert len({frozen, FrozenMap(ITEMS), EMPTY}) == 2
    with pytest.raises(TypeError):
        hash(FrozenMap({"a": [1]}))


def test_reads_as_a_dict():
    assert json.dumps(FrozenMap(ITEMS)) == json.dumps(ITEMS)
    assert repr(FrozenMap(ITEMS)) == repr(ITEMS)
    merged = FrozenMap(ITEMS) | {"a": 1}
    assert merged == {**ITEMS, "a": 1}


def test_a_copy_is_equal():
    frozen = FrozenMap({"a": FrozenMap(ITEMS)})
    assert copy.deepcopy(frozen) == frozen
    assert copy.copy(EMPTY) is EMPTY
