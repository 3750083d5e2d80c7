"""The sizes that an imported file leaves open, set in a network without reading the file again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.edits.network_inputs import set_input
from layerledger.core.edits.update import EditError
from layerledger.core.formats.importing.notes import Imported, OpenSize, imported_of, size_note
from layerledger.core.formats.importing.options import BATCH
from layerledger.core.network.nodes import Network


def set_open_size(network: Network, name: str, value: int) -> Network:
    """Return `network` with an open size of its import set in the shapes of its inputs, and in the notes.

    Raises:
        EditError: no dimension of an input is known to have that size.
    """
    imported = imported_of(network)
    size = next((each for each in imported.sizes if each.name == name), None) if imported else None
    if imported is None or size is None:
        raise EditError(Message('"{name}" is no open size of this network', name=name))
    changed = network
    for i, given in enumerate(network.inputs):
        dims = _dims(given.shape, size, imported) if given.name in size.inputs else ()
        shape = tuple([value if dim in dims else old for dim, old in enumerate(given.shape)])
        changed = set_input(changed, i, shape=shape)
    if changed is network and value != size.value:
        raise EditError(
            Message("no input has a dimension of {value:,} for {name}: set its shape", value=size.value, name=name)
        )
    return replace(changed, imported=_with_size(imported, size, value).stored())


def _dims(shape: Shape, size: OpenSize, imported: Imported) -> Sequence[int]:
    """Return the dimensions of an input that have an open size; none where several sizes could be meant.

    A file lists its sizes in the order of the dimensions, so equal ones are told apart by their order if there are as
    many dimensions as sizes.
    """
    if size.name == BATCH:
        return (0,)
    equal = [dim for dim, old in enumerate(shape) if dim and old == size.value]
    rivals = [each for each in imported.sizes if each.name != BATCH and each.value == size.value]
    if len(rivals) == 1:
        return equal
    return (equal[rivals.index(size)],) if len(rivals) == len(equal) else ()


def _with_size(imported: Imported, size: OpenSize, value: int) -> Imported:
    new = size._replace(value=value)
    return imported._replace(
        sizes=tuple([new if each is size else each for each in imported.sizes]),
        notes=tuple([size_note(new) if each == size_note(size) else each for each in imported.notes]),
    )
