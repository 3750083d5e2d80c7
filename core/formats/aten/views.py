"""Operators that change the shape of a tensor, or take parts of it, or join several."""

from __future__ import annotations

from collections.abc import Sequence

from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.aten.table import operator
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Batch, Tensor


@operator("view", "reshape", "_unsafe_view", "_reshape_alias", "view_as", "reshape_as")
def _view(call: Call) -> list[Tensor]:
    if call.overload == "dtype":
        raise Uncounted("it reads the bytes of a tensor as another dtype")
    return call.graph.reshape(call.x, _target(call), stated=call.stated)


def _target(call: Call) -> Shape:
    """Return the shape of the output: as the file states it, or as the arguments do."""
    if call.stated and call.stated[0] is not None:
        return call.stated[0]
    second = call.values[1] if len(call.values) > 1 else None
    if isinstance(second, Tensor):
        return second.sizes
    sizes = call.ints("size") or call.ints("shape")
    if not sizes or sizes.count(-1) > 1:
        raise Uncounted("its target is not known")
    if -1 in sizes:
        known = 1
        for size in sizes:
            known *= 1 if size == -1 else size
        if not known or call.x.elements % known:
            raise Uncounted("its target does not fit its input")
        sizes = tuple(call.x.elements // known if size == -1 else size for size in sizes)
    return sizes


@operator("flatten")
def _flatten(call: Call) -> list[Tensor]:
    params: dict[str, Value] = {"start_dim": call.get("start_dim", 0), "end_dim": call.get("end_dim", -1)}
    defaults = {"start_dim": 1, "end_dim": -1}
    return call.emit("Flatten", [call.x], {name: value for name, value in params.items() if value != defaults[name]})


@operator("unflatten")
def _unflatten(call: Call) -> list[Tensor]:
    return call.emit("Unflatten", [call.x], {"dim": call.get("dim"), "unflattened_size": call.ints("sizes")})


@operator("permute")
def _permute(call: Call) -> list[Tensor]:
    return _reordered(call, call.ints("dims"))


@operator("numpy_T", "mT", "adjoint")
def _turned(call: Call) -> list[Tensor]:
    dims = list(range(call.x.rank))
    return _reordered(call, dims[::-1] if call.name == "numpy_T" else [*dims[:-2], dims[-1], dims[-2]])


@operator("movedim")
def _movedim(call: Call) -> list[Tensor]:
    rank = call.x.rank
    sources, targets = call.ints("source"), call.ints("destination")
    placed = {target % rank: source % rank for source, target in zip(sources, targets, strict=True)}
    rest = iter([dim for dim in range(rank) if dim not in placed.values()])
    return _reordered(call, [placed[dim] if dim in placed else next(rest) for dim in range(rank)])


def _reordered(call: Call, dims: Sequence[int]) -> list[Tensor]:
    rank = call.x.rank
    moved = [i for i, dim in enumerate(dims) if dim % rank != i]
    if not moved:
        return [call.x]
    return call.emit("Permute", [call.x], {"dims": tuple(dims)})


@operator("transpose", "swapaxes", "swapdims")
def _transpose(call: Call) -> list[Tensor]:
    first, second = call.values[1], call.values[2]
    return call.emit("Transpose", [call.x], {"dim0": first, "dim1": second})


@operator("t")
def _t(call: Call) -> list[Tensor]:
    return [call.x] if call.x.rank < 2 else call.emit("Transpose", [call.x], {"dim0": 0, "dim1": 1})


@operator("unsqueeze")
def _unsqueeze(call: Call) -> list[Tensor]:
    return call.emit("Unsqueeze", [call.x], {"dim": call.get("dim")})


@operator("squeeze")
def _squeeze(call: Call) -> list[Tensor]:
    if "dim" not in call.arguments:
        return call.emit("Squeeze", [call.x])
    return call.emit("Squeeze", [call.x], {"dim": call.ints("dim")})


@operator("expand", "expand_as", "broadcast_to")
def _expand(call: Call) -> list[Tensor]:
    x = call.x
    other = call.values[1] if len(call.values) > 1 else None
    target = (call.stated[0] if call.stated else None) or (
        other.sizes if isinstance(other, Tensor) else call.ints("size")
    )
    if target == x.shape:
        return [x]
    old = (None,) * (len(target) - x.rank) + x.sizes
    sizes = tuple([-1 if before == after else after for before, after in zip(old, target, strict=True)])
    leader = next((each for each in call.graph.inputs if each.batch == Batch(0)), None)
    if leader is not None and x.batch is None and old[0] in (None, 1) and target[0] == leader.sizes[0]:
        # A class token or a table of positions is repeated for each of the batch.
        return call.emit("Expand", [x, leader], {"size": (-1, *sizes[1:])})
    return call.emit("Expand", [x], {"size": sizes})


@operator("repeat", "tile")
def _tile(call: Call) -> list[Tensor]:
    repeats = call.ints("repeats") or call.ints("dims")
    return (
        [call.x]
        if set(repeats) <= {1} and len(repeats) == call.x.rank
        else call.emit("Tile", [call.x], {"repeats": repeats})
    )


@operator("cat", "concat", "concatenate")
def _cat(call: Call) -> list[Tensor]:
    parts = [x for x in call.tensors() if x.shape != (0,)]
    return call.graph.concat(parts, call.get("dim", 0), stated=call.stated)


@operator("stack")
def _stack(call: Call) -> list[Tensor]:
    return call.emit("Stack", call.tensors(), {"dim": call.get("dim", 0)})


@operator("slice")
def _slice(call: Call) -> list[Tensor]:
    x = call.x
    dim: int = call.get("dim", 0)
    start, end, step = call.get("start", 0), call.get("end"), call.get("step", 1)
    size = x.sizes[dim]
    to_end = end is None or end >= size
    if start == 0 and to_end and step == 1:
        return [x]
    params: dict[str, Value] = {"dim": dim, "start": start}
    if not to_end:
        params["end"] = end
    if step != 1:
        params["step"] = step
    return call.emit("Slice", [x], params)


@operator("narrow")
def _narrow(call: Call) -> list[Tensor]:
    dim, start, length = call.values[1:4]
    return call.emit("Slice", [call.x], {"dim": dim, "start": start, "end": start + length})


@operator("select")
def _select(call: Call) -> list[Tensor]:
    return call.emit("Select", [call.x], {"dim": call.get("dim", 0), "index": call.get("index", 0)})


@operator("split", "split_with_sizes")
def _split(call: Call) -> list[Tensor]:
    sizes = call.values[1]
    params: dict[str, Value] = {
        "split_size_or_sections": sizes if isinstance(sizes, int) else tuple(sizes),
        "dim": call.get("dim", 0),
    }
    return call.emit("Split", [call.x], params)


@operator("chunk", "tensor_split")
def _chunk(call: Call) -> list[Tensor]:
    chunks = call.get("chunks", call.get("sections"))
    return call.emit("Chunk", [call.x], {"chunks": chunks, "dim": call.get("dim", 0)})


@operator("unbind")
def _unbind(call: Call) -> list[Tensor]:
    return call.emit("Unbind", [call.x], {"dim": call.get("dim", 0)})


@operator("roll")
def _roll(call: Call) -> list[Tensor]:
    params: dict[str, Value] = {"shifts": call.ints("shifts")}
    if dims := call.ints("dims"):
        params["dims"] = dims
    return call.emit("Roll", [call.x], params)
