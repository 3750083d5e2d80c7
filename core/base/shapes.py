"""Tensor shapes and dtypes, and the size arithmetic that convolution and pooling share."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from math import prod
from typing import Literal, NamedTuple, TypeAlias

from layerledger.core.base.messages import Message, plural
from layerledger.core.base.values import MAX_RANK, MAX_SIZE, show

Shape: TypeAlias = tuple[int, ...]
"""Sizes by dimension, the batch first: (N, C, H, W)."""

ELEMENT_BYTES = {
    "float64": 8,
    "float32": 4,
    "bfloat16": 2,
    "float16": 2,
    "float8": 1,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
}
"""Bytes of one element, by dtype."""

FLOAT_DTYPES = ("float64", "float32", "bfloat16", "float16", "float8")

INDEX_DTYPES = ("int64", "int32", "bool")
"""The dtypes of indices and masks."""

QUANTIZED_DTYPES = ("int16", "int8", "uint8")
"""The narrower integers, which are numbers of a quantized network."""

Indices: TypeAlias = Literal[
    "kept", "refused", "counted", "summed", "moved as bits", "real", "real of numbers", "real of sums"
]
"""The rules for inputs that are indices or truth values (see OF_INDICES)."""

OF_INDICES: Mapping[Indices, Mapping[str, str]] = {
    "kept": {name: name for name in INDEX_DTYPES},
    "refused": {},
    "counted": {"int64": "int64", "int32": "int32"},
    "summed": {"int64": "int64"},
    "moved as bits": {"bool": "bool"},
    "real": dict.fromkeys(INDEX_DTYPES, "float32"),
    "real of numbers": {"int64": "float32", "int32": "float32"},
    "real of sums": {"int64": "float32"},
}
"""The dtypes of inputs by rule, with those of outputs; a dtype without a CPU kernel in PyTorch is left out."""


class TensorSpec(NamedTuple):
    """The shape of a tensor and the dtype of its elements.

    Attributes:
        shape: sizes by dimension.
        dtype: of its elements.
        bound: for indices that count on from 0, as positions do, one more than the largest; None where it is not known.
    """

    shape: Shape
    dtype: str = "float32"
    bound: int | None = None

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        return prod(self.shape) * ELEMENT_BYTES[self.dtype]


class ShapeError(ValueError):
    """An input that does not fit a layer; `param` names the parameter to change, if one can mend it."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


_LONGEST = 80


def shape_text(shape: Sequence[int]) -> str:
    """Return `1×3×224×224`, or `scalar` for no dimensions; cut when long."""
    text = "×".join(map(str, shape)) or "scalar"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def check_size(shape: Shape) -> None:
    """Raise ShapeError where a tensor is larger than can be indexed."""
    if shape and max(shape) > MAX_SIZE:
        raise ShapeError(
            Message(
                "a dimension of {size} is larger than {max_size}, the largest a tensor can have",
                size=show(max(shape)),
                max_size=MAX_SIZE,
            )
        )
    if len(shape) > MAX_RANK:
        raise ShapeError(
            Message(
                "{count} dimensions are more than a tensor can have, {max_rank}", count=len(shape), max_rank=MAX_RANK
            )
        )


AXES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""Names of the spatial dimensions."""


def check_rank(shape: Shape, ranks: Container[int], *, of: str, axes: str) -> None:
    """Raise ShapeError where the number of dimensions is not in `ranks`, which `axes` states for the sentence."""
    if len(shape) not in ranks:
        raise ShapeError(
            Message(
                "{of} takes {axes}; the input {shape} has {dimensions}",
                of=of,
                axes=axes,
                shape=shape_text(shape),
                dimensions=plural(len(shape), "{count} dimension", "{count} dimensions"),
            ),
            param="inputs",
        )


def split_spatial(shape: Shape, dims: int, *, of: str) -> tuple[Shape, int, Shape]:
    """Split (N, C, *spatial) or unbatched (C, *spatial) into batch, channels and spatial sizes.

    Raises:
        ShapeError: the rank is neither `dims` + 2 nor `dims` + 1.
    """
    axes = ", ".join(("C", *AXES[dims]))
    check_rank(shape, (dims + 1, dims + 2), of=of, axes=f"(N, {axes}) or ({axes})")
    batch = shape[: len(shape) - dims - 1]
    return batch, shape[len(batch)], shape[len(batch) + 1 :]


def axis(shape: Shape, dim: int, *, param: str = "dim") -> int:
    """Return `dim` counted from the front.

    Raises:
        ShapeError: there is no such dimension.
    """
    # As in torch, a scalar accepts dimensions 0 and −1.
    rank = max(len(shape), 1)
    if not -rank <= dim < rank:
        raise ShapeError(
            Message(
                "{param} must be from {low} to {high} for {shape}; got {dim}",
                param=param,
                low=-rank,
                high=rank - 1,
                shape=shape_text(shape),
                dim=dim,
            ),
            param=param,
        )
    return dim % rank


def axes(shape: Shape, dims: Sequence[int]) -> Shape:
    """Return `dims` counted from the front.

    Raises:
        ShapeError: there is no such dimension, or one is named twice.
    """
    found = tuple(axis(shape, d) for d in dims)
    if len(set(found)) < len(found):
        raise ShapeError(Message("dim names a dimension twice: {dims}", dims=", ".join(map(str, dims))), param="dim")
    return found


def conv_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Return ⌊(i + p − d(k − 1) − 1) / s⌋ + 1, with p the padding of both sides together.

    Source: torch.nn.Conv2d; Dumoulin & Visin 2016, arXiv:1603.07285.
    """
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1


def pool_size(
    size: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool, end_padding: int | None = None
) -> int:
    """Return the outputs along one dimension of a pooling window, `padding` on each side, or `end_padding` at the end.

    With ceil_mode the last window must start inside the input or the padding before it (torch.nn.MaxPool2d).
    """
    span = size + padding + (padding if end_padding is None else end_padding) - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return span // stride + 1
    out = -(-span // stride) + 1
    # As in torch: with ceil_mode, a window that would start behind the input and its padding is left out.
    return out - 1 if (out - 1) * stride >= size + padding else out


# The highest kind first, and in each the widest dtype first: `promote` takes what comes first.
_KINDS = (FLOAT_DTYPES, ("int64", "int32", "int16", "int8", "uint8"), ("bool",))


_MIXED = {"bfloat16,float16": "float32", "int8,uint8": "int16"}
"""The wider dtype of two that have one size but different numbers."""


def promote(dtypes: Iterable[str]) -> str:
    """Return the dtype of an operation between `dtypes`: the widest of the highest kind (torch.result_type)."""
    given = list(dict.fromkeys(dtypes))
    kind = next(names for names in _KINDS if any(d in names for d in given))
    highest = sorted((d for d in given if d in kind), key=kind.index)
    return _MIXED.get(",".join(highest[:2]), highest[0])


def promoted(specs: Iterable[TensorSpec], *numbers: float | None) -> str:
    """Return the dtype of an operation between tensors and plain numbers.

    A scalar changes only the kind of other tensors, not their width, and a number only that of scalars as well
    (torch.result_type).
    """
    given = list(specs)
    ranks = (
        [spec.dtype for spec in given if spec.shape],
        [spec.dtype for spec in given if not spec.shape],
        ["float32" if isinstance(number, float) else "int64" for number in numbers if number is not None],
    )
    # In the order of their rank: what comes later changes the dtype only where it is of a higher kind.
    first, *others = (promote(dtypes) for dtypes in ranks if dtypes)
    for other in others:
        both = promote((first, other))
        first = first if _kind(first) == _kind(both) else both
    return first


def _kind(dtype: str) -> int:
    return next(i for i, names in enumerate(_KINDS) if dtype in names)
