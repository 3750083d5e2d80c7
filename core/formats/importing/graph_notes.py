"""Notes on a graph that was mapped, worded alike for all formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from layerledger.core.base.messages import Message, plural
from layerledger.core.formats.importing.graph import Difference, Graph, difference_text
from layerledger.core.formats.importing.notes import MAX_LISTED, ImportNote, OpenSize, size_note
from layerledger.core.formats.importing.tensor import DraftLayer
from layerledger.core.network.nodes import Block, Layer, Network

_KINDS_LISTED = 6


def graph_notes(graph: Graph, network: Network, sizes: Sequence[OpenSize] = ()) -> Iterator[ImportNote]:
    """Yield what is to be said of any imported graph, each only where it applies.

    Args:
        graph: the graph, of which the network was made.
        network: the network.
        sizes: the sizes that the file leaves open.
    """
    yield from map(size_note, sizes)
    yield from _uncounted(graph)
    yield from _simplified(graph, network)
    yield from _checked(graph)


def _uncounted(graph: Graph) -> Iterator[ImportNote]:
    kept = set(map(id, graph.drafts))
    found = {kind: [each for each in drafts if id(each) in kept] for kind, drafts in graph.uncounted.items()}
    found = {kind: drafts for kind, drafts in found.items() if drafts}
    if not found:
        return
    count = sum(map(len, found.values()))
    yield ImportNote(
        "not counted",
        Message(
            "{operators}: {kinds}.",
            operators=plural(count, "{count:,} operator is not counted", "{count:,} operators are not counted"),
            kinds=listed(f"{kind} ({len(drafts):,})" for kind, drafts in found.items()),
        ),
        _names(each for drafts in found.values() for each in drafts),
    )


def _simplified(graph: Graph, network: Network) -> Iterator[ImportNote]:
    if graph.folded:
        yield ImportNote(
            "simplified",
            plural(
                graph.folded,
                "{count:,} operation on shapes and constants is worked out.",
                "{count:,} operations on shapes and constants are worked out.",
            ),
        )
    if graph.merged:
        yield ImportNote(
            "simplified",
            plural(
                graph.merged,
                "{count:,} operation is part of the layer that it belongs to.",
                "{count:,} operations are part of the layers that they belong to.",
            ),
        )
    repeated = sum(_copies(network.root))
    if repeated:
        yield ImportNote(
            "simplified",
            plural(
                repeated,
                "{count:,} block is shown as a repeat of an equal one.",
                "{count:,} blocks are shown as repeats of equal ones.",
            ),
        )


def _copies(block: Block) -> Iterator[int]:
    for node in block.layers:
        if isinstance(node, Block):
            yield node.repeat - 1
            yield from _copies(node)


def _checked(graph: Graph) -> Iterator[ImportNote]:
    kept = set(map(id, graph.drafts))
    differing = [each for each in graph.differences if id(each.draft) in kept]
    if differing:
        first = differing[0]
        yield ImportNote(
            "checked",
            Message(
                "{shapes} what the file states; the first is {layer}: {difference}.",
                shapes=plural(len(differing), "{count:,} shape differs from", "{count:,} shapes differ from"),
                layer=first.draft.name or first.draft.place.name,
                difference=difference_text(first),
            ),
            _names(_drafts(differing)),
        )
    elif graph.checked:
        yield ImportNote(
            "checked",
            plural(
                graph.checked,
                "The one shape that the file states is equal to that of the layer.",
                "All {count:,} shapes that the file states are equal to those of the layers.",
            ),
        )


def _drafts(differences: Iterable[Difference]) -> Iterator[DraftLayer]:
    return (each.draft for each in differences)


def _names(drafts: Iterable[DraftLayer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in drafts if each.name))[:MAX_LISTED]


def listed(texts: Iterable[str]) -> str:
    """Return texts for a sentence, the first few where there are many."""
    found = list(texts)
    more = ["…"] if len(found) > _KINDS_LISTED else []
    return ", ".join([*found[:_KINDS_LISTED], *more])


def layer_count(network: Network) -> int:
    """Return the number of layers as the network shows them, each repeated block once."""
    return sum(1 for _ in _layers(network.root))


def _layers(block: Block) -> Iterator[Layer]:
    for node in block.layers:
        if isinstance(node, Layer):
            yield node
        else:
            yield from _layers(node)
