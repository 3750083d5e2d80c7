"""The network that a file of tensors opens as: blocks by the parts of their names, and a layer for each tensor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from layerledger.core.base.dtypes import WEIGHT_DTYPES, WEIGHTS
from layerledger.core.base.files import FormatError
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.module_tree import clean
from layerledger.core.formats.importing.notes import Imported, ImportNote, sorted_notes
from layerledger.core.formats.tensors.roles import role_of
from layerledger.core.formats.tensors.stored import Stored
from layerledger.core.formats.tensors.table_notes import TableRow, table_notes
from layerledger.core.network.nodes import MAX_DEPTH, MAX_LAYERS, Block, Layer, Network, Node
from layerledger.core.network.references import FreeNames

_DEEPEST = MAX_DEPTH - 2

MAX_NODES = 200_000
"""Most layers and blocks together; names with many dots make more blocks than layers."""


def table_of(
    tensors: Mapping[str, Stored], name: str, origin: Imported, more_notes: Iterable[ImportNote] = ()
) -> Network:
    """Return the network of a file's tensors.

    Args:
        tensors: by name, in the order of the file.
        name: of the network.
        origin: the file and its format.
        more_notes: what else is to be said.

    Raises:
        FormatError: there are no tensors, or more than a network holds.
    """
    if not tensors:
        raise FormatError("there are no tensors in this file")
    if len(tensors) > MAX_LAYERS:
        raise FormatError(
            Message("the file has {count:,} tensors; at most {most:,} fit", count=len(tensors), most=MAX_LAYERS)
        )
    _check_folders(tensors)
    root = _Folder("")
    rows: list[TableRow] = []
    # By what tells a tensor's data from others': the name of the layer that has them first.
    holders: dict[tuple[str, tuple[int, ...]], str] = {}
    for each, tensor in tensors.items():
        role = role_of(each, tensors)
        folder, leaf = root.place(each)
        dotted = f"{folder.path}{leaf}"
        holder = holders.setdefault((tensor.data, tensor.shape), dotted) if tensor.data else dotted
        tied_to = holder if holder != dotted and role.is_weight else None
        row = TableRow(each, dotted, tensor, role, tied_to)
        folder.children.append(_layer(row, leaf))
        rows.append(row)
    notes = sorted_notes((*table_notes(rows, tensors), *more_notes))
    return Network(name=name, inputs=(), root=root.block(), imported=origin._replace(notes=notes).stored())


def _check_folders(names: Iterable[str]) -> None:
    """Raise FormatError where the blocks of names are too many, before any is made."""
    seen: set[int] = set()
    left = MAX_NODES
    for name in names:
        left -= 1
        # Beginnings of one that was seen were seen with it.
        while (name := name.rpartition(".")[0]) and (known := hash(name)) not in seen:
            seen.add(known)
            left -= 1
        if left < 0:
            raise FormatError(Message("names of tensors make more than {most:,} blocks and layers", most=MAX_NODES))


def _layer(row: TableRow, name: str) -> Layer:
    shape, dtype = row.role.shape, row.role.dtype
    if row.role.is_weight:
        stated = FrozenMap[str, Value]({WEIGHTS: dtype}) if dtype in WEIGHT_DTYPES else None
        params = FrozenMap[str, Value]({"shape": shape})
        return Layer(name=name, type="Parameter", params=params, stored_dtypes=stated, tied_to=row.tied_to)
    held: dict[str, Value] = {"shape": shape}
    if dtype in ELEMENT_BYTES:
        held["dtype"] = dtype
    return Layer(name=name, type="Constant", params=FrozenMap(held))


class _Folder:
    """Tensors whose names begin alike, in the order of the file.

    Attributes:
        path: the names of the blocks down to it, each with a dot behind.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.children: list[Layer | _Folder] = []
        self._folders: dict[str, _Folder] = {}
        self._names = FreeNames(())

    def place(self, name: str) -> tuple[_Folder, str]:
        """Return the folder for a tensor's name and the name of its layer there; further parts stay in that name."""
        parts = name.split(".", _DEEPEST)
        folder = self
        for part in parts[:-1]:
            folder = folder._below(part)
        return folder, folder._names.take(clean(parts[-1]))

    def _below(self, part: str) -> _Folder:
        found = self._folders.get(part)
        if found is None:
            found = self._folders[part] = _Folder(f"{self.path}{self._names.take(clean(part))}.")
            self.children.append(found)
        return found

    def block(self) -> Block:
        """Return the block of the folder and all below."""
        nodes: list[Node] = [each.block() if isinstance(each, _Folder) else each for each in self.children]
        return Block(name=self.path.rstrip(".").rpartition(".")[2], layers=tuple(nodes))
