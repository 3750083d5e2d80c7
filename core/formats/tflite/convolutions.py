"""Operators of TensorFlow Lite with weights: convolutions, dense layers, matrix products; and pooling.

Source: tensorflow/lite/schema/schema.fbs, and the kernels of TensorFlow Lite for the shapes of weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.padding import halves, lone, pad_of, pool_params, same_padding, uneven
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.tflite.operation import Mapped, Mapper, TfliteOperation
from layerledger.core.formats.tflite.schema import SAME


def _weight(op: TfliteOperation, i: int, rank: int) -> Shape:
    """Return the shape of a weight, which is a constant of the file.

    Raises:
        Uncounted: it is computed, or has another number of dimensions.
    """
    shape = op.tensor(i).shape
    if not op.is_constant(i) or len(shape) != rank:
        raise Uncounted("its weight is not a constant of the file")
    return shape


def _padded(op: TfliteOperation, x: Tensor, kernel: Shape, stride: Shape, dilation: Shape) -> tuple[Tensor, Value]:
    """Return the input, and the padding that the convolution does itself; a Pad does what is uneven."""
    if op.info.integer(0, 1) != SAME:
        return x, None
    both = same_padding(x.sizes[2:], kernel, stride, dilation)
    even = halves(both)
    if even is not None:
        return x, lone(even) if any(even) else None
    return op.emit("Pad", [x], {"pad": pad_of(uneven(both))}, part="pad"), None


def _convolution(op: TfliteOperation, kernel: Shape, stride: Shape, dilation: Shape, filters: int, groups: int) -> Laid:
    x = op.picture()
    block = op.blocks.sizes.get(x, (1,) * len(kernel))
    dilation = tuple([d * b for d, b in zip(dilation, block, strict=True)])
    x, padding = _padded(op, x, kernel, stride, dilation)
    params: dict[str, Value] = {"out_channels": filters, "kernel_size": lone(kernel)}
    if set(stride) != {1}:
        params["stride"] = lone(stride)
    if padding is not None:
        params["padding"] = padding
    if set(dilation) != {1}:
        params["dilation"] = lone(dilation)
    if groups != 1:
        params["groups"] = groups
    if not op.has(2):
        params["bias"] = False
    y = op.emit(f"Conv{len(kernel)}d", [x], params, weight=1)
    return Laid(y, moved=True)


def _conv_2d(op: TfliteOperation) -> Mapped:
    filters, *kernel, channels = _weight(op, 1, 4)
    groups = op.picture().sizes[1] // channels if channels else 0
    stride, dilation = _pair(op, 2, 1), _pair(op, 5, 4)
    y = _convolution(op, tuple(kernel), stride, dilation, filters, groups)
    return _with_block(op, op.activated(y, op.info.integer(3, 1)))


def _depthwise(op: TfliteOperation) -> Mapped:
    _, *kernel, filters = _weight(op, 1, 4)
    stride, dilation = _pair(op, 2, 1), _pair(op, 6, 5)
    y = _convolution(op, tuple(kernel), stride, dilation, filters, op.picture().sizes[1])
    return _with_block(op, op.activated(y, op.info.integer(4, 1)))


def _with_block(op: TfliteOperation, made: Mapped) -> Mapped:
    """Return the output of a convolution, which is cut into blocks where its input is."""
    block = op.blocks.sizes.get(op.picture())
    if block is not None:
        op.blocks.sizes[made[0].tensor] = block
    return made


def _space_to_batch(op: TfliteOperation) -> Mapped:
    """Add the padding of a convolution with a distance between its taps.

    A converter writes it as a convolution of the pictures of every n-th pixel, which are samples of their own then.
    """
    block, sides = op.integers(1), op.integers(2)
    if len(block) != 2 or len(sides) != 4 or op.x.rank != 4:
        raise Uncounted("blocks in other than two dimensions are not covered")
    cut = _cut_later(op)
    pairs = [(sides[2 * i], sides[2 * i + 1] - cut[i]) for i in (0, 1)]
    params: dict[str, Value] = {"pad": pad_of(pairs)} if any(map(any, pairs)) else {}
    y = op.emit("Pad" if params else "Identity", [op.picture()], params)
    op.blocks.sizes[y] = block
    return [Laid(y, moved=True)]


def _cut_later(op: TfliteOperation) -> Shape:
    """Return the rows and columns that fill up blocks: what the operator behind the convolution cuts off again."""
    convolution = op.blocks.takers.get(op.info.outputs[0])
    last = op.blocks.takers.get(convolution.outputs[0]) if convolution and convolution.outputs else None
    if last is None or last.name != "BATCH_TO_SPACE_ND" or len(last.inputs) != 3:
        raise Uncounted("blocks for anything but one convolution are not covered")
    sides = op.model.integers(op.subgraph.tensors[last.inputs[2]])
    if sides is None or len(sides) != 4 or sides[0] or sides[2]:
        raise Uncounted("blocks of which the beginning is cut off are not covered")
    return sides[1], sides[3]


def _batch_to_space(op: TfliteOperation) -> Mapped:
    """Pass on the output of a convolution whose taps have a distance: it is whole here."""
    if op.blocks.sizes.get(op.picture()) != op.integers(1):
        raise Uncounted("blocks that no convolution has made are not covered")
    op.graph.merged += 1
    del op.blocks.sizes[op.picture()]
    return [op.x]


def _pair(op: TfliteOperation, height: int, width: int) -> Shape:
    """Return two options, of the height and the width; 1 where they are left out."""
    return op.info.integer(height, default=1), op.info.integer(width, default=1)


def _conv_3d(op: TfliteOperation) -> Mapped:
    *kernel, channels, filters = _weight(op, 1, 5)
    stride = (op.info.integer(1, default=1), op.info.integer(3, default=1), op.info.integer(2, default=1))
    dilation = (op.info.integer(5, default=1), op.info.integer(7, default=1), op.info.integer(6, default=1))
    groups = op.picture().sizes[1] // channels if channels else 0
    return op.activated(_convolution(op, tuple(kernel), stride, dilation, filters, groups), op.info.integer(4, 1))


def _transpose_conv(op: TfliteOperation) -> Mapped:
    """Add a transposed convolution, whose output has the sizes that the file states."""
    filters, *kernel, _ = _weight(op, 1, 4)
    x, stride, sizes = op.picture(2), _pair(op, 2, 1), op.stated()[1:-1]
    padding: list[int] = []
    extra: list[int] = []
    for n, size, k, s in zip(x.sizes[2:], sizes, kernel, stride, strict=True):
        more = size - ((n - 1) * s + k)
        padding.append(max(-(more // 2), 0) if more < 0 else 0)
        extra.append(more + 2 * padding[-1])
    params: dict[str, Value] = {"out_channels": filters, "kernel_size": lone(kernel), "stride": lone(stride)}
    if any(padding):
        params["padding"] = lone(padding)
    cut = [max(e - s + 1, 0) if s == 1 else 0 for e, s in zip(extra, stride, strict=True)]
    if any(cut):
        # Without a stride there is no output padding: less padding, and the rest is cut off behind.
        params["padding"] = lone([p - c for p, c in zip(padding, cut, strict=True)])
        extra = [e - 2 * c for e, c in zip(extra, cut, strict=True)]
    given = [max(e, 0) for e in extra]
    if any(given):
        params["output_padding"] = lone(given)
    if not op.has(3):
        params["bias"] = False
    y = op.emit("ConvTranspose2d", [x], params, weight=1)
    if any(e < 0 for e in extra):
        y = op.emit("Pad", [y], {"pad": pad_of([(0, min(e, 0)) for e in extra])}, part="crop")
    return op.activated(Laid(y, moved=True), op.info.integer(3, 1))


def _fully_connected(op: TfliteOperation) -> Mapped:
    x = op.last()
    if not op.is_constant(1):
        turned = op.emit("Transpose", [op.last(1)], {"dim0": -2, "dim1": -1}, part="weight")
        y = op.emit("MatMul", [x, turned])
        y = op.emit("Add", [y, op.last(2)], part="bias") if op.has(2) else y
        return op.activated(Laid(y), op.info.integer(0, 1))
    units, width = _weight(op, 1, 2)
    if x.sizes[-1:] != (width,) or not op.info.flag(2):
        # Without keep_num_dims, rows are as long as the weight is wide.
        x = op.graph.reshape(x, (prod(x.sizes) // width if width else 0, width), name=f"{op.name}_rows")[0]
    params: dict[str, Value] = {"out_features": units}
    if not op.has(2):
        params["bias"] = False
    return op.activated(Laid(op.emit("Linear", [x], params, weight=1)), op.info.integer(0, 1))


def _batch_matmul(op: TfliteOperation) -> Mapped:
    sides = [op.last(0), op.last(1)]
    for i, name in enumerate(("left", "right")):
        if op.info.flag(i):
            sides[i] = op.emit("Transpose", [sides[i]], {"dim0": -2, "dim1": -1}, part=name)
    return [Laid(op.emit("MatMul", sides))]


def _pooling(kind: str) -> Mapper:
    def mapped(op: TfliteOperation) -> Mapped:
        x, window, stride = op.picture(), _pair(op, 4, 3), _pair(op, 2, 1)
        same = op.info.integer(0, 1) == SAME
        params = pool_params(x.sizes[2:], window, stride, same=same, mean=kind == "AvgPool2d")
        return op.activated(Laid(op.emit(kind, [x], params), moved=True), op.info.integer(5, 1))

    return mapped


def _embedding_lookup(op: TfliteOperation) -> Mapped:
    rows, width = _weight(op, 1, 2)
    params: dict[str, Value] = {"num_embeddings": rows, "embedding_dim": width}
    return [Laid(op.emit("Embedding", [op.last()], params, weight=1))]


def _gather(op: TfliteOperation) -> Mapped:
    """Add a choice of rows: an embedding where they are rows of a weight."""
    axis, batch = op.info.integer(0), op.info.integer(1)
    if op.is_constant(0) and axis == 0 and len(op.tensor(0).shape) == 2 and op.value(0).tensor.weight:
        rows, width = op.tensor(0).shape
        params: dict[str, Value] = {"num_embeddings": rows, "embedding_dim": width}
        return [Laid(op.emit("Embedding", [op.last(1)], params, weight=0))]
    if batch:
        raise Uncounted(Message("a choice for each of {batch} batch dimensions is not covered", batch=batch))
    if op.is_constant(1) and len(found := op.integers(1)) == 1 and not op.tensor(1).shape:
        return [Laid(op.emit("Select", [op.last()], {"dim": axis, "index": found[0]}))]
    return [Laid(op.emit("Take", [op.last(), op.last(1)], {"dim": axis}))]


OPERATORS: Mapping[str, Mapper] = {
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise,
    "CONV_3D": _conv_3d,
    "TRANSPOSE_CONV": _transpose_conv,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
    "AVERAGE_POOL_2D": _pooling("AvgPool2d"),
    "MAX_POOL_2D": _pooling("MaxPool2d"),
    "EMBEDDING_LOOKUP": _embedding_lookup,
    "GATHER": _gather,
    "SPACE_TO_BATCH_ND": _space_to_batch,
    "BATCH_TO_SPACE_ND": _batch_to_space,
}
