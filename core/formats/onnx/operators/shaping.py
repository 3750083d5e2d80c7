"""Operators that change shapes, put tensors together and take them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerledger.core.base.shapes import ShapeError
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler, few
from layerledger.core.formats.onnx.shape_rules import (
    flattened,
    reshaped,
    squeezed_axes,
    transposed_axes,
    unsqueezed_axes,
)
from layerledger.core.layers.broadcasting import broadcast


def _reshape(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    target = op.integers("shape")
    if target is None and op.input(1).data is None and op.stated and (known := op.stated[0]) is not None:
        # A target that is computed: the file states what comes out.
        target = known
    if target is None:
        target = op.sizes(1) or ()
    return op.reshape(x, reshaped(x.sizes, target, zero_is_kept=not op.integer("allowzero")))


def _flatten(op: OnnxOperation) -> list[Tensor]:
    x, axis = op.input(), op.integer("axis", 1)
    shape = flattened(x.sizes, axis)
    return op.emit("Flatten", [x]) if axis % max(x.rank, 1) == 1 and x.rank > 1 else op.reshape(x, shape)


def _transpose(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    axes = transposed_axes(x.rank, op.integers("perm"))
    moved = [i for i, axis in enumerate(axes) if axis != i]
    if not moved:
        return [x]
    if len(moved) == 2:
        return op.emit("Transpose", [x], {"dim0": moved[0], "dim1": moved[1]})
    return op.emit("Permute", [x], {"dims": tuple(axes)})


def _squeeze(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    gone = squeezed_axes(x.sizes, op.sizes(1, "axes"))
    return op.emit("Squeeze", [x], {"dim": tuple(gone)}) if gone else [x]


def _unsqueeze(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    axes = unsqueezed_axes(x.rank, op.sizes(1, "axes") or ())
    for axis in axes[:-1]:
        x = op.step("Unsqueeze", [x], {"dim": axis})
    return op.emit("Unsqueeze", [x], {"dim": axes[-1]}) if axes else [x]


def _expand(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    target = op.stated[0] if op.stated and op.input(1).data is None else None
    try:
        shape = broadcast([x.sizes, target if target is not None else op.sizes(1) or ()])
    except ShapeError as error:
        raise Uncounted(str(error)) from None
    if shape == x.sizes:
        return [x]
    added = len(shape) - x.rank
    size = [-1 if i >= added and n == x.sizes[i - added] else n for i, n in enumerate(shape)]
    return op.emit("Expand", [x], {"size": tuple(size)})


def _tile(op: OnnxOperation) -> list[Tensor]:
    times = op.sizes(1) or ()
    return [op.input()] if set(times) <= {1} else op.emit("Tile", [op.input()], {"repeats": times})


def concat(op: OnnxOperation) -> list[Tensor]:
    """Map Concat."""
    parts = op.present()
    if not parts:
        raise Uncounted("it has no inputs")
    axis = op.axis(1 if op.opset < 4 else 0, parts[0].rank)
    return op.graph.concat(op.weights.held(op.graph, parts), axis, stated=op.stated)


def _split(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    axis = op.axis(0, x.rank)
    sizes = op.sizes(1, "split")
    parts = op.integer("num_outputs") or len(op.outputs)
    section: Value = few(sizes) if sizes and sum(sizes) == x.sizes[axis] else -(-x.sizes[axis] // max(parts, 1))
    return op.emit("Split", [x], {"split_size_or_sections": section, "dim": axis})


def _pad(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    pads = op.sizes(1, "pads") if op.has(1) else op.integers("pads") or op.integers("paddings")
    axes = op.sizes(3) or tuple(range(x.rank))
    if pads is None or len(pads) != 2 * len(axes) or any(not -x.rank <= axis < x.rank for axis in axes):
        raise Uncounted("its pads do not fit its input")
    ends = {axis % x.rank: (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    flat = [n for axis in reversed(range(x.rank)) for n in ends.get(axis, (0, 0))]
    while flat and flat[-2:] == [0, 0]:
        del flat[-2:]
    if not flat:
        return [x]
    mode = {"edge": "replicate", "reflect": "reflect", "wrap": "circular"}.get(op.text("mode"), "")
    return op.emit("Pad", [x], {"pad": tuple(flat), **({"mode": mode} if mode else {})})


_MODES: Mapping[str, tuple[str, ...]] = {
    "linear": ("linear", "bilinear", "trilinear"),
    "cubic": ("", "bicubic", ""),
    "nearest": ("nearest",) * 3,
}


def _resize(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    dims = x.rank - 2
    if not 1 <= dims <= 3:
        raise Uncounted("only the last dimensions of an image can be resized")
    mode = _MODES.get(op.text("mode", "nearest"), _MODES["nearest"])[dims - 1]
    params: dict[str, Value] = {"mode": mode or "nearest"}
    if op.text("coordinate_transformation_mode") == "align_corners" and mode != "nearest":
        params["align_corners"] = True
    sizes, scales = _resized(op, x)
    if sizes is not None:
        return op.emit("Upsample", [x], {**params, "size": few(sizes)})
    return op.emit("Upsample", [x], {**params, "scale_factor": _few_numbers(scales)})


def _resized(op: OnnxOperation, x: Tensor) -> tuple[tuple[int, ...] | None, Sequence[float]]:
    """Return the sizes that come out, or None and the factors.

    Raises:
        Uncounted: they are computed, or are of other dimensions than those of an image.
    """
    old = op.type == "Upsample" or op.opset < 11
    if not old and op.has(3):
        sizes = op.sizes(3) or ()
        axes = op.integers("axes") or tuple(range(x.rank))
        wanted = list(x.sizes)
        for axis, size in zip(axes, sizes, strict=False):
            if -x.rank <= axis < x.rank:
                wanted[axis] = size
        _check_image(wanted[:2] == list(x.sizes[:2]))
        return tuple(wanted[2:]), ()
    stated = op.attributes.get("scales")
    scales = list(stated) if isinstance(stated, list) else list(op.numbers(1 if old else 2))
    axes = op.integers("axes") or tuple(range(len(scales)))
    factors = [1.0] * x.rank
    for axis, factor in zip(axes, scales, strict=False):
        if -x.rank <= axis < x.rank and isinstance(factor, int | float):
            factors[axis] = factor
    _check_image(factors[0] == factors[1] == 1)
    return None, factors[2:]


def _check_image(is_image: bool) -> None:
    if not is_image:
        raise Uncounted("only the last dimensions of an image can be resized")


def _few_numbers(numbers: Sequence[float]) -> Value:
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def _depth_to_space(op: OnnxOperation) -> list[Tensor]:
    return op.emit("PixelShuffle", [op.input()], {"upscale_factor": op.integer("blocksize")})


def _space_to_depth(op: OnnxOperation) -> list[Tensor]:
    return op.emit("PixelUnshuffle", [op.input()], {"downscale_factor": op.integer("blocksize")})


HANDLERS: Mapping[str, Handler] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Expand": _expand,
    "Tile": _tile,
    "Concat": concat,
    "Split": _split,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
}
