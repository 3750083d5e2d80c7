"""Reader of files that hold tensors and no graph, told apart by their first bytes."""

from __future__ import annotations

from pathlib import Path

from layerledger.core.base.files import read_start
from layerledger.core.formats.binary import archive, gguf
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.tensors import gguf_table, safetensors_table, torch_table
from layerledger.core.network.nodes import Network

_PICKLE = b"\x80"
_BLANKS = b"\xef\xbb\xbf \t\r\n"


def read(path: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of a GGUF file, a safetensors file or index, or a state dict of PyTorch.

    Raises:
        FormatError: the file cannot be read or is damaged; the sentence says where.
    """
    start = read_start(path, 16)
    if start.startswith(gguf.SIGNATURE):
        return gguf_table.read_file(path, options)
    # Its first eight bytes are a length far below 2**32, whose first byte may be that of a text or a pickle.
    is_safetensors = start[4:9] == b"\0\0\0\0{"
    if not is_safetensors and (start.startswith((archive.SIGNATURE, _PICKLE))):
        return torch_table.read_file(path)
    if not is_safetensors and start.lstrip(_BLANKS).startswith(b"{"):
        return safetensors_table.read_parts(path)
    return safetensors_table.read_file(path)
