"""Convolutions of Keras: plain, depthwise, separable and transposed ones.

Source: keras.layers, and tf.nn.convolution for the padding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.padding import halves, lone, pad_of, same_padding, uneven
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.keras.activations import with_activation
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper


class _Filter(NamedTuple):
    """The steps of a convolution over the positions of its input."""

    kernel: Shape
    stride: Shape
    dilation: Shape

    @property
    def span(self) -> tuple[int, ...]:
        return tuple([(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True)])


def _filter(call: LayerCall, dims: int) -> _Filter:
    return _Filter(
        call.sizes("kernel_size", dims), call.sizes("strides", dims, 1), call.sizes("dilation_rate", dims, 1)
    )


def _picture(call: LayerCall, dims: int) -> Tensor:
    """Return the input with its channels in dimension 1.

    Raises:
        Uncounted: it has another number of dimensions.
    """
    if call.x.rank != dims + 2:
        raise Uncounted(Message("its input has {rank} dimensions, not {dims}", rank=call.x.rank, dims=dims + 2))
    return call.picture()


def _padded(call: LayerCall, x: Tensor, f: _Filter) -> tuple[Tensor, Mapping[str, Value]]:
    """Return the input, and the padding that the convolution does itself; a Pad does what is uneven."""
    mode = call.word("padding", "valid").lower()
    if mode == "valid":
        return x, {}
    if mode == "causal":
        pairs = [(span - 1, 0) for span in f.span]
    elif mode == "same":
        both = same_padding(x.sizes[2:], f.kernel, f.stride, f.dilation)
        even = halves(both)
        if even is not None:
            return x, {"padding": lone(even)} if any(even) else {}
        pairs = uneven(both)
    else:
        raise Uncounted(Message('padding "{mode}" is not known', mode=mode[:40]))
    if not any(map(any, pairs)):
        return x, {}
    return call.emit("Pad", [x], {"pad": pad_of(pairs)}, part="pad"), {}


def _convolved(
    call: LayerCall, x: Tensor, f: _Filter, *, filters: int, groups: int, bias: bool, part: str = "", weight: str
) -> Tensor:
    """Add a convolution, behind a Pad where its padding is uneven."""
    x, padding = _padded(call, x, f)
    params: dict[str, Value] = {"out_channels": filters, "kernel_size": lone(f.kernel), **padding}
    if set(f.stride) != {1}:
        params["stride"] = lone(f.stride)
    if set(f.dilation) != {1}:
        params["dilation"] = lone(f.dilation)
    if groups != 1:
        params["groups"] = groups
    if not bias:
        params["bias"] = False
    return call.emit(f"Conv{len(f.kernel)}d", [x], params, part=part, weight=weight)


def _plain(dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        x, f = _picture(call, dims), _filter(call, dims)
        bias = call.flag("use_bias", default=True)
        groups, filters = call.number("groups", 1), call.number("filters")
        y = _convolved(call, x, f, filters=filters, groups=groups, bias=bias, weight="kernel")
        return with_activation(call, call.made(y))

    return mapped


def _depthwise(dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        x, f = _picture(call, dims), _filter(call, dims)
        channels, bias = x.sizes[1], call.flag("use_bias", default=True)
        filters = channels * call.number("depth_multiplier", 1)
        y = _convolved(call, x, f, filters=filters, groups=channels, bias=bias, weight="kernel")
        return with_activation(call, call.made(y))

    return mapped


def _separable(dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        x, f = _picture(call, dims), _filter(call, dims)
        channels = x.sizes[1]
        between = channels * call.number("depth_multiplier", 1)
        with call.block():
            y = _convolved(
                call, x, f, filters=between, groups=channels, bias=False, part="depthwise", weight="depthwise"
            )
            params: dict[str, Value] = {"out_channels": call.number("filters"), "kernel_size": 1}
            if not call.flag("use_bias", default=True):
                params["bias"] = False
            y = call.emit(f"Conv{dims}d", [y], params, part="pointwise", weight="pointwise")
        return with_activation(call, call.made(y))

    return mapped


def _transposed(dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        x, f = _picture(call, dims), _filter(call, dims)
        padding, extra, cut = _output_padding(call, f)
        params: dict[str, Value] = {"out_channels": call.number("filters"), "kernel_size": lone(f.kernel)}
        given = {"stride": f.stride, "padding": padding, "output_padding": extra, "dilation": f.dilation}
        for name, sizes in given.items():
            if set(sizes) != {1 if name in ("stride", "dilation") else 0}:
                params[name] = lone(sizes)
        if call.number("groups", 1) != 1:
            params["groups"] = call.number("groups", 1)
        if not call.flag("use_bias", default=True):
            params["bias"] = False
        y = call.emit(f"ConvTranspose{dims}d", [x], params, weight="kernel")
        if any(cut):
            y = call.emit("Pad", [y], {"pad": pad_of([(0, -c) for c in cut])}, part="crop")
        return with_activation(call, call.made(y))

    return mapped


def _output_padding(call: LayerCall, f: _Filter) -> tuple[Shape, Shape, Shape]:
    """Return padding, output padding, and what is cut off behind, of a transposed convolution.

    `same` gives size × stride, `valid` at least that and all positions that the filter reaches.
    """
    rows = list(zip(f.span, f.stride, f.dilation, strict=True))
    same = call.word("padding", "valid").lower() == "same"
    if call.config.get("output_padding") is not None:
        added = call.sizes("output_padding", len(rows))
        padding = tuple([k // 2 for k in f.kernel]) if same else (0,) * len(rows)
        return padding, added, (0,) * len(rows)
    if not same:
        return (0,) * len(rows), tuple([max(s - span, 0) for span, s, _ in rows]), (0,) * len(rows)
    over = [max(span - s, 0) for span, s, _ in rows]
    # An odd row more is an output padding of 1, which torch takes only below the stride or the dilation.
    takes = [c % 2 == 0 or max(s, d) > 1 for c, (_, s, d) in zip(over, rows, strict=True)]
    padding = tuple([-(-c // 2) if even else c // 2 for c, even in zip(over, takes, strict=True)])
    extra = [2 * p - c if c else 0 for p, c in zip(padding, over, strict=True)]
    cut = tuple([max(-e, 0) for e in extra])
    missing = [max(s - span, 0) for span, s, _ in rows]
    return padding, tuple([max(e, 0) + m for e, m in zip(extra, missing, strict=True)]), cut


LAYERS: Mapping[str, Mapper] = {
    **{f"{name}{dims}D": _plain(dims) for dims in (1, 2, 3) for name in ("Conv", "Convolution")},
    **{f"DepthwiseConv{dims}D": _depthwise(dims) for dims in (1, 2)},
    **{f"SeparableConv{dims}D": _separable(dims) for dims in (1, 2)},
    **{f"Conv{dims}DTranspose": _transposed(dims) for dims in (1, 2, 3)},
}
