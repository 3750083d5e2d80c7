"""Small ONNX models for tests, by the numbers of the fields in onnx.proto of https://github.com/onnx/onnx."""

import struct
from pathlib import Path

from wire_bytes import content, float32, integer, varint

FLOAT, INT8, INT64, BOOL, FLOAT16 = 1, 3, 7, 9, 10


def tensor(name, dims, numbers=None, *, dtype=FLOAT, field=5):
    """Return an initializer, or with field 0 a tensor of an attribute; without numbers, its data are elsewhere."""
    parts = [content(1, *map(varint, dims)), integer(2, dtype), content(8, name)]
    if numbers is None:
        parts += [integer(14, 1), content(13, content(1, "location") + content(2, "weights.bin"))]
    else:
        code = {FLOAT: "f", INT8: "b", INT64: "q", BOOL: "?", FLOAT16: "e"}[dtype]
        parts.append(content(9, struct.pack(f"<{len(numbers)}{code}", *numbers)))
    return content(field, *parts) if field else b"".join(parts)


def value(name, dims, *, dtype=FLOAT, field=11):
    """Return an input (field 11), output (12) or value (13); a text is an open size, None an unknown one."""
    sizes = [content(1, content(2, d) if isinstance(d, str) else integer(1, d) if d is not None else b"") for d in dims]
    kind = integer(1, dtype) + content(2, *sizes)
    return content(field, content(1, name), content(2, content(1, kind)))


def output(name, dims=None):
    return value(name, dims, field=12) if dims is not None else content(12, content(1, name))


def attribute(name, given):
    parts = [content(1, name)]
    match given:
        case bytes():
            parts += [content(5, given), integer(20, 4)]
        case ("graph", *graph):
            parts += [content(6, *graph), integer(20, 5)]
        case ("ref", str(other)):
            parts += [content(21, other), integer(20, 2)]
        case str():
            parts += [content(4, given), integer(20, 3)]
        case float():
            parts += [float32(2, given), integer(20, 1)]
        case int():
            parts += [integer(3, given), integer(20, 2)]
        case _:
            parts += [content(8, *map(varint, given)), integer(20, 7)]
    return content(5, *parts)


def node(operator, inputs, outputs, *, name="", domain="", metadata=(), field=1, **attributes):
    return content(
        field,
        *(content(1, each) for each in inputs),
        *(content(2, each) for each in outputs),
        content(3, name),
        content(4, operator),
        *(attribute(key, given) for key, given in attributes.items()),
        content(7, domain),
        *(content(9, content(1, key), content(2, text)) for key, text in metadata),
    )


def constant(name, numbers, *, dims=None, dtype=INT64):
    shape = (len(numbers),) if dims is None else dims
    return node("Constant", [], [name], value=tensor("", shape, numbers, dtype=dtype, field=0))


def function(name, inputs, outputs, *nodes, attributes=()):
    return content(
        25,
        content(1, name),
        *(content(4, each) for each in inputs),
        *(content(5, each) for each in outputs),
        *(content(6, each) for each in attributes),
        *nodes,
        content(10, "own"),
    )


def model(*graph, opset=20, functions=(), producer="test"):
    return (
        integer(1, 10) + content(2, producer) + content(7, *graph) + content(8, integer(2, opset)) + b"".join(functions)
    )


def written(folder: Path, data: bytes, name="model.onnx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
