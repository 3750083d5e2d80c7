"""A tape: what PyTorch's autograd keeps while one pass of a layer runs, without the numbers.

Idea: a layer type writes its forward pass in operations on `Traced` tensors, as torch runs it; each operation says
which storages its backward formula needs. A storage counts once, however many tensors share it, and a view keeps the
whole storage of what it looks at, as in torch. An operation keeps nothing that only gradients of frozen tensors would
need.
Source: PyTorch, tools/autograd/derivatives.yaml; torch.autocast's lists of operations (CPU).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Literal

from layerledger.core.base.shapes import INDEX_DTYPES, Shape, TensorSpec
from layerledger.core.layers.strides import contiguous, dense_like, viewed
from layerledger.core.layers.traced import Pieces, Saved, TensorStorage, Traced, summarized, width_of


class Tape:
    """The record of one pass of a layer.

    Attributes:
        autocast: whether products run in 16 bits and the rest in the dtype of its inputs, as under torch.autocast.
        width: bytes of a floating-point weight.
        trainable: whether the layer's own weights are trained.
        call: the function of torch that computes the layer, where it is not the module of its type.
        kept: the storages that are kept, in order.
        weight_bytes: bytes of kept copies of weights.
    """

    def __init__(self, *, autocast: bool, width: int, trainable: bool, call: str = "") -> None:
        self.autocast, self.width, self.trainable, self.call = autocast, width, trainable, call
        self.kept: dict[TensorStorage, None] = {}
        self.weight_bytes = 0

    def saved(self, inputs: Pieces, outputs: Pieces) -> Saved:
        """Return the record of a pass from these inputs to these outputs."""
        return summarized(self.kept, self.weight_bytes, inputs, outputs)

    # -- tensors

    def new(self, shape: Shape, *, width: int, needs: bool, strides: tuple[int, ...] | None = None) -> Traced:
        """Return a tensor of floating-point numbers with a storage of its own."""
        storage = TensorStorage(prod(shape) * width)
        return Traced(shape, contiguous(shape) if strides is None else strides, width, True, storage, needs)

    def like(self, x: Traced, *, needs: bool | None = None, width: int | None = None) -> Traced:
        """Return a new tensor with the shape and the order in memory of `x`."""
        found = dense_like(x.shape, x.strides)
        return self.new(x.shape, width=width or x.width, needs=x.needs if needs is None else needs, strides=found)

    def zeros(self, shape: Shape, width: int) -> Traced:
        """Return a new tensor that needs no gradient, such as the first state of a recurrent layer."""
        return self.new(shape, width=width, needs=False)

    def keep(self, *tensors: Traced) -> None:
        """Keep the storages of tensors for the backward pass."""
        for each in tensors:
            self.kept[each.storage] = None

    def keep_bytes(self, nbytes: int) -> None:
        """Keep a new storage."""
        if nbytes:
            self.kept[TensorStorage(nbytes)] = None

    def keep_weight(self, elements: int) -> None:
        """Keep the copy of a weight that autocast makes; without autocast, the weight itself, which costs nothing."""
        if self.autocast:
            self.weight_bytes += 2 * elements

    def half(self, x: Traced) -> Traced:
        """Return `x` as autocast gives it to a product: a copy of 16 bits, unless it has 16 bits already."""
        if not self.autocast or not x.floating or x.width <= 2:
            return x
        storage = TensorStorage(x.elements * 2, leaf=x.storage.leaf)
        return x._replace(strides=dense_like(x.shape, x.strides), width=2, storage=storage)

    def outputs(self, specs: Iterable[TensorSpec], given: Pieces, *, view: bool = False) -> Pieces:
        """Return new tensors of these shapes, or a view of the first of those `given`."""
        needs = self.trainable or any(x.needs for x in given)
        floats = max((x.width for x in given if x.floating), default=self.width)
        found: list[Traced] = []
        for spec in specs:
            first = given[0] if given else None
            if view and first is not None and spec.elements == first.elements:
                found.append(self.reshape(first, spec.shape))
                continue
            strides = dense_like(spec.shape, first.strides) if first and first.shape == spec.shape else None
            floating = spec.dtype not in INDEX_DTYPES
            made = self.new(spec.shape, width=width_of(spec, floats), needs=needs and floating, strides=strides)
            found.append(made._replace(floating=floating))
        return tuple(found)

    def held(self, spec: TensorSpec, *, trained: bool) -> Traced:
        """Return a tensor that the layer stores: a parameter or a buffer, which costs no activation."""
        floating = spec.dtype not in INDEX_DTYPES
        storage = TensorStorage(0, leaf=trained)
        return Traced(spec.shape, contiguous(spec.shape), width_of(spec, self.width), floating, storage, trained)

    # -- views and moved data

    def reshape(self, x: Traced, shape: Shape) -> Traced:
        """Return a view in another shape, or a copy where no strides express it."""
        strides = viewed(x.shape, x.strides, shape)
        if strides is None:
            return self.new(shape, width=x.width, needs=x.needs)._replace(floating=x.floating)
        return x._replace(shape=shape, strides=strides)

    def permute(self, x: Traced, dims: Sequence[int]) -> Traced:
        """Return a view with the dimensions in another order."""
        return x._replace(shape=tuple(x.shape[d] for d in dims), strides=tuple(x.strides[d] for d in dims))

    def transpose(self, x: Traced, a: int, b: int) -> Traced:
        """Return a view with two dimensions exchanged."""
        dims = list(range(len(x.shape)))
        dims[a], dims[b] = dims[b], dims[a]
        return self.permute(x, dims)

    def contiguous(self, x: Traced) -> Traced:
        """Return `x`, or a copy of it in the usual order."""
        if viewed(x.shape, x.strides, (x.elements,)) is not None:
            return x
        return self.new(x.shape, width=x.width, needs=x.needs)

    def sliced(self, x: Traced, shape: Shape, steps: dict[int, int] | None = None) -> Traced:
        """Return a view of a part of `x` with as many dimensions, taken in steps along some of them."""
        steps = steps or {}
        return x._replace(shape=shape, strides=tuple(s * steps.get(d, 1) for d, s in enumerate(x.strides)))

    def expand(self, x: Traced, shape: Shape) -> Traced:
        """Return a view that repeats dimensions of size 1."""
        extra = len(shape) - len(x.shape)
        rows = zip(shape[extra:], x.shape, x.strides, strict=True)
        return x._replace(shape=shape, strides=(0,) * extra + tuple(s if n == o else 0 for n, o, s in rows))

    # -- functions of single elements

    def unary(self, x: Traced, keeps: Literal["inputs", "outputs", "both", "nothing"]) -> Traced:
        """Return a function of each element, which keeps its input, its output, both or nothing."""
        out = self.like(x)
        if x.needs:
            self.keep(*((x,) if keeps in ("inputs", "both") else ()), *((out,) if keeps in ("outputs", "both") else ()))
        return out

    def combined(self, shape: Shape, *given: Traced) -> Traced:
        """Return a new tensor made of all elements of several, as a sum: it keeps nothing."""
        first = next((x for x in given if x.shape == shape), None)
        width = max((x.width for x in given if x.floating), default=self.width)
        strides = dense_like(shape, first.strides) if first else None
        return self.new(shape, width=width, needs=any(x.needs for x in given), strides=strides)

    def mul(self, a: Traced, b: Traced, shape: Shape) -> Traced:
        """Return a product, element by element; each side is kept for the gradient by the other."""
        if b.needs:
            self.keep(a)
        if a.needs:
            self.keep(b)
        return self.combined(shape, a, b)

    def dropout(self, x: Traced, p: float, drawn: int | None = None) -> Traced:
        """Return dropout in training: a product with drawn numbers of the input's dtype, which are kept."""
        if not p:
            return x
        if x.needs:
            self.keep_bytes((x.elements if drawn is None else drawn) * x.width)
        return self.like(x)

    def softmax(self, x: Traced) -> Traced:
        """Return a softmax, which keeps its result."""
        out = self.new(x.shape, width=x.width, needs=x.needs)
        if out.needs:
            self.keep(out)
        return out

    def norm(self, x: Traced, statistics: int, *, repeated: int = 0) -> Traced:
        """Return a normalization, which keeps its input and two numbers of 4 bytes for each of `statistics`.

        `repeated` are other numbers for each, of which torch makes copies.
        """
        out = self.new(x.shape, width=x.width, needs=x.needs or self.trainable)
        if out.needs:
            self.keep(x)
            self.keep_bytes((8 + 4 * repeated) * statistics)
        return out

    def rms_norm(self, x: Traced, rows: int, *, scaled: bool) -> Traced:
        """Return a division by the root mean square, which torch computes in float32, step by step."""
        if x.needs:
            self.keep(x if x.width > 2 else x._replace(storage=TensorStorage(4 * x.elements)))
            self.keep_bytes(4 * rows)
        if scaled and self.trainable:  # what the weight multiplies; the result has the input's dtype again
            self.keep_bytes(max(4, x.width) * x.elements)
        return self.like(x, needs=x.needs or (scaled and self.trainable))

    def with_places(self, made: Pieces) -> Pieces:
        """Keep an int64 for each value of the first output: the place of a maximum."""
        if made[0].needs:
            self.keep_bytes(8 * made[0].elements)
        return made

    # -- products

    def prelu(self, x: Traced, slopes: int) -> Traced:
        """Return PReLU, which autocast runs in 16 bits."""
        x = self.half(x)
        out = self.like(x, needs=x.needs or self.trainable)
        if out.needs:
            self.keep(x)
            self.keep_weight(slopes)
        return out

    def linear(self, x: Traced, features: int, *, trained: bool | None = None, matrix: int | None = None) -> Traced:
        """Return a linear map of the last dimension, with rows that lie one after another.

        Args:
            x: the input.
            features: of the output.
            trained: whether the weight is trained; None for the layer's.
            matrix: elements of the weight; None for one that meets the features.
        """
        trained = self.trainable if trained is None else trained
        x = self.half(x)
        matrix = x.shape[-1] * features if matrix is None else matrix
        rows = x if len(x.shape) < 3 else self._rows(x)
        if trained:
            self.keep(rows)
        if x.needs:
            self.keep_weight(matrix)
        return self.new((*x.shape[:-1], features), width=x.width, needs=x.needs or trained)

    def conv(self, x: Traced, shape: Shape, weight: int) -> Traced:
        """Return a convolution, which keeps its input and its weight whichever gradient is needed."""
        x = self.half(x)
        needs = x.needs or self.trainable
        if needs:
            self.keep(x)
            self.keep_weight(weight)
        return self.new(shape, width=x.width, needs=needs)

    def matmul(self, a: Traced, b: Traced, shape: Shape) -> Traced:
        """Return a matrix product in batches, as torch.matmul: both sides are kept as stacks of matrices."""
        a, b = self.half(a), self.half(b)
        if len(a.shape) > 2 and len(b.shape) > 2:
            batch = shape[:-2]
            a, b = (self._stack(x, batch) for x in (a, b))
        elif len(a.shape) > 2:
            a = self._rows(a)
        elif len(b.shape) > 2:
            b = self._rows(self.transpose(b, -1, -2))
        self.keep_sides(a, b)
        return self.new(shape, width=max(a.width, b.width), needs=a.needs or b.needs)

    def keep_sides(self, *sides: Traced) -> None:
        """Keep each side of a product where a gradient by another side is needed."""
        for i, x in enumerate(sides):
            if any(other.needs for j, other in enumerate(sides) if j != i):
                if x.storage.leaf and x.width == 2 and self.autocast:
                    self.keep_weight(x.elements)
                else:
                    self.keep(x)

    def _rows(self, x: Traced) -> Traced:
        """Return a tensor as a matrix."""
        *outer, features = x.shape
        return self.reshape(x, (prod(outer), features))

    def _stack(self, x: Traced, batch: Shape) -> Traced:
        wide = self.expand(x, (*batch, *x.shape[-2:]))
        return self.reshape(wide, (prod(batch), *x.shape[-2:]))
