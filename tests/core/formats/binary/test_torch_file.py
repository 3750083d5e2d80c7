"""Reading of files of torch.save: tensors with shape and dtype, and the refusal of all that would run code.

What torch.save writes was compared with torch.load on state dicts of torchvision; here are pickles by hand.
"""

import io
import pickle
import random
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
from foreign_files import is_sentence, put, refusal

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary import pickles
from layerledger.core.formats.binary.pickles import OpaqueValue
from layerledger.core.formats.binary.torch_file import EXPORT_LINE, TorchTensor, read_torch


class Global:
    """A name that the pickler below writes as a global without importing it."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Call:
    """A call of a global."""

    def __init__(self, function: Global, *arguments: object) -> None:
        self.function, self.arguments = function, arguments


class Reference:
    """A persistent id."""

    def __init__(self, *parts: object) -> None:
        self.parts = parts


class Writer(pickle._Pickler):
    """A pickler that writes globals, calls and persistent ids as torch.save does."""

    def persistent_id(self, obj):
        return obj.parts if isinstance(obj, Reference) else None

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Global):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Call):
            self.save(obj.function)
            self.save(obj.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


def pickled(value: object) -> bytes:
    held = io.BytesIO()
    Writer(held, protocol=2).dump(value)
    return held.getvalue()


def torch_zip(folder: Path, value: object, *more: str, root: str = "archive") -> Path:
    path = folder / "file.pt"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(f"{root}/data.pkl", value if isinstance(value, bytes) else pickled(value))
        for name in more:
            out.writestr(name, "")
    return path


def storage(kind: str, key: str = "0") -> Reference:
    return Reference("storage", Global("torch", kind), key, "cpu", 6)


def tensor(kind: str = "FloatStorage", shape: tuple[int, ...] = (2, 3), key: str = "0", offset: int = 0) -> Call:
    rebuild = Global("torch._utils", "_rebuild_tensor_v2")
    return Call(rebuild, storage(kind, key), offset, shape, (3, 1), False, Call(Global("collections", "OrderedDict")))


def test_a_state_dict(tmp_path: Path):
    weight = tensor()
    found = read_torch(torch_zip(tmp_path, OrderedDict(a=weight, b=weight, c=tensor("HalfStorage", (), "7", 5))))
    assert found == {
        "a": TorchTensor((2, 3), "float32", "0", 0),
        "b": TorchTensor((2, 3), "float32", "0", 0),
        "c": TorchTensor((), "float16", "7", 5),
    }


def test_a_checkpoint(tmp_path: Path):
    parameter = Call(Global("torch._utils", "_rebuild_parameter"), tensor(), True, {})
    typed = Call(
        Global("torch._utils", "_rebuild_tensor_v3"),
        *(storage("UntypedStorage"), 0, (4,), (1,), False, {}, Global("torch", "float8_e4m3fn")),
    )
    value = {
        "epoch": 3,
        "rates": [0.1, None, True, (1, "x")],
        "device": Call(Global("torch", "device"), "cpu"),
        "size": Call(Global("torch", "Size"), (1, 2)),
        "set": Call(Global("builtins", "set"), [1, 2]),
        "state": {"p": parameter, "f8": typed},
    }
    found = read_torch(torch_zip(tmp_path, value))
    assert found == {
        "epoch": 3,
        "rates": [0.1, None, True, (1, "x")],
        "device": OpaqueValue("device"),
        "size": (1, 2),
        "set": [1, 2],
        "state": {
            "p": TorchTensor((2, 3), "float32", "0", 0, is_parameter=True),
            "f8": TorchTensor((4,), "float8_e4m3fn", "0", 0),
        },
    }


def test_a_file_from_before_torch_1_6(tmp_path: Path):
    path = tmp_path / "old.pth"
    parts = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {"a": tensor()}, ["0"])
    path.write_bytes(b"".join(map(pickled, parts)) + bytes(24))
    assert read_torch(path) == {"a": TorchTensor((2, 3), "float32", "0", 0)}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("posix", "system"),
        ("builtins", "eval"),
        ("__builtin__", "getattr"),
        ("torch.nn.modules.container", "Sequential"),
        ("torch.storage", "_load_from_bytes"),
        ("torch.hub", "load"),
        ("__main__", "Net"),
        ("collections", "OrderedDict.fromkeys"),
    ],
)
def test_any_other_name_is_refused_by_name(module: str, name: str, tmp_path: Path):
    path = torch_zip(tmp_path, {"a": Call(Global(module, name), "touch /tmp/x")})
    with pytest.raises(FormatError, match=f'names "{module}.{name}": opening it would run code') as caught:
        read_torch(path)
    assert EXPORT_LINE in str(caught.value)


@pytest.mark.parametrize("name", ["evil.pt", "evil.pth"])
def test_hostile_files_are_refused(name: str, tmp_path: Path):
    with pytest.raises(FormatError, match=r'names "posix.system"'):
        read_torch(put("hostile", name, tmp_path))


def test_torchscript_is_refused_with_the_way_out(tmp_path: Path):
    path = torch_zip(tmp_path, {}, "archive/code/__torch__.py", "archive/constants.pkl")
    with pytest.raises(FormatError, match="TorchScript") as caught:
        read_torch(path)
    assert EXPORT_LINE in str(caught.value)


def test_a_file_may_be_called_code(tmp_path: Path):
    assert read_torch(torch_zip(tmp_path, {"a": 1}, "code/data/0", root="code")) == {"a": 1}


def nested(depth: int) -> bytes:
    """Return a pickle whose key is a tuple in a tuple …, whose hash would overrun the stack of C."""
    return b"\x80\x02}(" + b")" + b"\x85" * depth + b"K\x01u."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"\x80\x02", "damaged"),
        (b"\x80\x02.", "damaged"),
        (b"\x80\x02h\x05.", "damaged"),
        (b"\x80\x02t.", "damaged"),
        (b"\x80\x02]]q\x01s.", "damaged"),
        (b"\x80\x02K\x01K\x02a.", "damaged"),
        (b"\x80\x02}K\x01K\x02R.", "damaged"),
        (b"\x80\x02ctorch\nFloatStorage\n)R.", "calls"),
        (b"\x80\x02ctorch\nTensor\n)\x81.", "instruction NEWOBJ"),
        (b"\x80\x02K\x01Q.", "damaged"),
        (b"\x80\x02K\x0120.", "instruction DUP"),
        (b"(itorch\nTensor\n.", "instruction INST"),
        (b"\x80\x02\x82\x01.", "instruction EXT1"),
        (b"P1\n.", "instruction PERSID"),
        (nested(100_000), "damaged"),
        (b"\x80\x02" + b"N0" * 260_000 + b"N.", "more than 500,000 steps"),
        (pickled({"a": tensor(shape=(1,) * 65)}), "damaged"),
        (pickled({"a": tensor(shape=(-1,))}), "damaged"),
    ],
)
def test_damaged(content: bytes, words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read_torch(torch_zip(tmp_path, content))


def test_one_list_in_many_calls_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pickles, "MAX_STEPS", 5000)
    pairs = [["a", 1]] * 200
    calls = [Call(Global("collections", "OrderedDict"), pairs) for _ in range(200)]
    with pytest.raises(FormatError, match="more than 5,000 steps"):
        read_torch(torch_zip(tmp_path, calls))


def test_changed_pickles_are_read_or_refused(tmp_path: Path):
    whole = pickled({"a": tensor(), "b": [tensor("LongStorage"), {"c": (1, 2.5, "text")}]})
    chance = random.Random(3)
    said: set[str] = set()
    for _ in range(500):
        content = bytearray(whole if chance.randrange(4) else whole[: chance.randrange(1, len(whole) + 1)])
        for _ in range(chance.randrange(1, 3)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path = torch_zip(tmp_path, bytes(content))
        said.add(refusal(lambda path=path: read_torch(path)))
    assert all(map(is_sentence, said))
    assert "" in said
    assert len(said) > 1
