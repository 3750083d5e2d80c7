"""Make receptive.json.xz: the inputs that outputs of random networks depend on, as PyTorch's gradients have it.

Usage: python tests/reference/make_receptive.py OUT.json.xz, in an environment with PyTorch; nothing here imports it
otherwise. It takes about a minute.

Each case is a network of the native format with one input, without the head of the file: its input's size of one axis
(all axes have the same), its layers, and for outputs y0, y0 + 1, … on the diagonal in the middle of the output the
first and the last input with a gradient, one list an axis; an output without any has null. Weights are random and
positive in float64, so that no sum is 0 by chance; what is below 1e-10 of the largest gradient is rounding. A maximum
has a gradient at one of its inputs only, so each MaxPool is run as the AvgPool of the same window. Networks whose
outputs in the middle depend on inputs close to a border are left out: a field that is cut off is another question.
"""

import json
import lzma
import random
import sys

import torch
from torch.nn import functional

SIZES = {1: 400, 2: 64, 3: 32}
CASES = {1: 420, 2: 120, 3: 50}
LOOKED_AT = {1: 60, 2: 12, 3: 6}
CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
TRANSPOSED = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}
AVERAGE = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}
ADAPTIVE = {1: functional.adaptive_avg_pool1d, 2: functional.adaptive_avg_pool2d, 3: functional.adaptive_avg_pool3d}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


# -- random networks


def window(rng, dims):
    kind = rng.choice(["Conv", "Conv", "MaxPool", "AvgPool"])
    k, s = rng.randint(1, 4), rng.choice([1, 1, 2, 3])
    params = {"kernel_size": k, "stride": s, "padding": rng.randint(0, k // 2)}
    if kind == "Conv":
        params |= {"out_channels": 1, "dilation": rng.choice([1, 1, 2, 3]), "bias": False}
    return f"{kind}{dims}d", params


def transposed(rng, dims):
    k, s = rng.randint(1, 5), rng.randint(1, 4)
    d = rng.choice([1, 1, 1, 2, 3])
    params = {"out_channels": 1, "kernel_size": k, "stride": s, "dilation": d, "bias": False}
    params |= {"padding": rng.randint(0, (d * (k - 1)) // 2), "output_padding": rng.randint(0, max(s, d) - 1)}
    return f"ConvTranspose{dims}d", params


def resized(rng, dims, size):
    mode = rng.choice(["nearest", "nearest", "nearest-exact", LINEAR[dims], LINEAR[dims], *(["bicubic"] * (dims == 2))])
    params = {"mode": mode}
    if rng.random() < 0.7:
        params["scale_factor"] = rng.choice([2, 2, 3, 4, 1.5, 0.5])
    else:
        params["size"] = max(2, int(size * rng.choice([2, 1.5, 1.25, 0.6])) + rng.randint(-1, 1))
    if mode not in ("nearest", "nearest-exact"):
        params["align_corners"] = rng.random() < 0.5
    return "Upsample", params


def adaptive(rng, dims, size):
    return f"AdaptiveAvgPool{dims}d", {"output_size": max(2, int(size * rng.choice([0.5, 0.7, 0.3])))}


def one(rng, dims, size):
    roll = rng.random()
    if roll < 0.5:
        return window(rng, dims)
    if roll < 0.7:
        return transposed(rng, dims)
    return resized(rng, dims, size) if roll < 0.95 else adaptive(rng, dims, size)


def chain(rng, dims, size, count, prefix):
    """Return layers in a row and the size after them; None where one does not fit or grows too much."""
    layers = []
    for i in range(count):
        kind, params = one(rng, dims, size)
        layer = {"name": f"{prefix}{i}", "type": kind, "params": params}
        try:
            size = run([layer], torch.zeros((1, 1) + (size,) * dims, dtype=torch.float64), None).shape[-1]
        except RuntimeError:
            return None
        if not 2 <= size <= 3 * SIZES[dims]:
            return None
        layers.append(layer)
    return layers, size


def network(rng, dims):
    """Return layers: a chain; or two branches cut to one length and joined; or a block that repeats."""
    size, shape = SIZES[dims], rng.random()
    top = chain(rng, dims, size, rng.randint(1, 4), "a")
    if top is None or shape < 0.45:
        return top and top[0]
    layers, size = top
    if shape < 0.6:
        inner = chain(rng, dims, size, rng.randint(1, 2), "b")
        return inner and [*layers, {"name": "rep", "type": "Block", "repeat": rng.randint(2, 3), "layers": inner[0]}]
    left = chain(rng, dims, size, rng.randint(1, 4), "b")
    right = chain(rng, dims, size, rng.randint(0, 4), "c")
    last = layers[-1]["name"]
    if left is None or right is None:
        return None
    length = min(left[1], right[1])
    starts = [rng.randint(0, min(3, part[1] - length)) for part in (left, right)]
    cut = {}
    for name, part, start in zip("bc", (left, right), starts, strict=True):
        ends = part[0][-1]["name"] if part[0] else last
        if part[0]:
            part[0][0]["inputs"] = [last]
        layers = [*layers, *part[0]]
        for dim in range(dims):
            params = {"dim": dim + 2, "start": start, "end": start + length}
            layers.append({"name": f"cut_{name}{dim}", "type": "Slice", "inputs": [ends], "params": params})
            ends = f"cut_{name}{dim}"
        cut[name] = ends
    kind = rng.choice(["Add", "Concat"])
    join = {"name": "join", "type": kind, "inputs": [cut["b"], cut["c"]]}
    if kind == "Concat":
        join["params"] = {"dim": 1}
    tail = chain(rng, dims, length, rng.randint(0, 2), "d")
    return tail and [*layers, join, *tail[0]]


# -- in PyTorch


def run(layers, x, rng):
    """Run layers; with `rng` the weights are random, else 1."""
    dims, named = x.dim() - 2, {}
    for layer in layers:
        taken = [named[name] for name in layer.get("inputs", [])] or [x]
        if layer["type"] == "Block":
            for _ in range(layer["repeat"]):
                x = run(layer["layers"], x, rng)
        else:
            x = apply(layer["type"], layer.get("params", {}), taken, dims, rng)
        named[layer["name"]] = x
    return x


def apply(kind, params, taken, dims, rng):
    x, name = taken[0], kind[:-2]
    params = {key: value for key, value in params.items() if key not in ("out_channels", "bias")}
    if name in ("Conv", "ConvTranspose"):
        k = params.pop("kernel_size")
        weight = torch.ones((x.shape[1], 1) if name == "ConvTranspose" else (1, x.shape[1]), dtype=x.dtype)
        weight = weight.reshape(*weight.shape, *(1,) * dims).repeat(1, 1, *(k,) * dims)
        if rng:
            weight *= torch.rand(weight.shape, dtype=x.dtype, generator=rng) + 0.5
        return (CONV if name == "Conv" else TRANSPOSED)[dims](x, weight, **params)
    if name in ("MaxPool", "AvgPool"):
        return AVERAGE[dims](x, **params)
    if name == "AdaptiveAvgPool":
        return ADAPTIVE[dims](x, **params)
    if kind == "Upsample":
        return functional.interpolate(x, **params)
    if kind == "Slice":
        return x.narrow(params["dim"], params["start"], params["end"] - params["start"])
    return sum(taken) if kind == "Add" else torch.cat(taken, dim=1)


def spans(layers, dims, seed):
    """Return y0 and, for outputs from it on, the first and the last input of each axis; None if close to a border."""
    size = SIZES[dims]
    x = torch.ones((1, 1) + (size,) * dims, dtype=torch.float64, requires_grad=True)
    try:
        y = run(layers, x, torch.Generator().manual_seed(seed))
    except RuntimeError:  # a repeated block shrinks its input to nothing
        return None
    n = y.shape[-1]
    count = min(LOOKED_AT[dims], n // 3)
    y0, found = (n - count) // 2, [[] for _ in range(dims)]
    places = [(0, slice(None)) + (at,) * dims for at in range(y0, y0 + count)]
    grads = [torch.autograd.grad(y[place].sum(), x, retain_graph=True)[0][0, 0].abs() for place in places]
    largest = max((grad.max() for grad in grads), default=0)
    for grad in grads:
        seen = (grad > 1e-10 * largest).nonzero()
        for axis in range(dims):
            ends = [int(seen[:, axis].min()), int(seen[:, axis].max())] if len(seen) else None
            if ends and (ends[0] < size // 6 or ends[1] >= size - size // 6):
                return None
            found[axis].append(ends)
    return (y0, found) if count else None


def main(out):
    cases, rng = [], random.Random(12)
    for dims, count in CASES.items():
        kept = 0
        while kept < count:
            layers = network(rng, dims)
            found = layers and spans(layers, dims, len(cases))
            if found:
                cases.append({"dims": dims, "size": SIZES[dims], "layers": layers, "y0": found[0], "spans": found[1]})
                kept += 1
    meta = {
        "what": "inputs with a gradient, for outputs in the middle of random networks",
        "origin": f"PyTorch {torch.__version__} on a CPU, float64",
        "made_by": "make_receptive.py",
    }
    with lzma.open(out, "wt") as file:
        json.dump({"meta": meta, "cases": cases}, file, separators=(",", ":"))
    print(len(cases))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1])
