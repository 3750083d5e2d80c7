"""The reader of config.json files; weights beside one are compared by their list of tensors alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from layerledger.core.analysis import analyze
from layerledger.core.base.files import FormatError, read_bytes
from layerledger.core.base.json_reader import as_object
from layerledger.core.base.messages import Message
from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, parse_json
from layerledger.core.formats.binary.safetensors import read_index, read_safetensors
from layerledger.core.formats.huggingface.reading import read_config
from layerledger.core.formats.importing.notes import ImportNote, imported_of, sorted_notes
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.network.nodes import Network

NAME = "config.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"

_NO_PARAMETERS = ("running_mean", "running_var", "num_batches_tracked", "position_ids", "inv_freq", "masked_bias")
"""Endings of the names of tensors that are stored with the weights and are no parameters."""

_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def read(path: Path, options: ImportOptions) -> Network:
    """Return the network of a config.json.

    Raises:
        FormatError: it cannot be read, or a value breaks a rule.
    """
    config = as_object(parse_json(read_bytes(path, MAX_JSON_BYTES)), "the file")
    # A folder on the hub has the model's name; the file has the same name in all of them.
    name = path.resolve().parent.name if path.name == NAME else path.name.removesuffix(".json")
    network = read_config(config, name=name or path.stem, sizes=options.sizes, file=path.name)
    if path.name != NAME:
        return network
    return _with_notes(network, _weights(path, config, network))


def _with_notes(network: Network, notes: Iterator[ImportNote]) -> Network:
    found, imported = tuple(notes), imported_of(network)
    if not found or imported is None:
        return network
    stored = imported._replace(notes=sorted_notes([*imported.notes, *found])).stored()
    return Network(name=network.name, inputs=network.inputs, root=network.root, imported=stored)


def _weights(path: Path, config: Mapping[str, object], network: Network) -> Iterator[ImportNote]:
    """Yield a note on the weights beside the file; what cannot be read of them is no reason to refuse it."""
    try:
        if path.with_name(INDEX).is_file():
            yield from _index(path.with_name(INDEX), config, network)
        elif path.with_name(WEIGHTS).is_file():
            yield _compared(_parameters(path.with_name(WEIGHTS)), network, WEIGHTS)
    except FormatError:
        return


def _parameters(path: Path) -> int:
    tensors = read_safetensors(path).tensors
    return sum(tensor.elements for name, tensor in tensors.items() if not name.endswith(_NO_PARAMETERS))


def _index(path: Path, config: Mapping[str, object], network: Network) -> Iterator[ImportNote]:
    """Yield the comparison with the bytes that an index states, where all weights have one dtype."""
    total = read_index(path).total_bytes
    stated = config.get("dtype", config.get("torch_dtype"))
    size = _BYTES.get(stated) if isinstance(stated, str) else None
    if total and size and not config.get("quantization_config") and total % size == 0:
        yield _compared(total // size, network, INDEX)


def _compared(held: int, network: Network, name: str) -> ImportNote:
    counted = analyze(network).totals.params
    if held == counted:
        text = Message("{name} beside it has as many parameters: {held:,}.", name=name, held=held)
        return ImportNote("checked", text)
    text = Message(
        "{name} beside it has {held:,} parameters, the network {counted:,}: {more:,} {word}.",
        name=name,
        held=held,
        counted=counted,
        more=abs(held - counted),
        word=Message("more") if held > counted else Message("fewer"),
    )
    return ImportNote("counted as held", text)
