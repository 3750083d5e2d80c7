"""The result of a builder: inputs, layers and notes, from which the network is assembled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.formats.huggingface.config import MAX_NUMBER, Config
from layerledger.core.formats.importing.notes import Imported, ImportNote, OpenSize, size_note, sorted_notes
from layerledger.core.network.nodes import Block, Network, NetworkInput, Node

TITLE = "Hugging Face configuration"
"""The title of the format."""


class Built(NamedTuple):
    """A network before it is assembled.

    Attributes:
        inputs: its inputs.
        layers: its layers, in order.
        outputs: references to layers; () for the last one.
        notes: on what was made of the file.
        sizes: those that the file leaves open.
    """

    inputs: tuple[NetworkInput, ...]
    layers: tuple[Node, ...]
    outputs: tuple[str, ...] = ()
    notes: tuple[ImportNote, ...] = ()
    sizes: tuple[OpenSize, ...] = ()


def indices(name: str, count: int) -> NetworkInput:
    """Return an input of indices, one sequence."""
    return NetworkInput(name=name, shape=(1, count), dtype="int64")


def numbers(name: str, shape: Shape) -> NetworkInput:
    """Return an input of numbers."""
    return NetworkInput(name=name, shape=shape, dtype="float32")


def chosen(sizes: Mapping[str, int], name: str, default: int) -> int:
    """Return an open size as it was chosen, or its default.

    Raises:
        FormatError: it is no size.
    """
    value = sizes.get(name, default)
    if not 1 <= value <= MAX_NUMBER:
        rule = Message("a whole number from 1 to {most:,}", most=MAX_NUMBER)
        raise Config({}, kind="").wrong(name, rule, value)
    return value


def assemble(name: str, built: Built, made_by: str, *, file: str = "", format: str = TITLE) -> Network:
    """Return the network, with its notes and open sizes."""
    notes = sorted_notes([*built.notes, *map(size_note, built.sizes)])
    imported = Imported(file or name, format, made_by, notes, built.sizes)
    root = Block(name="", layers=built.layers, outputs=built.outputs)
    return Network(name=name, inputs=built.inputs, root=root, imported=imported.stored())
