"""The files in which the configuration of a Keras model is found."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, cast

from layerledger.core.base.files import FormatError, read_bytes, read_start
from layerledger.core.base.messages import Message
from layerledger.core.formats.binary import archive, hdf5
from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, parse_json
from layerledger.core.formats.keras.config import Json, as_json, text

_CONFIG, _METADATA = "config.json", "metadata.json"

SAVE_INSTEAD = (
    "In Keras, build it from keras.Input by the functional interface, or save the part that is; or export it: "
    'model.export("model.onnx", format="onnx")'
)
"""The way out for a model whose layers only its code knows."""


class ModelFile(NamedTuple):
    """A model's configuration.

    Attributes:
        model: the object with `class_name` and `config`.
        made_by: the version of Keras that wrote it, where the file says.
    """

    model: Json
    made_by: str


def read_model(path: Path) -> ModelFile:
    """Return the configuration in a .keras archive, an HDF5 file or a file of JSON.

    Raises:
        FormatError: it cannot be read, or holds no model.
    """
    start = read_start(path, 8)
    if start[:4] == archive.SIGNATURE:
        return _checked(*_of_archive(path))
    if start == hdf5.SIGNATURE:
        return _checked(hdf5.model_config(path), "")
    return _checked(as_json(parse_json(read_bytes(path, MAX_JSON_BYTES))), "")


def _of_archive(path: Path) -> tuple[Json, str]:
    with archive.opened_archive(path) as opened:
        if _CONFIG not in opened.names:
            raise FormatError(Message("there is no {name} in this archive: it holds no Keras model", name=_CONFIG))
        model = as_json(opened.read_json(_CONFIG))
        metadata = as_json(opened.read_json(_METADATA) if _METADATA in opened.names else None)
    return model, text(metadata, "keras_version")


def _checked(model: Json, version: str) -> ModelFile:
    """Return a model, refused where it has no layers that can be read.

    Raises:
        FormatError: it has none, which is so where a class of the user's own makes them.
    """
    kind, config = text(model, "class_name"), model.get("config")
    if not kind or not isinstance(config, dict | list):
        raise FormatError('this is no configuration of a Keras model: it has no "class_name" with a "config"')
    if isinstance(config, list):
        # Keras before 2.2 wrote the layers of a Sequential without a name.
        model = {"class_name": kind, "config": {"layers": cast(object, config)}}
    if "layers" not in as_json(model.get("config")):
        raise FormatError(
            Message(
                "{kind} is a class of its own: its layers are not in the file, only its code makes them. {instead}.",
                kind=kind[:60],
                instead=SAVE_INSTEAD,
            )
        )
    version = version or text(model, "keras_version")
    return ModelFile(model, f"Keras {version[:20]}" if version else "Keras")
