"""ONNX messages by the numbers of their fields, and the few numbers of tensors that shapes depend on."""

import struct
from pathlib import Path

import pytest
from wire_bytes import content, float32, float64, integer, varint

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary.source import opened
from layerledger.core.formats.onnx.model import MAX_VALUES, model_in, read_model, small_tensor_values
from layerledger.core.formats.onnx.schema import OnnxModel

# Numbers of fields and types as onnx.proto of https://github.com/onnx/onnx has them.
FLOAT, UINT8, INT8, INT32, INT64, STRING, BOOL, FLOAT16, DOUBLE, UINT32, UINT64, BFLOAT16 = (
    1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 16
)  # fmt: skip


def model(*graph: bytes, more: bytes = b"") -> bytes:
    return integer(1, 10) + content(2, "pytorch") + content(7, *graph) + content(8, integer(2, 20)) + more


def written(folder: Path, data: bytes) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(data)
    return path


def test_a_model(tmp_path: Path):
    axis = content(1, "axis") + integer(3, -1) + integer(20, 2)
    pads = content(1, "pads") + content(8, varint(1), varint(1)) + integer(20, 7)
    scale = content(1, "scale") + float32(2, 0.5) + integer(20, 1)
    node = content(
        1,
        *(content(1, "x"), content(1, ""), content(2, "y"), content(3, "/conv/Conv"), content(4, "Conv")),
        *(content(5, axis), content(5, pads), content(5, scale), content(9, content(1, "key") + content(2, "value"))),
    )
    dims = content(1, content(2, "N")) + content(1, integer(1, 3)) + content(1)
    shape = content(2, content(1, integer(1, 1) + content(2, dims)))
    found = read_model(written(tmp_path, model(node, content(11, content(1, "x") + shape), content(2, "main"))))
    assert (found.ir_version, found.producer_name) == (10, "pytorch")
    assert [(each.domain, each.version) for each in found.operator_sets] == [("", 20)]
    graph = found.graph
    assert graph is not None
    assert graph.name == "main"
    (got,) = graph.nodes
    assert (list(got.inputs), list(got.outputs), got.name, got.op_type) == (["x", ""], ["y"], "/conv/Conv", "Conv")
    assert [(each.name, each.i, list(each.ints), each.f) for each in got.attributes] == [
        ("axis", -1, [], None),
        ("pads", None, [1, 1], None),
        ("scale", None, [], 0.5),
    ]
    assert [tuple(each) for each in got.metadata] == [("key", "value")]
    (value,) = graph.inputs
    assert value.type is not None
    assert value.type.tensor is not None
    assert value.type.tensor.shape is not None
    assert [tuple(dim) for dim in value.type.tensor.shape.dims] == [(None, "N"), (3, None), (None, None)]


def test_a_function_with_a_reference_to_its_attribute(tmp_path: Path):
    inner = content(7, content(4, "Relu") + content(5, content(1, "axis") + content(21, "dim")))
    function = content(
        25, content(1, "f"), content(4, "a"), content(5, "b"), content(6, "dim"), inner, content(10, "d")
    )
    (found,) = read_model(written(tmp_path, model(more=function))).functions
    assert (found.name, found.domain, list(found.inputs), list(found.attributes)) == ("f", "d", ["a"], ["dim"])
    assert found.nodes[0].attributes[0].ref == "dim"


def test_a_file_without_a_graph_is_no_model(tmp_path: Path):
    with pytest.raises(FormatError, match="there is no graph in this file"):
        read_model(written(tmp_path, integer(1, 10)))


def values(folder: Path, data_type: int, dims: tuple[int, ...], *data: bytes) -> tuple[float, ...] | None:
    tensor = content(5, content(1, *map(varint, dims)) if dims else b"", integer(2, data_type), content(8, "t"), *data)
    with opened(written(folder, model(tensor))) as source:
        found: OnnxModel = model_in(source)
        assert found.graph is not None
        return small_tensor_values(source, found.graph.initializers[0])


@pytest.mark.parametrize(
    ("data_type", "dims", "data", "expected"),
    [
        (INT64, (2,), content(9, struct.pack("<2q", -1, 5)), (-1, 5)),
        (INT64, (2,), content(7, varint(-1), varint(5)), (-1, 5)),
        (INT64, (2,), integer(7, -1) + integer(7, 5), (-1, 5)),
        (INT64, (3,), integer(7, -1) + content(7, varint(2), varint(5)), (-1, 2, 5)),
        (INT64, (), content(9, struct.pack("<q", 7)), (7,)),
        (INT64, (0,), b"", ()),
        (INT32, (2,), integer(5, -1) + integer(5, 5), (-1, 5)),
        (INT8, (2,), content(5, varint(-1), varint(5)), (-1, 5)),
        (UINT8, (1,), content(5, varint(255)), (255,)),
        (UINT32, (1,), integer(11, 2**32 - 1), (2**32 - 1,)),
        (UINT64, (1,), integer(11, 2**64 - 1), (2**64 - 1,)),
        (BOOL, (2,), content(9, b"\1\0"), (True, False)),
        (BOOL, (2,), content(5, b"\1\0"), (True, False)),
        (FLOAT, (2, 1), content(9, struct.pack("<2f", 0.5, -2)), (0.5, -2.0)),
        (FLOAT, (1,), float32(4, 0.25), (0.25,)),
        (FLOAT, (1,), content(4, struct.pack("<f", 0.25)), (0.25,)),
        (DOUBLE, (1,), float64(10, 0.1), (0.1,)),
        (FLOAT16, (1,), content(9, struct.pack("<e", 1.5)), (1.5,)),
        (FLOAT16, (1,), integer(5, 0x3E00), (1.5,)),
        (BFLOAT16, (1,), content(9, b"\xc0\x3f"), (1.5,)),
        (BFLOAT16, (1,), integer(5, 0x3FC0), (1.5,)),
    ],
)
def test_numbers_of_a_small_tensor(data_type, dims, data, expected, tmp_path: Path):
    found = values(tmp_path, data_type, dims, data)
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


@pytest.mark.parametrize(
    ("data_type", "dims", "data"),
    [
        (INT64, (4,), content(9, b"123")),
        (INT64, (4,), integer(7, 1)),
        (INT64, (1,), b""),
        (INT64, (-1,), content(9, bytes(8))),
        (INT64, (MAX_VALUES + 1,), content(9, bytes(8 * MAX_VALUES + 8))),
        (INT64, (1 << 40, 1 << 40), content(9, bytes(8))),
        (INT64, (1,) * 1000, content(9, bytes(8))),
        (INT64, (1,), content(7, b"\xff")),
        (INT64, (1,), content(7, bytes(1000))),
        (INT8, (1,), integer(5, 300)),
        (STRING, (1,), content(6, "text")),
        (99, (1,), content(9, bytes(8))),
        (INT64, (1,), content(9, bytes(8)) + integer(14, 1)),
        (INT64, (1,), content(13, content(1, "location") + content(2, "/etc/passwd")) + content(9, bytes(8))),
    ],
)
def test_no_numbers_are_made_up(data_type, dims, data, tmp_path: Path):
    assert values(tmp_path, data_type, dims, data) is None
