"""Operators on quantized tensors: the same layers as those of real numbers, with weights in integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators import arithmetic, products, shaping, windows
from layerledger.core.formats.onnx.operators.handlers import Handler, unary


def _over(handler: Handler, positions: Sequence[int]) -> Handler:
    """Return a mapping that takes the inputs at some positions; scales and zero points stand between them."""

    def mapped(op: OnnxOperation) -> list[Tensor]:
        given = [op.optional(i) for i in positions]
        given[1:] = [op.weights.of_integers(x) if x is not None and x.rank else x for x in given[1:]]
        dtype = given[0].dtype if given[0] is not None else ""
        return handler(op.over(given, quantized={0: dtype} if dtype in ("int8", "uint8") else {}))

    return mapped


def _concat(op: OnnxOperation) -> list[Tensor]:
    return shaping.concat(op.over(op.inputs[2::3]))


HANDLERS: Mapping[str, Handler] = {
    "QLinearConv": _over(windows.conv, (0, 3, 8)),
    "ConvInteger": _over(windows.conv, (0, 1)),
    "QLinearMatMul": _over(products.matmul, (0, 3)),
    "MatMulInteger": _over(products.matmul, (0, 1)),
    "DynamicQuantizeMatMul": _over(products.matmul, (0, 1)),
    "MatMulIntegerToFloat": _over(products.matmul, (0, 1)),
    "QGemm": _over(products.gemm, (0, 3, 6)),
    "QLinearAdd": _over(arithmetic.add, (0, 3)),
    "QLinearMul": _over(arithmetic.mul, (0, 3)),
    "QLinearConcat": _concat,
    "QLinearGlobalAveragePool": windows.HANDLERS["GlobalAveragePool"],
    "QLinearAveragePool": windows.average_pool,
    "QLinearSigmoid": unary("Sigmoid"),
    "QLinearLeakyRelu": unary("LeakyReLU"),
    "QLinearSoftmax": unary("Softmax", {"dim": -1}),
}
