"""Notes of an import are saved with the network, and what is malformed in them does no harm."""

from dataclasses import replace

import pytest

from layerledger.core import Network
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.formats import native
from layerledger.core.formats.importing.notes import Imported, ImportNote, OpenSize, imported_of, notes_of, sorted_notes

IMPORTED = Imported(
    file="net.onnx",
    format="ONNX model",
    made_by="PyTorch 2.14",
    notes=(ImportNote("assumed", "Batch 1 is taken."), ImportNote("not counted", "1 operator", ("a.b",))),
    sizes=(OpenSize("batch", 1, ("x",)),),
)


def test_notes_are_kept_through_a_file() -> None:
    network = replace(Network(), imported=IMPORTED.stored())
    assert imported_of(native.read(native.write(network))) == IMPORTED
    assert notes_of(network) == IMPORTED.notes


def test_a_network_that_was_not_imported_has_none() -> None:
    assert imported_of(Network()) is None
    assert notes_of(Network()) == ()
    assert '"imported"' not in native.write(Network())


@pytest.mark.parametrize(
    "stored",
    [
        FrozenMap({"notes": 3, "sizes": "x", "file": 5}),
        FrozenMap({"notes": ("x", FrozenMap({"kind": "gossip", "text": "x"}), FrozenMap({"kind": "assumed"}))}),
        FrozenMap({"sizes": (FrozenMap({"name": "n", "value": True}), FrozenMap({"name": 3, "value": 1}))}),
    ],
)
def test_what_is_malformed_is_left_out(stored: FrozenMap[str, object]) -> None:
    found = imported_of(replace(Network(), imported=stored))  # type: ignore[arg-type]
    assert found == Imported("", "")


def test_notes_are_shown_in_the_order_of_their_kinds() -> None:
    kinds = ["checked", "assumed", "simplified", "counted as held", "not counted"]
    found = sorted_notes([ImportNote(kind, kind) for kind in kinds])  # type: ignore[arg-type]
    assert [note.kind for note in found] == ["counted as held", "assumed", "not counted", "simplified", "checked"]
