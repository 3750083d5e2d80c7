"""Compares what our readers find in files with what the formats' own libraries find; a check for development only.

    python check_readers.py FILE...

Each file is compared by its suffix: .onnx with onnx, .gguf with gguf, .safetensors with safetensors, .h5 with h5py, .pt
and .pth with torch. It needs these libraries and the package layerledger in one environment, not that of the project.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def check_onnx(path: Path) -> int:
    """Compare the nodes, and the shapes and dtypes of the tensors; return how many there are."""
    import onnx

    from layerledger.core.formats.binary.source import opened
    from layerledger.core.formats.onnx.model import model_in

    theirs = onnx.load(path, load_external_data=False).graph
    with opened(path) as source:
        ours = model_in(source).graph
    assert ours is not None
    assert [(n.op_type, list(n.input), list(n.output), n.name) for n in theirs.node] == [
        (n.op_type, list(n.inputs), list(n.outputs), n.name) for n in ours.nodes
    ]
    assert [(t.name, list(t.dims), t.data_type) for t in theirs.initializer] == [
        (t.name, list(t.dims), t.data_type) for t in ours.initializers
    ]
    return len(ours.nodes) + len(ours.initializers)


def check_gguf(path: Path) -> int:
    """Compare names, shapes, types and bytes of the tensors; return how many there are."""
    import gguf

    from layerledger.core.formats.binary.gguf import read_gguf

    ours = read_gguf(path)
    theirs = gguf.GGUFReader(path).tensors
    assert [t.name for t in theirs] == list(ours.tensors)
    for tensor in theirs:
        found = ours.tensors[tensor.name]
        shape = tuple(int(size) for size in tensor.shape)[::-1]
        stated = (shape, int(tensor.n_bytes), tensor.tensor_type.name)
        assert stated == (found.shape, found.nbytes, found.type.name), tensor.name
    return len(theirs)


def check_safetensors(path: Path) -> int:
    """Compare names, shapes and dtypes of the tensors; return how many there are."""
    from safetensors import safe_open

    from layerledger.core.formats.binary.safetensors import read_safetensors

    ours = read_safetensors(path)
    with safe_open(path, "np") as theirs:
        assert set(theirs.keys()) == set(ours.tensors)
        for name, found in ours.tensors.items():
            stated = theirs.get_slice(name)
            assert (tuple(stated.get_shape()), stated.get_dtype()) == (found.shape, found.dtype), name
    return len(ours.tensors)


def check_h5(path: Path) -> int:
    """Compare the configuration of the model; return the length of its text."""
    import h5py

    from layerledger.core.formats.binary.hdf5 import model_config

    with h5py.File(path) as file:
        text = file.attrs["model_config"]
    assert json.loads(text) == model_config(path)
    return len(text)


def check_torch(path: Path) -> int:
    """Compare shapes and dtypes of the tensors; return how many there are."""
    import torch

    from layerledger.core.formats.binary.torch_file import TorchTensor, read_torch

    def compare(theirs: Any, ours: Any, place: str) -> int:
        if isinstance(theirs, torch.Tensor):
            assert isinstance(ours, TorchTensor), place
            assert (tuple(theirs.shape), str(theirs.dtype)) == (ours.shape, f"torch.{ours.dtype}"), place
            return 1
        if isinstance(theirs, dict):
            assert list(theirs) == list(ours), place
            return sum(compare(theirs[key], ours[key], f"{place}.{key}") for key in theirs)
        if isinstance(theirs, list | tuple):
            return sum(compare(a, b, place) for a, b in zip(theirs, ours, strict=True))
        return 0

    return compare(torch.load(path, weights_only=True), read_torch(path), "")


CHECKS: dict[str, Callable[[Path], int]] = {
    ".onnx": check_onnx,
    ".gguf": check_gguf,
    ".safetensors": check_safetensors,
    ".h5": check_h5,
    ".pt": check_torch,
    ".pth": check_torch,
}

if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(name, CHECKS[Path(name).suffix](Path(name)), "equal")
