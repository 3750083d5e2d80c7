"""Convolutions and pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler, few

_SAME = ("SAME_UPPER", "SAME_LOWER")


class _Window:
    """Kernel, stride, dilation and padding of a node, one number a dimension."""

    def __init__(self, op: OnnxOperation, x: Tensor, kernel: Sequence[int], dims: int) -> None:
        ones = (1,) * dims
        self.kernel = tuple(kernel)
        self.stride = op.integers("strides") or ones
        self.dilation = op.integers("dilations") or ones
        pads = op.integers("pads") or (0,) * (2 * dims)
        if len({dims, len(self.kernel), len(self.stride), len(self.dilation), len(pads) // 2}) > 1:
            raise Uncounted("its kernel, strides, dilations and pads do not fit its input")
        if 0 in self.stride:
            raise Uncounted("it has a stride of 0")
        self.before, self.after = pads[:dims], pads[dims:]
        auto = op.text("auto_pad", "NOTSET")
        if auto in _SAME:
            self._pad_to_same(x.sizes[2:], upper=auto == "SAME_UPPER")
        elif auto == "VALID":
            self.before = self.after = (0,) * dims

    def _pad_to_same(self, sizes: Sequence[int], *, upper: bool) -> None:
        """Set the padding with which there are ⌈size / stride⌉ positions."""
        totals = [
            max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
            for size, kernel, stride, dilation in zip(sizes, self.kernel, self.stride, self.dilation, strict=True)
        ]
        less, more = tuple([n // 2 for n in totals]), tuple([n - n // 2 for n in totals])
        self.before, self.after = (less, more) if upper else (more, less)

    def params(self) -> dict[str, Value]:
        """Return the parameters that differ from the usual ones."""
        found: dict[str, Value] = {"kernel_size": few(self.kernel)}
        if set(self.stride) != {1}:
            found["stride"] = few(self.stride)
        if any(self.before) and self.before == self.after:
            found["padding"] = few(self.before)
        if set(self.dilation) != {1}:
            found["dilation"] = few(self.dilation)
        return found

    def pool_params(self) -> dict[str, Value]:
        """Return the parameters of a pooling, whose padding may differ at its two ends."""
        found = self.params()
        if self.before != self.after:
            found.update(padding=few(self.before), end_padding=tuple(self.after))
        return found

    def padded(self, op: OnnxOperation, x: Tensor) -> Tensor:
        """Return the input with the padding that no parameter can state, as a layer before this one."""
        if self.before == self.after:
            return x
        ends = [n for pair in zip(self.before[::-1], self.after[::-1], strict=True) for n in pair]
        return op.step("Pad", [x], {"pad": tuple(ends)})


def _spatial(op: OnnxOperation, x: Tensor) -> int:
    dims = x.rank - 2
    if not 1 <= dims <= 3:
        raise Uncounted(Message("{operator} of {rank} dimensions has no layer type", operator=op.type, rank=x.rank))
    return dims


def conv(op: OnnxOperation) -> list[Tensor]:
    """Map Conv: weights (C_out, C_in / groups, *kernel)."""
    x, w, b = op.input(0), op.input(1), op.optional(2)
    dims = w.rank - 2
    if not 1 <= dims <= 3:
        raise Uncounted(Message("weights of {rank} dimensions are no convolution's", rank=w.rank))
    window = _Window(op, x, op.integers("kernel_shape") or w.sizes[2:], dims)
    params: dict[str, Value] = {"out_channels": w.sizes[0], **window.params(), **_groups(op)}
    if x.shape is None:
        params["in_channels"] = w.sizes[1] * op.integer("group", 1)
    return _weighted(op, f"Conv{dims}d", window.padded(op, x), params, (w, b))


def _weighted(
    op: OnnxOperation, type_name: str, x: Tensor, params: dict[str, Value], weights: tuple[Tensor, Tensor | None]
) -> list[Tensor]:
    """Add a convolution, whose weights are of its own or computed."""
    w, b = weights
    if not w.constant:
        inputs = [x, w] if b is None else [x, w, b]
        return op.emit(type_name, inputs, {**params, "bias": False, "weight_input": True})
    if b is not None and not b.constant:
        made = op.step(type_name, [x], {**params, "bias": False})
        return op.emit("Add", [made, op.step("Reshape", [b], {"shape": (-1,) + (1,) * (w.rank - 2)})])
    if b is None:
        params = {**params, "bias": False}
    names = op.weights.named(type_name, op.graph, w, b)
    dtypes = op.weights.dtypes(w, compute=op.quantized.get(0, ""))
    return op.emit(type_name, [x], params, weights=names, dtypes=dtypes)


def _groups(op: OnnxOperation) -> dict[str, Value]:
    groups = op.integer("group", 1)
    return {} if groups == 1 else {"groups": groups}


def conv_transpose(op: OnnxOperation) -> list[Tensor]:
    """Map ConvTranspose: weights (C_in, C_out / groups, *kernel)."""
    x, w, b = op.input(0), op.input(1), op.optional(2)
    dims = _spatial(op, w)
    window = _Window(op, x, op.integers("kernel_shape") or w.sizes[2:], dims)
    added = op.integers("output_padding") or (0,) * dims
    total = [a + b for a, b in zip(window.before, window.after, strict=True)]
    if wanted := op.integers("output_shape") or _same_size(op, x, window):
        full = _transposed_sizes(x, window, added)
        total = [size - want for size, want in zip(full, wanted[-dims:], strict=True)]
    padding = [-(-max(n, 0) // 2) for n in total]
    added = tuple([extra + 2 * p - n for extra, p, n in zip(added, padding, total, strict=True)])
    params: dict[str, Value] = {
        "out_channels": w.sizes[1] * op.integer("group", 1),
        "kernel_size": few(window.kernel),
        **({"stride": few(window.stride)} if set(window.stride) != {1} else {}),
        **({"padding": few(padding)} if any(padding) else {}),
        **({"output_padding": few(added)} if any(added) else {}),
        **_groups(op),
        **({"dilation": few(window.dilation)} if set(window.dilation) != {1} else {}),
    }
    return _weighted(op, f"ConvTranspose{dims}d", x, params, (w, b))


def _same_size(op: OnnxOperation, x: Tensor, window: _Window) -> list[int] | None:
    if op.text("auto_pad") not in _SAME:
        return None
    return [size * stride for size, stride in zip(x.sizes[2:], window.stride, strict=True)]


def _transposed_sizes(x: Tensor, window: _Window, added: Sequence[int]) -> list[int]:
    """Return the sizes that a transposed convolution gives without padding."""
    sizes = zip(x.sizes[2:], window.stride, window.dilation, window.kernel, added, strict=True)
    return [
        (size - 1) * stride + dilation * (kernel - 1) + 1 + extra for size, stride, dilation, kernel, extra in sizes
    ]


def max_pool(op: OnnxOperation) -> list[Tensor]:
    """Map MaxPool; its second output are the indices."""
    return _pool(op, "MaxPool", {"return_indices": True} if len(op.outputs) > 1 and op.outputs[1] else {})


def average_pool(op: OnnxOperation) -> list[Tensor]:
    """Map AveragePool, which leaves its padding out of the average unless it says otherwise."""
    return _pool(op, "AvgPool", {} if op.integer("count_include_pad") else {"count_include_pad": False})


def _pool(op: OnnxOperation, base: str, extra: Mapping[str, Value]) -> list[Tensor]:
    x = op.input()
    dims = _spatial(op, x)
    kernel = op.integers("kernel_shape")
    if kernel is None:
        raise Uncounted("its kernel_shape is missing")
    window = _Window(op, x, kernel, dims)
    uneven = base == "LPPool"
    given = window.params() if uneven else window.pool_params()
    params: dict[str, Value] = {**given, "stride": few(window.stride), **extra}
    if "padding" not in params:
        params.pop("count_include_pad", None)
    if base == "AvgPool" and "dilation" in params:
        raise Uncounted("averages with dilation have no layer type")
    if op.integer("ceil_mode"):
        params["ceil_mode"] = True
    return op.emit(f"{base}{dims}d", [window.padded(op, x) if uneven else x], params)


def lp_pool(op: OnnxOperation) -> list[Tensor]:
    """Map LpPool."""
    return _pool(op, "LPPool", {"norm_type": op.integer("p", 2)})


def _global(base: str) -> Handler:
    def handler(op: OnnxOperation) -> list[Tensor]:
        return op.emit(f"{base}{_spatial(op, op.input())}d", [op.input()], {"output_size": 1})

    return handler


HANDLERS: Mapping[str, Handler] = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "LpPool": lp_pool,
    "GlobalAveragePool": _global("AdaptiveAvgPool"),
    "GlobalMaxPool": _global("AdaptiveMaxPool"),
}
