"""The notes on an ONNX file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from layerledger.core.base.messages import Message, plural
from layerledger.core.formats.importing.batch_check import grows_with_batch
from layerledger.core.formats.importing.graph_notes import graph_notes
from layerledger.core.formats.importing.notes import MAX_LISTED, Imported, ImportNote, sorted_notes
from layerledger.core.formats.importing.tensor import DraftLayer
from layerledger.core.formats.onnx.graph_reader import GraphReader
from layerledger.core.formats.onnx.schema import OnnxModel
from layerledger.core.formats.onnx.weights import is_nameless
from layerledger.core.network.nodes import Network

_PROGRAMS = {"pytorch": "PyTorch", "onnx.quantize": "ONNX Runtime's quantizer"}
_VERSION = re.compile(r"\d+(\.\d+)*")
_LONGEST = 60


def imported(file: str, model: OnnxModel, reader: GraphReader, network: Network) -> Imported:
    """Return where a network comes from, and what is to be said about it."""
    notes = [*graph_notes(reader.context.graph, network, reader.sizes.found), *_notes(reader, network)]
    return Imported(file, "ONNX", _made_by(model, reader.opset), sorted_notes(notes), reader.sizes.found)


def _made_by(model: OnnxModel, opset: int) -> str:
    """Return `PyTorch 2.14.1, opset 20`."""
    name = "".join(c for c in model.producer_name[:_LONGEST] if c.isprintable()).strip()
    version = _VERSION.match(model.producer_version)
    program = " ".join(filter(None, (_PROGRAMS.get(name, name), version[0] if version else "")))
    return ", ".join(filter(None, (program, f"opset {opset}")))


def _notes(reader: GraphReader, network: Network) -> Iterator[ImportNote]:
    yield from _folded_norms(reader, _kept(reader, reader.normalized))
    yield from _dropped_biases(reader, _kept(reader, reader.unbiased))
    yield from _equal_weights(reader)
    yield from _nameless(reader)
    yield from _doubled_tables(reader.context.graph.drafts)
    yield from _quantized(reader)
    yield from reader.initializers.problems
    if grows_with_batch(network, reader.context.graph) is False:
        yield ImportNote(
            "assumed", "Parts are made for a batch of 1: with another batch, some numbers do not grow with it."
        )


def _kept(reader: GraphReader, drafts: Sequence[DraftLayer]) -> list[DraftLayer]:
    """Return the layers that are part of the network, also as part of one that was put together of several."""
    kept = {name: each for each in reader.context.graph.drafts for name in each.weights}
    return [each for each in drafts if each.weights[0] in kept]


def _names(reader: GraphReader, drafts: Sequence[DraftLayer]) -> tuple[str, ...]:
    """Return the dotted names of the layers that have the weights of some."""
    names = {weight: each.name for each in reader.context.graph.drafts for weight in each.weights}
    return tuple(dict.fromkeys(names[each.weights[0]] for each in drafts if names.get(each.weights[0])))[:MAX_LISTED]


def _channels(draft: DraftLayer) -> int:
    found = draft.params.get("out_channels", draft.params.get("out_features"))
    return found if isinstance(found, int) else 0


def _folded_norms(reader: GraphReader, drafts: Sequence[DraftLayer]) -> Iterator[ImportNote]:
    if drafts:
        more = sum(_channels(each) * (2 - (each.params.get("bias") is not False)) for each in drafts)
        yield ImportNote(
            "counted as held",
            Message(
                "The exporter has folded BatchNorm into {layers}; if these had no bias before, the network had "
                "{more:,} parameters more.",
                layers=plural(len(drafts), "{count:,} convolution", "{count:,} convolutions"),
                more=more,
            ),
            _names(reader, drafts),
        )


def _dropped_biases(reader: GraphReader, drafts: Sequence[DraftLayer]) -> Iterator[ImportNote]:
    if drafts:
        yield ImportNote(
            "counted as held",
            Message(
                "The exporter has dropped {biases} of zeros only; if these were the network's, it had {more:,} "
                "parameters more.",
                biases=plural(len(drafts), "{count:,} bias", "{count:,} biases"),
                more=sum(map(_channels, drafts)),
            ),
            _names(reader, drafts),
        )


def _equal_weights(reader: GraphReader) -> Iterator[ImportNote]:
    weights = reader.context.weights
    if weights.repeated:
        yield ImportNote(
            "counted as held",
            Message(
                "The exporter has stored equal weights once; they are counted for each layer that has them, {more:,} "
                "parameters more than the file holds.",
                more=weights.repeated,
            ),
        )


def _nameless(reader: GraphReader) -> Iterator[ImportNote]:
    found = [
        each
        for each in reader.context.graph.drafts
        if each.type == "Parameter" and each.weights and is_nameless(each.weights[0])
    ]
    if found:
        yield ImportNote(
            "counted as held",
            Message(
                "{tensors} without the name of a parameter, {count:,} numbers in all, may be constants that the "
                "exporter has worked out, such as tables of positions; they are counted as parameters.",
                tensors=plural(len(found), "{count:,} tensor", "{count:,} tensors"),
                count=sum(each.outputs[0].elements for each in found),
            ),
            _names(reader, found),
        )


def _doubled_tables(drafts: Sequence[DraftLayer]) -> Iterator[ImportNote]:
    """Yield a note where a linear layer has the size of a table of embeddings, with which it may be tied."""
    names = {each.weights[0] for each in drafts if each.type == "Linear" and each.weights}
    for table in drafts:
        if table.type != "Embedding" or not table.weights or table.weights[0] in names:
            continue
        size = (table.params["embedding_dim"], table.params["num_embeddings"])
        for layer in drafts:
            features = layer.inputs[0].sizes[-1:] if layer.type == "Linear" and layer.inputs[0].shape else ()
            if features and (features[0], layer.params["out_features"]) == size:
                yield ImportNote(
                    "counted as held",
                    Message(
                        "{table} and {layer} have weights of one size; if they are tied, which the file does not say, "
                        "the network has {fewer:,} parameters fewer.",
                        table=table.name,
                        layer=layer.name,
                        fewer=_elements(table),
                    ),
                    (table.name, layer.name),
                )


def _elements(table: DraftLayer) -> int:
    rows, width = table.params["num_embeddings"], table.params["embedding_dim"]
    return rows * width if isinstance(rows, int) and isinstance(width, int) else 0


def _quantized(reader: GraphReader) -> Iterator[ImportNote]:
    found = [each for each in reader.context.graph.drafts if each.dtypes is not None and each.weights]
    if found:
        yield ImportNote(
            "counted as held",
            plural(
                len(found),
                "{count:,} layer has quantized weights; it is counted as the same layer of real numbers.",
                "{count:,} layers have quantized weights; they are counted as the same layers of real numbers.",
            ),
            _names(reader, found),
        )
