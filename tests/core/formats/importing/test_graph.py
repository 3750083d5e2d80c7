"""Shapes by the layer types' rules, Opaque layers, and where the batch is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import analyze
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.batch import reshaped_batch
from layerledger.core.formats.importing.graph import Graph, Uncounted
from layerledger.core.formats.importing.graph_notes import graph_notes
from layerledger.core.formats.importing.tensor import Batch, ModulePlace, Tensor


def test_a_shape_that_the_file_states_is_compared() -> None:
    graph = Graph()
    x = graph.add_input("x", (1, 4), "float32")
    graph.place = ModulePlace((), "fc")
    graph.emit("Linear", [x], {"out_features": 3}, stated=[(1, 3)])
    graph.emit("Linear", [x], {"out_features": 3}, stated=[(1, 5)])
    assert graph.checked == 1
    assert [(each.ours, each.stated) for each in graph.differences] == [((1, 3), (1, 5))]


def test_what_follows_an_opaque_layer_is_counted_and_grows_with_the_batch() -> None:
    graph = Graph()
    x = graph.add_input("x", (1, 3, 8, 8), "float32")
    graph.place = ModulePlace((), "warp")
    (x,) = graph.opaque("Warp", [x], "no layer type does this", [(1, 6, 4, 4)])
    graph.place = ModulePlace((), "conv")
    graph.outputs = graph.emit("Conv2d", [x], {"out_channels": 2, "kernel_size": 1})
    network = assemble(graph, "net")
    result = analyze(network)
    assert (result.totals.macs, result.totals.uncounted_layers) == (2 * 6 * 4 * 4, 1)
    assert [problem.severity for problem in result.problems] == ["warning"]
    larger = replace(network, inputs=(replace(network.inputs[0], shape=(8, 3, 8, 8)),))
    assert analyze(larger).totals.macs == 8 * result.totals.macs
    assert "Warp" in next(note.text for note in graph_notes(graph, network) if note.kind == "not counted")


def test_an_unknown_shape_stays_unknown() -> None:
    graph = Graph()
    x = graph.add_input("x", (1, 3), "float32")
    (y,) = graph.opaque("Unique", [x], "its output depends on the data", [None])
    assert y.shape is None
    with pytest.raises(ValueError, match="x"):
        Tensor("x", None).sizes  # noqa: B018
    graph.outputs = [y]
    result = analyze(assemble(graph, "net"))
    assert not result.ok


def test_a_layer_type_that_does_not_take_its_inputs_says_why() -> None:
    graph = Graph()
    x = graph.add_input("x", (1, 3), "float32")
    with pytest.raises(Uncounted, match="Conv2d takes"):
        graph.emit("Conv2d", [x], {"out_channels": 3, "kernel_size": 1})
    with pytest.raises(Uncounted, match="no layer type"):
        graph.emit("Warp", [x])


@pytest.mark.parametrize(
    ("shape", "batch", "output", "found"),
    [
        ((1, 197, 768), Batch(0), (1, 197, 12, 64), Batch(0)),
        ((1, 12, 197, 64), Batch(0), (12, 197, 64), Batch(0)),
        ((1, 8, 7, 8, 7, 96), Batch(0), (1, 56, 56, 96), Batch(0)),
        ((197, 1, 768), Batch(1), (197, 12, 64), Batch(1)),
        ((1, 768, 14, 14), Batch(0), (1, 768, 196), Batch(0)),
        ((1, 49, 96), Batch(0), (49, 96), Batch(0)),
        ((8, 49, 96), Batch(0), (392, 96), Batch(0)),
    ],
)
def test_where_the_batch_is_after_a_reshape(
    shape: tuple[int, ...], batch: Batch, output: tuple[int, ...], found: Batch
) -> None:
    assert reshaped_batch(shape, batch, output) == found


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.lists(st.integers(1, 4), min_size=0, max_size=3),
    st.sampled_from(["split", "merge"]),
)
def test_a_reshape_of_what_is_behind_the_batch_works_for_any_batch(
    sizes: list[int], front: list[int], way: str
) -> None:
    """Splitting or joining dimensions behind the batch gives, at batch 3, three times the elements."""
    total = 1
    for size in sizes:
        total *= size
    before, after = ((*front, 1, total), (*front, 1, *sizes))
    if way == "merge":
        before, after = after, before
    graph = Graph()
    x = graph.add_input("x", before, "float32")
    x.batch = Batch(len(front))
    (y,) = graph.reshape(x, after)
    graph.outputs = [y]
    if y is x:
        return
    network = assemble(graph, "net")
    grown = (*before[: len(front)], 3, *before[len(front) + 1 :])
    result = analyze(replace(network, inputs=(replace(network.inputs[0], shape=grown),)))
    assert result.ok
    outputs = result.root.outputs
    assert outputs
    assert outputs[0].elements == 3 * y.elements
