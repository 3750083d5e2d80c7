"""An open size of an import is set in the inputs' shapes, where it is clear which dimension it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layerledger.core import Network, NetworkInput
from layerledger.core.edits import EditError
from layerledger.core.edits.open_sizes import set_open_size
from layerledger.core.formats.importing.notes import Imported, OpenSize, imported_of, notes_of, size_note


def imported(shape: tuple[int, ...], *sizes: OpenSize) -> Network:
    stored = Imported("a.onnx", "ONNX model", notes=tuple(map(size_note, sizes)), sizes=sizes).stored()
    return replace(Network(inputs=(NetworkInput(name="x", shape=shape, dtype="float32"),)), imported=stored)


def size(name: str, value: int) -> OpenSize:
    return OpenSize(name, value, ("x",))


PICTURE = (size("batch", 1), size("height", 224), size("width", 224))


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [("batch", 8, (8, 3, 224, 224)), ("height", 96, (1, 3, 96, 224)), ("width", 96, (1, 3, 224, 96))],
)
def test_equal_sizes_are_told_apart_by_their_order(name: str, value: int, shape: tuple[int, ...]) -> None:
    changed = set_open_size(imported((1, 3, 224, 224), *PICTURE), name, value)
    assert changed.inputs[0].shape == shape
    found = imported_of(changed)
    assert found
    assert {each.name: each.value for each in found.sizes}[name] == value
    assert size_note(size(name, value)) in notes_of(changed)
    assert len(found.notes) == 3


def test_one_size_of_several_dimensions_is_set_in_all() -> None:
    assert set_open_size(imported((1, 3, 64, 64), size("s1", 64)), "s1", 32).inputs[0].shape == (1, 3, 32, 32)


def test_the_dimension_of_the_batch_is_no_other_size() -> None:
    assert set_open_size(imported((4, 3, 4), size("tokens", 4)), "tokens", 9).inputs[0].shape == (4, 3, 9)


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (imported((1, 64, 64, 64), size("height", 64), size("width", 64)), "height"),  # which two of the three?
        (imported((1, 3, 5), size("tokens", 7)), "tokens"),
        (Network(), "tokens"),
    ],
)
def test_a_size_without_a_place_is_refused(network: Network, name: str) -> None:
    with pytest.raises(EditError, match=name):
        set_open_size(network, name, 9)
