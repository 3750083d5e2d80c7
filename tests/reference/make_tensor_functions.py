"""Ask PyTorch for shapes, dtypes and saved tensors of functions of tensors: masks, indices, rounding, reductions.

Run with the Python of an environment that has PyTorch and torchvision: `python make_tensor_functions.py`. It writes
tensor_functions.json. A case is a layer with its parameters, the dtypes and shapes of its inputs and outputs, and,
where an input is float32, what make_training.py measures: bytes that are kept for the backward pass.
"""

from __future__ import annotations

import json
from pathlib import Path

import make_training as training
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode
from torchvision import ops

HERE = Path(__file__).parent
DTYPES = {"float32": torch.float32, "int64": torch.int64, "int32": torch.int32, "bool": torch.bool, "int8": torch.int8}
F, L, J, B, Q = "float32", "int64", "int32", "bool", "int8"


def typed(dtype, *shape):
    return dtype, list(shape)


def pairs(name, call, *, numbers=(2,), dtypes=((F, F), (F, L), (L, J), (L, L))):
    """Yield cases of a function of two tensors, or of a tensor and a number."""
    for a, b in dtypes:
        yield name, {}, [typed(a, 3, 4, 5), typed(b, 3, 4, 5)], call
        yield name, {}, [typed(a, 3, 4, 5), typed(b, 4, 1)], call
    for number in numbers:
        for dtype in (F, L):
            yield name, {"other": number}, [typed(dtype, 3, 4)], lambda a, number=number: call(a, number)


def singles(name, call, dtypes=(F, L, J)):
    for dtype in dtypes:
        yield name, {}, [typed(dtype, 3, 4, 5)], call


def clamped(below):
    def run(a, b):
        if isinstance(b, torch.Tensor):
            return (torch.minimum if below else torch.maximum)(a, b)
        return a.clamp(max=b) if below else a.clamp(min=b)

    return run


def remainder(a, b):
    # No integer is divided by 0.
    return torch.remainder(a, b if isinstance(b, float | int) or b.is_floating_point() else b + 1)


def comparisons():
    every = ((F, F), (F, L), (B, B), (J, L))
    names = {"Equal": "eq", "NotEqual": "ne", "Less": "lt", "LessEqual": "le", "Greater": "gt", "GreaterEqual": "ge"}
    for name, function in names.items():
        yield from pairs(name, getattr(torch, function), numbers=(1, 0.5), dtypes=every)
    for name in ("And", "Or", "Xor"):
        yield from pairs(
            f"Logical{name}", getattr(torch, f"logical_{name.lower()}"), numbers=(), dtypes=((B, B), (F, L))
        )
    yield from singles("LogicalNot", torch.logical_not, (F, L, B))


def element_wise():
    yield from pairs("Maximum", clamped(False), dtypes=((F, F), (F, L), (B, B), (L, J)))
    yield from pairs("Minimum", clamped(True))
    yield from pairs("Mod", remainder, numbers=(2, 1.5))
    yield from pairs("SquaredDifference", lambda a, b: (a - b).square())
    for name in ("Floor", "Ceil", "Round", "Trunc"):
        yield from singles(name, getattr(torch, name.lower()))
    yield from singles("Sign", torch.sign, (F, L, B))
    yield from singles("Square", torch.square, (F, L, B))


def choices():
    for a, b in ((F, F), (F, L), (L, J), (B, B)):
        yield "Where", {}, [typed(B, 3, 4), typed(a, 3, 4), typed(b, 3, 4)], torch.where
    yield "Where", {}, [typed(B, 4), typed(F, 3, 1), typed(F, 2, 1, 1)], torch.where
    for number in (0, 1.5):
        yield "Where", {"other": number}, [typed(B, 3, 4), typed(F, 3, 4)], lambda c, a, n=number: torch.where(c, a, n)
        yield "Where", {"input": number}, [typed(B, 3, 4), typed(L, 4)], lambda c, a, n=number: torch.where(c, n, a)
        yield "Where", {"input": number, "other": 1}, [typed(B, 3, 4)], lambda c, n=number: torch.where(c, n, 1)


def casts():
    for before in (F, L, B):
        for after in (F, L, J, B, Q):
            to = DTYPES[after]
            yield "Cast", {"dtype": after}, [typed(before, 3, 4)], lambda a, to=to: a.to(to)
    for after in ("float16", "bfloat16", "float64"):
        to = getattr(torch, after)
        yield "Cast", {"dtype": after}, [typed(F, 3, 4)], lambda a, to=to: a.to(to)


def moved():
    for dim, index, shape in ((1, 0, (2, 5, 3)), (-1, -2, (2, 5, 3)), (0, 1, (4,))):
        for dtype in (F, L):
            run = lambda a, dim=dim, index=index: a.select(dim, index)  # noqa: E731 (as short as the others)
            yield "Select", {"dim": dim, "index": index}, [typed(dtype, *shape)], run
    for repeats, shape in (((4, 2), (3,)), ((4, 2, 1), (3,)), ((2,), (3, 4)), ((1, 1), (3, 4)), ((0, 2), (3, 4))):
        yield "Tile", {"repeats": list(repeats)}, [typed(F, *shape)], lambda a, r=repeats: a.tile(r)
    yield "Tile", {"repeats": [2, 2]}, [typed(L, 3)], lambda a: a.tile((2, 2))


def looked_up():
    for dim, index in ((0, (2, 2)), (1, (7,)), (2, (1, 2, 3)), (-1, ()), (1, (0, 2))):
        for dtype in (F, L):
            run = lambda a, i, dim=dim: a[(slice(None),) * (dim % 3) + (i,)]  # noqa: E731 (as short as the others)
            yield "Take", {"dim": dim}, [typed(dtype, 3, 4, 5), typed(L, *index)], run
    yield "Take", {}, [typed(F, 3, 4, 5), typed(L, 2, 2)], torch.take
    for dim, index in ((0, (2, 4, 5)), (1, (3, 9, 5)), (-1, (1, 2, 8))):
        run = lambda a, i, dim=dim: a.gather(dim, i)  # noqa: E731 (as short as the others)
        yield "Gather", {"dim": dim}, [typed(F, 3, 4, 5), typed(L, *index)], run
    for index in ((2, 2), (7, 3), (2, 3, 1)):
        run = lambda a, i: a[i.unbind(-1)]  # noqa: E731 (as short as the others)
        yield "GatherND", {}, [typed(F, 3, 4, 5), typed(L, *index)], run


def in_batches(a, i):
    return torch.stack([one[at.unbind(-1)] for one, at in zip(a, i, strict=True)])


def written():
    data = typed(F, 3, 4, 5)
    for dim, index, source in ((0, (2, 4, 5), (2, 4, 5)), (1, (3, 9, 5), (3, 10, 5)), (-1, (1, 2, 8), (2, 2, 9))):
        given = [data, typed(L, *index), typed(F, *source)]
        yield "Scatter", {"dim": dim}, given, lambda a, i, s, d=dim: a.scatter(d, i, s)
        yield "Scatter", {"dim": dim, "reduce": "sum"}, given, lambda a, i, s, d=dim: a.scatter_add(d, i, s)
        for reduce in ("prod", "amax", "amin"):
            run = lambda a, i, s, d=dim, r=reduce: a.scatter_reduce(d, i, s, r)  # noqa: E731 (as short as the others)
            yield "Scatter", {"dim": dim, "reduce": reduce}, given, run
    yield "Scatter", {"dim": 1, "value": 2.5}, [data, typed(L, 3, 2, 5)], lambda a, i: a.scatter(1, i, 2.5)
    for index, source in (((2, 2), (2, 5)), ((7, 3), (7,)), ((2, 3, 1), (2, 3, 4, 5))):
        given = [data, typed(L, *index), typed(F, *source)]
        yield "ScatterND", {}, given, lambda a, i, s: a.index_put(i.unbind(-1), s)
        yield "ScatterND", {"reduce": "sum"}, given, lambda a, i, s: a.index_put(i.unbind(-1), s, accumulate=True)


def reductions():
    for name, call in (
        ("ReduceMin", torch.amin),
        ("ReduceL1", lambda a, dim, keepdim: torch.linalg.vector_norm(a, 1, dim, keepdim)),
        ("ReduceL2", lambda a, dim, keepdim: torch.linalg.vector_norm(a, 2, dim, keepdim)),
        ("LogSumExp", torch.logsumexp),
    ):
        for dims, keep in (((1,), False), ((0, -1), True), ((2, 1), False)):
            run = lambda a, call=call, dims=dims, keep=keep: call(a, dims, keep)  # noqa: E731 (short)
            yield name, {"dim": list(dims), "keepdim": keep}, [typed(F, 3, 4, 5)], run
    for dtype in (L, J, B):
        yield "LogSumExp", {"dim": [1]}, [typed(dtype, 3, 4)], lambda a: torch.logsumexp(a, 1)
        yield "ReduceMin", {"dim": [1]}, [typed(dtype, 3, 4)], lambda a: a.amin(1)
    for dtype in (F, L, J, B):
        yield "ReduceProd", {"dim": [1], "keepdim": True}, [typed(dtype, 3, 4, 5)], lambda a: a.prod(1, True)
        yield "ReduceProd", {}, [typed(dtype, 3, 4)], torch.prod


def ranked():
    for name, call in (("ArgMax", torch.argmax), ("ArgMin", torch.argmin)):
        for dtype in (F, L, J):
            yield name, {}, [typed(dtype, 3, 4)], call
            yield name, {"dim": -1}, [typed(dtype, 3, 4)], lambda a, call=call: call(a, -1)
            keep = lambda a, call=call: call(a, 0, True)  # noqa: E731 (short)
            yield name, {"dim": 0, "keepdim": True}, [typed(dtype, 3, 4)], keep
    for k, dim, shape in ((2, -1, (3, 4)), (4, 1, (3, 4)), (1, 0, (5, 2)), (0, 0, (5, 2))):
        for dtype in (F, L, J):
            yield "TopK", {"k": k, "dim": dim}, [typed(dtype, *shape)], lambda a, k=k, d=dim: tuple(a.topk(k, d))
    yield "TopK", {"k": 1}, [typed(L)], lambda a: tuple(a.topk(1))
    for dtype in (F, L, J, B):
        yield "CumSum", {"dim": 1}, [typed(dtype, 3, 4, 5)], lambda a: a.cumsum(1)


class Gamma(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(shape))

    def forward(self, a):
        return a * self.gamma


def scaled():
    for dim, shape, of in ((-1, (2, 7, 6), (6,)), (1, (2, 6, 4, 5), (6, 1, 1)), (0, (4,), (4,))):
        module = Gamma(*of)
        yield "LayerScale", {"dim": dim}, [typed(F, *shape)], module, module


def spatial():
    yield "Crop", {"cropping": [1, 2, 0, 3]}, [typed(F, 2, 3, 9, 8)], lambda a: a[..., 0:-3, 1:-2]
    yield "Crop", {"cropping": [1, 2]}, [typed(L, 2, 3, 8)], lambda a: a[..., 1:-2]
    for mode in ("bilinear", "nearest", "bicubic"):
        given = [typed(F, 2, 3, 8, 9), typed(F, 2, 5, 7, 2)]
        run = lambda a, g, m=mode: functional.grid_sample(a, g, mode=m, align_corners=False)  # noqa: E731 (short)
        yield "GridSample", {"mode": mode}, given, run
    given = [typed(F, 2, 3, 4, 8, 9), typed(F, 2, 5, 7, 6, 3)]
    yield "GridSample", {}, given, lambda a, g: functional.grid_sample(a, g, align_corners=False)
    for size, ratio, count in ((5, 2, 4), ((3, 7), -1, 2), ((2, 2), 3, 0)):
        params = {"output_size": size, "sampling_ratio": ratio}
        run = lambda a, s=size, r=ratio, n=count: ops.roi_align(a, boxes(n), s, 1.0, r)  # noqa: E731 (short)
        yield "RoIAlign", params, [typed(F, 2, 3, 8, 8), typed(F, count, 5)], lambda a, _, run=run: run(a)


def boxes(count):
    return torch.tensor([[0.0, 1.0, 1.0, 5.0, 6.0]] * count).reshape(count, 5)


def transformed():
    for kind in ("fft", "ifft", "rfft", "irfft"):
        for dims, n in (((-1,), None), ((1,), None), ((-1,), (5,)), ((0, 1), None), ((0, -1), (4, 7))):
            function = getattr(torch.fft, f"{kind}n")

            def run(a, kind=kind, dims=dims, n=n, function=function):
                given = a if kind == "rfft" else torch.view_as_complex(a)
                found = function(given, s=n, dim=dims)
                return found if kind == "irfft" else torch.view_as_real(found)

            params = {"kind": kind, "dim": list(dims), **({"n": list(n)} if n else {})}
            yield "FFT", params, [typed(F, 3, 8, *(() if kind == "rfft" else (2,)))], run
    whole = {"kind": "rfft", "onesided": False}
    for dtype in (F, L, B):
        yield "FFT", whole, [typed(dtype, 3, 8)], lambda a: torch.view_as_real(torch.fft.fft(a))


def pooled(name, kernel, stride, sides, size, **options):
    """Return a case of a pooling with its own padding at each end, and the values in all windows together."""
    dims, given = len(size), [each for before, after in reversed(sides) for each in (before, after)]
    include = options.pop("count_include_pad", True)
    average = getattr(functional, f"avg_pool{dims}d")
    counted = functional.pad(torch.ones(1, 1, *size), given, value=float(include))
    values = average(counted, kernel, stride, ceil_mode=options.get("ceil_mode", False)) * kernel**dims
    pool = average if name.startswith("Avg") else getattr(functional, f"max_pool{dims}d")
    found = pool(functional.pad(torch.rand(2, 3, *size), given), kernel, stride, **options)
    params = {"kernel_size": kernel, "stride": stride, **options}
    params |= {"padding": [before for before, _ in sides], "end_padding": [after for _, after in sides]}
    case = {"type": name, "params": params, "inputs": [typed(F, 2, 3, *size)], "outputs": [described(found)]}
    if name.startswith("Avg"):
        params["count_include_pad"] = include
        case["values"] = 6 * round(float(values.sum()))
    return case


def poolings():
    for include in (True, False):
        average = {"count_include_pad": include}
        yield pooled("AvgPool2d", 3, 2, ((0, 1), (0, 1)), (8, 8), **average)
        yield pooled("AvgPool2d", 2, 1, ((0, 1), (1, 0)), (5, 6), **average)
        yield pooled("AvgPool2d", 5, 3, ((1, 2), (2, 1)), (9, 7), **average)
        yield pooled("AvgPool1d", 4, 2, ((1, 3),), (11,), **average)
        yield pooled("AvgPool3d", 3, 2, ((0, 1), (1, 0), (1, 1)), (4, 5, 6), **average)
    yield pooled("MaxPool2d", 3, 2, ((0, 1), (0, 1)), (8, 8))
    yield pooled("MaxPool2d", 3, 2, ((0, 1), (1, 0)), (7, 8))
    yield pooled("MaxPool1d", 4, 3, ((0, 2),), (9,))


def convolutions():
    """Yield convolutions with a weight that is an input."""
    for name, x, weight, options in (
        ("Conv1d", (2, 6, 9), (4, 6, 3), {"stride": 2}),
        ("Conv2d", (2, 6, 9, 8), (4, 3, 3, 2), {"groups": 2, "padding": 1}),
        ("Conv2d", (1, 6, 9, 8), (6, 1, 3, 3), {"groups": 6, "padding": "same"}),
        ("Conv3d", (2, 3, 5, 6, 7), (4, 3, 3, 3, 3), {}),
        ("ConvTranspose1d", (2, 6, 9), (6, 4, 3), {"stride": 2}),
        ("ConvTranspose2d", (2, 6, 5, 4), (6, 2, 3, 3), {"groups": 2, "stride": 2}),
        ("ConvTranspose3d", (2, 3, 3, 4, 3), (3, 4, 2, 2, 2), {}),
    ):
        function = getattr(functional, name.lower().replace("transpose", "_transpose"))
        filters = weight[1] * options.get("groups", 1) if "Transpose" in name else weight[0]
        params = {"out_channels": filters, "kernel_size": list(weight[2:]), "bias": False, "weight_input": True}
        given = [typed(F, *x), typed(F, *weight)]
        run = lambda a, w, b=None, f=function, o=options: f(a, w, b, **o)  # noqa: E731 (short)
        yield name, {**params, **options}, given, run
        yield name, {**params, **options}, [*given, typed(F, filters)], run


GROUPS = (
    *(comparisons, element_wise, choices, casts, moved, looked_up, written),
    *(reductions, ranked, scaled, spatial, transformed, convolutions),
)


def described(tensor):
    return [str(tensor.dtype).removeprefix("torch."), list(tensor.shape)]


made_of_training = training.made


def made(shape, dtype, high=2):
    return made_of_training(shape, L if dtype == J else dtype, high).to(DTYPES[dtype])


def case_of(name, params, inputs, call, module=None):
    found = call(*(made(shape, dtype) for dtype, shape in inputs))
    found = found if isinstance(found, tuple) else (found,)
    case = {"type": name, "params": params, "inputs": inputs, "outputs": [described(each) for each in found]}
    if name.startswith("Conv"):
        with FlopCounterMode(display=False) as counter:
            call(*(made(shape, dtype) for dtype, shape in inputs))
        case["macs"] = counter.get_total_flops() // 2
    if any(dtype == F for dtype, _ in inputs):
        shapes, dtypes = [shape for _, shape in inputs], [dtype for dtype, _ in inputs]
        case |= training.one(call, module, shapes, dtypes)
    return case


def main():
    torch.manual_seed(1)
    training.made = made
    cases = [case_of(*each) for group in GROUPS for each in group()]
    cases += poolings()
    rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (HERE / "tensor_functions.json").write_text(f"[\n{rows}\n]\n", "utf-8")
    print(len(cases))


if __name__ == "__main__":
    main()
