"""Products of matrices: linear layers where one of the two is a weight."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler


def gemm(op: OnnxOperation) -> list[Tensor]:
    """Map Gemm: x·w + b, with weights (in, out), or (out, in) if transB."""
    x, w, b = op.input(0), op.input(1), op.optional(2)
    if not w.constant or not w.weight or w.rank != 2 or op.integer("transA") or (b is not None and b.rank != 1):
        return _written_out(op, x, w, b)
    return linear(op, x, w, b, features=w.sizes[0 if op.integer("transB") else 1])


def linear(op: OnnxOperation, x: Tensor, w: Tensor, b: Tensor | None, *, features: int) -> list[Tensor]:
    """Add a linear layer."""
    computed = None if b is None or b.constant else b
    held = None if computed is not None else b
    params: dict[str, Value] = {"out_features": features, **({"bias": False} if held is None else {})}
    if x.shape is None and w.rank == 2 and features in w.sizes and features:
        params["in_features"] = w.elements // features
    names = op.weights.named("Linear", op.graph, w, held)
    made = op.emit(
        "Linear",
        [x],
        params,
        weights=names,
        dtypes=op.weights.dtypes(w, compute=op.quantized.get(0, "")),
    )
    return made if computed is None else op.emit("Add", [made[0], computed])


def _written_out(op: OnnxOperation, x: Tensor, w: Tensor, b: Tensor | None) -> list[Tensor]:
    if op.integer("transA"):
        x = op.step("Transpose", [x], {"dim0": 0, "dim1": 1})
    if op.integer("transB"):
        w = op.step("Transpose", [w], {"dim0": 0, "dim1": 1})
    if b is None:
        return op.emit("MatMul", [x, w])
    return op.emit("Add", [op.step("MatMul", [x, w]), b])


def matmul(op: OnnxOperation) -> list[Tensor]:
    """Map MatMul: a linear layer where a matrix of weights stands on the right."""
    x, w = op.input(0), op.input(1)
    if w.constant and w.weight and w.rank == 2 and (x.shape is None or x.rank):
        return linear(op, x, w, None, features=w.sizes[1])
    return op.emit("MatMul", [x, w])


def fused_matmul(op: OnnxOperation) -> list[Tensor]:
    """Map FusedMatMul of ONNX Runtime: transposed inputs and a factor."""
    x, w = op.input(0), op.input(1)
    if op.integer("transBatchA") or op.integer("transBatchB"):
        raise Uncounted("transposed batches have no layer type")
    if op.integer("transA"):
        x = op.step("Transpose", [x], {"dim0": -2, "dim1": -1})
    if op.integer("transB"):
        w = op.step("Transpose", [w], {"dim0": -2, "dim1": -1})
    return op.emit("MatMul", [x, w])


def einsum(op: OnnxOperation) -> list[Tensor]:
    """Map Einsum."""
    return op.emit("Einsum", op.present(), {"equation": op.text("equation")})


def matmul_of_blocks(op: OnnxOperation) -> list[Tensor]:
    """Map MatMulNBits of ONNX Runtime: weights (N, K) in blocks of few bits."""
    features = op.integer("N")
    if features < 1:
        raise Uncounted("its attribute N is missing")
    w = op.weights.of_integers(op.input(1), "int4" if op.integer("bits", 4) == 4 else "int8")
    b = op.optional(5)
    return linear(op, op.input(0), w, b, features=features)


HANDLERS: Mapping[str, Handler] = {
    "Gemm": gemm,
    "MatMul": matmul,
    "FusedMatMul": fused_matmul,
    "MatMulNBits": matmul_of_blocks,
    "Einsum": einsum,
}
