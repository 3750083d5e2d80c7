"""Reader of files of torch.save that hold tensors: names, shapes and dtypes. Data are not read, and no code is run.

Since PyTorch 1.6 the file is a zip archive with a pickle `data.pkl`, in which tensors refer to `data/0` and so on;
before, it was a sequence of pickles. Both are described by torch/serialization.py. Names are allowed as by
torch.load(weights_only=True): torch/_weights_only_unpickler.py of PyTorch 2.14.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, cast

from layerledger.core.base.files import FormatError, read_start
from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.formats.binary.archive import SIGNATURE, opened_archive
from layerledger.core.formats.binary.pickles import Call, OpaqueValue, PickleName, PickleRules, read_pickle

MAX_PICKLE_BYTES = 1 << 25
MAX_DIMS = 64

EXPORT_LINE = "torch.export.save(torch.export.export(model.eval(), (x,)), 'model.pt2')"
"""The line of Python that makes a file with the network in it."""

_MAGIC = 0x1950A86A20F9469CFC6C
"""The first pickle of a file from before PyTorch 1.6; protocol version and system follow, then the value."""


class TorchTensor(NamedTuple):
    """A tensor.

    Attributes:
        dtype: its name in PyTorch, such as float32.
        storage: the name of its data, and `offset` its first element there: tensors that are tied have the same.
        is_parameter: whether it was saved as a torch.nn.Parameter; state dicts hold plain tensors.
    """

    shape: tuple[int, ...]
    dtype: str
    storage: str
    offset: int
    is_parameter: bool = False


class _Storage(NamedTuple):
    dtype: str
    key: str


_STORAGE_DTYPES = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64", "Int": "int32",
    "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool", "ComplexDouble": "complex128",
    "ComplexFloat": "complex64", "QInt8": "qint8", "QUInt8": "quint8", "QInt32": "qint32", "QUInt4x2": "quint4x2",
    "QUInt2x4": "quint2x4",
}  # fmt: skip
_MORE_DTYPES = (
    *("uint16", "uint32", "uint64", "complex32", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"),
    *("float8_e8m0fnu", "float4_e2m1fn_x2"),
)


def read_torch(path: Path) -> object:
    """Return the value in a file of torch.save, with its tensors as TorchTensor.

    Raises:
        FormatError: it cannot be read, is damaged, or holds more than tensors, numbers and texts.
    """
    if read_start(path, len(SIGNATURE)) != SIGNATURE:
        return _read_old(path)
    with opened_archive(path) as archive:
        # Below the root folder, which has the name of the file.
        if any("code" in name.split("/")[1:-1] for name in archive.names):
            raise FormatError(
                Message("this is a TorchScript program, which is not read. In Python: {line}", line=EXPORT_LINE)
            )
        found = [name for name in archive.names if name == "data.pkl" or name.endswith("/data.pkl")]
        if len(found) != 1:
            raise FormatError("this zip archive is no file of torch.save: it has no data.pkl")
        return read_pickle(BytesIO(archive.read(found[0], most=MAX_PICKLE_BYTES)), RULES)


def _read_old(path: Path) -> object:
    file = BytesIO(read_start(path, MAX_PICKLE_BYTES))
    if read_pickle(file, RULES) != _MAGIC:
        raise FormatError("this pickle was not written by torch.save")
    read_pickle(file, RULES)
    read_pickle(file, RULES)
    return read_pickle(file, RULES)


def _refusal(name: str) -> str:
    return Message(
        "the pickle in this file names {name}: opening it would run code, so it is refused. In Python: {line}",
        name=show(name),
        line=EXPORT_LINE,
    )


def _size(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise TypeError
    return value


def _shape(value: object) -> tuple[int, ...]:
    if not isinstance(value, tuple) or len(sizes := cast("tuple[object, ...]", value)) > MAX_DIMS:
        raise TypeError
    return tuple(_size(each) for each in sizes)


def _dtype(value: object) -> str:
    if not isinstance(value, PickleName):
        raise TypeError
    return value.text.removeprefix("torch.")


def _storage(arguments: tuple[Any, ...]) -> _Storage:
    """Return the storage of a persistent id: ("storage", type, key, location, elements, …)."""
    kind, name, key = arguments[:3]
    if kind != "storage" or not isinstance(name, PickleName) or type(key) not in (str, int):
        raise TypeError
    short = name.text.rpartition(".")[2].removesuffix("Storage")
    return _Storage(_STORAGE_DTYPES.get(short, "uint8"), str(key))


def _tensor(arguments: tuple[Any, ...]) -> TorchTensor:
    """Return the tensor of _rebuild_tensor_v2(storage, offset, size, stride, …)."""
    storage, offset, size = arguments[:3]
    if not isinstance(storage, _Storage):
        raise TypeError
    return TorchTensor(_shape(size), storage.dtype, storage.key, _size(offset))


def _typed_tensor(arguments: tuple[Any, ...]) -> TorchTensor:
    """Return the tensor of _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, …)."""
    return _tensor(arguments)._replace(dtype=_dtype(arguments[6]))


def _meta_tensor(arguments: tuple[Any, ...]) -> TorchTensor:
    """Return the tensor of _rebuild_meta_tensor_no_storage(dtype, size, …), which has no data."""
    return TorchTensor(_shape(arguments[1]), _dtype(arguments[0]), "", 0)


def _parameter(arguments: tuple[Any, ...]) -> object:
    """Return the tensor of _rebuild_parameter(data, …)."""
    data = arguments[0]
    return data._replace(is_parameter=True) if isinstance(data, TorchTensor) else data


def _of_a_type(arguments: tuple[Any, ...]) -> object:
    """Return the tensor of _rebuild_from_type_v2(function, type, arguments, state)."""
    function, _, inner = arguments[:3]
    call = RULES.names.get(function.text) if isinstance(function, PickleName) else None
    if call not in (_tensor, _typed_tensor, _meta_tensor, _parameter) or type(inner) is not tuple:
        raise TypeError
    found = cast(Call, call)(cast("tuple[Any, ...]", inner))
    return found._replace(is_parameter=True) if isinstance(found, TorchTensor) and call is _parameter else found


def _dict(arguments: tuple[Any, ...]) -> object:
    """Return an OrderedDict, empty or, as Python 2 wrote it, of a list of lists of two."""
    found: dict[str, object] = {}
    for pair in cast("Iterable[object]", arguments[0] if arguments else ()):
        if not isinstance(pair, list | tuple):
            raise TypeError
        key, value = cast("tuple[object, object]", pair)
        if type(key) is not str:
            raise TypeError
        found[key] = value
    return found


def _opaque(name: str) -> Call:
    return lambda _: OpaqueValue(name)


def _first(arguments: tuple[Any, ...]) -> object:
    return arguments[0] if arguments else ()


_CALLS: Mapping[str, Call] = {
    "collections.OrderedDict": _dict,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _typed_tensor,
    "torch._utils._rebuild_qtensor": _tensor,
    "torch._utils._rebuild_meta_tensor_no_storage": _meta_tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch._tensor._rebuild_from_type_v2": _of_a_type,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.Size": _first,
    "torch.device": _opaque("device"),
    "torch.serialization._get_layout": _opaque("layout"),
    "_codecs.encode": _opaque("bytes"),
    # Protocol 2, which torch.save uses, has the names of Python 2.
    **dict.fromkeys(("builtins.set", "__builtin__.set"), _first),
    **dict.fromkeys(("builtins.bytearray", "__builtin__.bytearray"), _opaque("bytes")),
    **dict.fromkeys(("builtins.complex", "__builtin__.complex"), _opaque("complex")),
}

_NAMES = (
    *(f"torch.{each}Storage" for each in _STORAGE_DTYPES),
    *("torch.storage.UntypedStorage", "torch.storage.TypedStorage", "torch.UntypedStorage", "torch.Tensor"),
    *("torch.per_tensor_affine", "torch.per_tensor_symmetric", "torch.per_channel_affine"),
    *("torch.per_channel_symmetric", "torch.per_channel_affine_float_qparams"),
    *(f"torch.{each}" for each in (*_STORAGE_DTYPES.values(), *_MORE_DTYPES)),
)

RULES = PickleRules(names={**dict.fromkeys(_NAMES), **_CALLS}, persistent=_storage, refusal=_refusal)
