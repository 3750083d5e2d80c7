"""Reader of Keras models: .keras archives, HDF5 files, and the JSON of a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from layerledger.core.base.messages import Message
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.graph_notes import graph_notes
from layerledger.core.formats.importing.notes import MAX_LISTED, Imported, ImportNote, sorted_notes
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.importing.tensor import DraftLayer
from layerledger.core.formats.keras.files import read_model
from layerledger.core.formats.keras.model import ModelReader
from layerledger.core.network.nodes import Network

TITLE = "Keras model"


def read(path: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of a Keras model; its weights are not read.

    Raises:
        FormatError: the file is not one that can be read; the sentence says why.
    """
    options.progress("reading")
    file = read_model(path)
    reader = ModelReader(file.model, options)
    reader.read()
    drafts = list(reader.graph.drafts)
    options.progress("assembling")
    network = assemble(reader.graph, path.stem, options)
    sizes = reader.inputs.open_sizes()
    notes = [*graph_notes(reader.graph, network, sizes), *_layout(reader), *_remarks(reader, drafts)]
    imported = Imported(path.name, TITLE, file.made_by, sorted_notes(notes), sizes)
    return replace(network, imported=imported.stored())


def _layout(reader: ModelReader) -> Iterator[ImportNote]:
    if any(x.moved for x in reader.inputs.tensors) or reader.layouts.is_used:
        yield ImportNote("simplified", Message("Shapes are shown channels first; the file has channels last."))


def _remarks(reader: ModelReader, drafts: list[DraftLayer]) -> Iterator[ImportNote]:
    kept = set(map(id, reader.graph.drafts))
    for (kind, sentence), numbers in reader.remarks.found.items():
        about = [drafts[i] for i in numbers if i < len(drafts) and id(drafts[i]) in kept]
        if about:
            yield ImportNote(kind, sentence, tuple(dict.fromkeys(each.name for each in about))[:MAX_LISTED])
