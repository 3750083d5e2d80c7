"""Make zero_sizes.json: what PyTorch makes of layers with sizes of 0.

Usage: python tests/reference/make_zero_sizes.py OUT.json, in an environment with PyTorch. Each case is a layer type,
its parameters, the shapes of its inputs, and either the outputs' shapes and the number of parameters or the refusal.
"""

import json
import sys

import torch
from torch import nn

SIZES = {"Conv": "in_channels", "Linear": "in_features", "RNN": "input_size", "LSTM": "input_size", "GRU": "input_size"}
SIZES |= {"BatchNorm": "num_features", "InstanceNorm": "num_features", "GroupNorm": "num_channels"}


def cases():
    """Yield each type, its parameters and the shapes of its inputs."""
    for dims in (1, 2, 3):
        yield from of_dims(dims)
    yield from others()


def of_dims(dims):
    space, none = (4,) * dims, (0,) * dims
    for channels, groups, kernel in ((2, 1, 1), (2, 2, 1), (2, 1, 3), (2, 2, 3), (16, 1, 1), (16, 2, 3)):
        given = {"out_channels": 4, "kernel_size": kernel, "groups": groups}
        padding = (4 + kernel - 1) // 2
        for shape in ((1, channels, *space), (0, channels, *space), (channels, *space)):
            yield f"ConvTranspose{dims}d", given | {"padding": padding}, (shape,)
            yield f"ConvTranspose{dims}d", given | {"padding": [padding] + [0] * (dims - 1)}, (shape,)
    window = {"kernel_size": 1}
    for kind in ("Conv", "ConvTranspose"):
        for shape in ((0, 2, *space), (1, 2, *none)):
            yield f"{kind}{dims}d", window | {"out_channels": 2}, (shape,)
    for shape in ((1, 2, *none), (1, 0, *space), (0, 2, *space)):
        for kind in ("MaxPool", "AvgPool"):
            yield f"{kind}{dims}d", window, (shape,)
        for kind in ("AdaptiveAvgPool", "AdaptiveMaxPool"):
            yield f"{kind}{dims}d", {"output_size": 1}, (shape,)
        for kind in ("BatchNorm", "InstanceNorm"):
            yield f"{kind}{dims}d", {}, (shape,)
            yield f"{kind}{dims}d", {"track_running_stats": kind == "InstanceNorm"}, (shape,)
        yield "Upsample", {"scale_factor": 2}, (shape,)
    for kind in ("AdaptiveAvgPool", "AdaptiveMaxPool"):
        yield f"{kind}{dims}d", {"output_size": 0}, ((1, 2, *space),)
    for padding, shape in ((-2, (1, 2, *space)), (-3, (1, 2, *space)), (1, (1, 2, *none))):
        yield f"ZeroPad{dims}d", {"padding": padding}, (shape,)


def others():
    for features, out in ((0, 3), (3, 0), (0, 0)):
        for bias in (True, False):
            yield "Linear", {"out_features": out, "bias": bias}, ((2, features),)
            yield "Bilinear", {"out_features": out, "bias": bias}, ((2, features), (2, 2))
    for rows, features, shape in ((0, 3, (0,)), (3, 0, (2,)), (3, 2, (0, 4))):
        yield "Embedding", {"num_embeddings": rows, "embedding_dim": features}, (shape,)
    for kind in ("RNN", "LSTM", "GRU"):
        for hidden, shape in ((0, (3, 2, 4)), (3, (3, 2, 0)), (3, (0, 2, 4))):
            yield kind, {"hidden_size": hidden}, (shape,)
        for hidden, shape in ((0, (2, 4)), (3, (2, 0)), (3, (0, 4))):
            yield f"{kind}Cell", {"hidden_size": hidden}, (shape,)
    for kind in ("LayerNorm", "RMSNorm"):
        for sizes, shape in ((0, (2, 0)), ([0, 3], (2, 0, 3)), (3, (0, 3))):
            yield kind, {"normalized_shape": sizes}, (shape,)
    for kind, params in (("Softmax", {"dim": 1}), ("GLU", {"dim": 1}), ("ReLU", {}), ("Flatten", {}), ("Dropout", {})):
        for shape in ((2, 0, 3, 3), (0, 2, 3, 3), (1, 2, 0, 3)):
            yield kind, params, (shape,)
    yield "PReLU", {"num_parameters": 0}, ((2, 0),)


def flat(outputs):
    for each in outputs if isinstance(outputs, tuple) else (outputs,):
        yield from flat(each) if isinstance(each, tuple) else (each,)


def asked(kind, params, shapes):
    """Return what PyTorch makes of a layer."""
    found = {"type": kind, "params": params, "inputs": shapes}
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in params.items()}
    dims = int(kind[-2]) if kind[-2:-1].isdigit() else 0
    for start, name in SIZES.items():
        if kind.startswith(start):
            given[name] = shapes[0][-dims - 1] if start == "Conv" else shapes[0][1 if dims else -1]
    if kind == "Bilinear":
        given |= {"in1_features": shapes[0][-1], "in2_features": shapes[1][-1]}
    inputs = [torch.zeros(shape, dtype=torch.int64 if kind == "Embedding" else torch.float32) for shape in shapes]
    try:
        module = getattr(nn, kind)(**given).eval()
        outputs = [list(each.shape) for each in flat(module(*inputs))]
    except (RuntimeError, ValueError, IndexError) as error:
        return found | {"refused": str(error).split("\n")[0][:100]}
    return found | {"outputs": outputs, "learned": sum(each.numel() for each in module.parameters())}


def main(out):
    meta = {"what": "layers with sizes of 0", "origin": f"PyTorch {torch.__version__} on a CPU, eval mode"}
    meta["made_by"] = "make_zero_sizes.py"
    rows = ",\n".join(json.dumps(asked(*case)) for case in cases())
    with open(out, "w") as file:
        file.write(f'{{"meta": {json.dumps(meta)},\n"cases": [\n{rows}\n]}}\n')


if __name__ == "__main__":
    main(sys.argv[1])
