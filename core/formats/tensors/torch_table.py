"""Tables of the tensors in files of torch.save: state dicts, and checkpoints that hold one beside other values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.formats.binary.torch_file import EXPORT_LINE, TorchTensor, read_torch
from layerledger.core.formats.importing.notes import Imported, ImportNote
from layerledger.core.formats.tensors.stored import Stored, dtype_of
from layerledger.core.formats.tensors.table import table_of
from layerledger.core.network.nodes import Network

TITLE = "PyTorch state dict"

MAX_TENSORS = 100_000
_DEEPEST = 24

_TRAINING = (
    *("optim", "optimizer", "optimizers", "optimizer_state", "optimizer_state_dict", "optimizer_states", "scheduler"),
    *("lr_scheduler", "lr_schedulers", "scaler", "grad_scaler", "callbacks", "rng_state", "loops"),
)
"""Keys of checkpoints whose tensors are not the network's."""


class _Found(NamedTuple):
    """A tensor of a checkpoint by the keys that lead to it."""

    keys: tuple[str, ...]
    tensor: TorchTensor


def read_file(path: Path) -> Network:
    """Return the table of the tensors in a file of torch.save.

    Raises:
        FormatError: it cannot be read, is damaged, or holds no tensors or more than tensors.
    """
    found = list(_tensors(read_torch(path)))
    kept = [each for each in found if not any(key.lower() in _TRAINING for key in each.keys[:1])]
    if not kept:
        raise FormatError(
            Message("there are no tensors of a network in this file. In Python: {line}", line=EXPORT_LINE)
        )
    common = _common_keys(kept)
    tensors = {".".join(each.keys[common:]): _stored(each.tensor) for each in kept}
    if len(tensors) < len(kept):
        tensors = {".".join(each.keys): _stored(each.tensor) for each in kept}
    return table_of(tensors, path.stem, Imported(path.name, TITLE), _notes(found, kept, common))


def _common_keys(found: list[_Found]) -> int:
    """Return the number of first keys that all tensors share, such as state_dict in a checkpoint."""
    first = found[0].keys[:-1]
    for each in found:
        other = each.keys[:-1]
        count = 0
        while count < min(len(first), len(other)) and first[count] == other[count]:
            count += 1
        first = first[:count]
    return len(first)


def _tensors(value: object) -> Iterator[_Found]:
    """Yield the tensors in dicts, lists and tuples; each container once, so that one in itself ends."""
    waiting: list[tuple[tuple[str, ...], object]] = [((), value)]
    seen: set[int] = set()
    count = 0
    while waiting:
        keys, each = waiting.pop()
        if isinstance(each, TorchTensor):
            count += 1
            if count > MAX_TENSORS:
                raise FormatError(Message("the file has more than {most:,} tensors", most=MAX_TENSORS))
            yield _Found(keys or ("tensor",), each)
        elif id(each) not in seen and len(keys) < _DEEPEST:
            seen.add(id(each))
            waiting += [((*keys, name), inner) for name, inner in _items(each)][::-1]


def _items(value: object) -> Iterator[tuple[str, object]]:
    """Yield what a dict, a list or a tuple holds, without numbers and texts, of which there may be many."""
    if isinstance(value, dict):
        found: Iterable[tuple[object, object]] = cast("Mapping[object, object]", value).items()
    elif isinstance(value, list | tuple):
        found = enumerate(cast("Sequence[object]", value))
    else:
        return
    yield from ((str(key)[:1000], inner) for key, inner in found if isinstance(inner, dict | list | tuple))


def _stored(tensor: TorchTensor) -> Stored:
    data = f"{tensor.storage}:{tensor.offset}" if tensor.storage else ""
    dtype = dtype_of(tensor.dtype)
    found = Stored(tensor.shape, dtype, tensor.dtype, data=data)
    return found._replace(nbytes=found.elements * ELEMENT_BYTES[dtype]) if dtype and data else found


def _notes(found: list[_Found], kept: list[_Found], common: int) -> Iterator[ImportNote]:
    if common:
        sentence = Message("The tensors are those under {keys}.", keys=".".join(kept[0].keys[:common]))
        yield ImportNote("assumed", sentence)
    elif len(groups := {each.keys[0] for each in kept if len(each.keys) > 1}) > 1:
        listed = ", ".join(sorted(groups)[:10])
        sentence = Message("The file has several sets of tensors, and all are counted: {sets}.", sets=listed)
        yield ImportNote("assumed", sentence)
    if left_out := len(found) - len(kept):
        sentence = plural(
            left_out,
            "1 tensor of the state of training is left out.",
            "{count:,} tensors of the state of training are left out.",
        )
        yield ImportNote("not counted", sentence)
    yield ImportNote("not counted", Message("To get the network with its graph, in Python: {line}", line=EXPORT_LINE))
