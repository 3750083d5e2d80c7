"""The notes on an ONNX file."""

from __future__ import annotations

from layerledger.core.formats.importing.notes import Imported
from layerledger.core.formats.onnx.graph_reader import GraphReader
from layerledger.core.formats.onnx.schema import OnnxModel
from layerledger.core.network.nodes import Network


def imported(file: str, model: OnnxModel, reader: GraphReader, network: Network) -> Imported:
    """Return where a network comes from, and what is to be said about it."""
    return Imported(file, "ONNX", sizes=reader.sizes.found)
