"""The messages of an ONNX model, with the numbers of their fields; weights are places in the file.

Names are shortened; numbers and types are those of onnx.proto, https://github.com/onnx/onnx (IR version 13). What a
network does not need is not named here and so is skipped: documentation, training graphs, quantization annotations,
denotations, device configurations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from layerledger.core.formats.binary.protobuf_schema import (
    DOUBLE_DATA,
    FLOAT,
    FLOAT_DATA,
    INT,
    INT_DATA,
    SPAN,
    TEXT,
    Schema,
    Span,
)


class OnnxEntry(NamedTuple):
    """A key with its value, of metadata or of external data (StringStringEntryProto)."""

    key: str = ""
    value: str = ""


class OnnxDim(NamedTuple):
    """A size of a shape: a number, or the name of one that is open; neither where it is unknown."""

    value: int | None = None
    param: str | None = None


class OnnxShape(NamedTuple):
    """The sizes of a tensor (TensorShapeProto)."""

    dims: Sequence[OnnxDim] = ()


class OnnxTensorType(NamedTuple):
    """Element type, as a number of TensorProto.DataType, and shape; None for a shape of unknown rank."""

    elem_type: int = 0
    shape: OnnxShape | None = None


class OnnxSequenceType(NamedTuple):
    """The type of a sequence or of an optional value."""

    elem_type: OnnxType | None = None


class OnnxType(NamedTuple):
    """The type of a value: that of the field which is not None; a map or an opaque type has no such field."""

    tensor: OnnxTensorType | None = None
    sequence: OnnxSequenceType | None = None
    sparse_tensor: OnnxTensorType | None = None
    optional: OnnxSequenceType | None = None


class OnnxValueInfo(NamedTuple):
    """Name and type of a value."""

    name: str = ""
    type: OnnxType | None = None


class OnnxTensor(NamedTuple):
    """A tensor; its data are not read.

    Attributes:
        data_type: a number of TensorProto.DataType.
        floats, int32s, int64s, doubles, uint64s: data by their field, as places or, where not packed, numbers.
        raw: the place of data in little-endian bytes.
        external: location, offset and length of data in another file, which is never opened.
        location: 1 if the data are external.
    """

    dims: Sequence[int] = ()
    data_type: int = 0
    floats: Sequence[Span | float] = ()
    int32s: Sequence[Span | int] = ()
    int64s: Sequence[Span | int] = ()
    name: str = ""
    raw: Span | None = None
    doubles: Sequence[Span | float] = ()
    uint64s: Sequence[Span | int] = ()
    external: Sequence[OnnxEntry] = ()
    location: int = 0


class OnnxSparseTensor(NamedTuple):
    """A tensor as its non-zero values, which have the name, and their indices."""

    values: OnnxTensor | None = None
    indices: OnnxTensor | None = None
    dims: Sequence[int] = ()


class OnnxAttribute(NamedTuple):
    """An attribute; `type`, a number of AttributeProto.AttributeType, tells the field with its value.

    Attributes:
        ref: inside a function, the name of the function's attribute whose value this is.
    """

    name: str = ""
    f: float | None = None
    i: int | None = None
    s: str | None = None
    t: OnnxTensor | None = None
    g: OnnxGraph | None = None
    floats: Sequence[float] = ()
    ints: Sequence[int] = ()
    strings: Sequence[str] = ()
    tensors: Sequence[OnnxTensor] = ()
    graphs: Sequence[OnnxGraph] = ()
    tp: OnnxType | None = None
    type: int = 0
    ref: str = ""
    sparse_tensor: OnnxSparseTensor | None = None


class OnnxNode(NamedTuple):
    """An operator, or the call of a function; an input or output that is left out is an empty text."""

    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    name: str = ""
    op_type: str = ""
    attributes: Sequence[OnnxAttribute] = ()
    domain: str = ""
    overload: str = ""
    metadata: Sequence[OnnxEntry] = ()


class OnnxGraph(NamedTuple):
    """Nodes in topological order, their weights, and the values that go in and out."""

    nodes: Sequence[OnnxNode] = ()
    name: str = ""
    initializers: Sequence[OnnxTensor] = ()
    inputs: Sequence[OnnxValueInfo] = ()
    outputs: Sequence[OnnxValueInfo] = ()
    value_infos: Sequence[OnnxValueInfo] = ()
    sparse_initializers: Sequence[OnnxSparseTensor] = ()
    metadata: Sequence[OnnxEntry] = ()


class OnnxOperatorSet(NamedTuple):
    """A version of the operators of a domain."""

    domain: str = ""
    version: int = 0


class OnnxFunction(NamedTuple):
    """An operator that is made of others; `attributes` are names without a default, `attribute_defaults` have one."""

    name: str = ""
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    attributes: Sequence[str] = ()
    nodes: Sequence[OnnxNode] = ()
    operator_sets: Sequence[OnnxOperatorSet] = ()
    domain: str = ""
    attribute_defaults: Sequence[OnnxAttribute] = ()
    value_infos: Sequence[OnnxValueInfo] = ()
    overload: str = ""
    metadata: Sequence[OnnxEntry] = ()


class OnnxModel(NamedTuple):
    """A whole model."""

    ir_version: int = 0
    producer_name: str = ""
    producer_version: str = ""
    domain: str = ""
    model_version: int = 0
    graph: OnnxGraph | None = None
    operator_sets: Sequence[OnnxOperatorSet] = ()
    metadata: Sequence[OnnxEntry] = ()
    functions: Sequence[OnnxFunction] = ()


SCHEMA: Schema = {
    OnnxModel: {
        1: ("ir_version", INT),
        2: ("producer_name", TEXT),
        3: ("producer_version", TEXT),
        4: ("domain", TEXT),
        5: ("model_version", INT),
        7: ("graph", OnnxGraph),
        8: ("operator_sets", OnnxOperatorSet),
        14: ("metadata", OnnxEntry),
        25: ("functions", OnnxFunction),
    },
    OnnxOperatorSet: {1: ("domain", TEXT), 2: ("version", INT)},
    OnnxEntry: {1: ("key", TEXT), 2: ("value", TEXT)},
    OnnxGraph: {
        1: ("nodes", OnnxNode),
        2: ("name", TEXT),
        5: ("initializers", OnnxTensor),
        11: ("inputs", OnnxValueInfo),
        12: ("outputs", OnnxValueInfo),
        13: ("value_infos", OnnxValueInfo),
        15: ("sparse_initializers", OnnxSparseTensor),
        16: ("metadata", OnnxEntry),
    },
    OnnxFunction: {
        1: ("name", TEXT),
        4: ("inputs", TEXT),
        5: ("outputs", TEXT),
        6: ("attributes", TEXT),
        7: ("nodes", OnnxNode),
        9: ("operator_sets", OnnxOperatorSet),
        10: ("domain", TEXT),
        11: ("attribute_defaults", OnnxAttribute),
        12: ("value_infos", OnnxValueInfo),
        13: ("overload", TEXT),
        14: ("metadata", OnnxEntry),
    },
    OnnxNode: {
        1: ("inputs", TEXT),
        2: ("outputs", TEXT),
        3: ("name", TEXT),
        4: ("op_type", TEXT),
        5: ("attributes", OnnxAttribute),
        7: ("domain", TEXT),
        8: ("overload", TEXT),
        9: ("metadata", OnnxEntry),
    },
    OnnxAttribute: {
        1: ("name", TEXT),
        2: ("f", FLOAT),
        3: ("i", INT),
        4: ("s", TEXT),
        5: ("t", OnnxTensor),
        6: ("g", OnnxGraph),
        7: ("floats", FLOAT),
        8: ("ints", INT),
        9: ("strings", TEXT),
        10: ("tensors", OnnxTensor),
        11: ("graphs", OnnxGraph),
        14: ("tp", OnnxType),
        20: ("type", INT),
        21: ("ref", TEXT),
        22: ("sparse_tensor", OnnxSparseTensor),
    },
    OnnxTensor: {
        1: ("dims", INT),
        2: ("data_type", INT),
        4: ("floats", FLOAT_DATA),
        5: ("int32s", INT_DATA),
        7: ("int64s", INT_DATA),
        8: ("name", TEXT),
        9: ("raw", SPAN),
        10: ("doubles", DOUBLE_DATA),
        11: ("uint64s", INT_DATA),
        13: ("external", OnnxEntry),
        14: ("location", INT),
    },
    OnnxSparseTensor: {1: ("values", OnnxTensor), 2: ("indices", OnnxTensor), 3: ("dims", INT)},
    OnnxValueInfo: {1: ("name", TEXT), 2: ("type", OnnxType)},
    OnnxType: {
        1: ("tensor", OnnxTensorType),
        4: ("sequence", OnnxSequenceType),
        8: ("sparse_tensor", OnnxTensorType),
        9: ("optional", OnnxSequenceType),
    },
    OnnxTensorType: {1: ("elem_type", INT), 2: ("shape", OnnxShape)},
    OnnxSequenceType: {1: ("elem_type", OnnxType)},
    OnnxShape: {1: ("dims", OnnxDim)},
    OnnxDim: {1: ("value", INT), 2: ("param", TEXT)},
}
