"""Reader of TensorFlow Lite models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.shapes import ELEMENT_BYTES, Shape
from layerledger.core.formats.binary.source import opened
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.channels_last import Laid, Layouts, channels_first
from layerledger.core.formats.importing.graph import Difference, Graph, Uncounted
from layerledger.core.formats.importing.graph_notes import graph_notes
from layerledger.core.formats.importing.notes import Imported, ImportNote, OpenSize, sorted_notes
from layerledger.core.formats.importing.options import (
    BATCH,
    DEFAULT_BATCH,
    DEFAULT_IMAGE,
    DEFAULT_OPTIONS,
    DEFAULT_TOKENS,
    TOKENS,
    ImportOptions,
)
from layerledger.core.formats.importing.tensor import ModulePlace, UnknownShapeError
from layerledger.core.formats.tflite import convolutions, elementwise, recurrent, shapes
from layerledger.core.formats.tflite.model import OperatorInfo, TensorInfo, TfliteModel
from layerledger.core.formats.tflite.operation import Blocks, Mapped, Mapper, TfliteOperation
from layerledger.core.formats.tflite.schema import QUANTIZED
from layerledger.core.network.nodes import MAX_LAYERS, Network

TITLE = "TensorFlow Lite model"

_MAPPERS: dict[str, Mapper] = {
    **convolutions.OPERATORS,
    **elementwise.OPERATORS,
    **recurrent.OPERATORS,
    **shapes.OPERATORS,
}

_PICTURES = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
_POOLS = ("MAX_POOL_2D", "AVERAGE_POOL_2D")


def read(path: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of a TensorFlow Lite model; its weights are not read.

    Raises:
        FormatError: the file is not one that can be read; the sentence says why.
    """
    options.progress("reading")
    with opened(path) as source:
        importer = _Importer(TfliteModel(source), options)
        importer.run()
    options.progress("assembling")
    network = assemble(importer.graph, path.stem, options)
    notes = [*graph_notes(importer.graph, network, importer.sizes), *importer.notes()]
    made_by = "TensorFlow Lite converter" if importer.model.description.startswith("MLIR") else ""
    imported = Imported(path.name, TITLE, made_by, sorted_notes(notes), tuple(importer.sizes))
    return replace(network, imported=imported.stored())


class _Importer:
    """Maps the operators of the first subgraph in order."""

    def __init__(self, model: TfliteModel, options: ImportOptions) -> None:
        self.model, self._options = model, options
        self.graph = Graph()
        self.sizes: list[OpenSize] = []
        self._subgraph = model.graph(0)
        self._layouts = Layouts(self.graph)
        self._values: dict[int, Laid] = {}
        takers = {number: each for each in reversed(self._subgraph.operators) for number in each.inputs}
        self._blocks = Blocks({}, takers)
        self._root = _common_root(info.name for info in self._subgraph.tensors if not info.is_constant)

    def run(self) -> None:
        """Fill the graph."""
        operators = self._subgraph.operators
        if len(operators) > MAX_LAYERS:
            raise FormatError(
                Message(
                    "the model has {count:,} operators; at most {most:,} fit", count=len(operators), most=MAX_LAYERS
                )
            )
        self._add_inputs()
        for i, info in enumerate(operators):
            if i % 512 == 511:
                self._options.progress(Message("{count:,} operators", count=i + 1))
            if info.outputs:
                self._add(info)
        found = [self._values[number] for number in self._subgraph.outputs if number in self._values]
        self.graph.place = ModulePlace()
        self.graph.outputs = [
            x.tensor if x.tensor.shape is None or x.rank > 3 else self._layouts.last(x) for x in found
        ]

    def notes(self) -> Iterator[ImportNote]:
        """Yield what is to be said of this format only."""
        quantized = [draft for draft in self.graph.drafts if draft.dtypes is not None]
        if quantized:
            yield ImportNote(
                "counted as held",
                plural(
                    len(quantized),
                    "{count:,} layer works on, or stores, quantized numbers.",
                    "{count:,} layers work on, or store, quantized numbers.",
                ),
            )
        if self._layouts.is_used or any(x.moved for x in self._values.values()):
            yield ImportNote("simplified", Message("Shapes are shown channels first; the file has channels last."))
        yield ImportNote(
            "counted as held",
            Message("The converter folds batch norms into the layers before them, and leaves out biases of 0."),
        )

    # -- inputs

    def _add_inputs(self) -> None:
        """Add the inputs; one that an operator for pictures takes is held with channels first."""
        taken = self._taken_as_pictures()
        for number in self._subgraph.inputs:
            info = self._subgraph.tensors[number]
            sizes = self._open_sizes(info)
            dtype = "float32" if (info.dtype in QUANTIZED and info.is_quantized) or not info.dtype else info.dtype
            moved = number in taken
            shape = channels_first(sizes) if moved else sizes
            tensor = self.graph.add_input(_input_name(info.name), shape, dtype)
            self._values[number] = Laid(tensor, moved)

    def _taken_as_pictures(self) -> set[int]:
        """Return the inputs that are pictures: such an operator takes them, or what is made of them by element."""
        found: set[int] = set()
        for info in reversed(self._subgraph.operators):
            if info.name in (*_PICTURES, *_POOLS) or (info.name in _KEEPING and set(info.outputs) & found):
                found.update(info.inputs)
        return {number for number in found & set(self._subgraph.inputs) if len(self._shape_of(number)) == 4}

    def _shape_of(self, number: int) -> Shape:
        return self._subgraph.tensors[number].shape

    def _open_sizes(self, info: TensorInfo) -> Shape:
        """Return the sizes of an input, with the user's or default ones where the file leaves them open."""
        if len(info.signature) != len(info.shape):
            return info.shape
        names = {1: (BATCH,), 2: (BATCH, TOKENS), 3: (BATCH, TOKENS), 4: (BATCH, "height", "width")}
        known = names.get(len(info.shape), (BATCH,))
        found: list[int] = []
        for i, (size, stated) in enumerate(zip(info.shape, info.signature, strict=True)):
            if stated != -1:
                found.append(size)
                continue
            name = known[i] if i < len(known) else f"size {i}"
            default = {BATCH: DEFAULT_BATCH, "height": DEFAULT_IMAGE, "width": DEFAULT_IMAGE}.get(name, DEFAULT_TOKENS)
            found.append(max(self._options.sizes.get(name, default), 1))
            self._note_open(OpenSize(name, found[-1], (_input_name(info.name),)))
        return tuple(found)

    def _note_open(self, size: OpenSize) -> None:
        for i, other in enumerate(self.sizes):
            if other.name == size.name:
                self.sizes[i] = other._replace(inputs=(*other.inputs, *size.inputs))
                return
        self.sizes.append(size)

    # -- operators

    def _add(self, info: OperatorInfo) -> None:
        outputs = [self._subgraph.tensors[number] for number in info.outputs if number >= 0]
        if not outputs:
            return
        self.graph.place = _place(outputs[0].name, info.name, self._root)
        operation = TfliteOperation(
            self.graph, self._layouts, self.model, self._subgraph, info, self._values, self._blocks
        )
        try:
            mapper = _MAPPERS.get(info.name)
            if mapper is None:
                raise Uncounted("this operator has no layer type")
            made = mapper(operation)
            self._compare(made, outputs)
        except FormatError:
            raise
        except (Uncounted, UnknownShapeError, KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
            made = self._opaque(info, operation, outputs, error)
        for number, x in zip(info.outputs, made, strict=False):
            self._values[number] = x

    def _opaque(
        self, info: OperatorInfo, operation: TfliteOperation, outputs: list[TensorInfo], error: Exception
    ) -> Mapped:
        why = {True: str(error), False: "its options cannot be read"}[isinstance(error, Uncounted)]
        if isinstance(error, UnknownShapeError):
            why = "the shape of its input is not known"
        given = [self._values[number] for number in info.inputs if number in self._values]
        inputs = [x.tensor if x.tensor.shape is None else self._layouts.last(x) for x in given if not x.tensor.constant]
        stated = [None if self._sizes_are_open else each.shape for each in outputs]
        dtypes = [_held_as(each) for each in outputs]
        return [Laid(x) for x in self.graph.opaque(info.name, inputs, why, stated, dtypes)]

    @property
    def _sizes_are_open(self) -> bool:
        """Whether sizes were taken that are not those with which the file states shapes."""
        inputs = [self._values[number].shape for number in self._subgraph.inputs]
        return inputs != [self._shape_of(number) for number in self._subgraph.inputs]

    def _compare(self, made: Mapped, outputs: list[TensorInfo]) -> None:
        """Compare outputs with what the file states, where no size was changed."""
        if self._sizes_are_open:
            return
        for x, info in zip(made, outputs, strict=False):
            if x.tensor.shape is None or x.tensor.maker is None or x.tensor in self._blocks.sizes:
                continue
            if len(x.shape) == len(info.shape) and all(map(_agrees, x.shape, info.shape, info.signature or info.shape)):
                self.graph.checked += 1
            else:
                self.graph.differences.append(Difference(x.tensor.maker, x.shape, info.shape))


_KEEPING = ("QUANTIZE", "DEQUANTIZE", "CAST", "MUL", "ADD", "SUB", "DIV", "PAD", "PADV2", "MIRROR_PAD", "CONCATENATION")
"""Operators whose input is a picture where their output is."""


def _agrees(ours: int, stated: int, signature: int) -> bool:
    """Return whether a size is the one that the file states; one that it leaves open states nothing."""
    return signature == -1 or ours == stated


def _held_as(info: TensorInfo) -> str:
    if info.dtype in QUANTIZED and info.is_quantized:
        return "float32"
    return info.dtype if info.dtype in ELEMENT_BYTES else "float32"


def _input_name(name: str) -> str:
    """Return the name of an input, without the prefix of a signature and the number of an output."""
    return name.removeprefix("serving_default_").partition(":")[0] or "input"


def _common_root(names: Iterator[str]) -> str:
    """Return the first part of the names of all tensors that have several; empty where they differ."""
    found = {name.partition("/")[0] for name in names if "/" in name}
    return found.pop() if len(found) == 1 else ""


def _place(name: str, operator: str, root: str) -> ModulePlace:
    """Return the blocks around an operator, and its name: those of its output up to what was fused with it."""
    parts = [part for part in name.partition(";")[0].split("/") if part]
    if len(parts) < 2:
        return ModulePlace((), parts[0] if parts else operator.lower())
    path = parts[1:-2] if parts[0] == root else parts[:-2]
    own = parts[-2] if len(parts) > 2 or parts[0] != root else parts[-1]
    return ModulePlace(tuple(path), own)
