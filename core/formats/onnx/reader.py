"""Reading of an ONNX file as a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.values import Value
from layerledger.core.formats.binary.source import opened
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.attention import fuse_attention
from layerledger.core.formats.importing.collection import without_collection
from layerledger.core.formats.importing.fusions import fuse
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.onnx.graph_reader import GraphReader
from layerledger.core.formats.onnx.model import model_in
from layerledger.core.formats.onnx.notes import imported
from layerledger.core.formats.onnx.values import Initializers
from layerledger.core.network.nodes import Network


def read(path: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of an ONNX file; its weights are not read, and no other file is opened.

    Raises:
        FormatError: the file cannot be read, is damaged, or is beyond a limit.
    """
    with without_collection():
        with opened(path) as source:
            model = model_in(source)
            reader = GraphReader(model, Initializers(source), options)
            assert model.graph is not None
            reader.read(model.graph)
        fuse(reader.context.graph)
        fuse_attention(reader.context.graph)
        network = assemble(reader.context.graph, path.stem, options)
        return replace(
            network,
            stored_dtypes=_dtypes(reader, network),
            imported=imported(path.name, model, reader, network).stored(),
        )


def _dtypes(reader: GraphReader, network: Network) -> Value:
    """Return in which dtype a network computes, where its inputs do not say so: that of most of its weights."""
    elements = reader.initializers.elements
    usual = max(elements, key=lambda dtype: elements[dtype], default="float32")
    if usual == "float32" or any(each.dtype == usual for each in network.inputs):
        return None
    return FrozenMap({"compute": usual})
