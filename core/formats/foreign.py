"""The formats of other programs: how each is recognized, and the module that reads it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from layerledger.core.formats.file_start import FileStart
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.network_format import NetworkFormat
from layerledger.core.network.nodes import Network


def _reader(package: str) -> Callable[[Path, ImportOptions], Network]:
    """Return the function `read` of a package's module `reader`, which is imported when a file is read."""

    def read(path: Path, options: ImportOptions) -> Network:
        module = import_module(f"layerledger.core.formats.{package}.reader")
        return cast("Callable[[Path, ImportOptions], Network]", module.read)(path, options)

    return read


def _is_pt2(start: FileStart) -> bool:
    names = start.entries
    is_zip = any(name.endswith("serialized_exported_program.json") for name in names)
    return is_zip or any("/models/" in name and name.endswith(".json") for name in names)


def _is_keras(start: FileStart) -> bool:
    if start.start.startswith(b"\x89HDF\r\n\x1a\n"):
        return True
    if {"config.json", "metadata.json"} <= set(start.entries):
        return True
    return start.has_keys("class_name", "config") or start.has_keys("modelTopology")


def _is_onnx(start: FileStart) -> bool:
    """Return whether a file begins as a ModelProto: the version of the format, then a field that follows it."""
    head = start.start[:3]
    return len(head) == 3 and head[0] == 0x08 and 1 <= head[1] <= _LAST_IR_VERSION and head[2] in _ONNX_KEYS


_LAST_IR_VERSION = 40
_ONNX_KEYS = frozenset(number << 3 | 2 for number in (2, 3, 4, 6, 7, 8, 14, 20, 25)) | {5 << 3}


def _is_safetensors(start: FileStart) -> bool:
    length = int.from_bytes(start.start[:8], "little")
    return 0 < length <= _LONGEST_HEADER and start.start[8:9] == b"{"


_LONGEST_HEADER = 2**32
"""More than any header has; eight characters of a text are a larger number."""


def _is_state_dict(start: FileStart) -> bool:
    if any(name.rpartition("/")[2] == "data.pkl" for name in start.entries):
        return not any("/code/" in name for name in start.entries)
    return start.start[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


FOREIGN: tuple[NetworkFormat, ...] = (
    NetworkFormat(
        id="onnx",
        title="ONNX model",
        suffixes=(".onnx",),
        recognizes=_is_onnx,
        read=_reader("onnx"),
        made_by="torch.onnx.export(model, (x,), 'model.onnx')",
        exactness="MACs; parameters as the file holds them, often with BatchNorm folded in",
    ),
    NetworkFormat(
        id="pt2",
        title="PyTorch export",
        suffixes=(".pt2",),
        recognizes=_is_pt2,
        read=_reader("pt2"),
        made_by="torch.export.save(torch.export.export(model.eval(), (x,)), 'model.pt2')",
        exactness="MACs, parameters and buffers",
    ),
    NetworkFormat(
        id="keras",
        title="Keras model",
        suffixes=(".keras", ".h5", ".hdf5"),
        recognizes=_is_keras,
        read=_reader("keras"),
        made_by="model.save('model.keras'), or model.to_json() as text",
        exactness="MACs and parameters",
    ),
    NetworkFormat(
        id="tflite",
        title="TensorFlow Lite model",
        suffixes=(".tflite", ".lite"),
        recognizes=lambda start: start.start[4:8] == b"TFL3",
        read=_reader("tflite"),
        made_by="tf.lite.TFLiteConverter.from_keras_model(model).convert()",
        exactness="MACs; parameters as the file holds them",
    ),
    NetworkFormat(
        id="huggingface",
        title="Hugging Face configuration",
        suffixes=("config.json",),
        recognizes=lambda start: start.has_keys("model_type") or start.has_keys("architectures"),
        read=_reader("huggingface"),
        made_by="config.json of a model on the hub, or config.save_pretrained(folder)",
        exactness="MACs and parameters of the listed kinds of models",
    ),
    NetworkFormat(
        id="gguf",
        title="GGUF model",
        suffixes=(".gguf",),
        recognizes=lambda start: start.start.startswith(b"GGUF"),
        read=_reader("tensors"),
        made_by="convert_hf_to_gguf.py of llama.cpp",
        exactness="parameters and bytes; a network of layers for the listed architectures",
    ),
    NetworkFormat(
        id="safetensors",
        title="safetensors weights",
        suffixes=(".safetensors", ".safetensors.index.json"),
        recognizes=lambda start: _is_safetensors(start) or start.has_keys("weight_map"),
        read=_reader("tensors"),
        made_by="save_file(model.state_dict(), 'model.safetensors')",
        exactness="parameters and bytes; there is no graph in the file",
    ),
    NetworkFormat(
        id="state-dict",
        title="PyTorch state dict",
        suffixes=(".pt", ".pth", ".bin"),
        recognizes=_is_state_dict,
        read=_reader("tensors"),
        made_by="torch.save(model.state_dict(), 'model.pt')",
        exactness="parameters and bytes; there is no graph in the file",
    ),
    NetworkFormat(
        id="trace",
        title="Recorded PyTorch trace",
        suffixes=(".trace.json",),
        recognizes=lambda start: start.keys.get("format") == "layerledger-trace",
        read=_reader("recorder"),
        made_by="record(model, x, file='model.trace.json') of the recorder in Help",
        exactness="MACs and parameters of most models",
    ),
)
"""The foreign formats, in the order in which they are tried after the native one."""
