"""Ask PyTorch what it saves for the backward pass, for layers, functions and whole networks.

Run with the Python of an environment that has PyTorch and torchvision: `python make_training.py`. It reads
layers.json.xz for the layers to try, and writes training.json.xz.

A case is a forward pass in training mode on a CPU under `torch.autograd.graph.saved_tensors_hooks`. Each storage counts
once; parameters and buffers do not. Every floating-point input of a layer is `x + p` with a parameter p of one element:
it needs a gradient, and the sum itself saves nothing. The case `first` is the same without p, so that the input needs
no gradient. Under autocast (bfloat16), copies of weights are counted apart. Stochastic depth is off.
"""

from __future__ import annotations

import json
import lzma
import multiprocessing
import random
from pathlib import Path

import torch
import torchvision
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

HERE = Path(__file__).parent
PER_TYPE = 6


class _CopiesOfWeights(TorchDispatchMode):
    """Record the storages that are casts of parameters."""

    def __init__(self, own):
        super().__init__()
        self.own, self.kept, self.pointers = own, [], set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func is torch.ops.aten._to_copy.default and args[0].untyped_storage().data_ptr() in self.own:
            self.kept.append(out)
            self.pointers.add(out.untyped_storage().data_ptr())
        return out


def saved(run, tensors, *, autocast=False):
    """Return the bytes that `run()` saves, and of those the bytes of copies of weights."""
    own = {t.untyped_storage().data_ptr() for t in tensors}
    weights = {t.untyped_storage().data_ptr() for t in tensors if isinstance(t, nn.Parameter)}
    found, kept = {}, []

    def pack(t):
        kept.append(t)
        storage = t.untyped_storage()
        if storage.data_ptr() not in own and storage.nbytes():
            found[storage.data_ptr()] = storage.nbytes()
        return t

    mode = _CopiesOfWeights(weights)
    with (
        mode,
        torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t),
        torch.autocast("cpu", torch.bfloat16, enabled=autocast),
    ):
        out = run()
    copies = sum(size for at, size in found.items() if at in mode.pointers)
    del out
    kept.clear()
    mode.kept.clear()
    return sum(found.values()) - copies, copies


def both(run, tensors):
    fp32, _ = saved(run, tensors)
    mixed, copies = saved(run, tensors, autocast=True)
    return {"fp32": fp32, "autocast": mixed, "copies": copies}


def made(shape, dtype, high=2):
    if dtype == "int64":
        return torch.randint(0, high, shape)
    if dtype == "bool":
        return torch.rand(shape) > 0.5
    return torch.rand(shape) + 0.5


def one(call, module, shapes, dtypes, *, learns=True, high=2, frozen=False):
    """Return what a call of `call(*inputs)` saves."""
    tensors = [made(s, d, high) for s, d in zip(shapes, dtypes, strict=True)]
    shift = [nn.Parameter(torch.zeros(1)) if learns and t.is_floating_point() else None for t in tensors]

    def run():
        return call(*(t if p is None else t + p for t, p in zip(tensors, shift, strict=True)))

    held = [p for p in shift if p is not None]
    if module is not None:
        module.requires_grad_(not frozen)
    if module is not None:
        held += [*module.parameters(), *module.buffers()]
    return both(run, held)


# -- layers that are modules

EXTRA = [
    ("MultiheadAttention", {"embed_dim": 64, "num_heads": 4}, [[9, 2, 64]]),
    ("MultiheadAttention", {"embed_dim": 64, "num_heads": 4, "dropout": 0.1}, [[9, 2, 64]]),
    ("MultiheadAttention", {"embed_dim": 64, "num_heads": 4, "batch_first": True}, [[2, 50, 64]]),
    ("MultiheadAttention", {"embed_dim": 64, "num_heads": 4, "bias": False}, [[9, 2, 64], [21, 2, 64]]),
    (
        "MultiheadAttention",
        {"embed_dim": 64, "num_heads": 4, "kdim": 32, "vdim": 48},
        [[9, 2, 64], [21, 2, 32], [21, 2, 48]],
    ),
    ("MultiheadAttention", {"embed_dim": 64, "num_heads": 4, "add_bias_kv": True, "add_zero_attn": True}, [[9, 2, 64]]),
    ("TransformerEncoderLayer", {"d_model": 64, "nhead": 4, "dim_feedforward": 96}, [[20, 3, 64]]),
    ("TransformerEncoderLayer", {"d_model": 64, "nhead": 4, "dim_feedforward": 96, "dropout": 0.0}, [[20, 3, 64]]),
    ("TransformerEncoderLayer", {"d_model": 64, "nhead": 4, "batch_first": True, "dropout": 0.0}, [[4, 128, 64]]),
    ("TransformerEncoderLayer", {"d_model": 64, "nhead": 4, "batch_first": True, "activation": "gelu"}, [[4, 32, 64]]),
    ("TransformerEncoderLayer", {"d_model": 64, "nhead": 4, "norm_first": True, "batch_first": True}, [[4, 32, 64]]),
    ("TransformerEncoderLayer", {"d_model": 64, "nhead": 4, "norm_first": True, "dropout": 0.0}, [[32, 4, 64]]),
    ("TransformerEncoderLayer", {"d_model": 64, "nhead": 4, "bias": False, "dropout": 0.0}, [[32, 4, 64]]),
    ("TransformerDecoderLayer", {"d_model": 64, "nhead": 4, "dim_feedforward": 96}, [[20, 3, 64], [31, 3, 64]]),
    (
        "TransformerDecoderLayer",
        {"d_model": 64, "nhead": 4, "dropout": 0.0, "batch_first": True},
        [[3, 20, 64], [3, 31, 64]],
    ),
    (
        "TransformerDecoderLayer",
        {"d_model": 64, "nhead": 4, "norm_first": True, "activation": "gelu"},
        [[20, 3, 64], [31, 3, 64]],
    ),
    ("Linear", {"in_features": 32, "out_features": 48}, [[4, 6, 32]]),
    ("Linear", {"in_features": 32, "out_features": 48, "bias": False}, [[4, 6, 7, 32]]),
    ("LSTM", {"input_size": 32, "hidden_size": 24}, [[10, 3, 32]]),
    ("LSTM", {"input_size": 32, "hidden_size": 24, "num_layers": 2, "bidirectional": True}, [[10, 3, 32]]),
    (
        "LSTM",
        {"input_size": 32, "hidden_size": 24, "num_layers": 2, "dropout": 0.2, "batch_first": True},
        [[4, 12, 32]],
    ),
    ("GRU", {"input_size": 32, "hidden_size": 24, "num_layers": 2, "bidirectional": True}, [[10, 3, 32]]),
    ("GRU", {"input_size": 32, "hidden_size": 24, "bias": False}, [[10, 3, 32]]),
    ("RNN", {"input_size": 32, "hidden_size": 24, "num_layers": 2, "nonlinearity": "relu"}, [[10, 3, 32]]),
    ("RNN", {"input_size": 32, "hidden_size": 24, "batch_first": True}, [[4, 10, 32]]),
]
STACKS = [
    (
        torch.nn.TransformerEncoder,
        "TransformerEncoder",
        {"nhead": 4, "dim_feedforward": 96, "num_layers": 3},
        [[20, 3, 64]],
    ),
    (
        torch.nn.TransformerDecoder,
        "TransformerDecoder",
        {"nhead": 4, "dim_feedforward": 96, "num_layers": 2},
        [[20, 3, 64], [9, 3, 64]],
    ),
]


SKIPPED = {"torchvision.ops.Permute", "reshape", "MultiheadAttention", "LSTM", "GRU", "RNN", "TransformerEncoder"}
"""Types whose cases EXTRA and FUNCTIONS hold."""


def modules():
    types = json.loads(lzma.decompress((HERE / "layers.json.xz").read_bytes()))["types"]
    yield from EXTRA
    chance = random.Random(12)
    for name, found in types.items():
        if name in SKIPPED or not (hasattr(nn, name) or hasattr(torchvision.ops, name)):
            continue
        valid = [case for case in found if not isinstance(case[2], str)]
        big = sorted(valid, key=lambda c: -sum(size_of(shape_of(i)) for i in c[1]))[: 4 * PER_TYPE]
        for case in chance.sample(big, min(PER_TYPE, len(big))):
            yield name, case[0], case[1]


def shape_of(spec):
    return spec[1] if spec and isinstance(spec[0], str) else spec


def dtype_of(spec):
    return spec[0] if spec and isinstance(spec[0], str) else "float32"


def size_of(shape):
    n = 1
    for d in shape:
        n *= d
    return n


def build(name, kwargs):
    kind = getattr(nn, name, None) or getattr(torchvision.ops, name)
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in kwargs.items()})


def layer_cases():
    for name, kwargs, inputs in modules():
        module = build(name, kwargs)
        shapes, dtypes = [shape_of(i) for i in inputs], [dtype_of(i) for i in inputs]
        given = {"type": name, "params": kwargs, "inputs": inputs}
        high = kwargs.get("num_embeddings", 2)
        self_attention = name == "MultiheadAttention"

        def call(*tensors, module=module, twice=self_attention):
            if twice:  # as the type does: one input for all three, or two of them
                tensors = (tensors[0], tensors[min(1, len(tensors) - 1)], tensors[-1])
            if isinstance(module, (nn.LSTM, nn.LSTMCell)) and len(tensors) == 3:
                tensors = (tensors[0], tensors[1:])
            return module(*tensors)

        try:
            yield {**given, **one(call, module, shapes, dtypes, high=high)}
            if list(module.parameters()):
                yield {**given, "first": True, **one(call, module, shapes, dtypes, learns=False, high=high)}
                yield {**given, "frozen": True, **one(call, module, shapes, dtypes, high=high, frozen=True)}
        except RuntimeError as error:
            print(name, kwargs, inputs, str(error)[:100])
    for kind, name, kwargs, shapes in STACKS:
        given = dict(kwargs)
        layers = given.pop("num_layers")
        layer = getattr(nn, f"{name}Layer")(d_model=shapes[0][-1], **given)
        module = kind(layer, layers)
        yield {
            "type": name,
            "params": kwargs,
            "inputs": shapes,
            **one(module, module, shapes, ["float32"] * len(shapes)),
        }


# -- functions, and chains of layers

MASK = nn.Module()
MASK.register_buffer("mask", torch.zeros(70, 70))


def masked(q, k, v):
    return functional.scaled_dot_product_attention(q, k, v, MASK.mask)


L, T = "Linear", "Transpose"
FUNCTIONS = [
    # layers of the network, one after another: type, parameters, references where they are not the layer before
    ([("Add", {})], [[3, 4, 5], [3, 4, 5]], lambda a, b: a + b),
    ([("Sub", {})], [[3, 4, 5], [3, 4, 5]], lambda a, b: a - b),
    ([("Mul", {})], [[3, 4, 5], [3, 4, 5]], lambda a, b: a * b),
    ([("Mul", {})], [[3, 4, 5], [3, 1, 1]], lambda a, b: a * b),
    ([("Mul", {"other": 2.5})], [[3, 4, 5]], lambda a: a * 2.5),
    ([("Div", {})], [[3, 4, 5], [3, 4, 5]], lambda a, b: a / b),
    ([("Div", {"other": 2.5})], [[3, 4, 5]], lambda a: a / 2.5),
    ([("Neg", {})], [[3, 4, 5]], torch.neg),
    ([("Abs", {})], [[3, 4, 5]], torch.abs),
    ([("Exp", {})], [[3, 4, 5]], torch.exp),
    ([("Log", {})], [[3, 4, 5]], torch.log),
    ([("Sqrt", {})], [[3, 4, 5]], torch.sqrt),
    ([("Rsqrt", {})], [[3, 4, 5]], torch.rsqrt),
    ([("Reciprocal", {})], [[3, 4, 5]], torch.reciprocal),
    ([("Sin", {})], [[3, 4, 5]], torch.sin),
    ([("Cos", {})], [[3, 4, 5]], torch.cos),
    ([("Erf", {})], [[3, 4, 5]], torch.erf),
    ([("Pow", {"exponent": 2})], [[3, 4, 5]], lambda a: a**2),
    ([("Pow", {"exponent": 0.5})], [[3, 4, 5]], lambda a: a**0.5),
    ([("Clamp", {"min": 0.0})], [[3, 4, 5]], lambda a: a.clamp(min=0.0)),
    ([("Clamp", {"min": -1, "max": 1})], [[3, 4, 5]], lambda a: a.clamp(-1, 1)),
    ([("MatMul", {})], [[7, 8], [8, 9]], torch.matmul),
    ([("MatMul", {})], [[4, 7, 8], [4, 8, 9]], torch.matmul),
    ([("MatMul", {})], [[2, 4, 7, 8], [2, 4, 8, 9]], torch.matmul),
    ([("MatMul", {})], [[2, 4, 7, 8], [8, 9]], torch.matmul),
    ([("MatMul", {})], [[2, 4, 7, 8], [4, 8, 9]], torch.matmul),
    (
        [("Einsum", {"equation": "bhld,bhsd->bhls"})],
        [[2, 4, 7, 8], [2, 4, 9, 8]],
        lambda a, b: torch.einsum("bhld,bhsd->bhls", a, b),
    ),
    (
        [("Einsum", {"equation": "bij,bjk->bik"})],
        [[4, 7, 8], [4, 8, 9]],
        lambda a, b: torch.einsum("bij,bjk->bik", a, b),
    ),
    ([("Concat", {"dim": 1})], [[3, 4, 5], [3, 2, 5]], lambda a, b: torch.cat([a, b], 1)),
    ([("Stack", {"dim": 1})], [[3, 4, 5], [3, 4, 5]], lambda a, b: torch.stack([a, b], 1)),
    ([("ReduceSum", {"dim": [1]})], [[3, 4, 5]], lambda a: a.sum(1)),
    ([("ReduceMean", {"dim": [1]})], [[3, 4, 5]], lambda a: a.mean(1)),
    ([("ReduceMax", {"dim": [1]})], [[3, 4, 5]], lambda a: a.amax(1)),
    ([("Mean", {"dim": [1]})], [[3, 4, 5]], lambda a: a.mean(1)),
    ([("Interpolate", {"scale_factor": 2})], [[2, 3, 5, 6]], lambda a: functional.interpolate(a, scale_factor=2)),
    (
        [("Interpolate", {"scale_factor": 2, "mode": "bilinear"})],
        [[2, 3, 5, 6]],
        lambda a: functional.interpolate(a, scale_factor=2, mode="bilinear"),
    ),
    (
        [("Interpolate", {"scale_factor": 2, "mode": "bicubic"})],
        [[2, 3, 5, 6]],
        lambda a: functional.interpolate(a, scale_factor=2, mode="bicubic"),
    ),
    ([("Pad", {"pad": [1, 1, 2, 0]})], [[2, 3, 5, 6]], lambda a: functional.pad(a, (1, 1, 2, 0))),
    (
        [("Pad", {"pad": [1, 1, 2, 0], "mode": "reflect"})],
        [[2, 3, 5, 6]],
        lambda a: functional.pad(a, (1, 1, 2, 0), mode="reflect"),
    ),
    (
        [("Roll", {"shifts": [1, 2], "dims": [1, 2]}), ("Tanh", {})],
        [[2, 5, 6, 3]],
        lambda a: torch.tanh(torch.roll(a, (1, 2), (1, 2))),
    ),
    ([("IndexSelect", {"dim": 1})], [[3, 40, 5], ["int64", [7]]], lambda a, i: a.index_select(1, i)),
    ([("ScaledDotProductAttention", {})], [[2, 4, 70, 8]] * 3, functional.scaled_dot_product_attention),
    (
        [("ScaledDotProductAttention", {"is_causal": True})],
        [[2, 4, 70, 8]] * 3,
        lambda q, k, v: functional.scaled_dot_product_attention(q, k, v, is_causal=True),
    ),
    (
        [("Constant", {"shape": [70, 70]}), ("ScaledDotProductAttention", {}, ["a0", "a1", "a2", "l0"])],
        [[2, 4, 70, 8]] * 3,
        lambda q, k, v: masked(q, k, v),
    ),
    (
        [("ScaledDotProductAttention", {})],
        [[2, 4, 70, 8]] * 3 + [[70, 70]],
        lambda q, k, v, m: functional.scaled_dot_product_attention(q, k, v, m),
    ),
    (
        [("ScaledDotProductAttention", {"dropout_p": 0.1})],
        [[2, 4, 70, 8]] * 3,
        lambda q, k, v: functional.scaled_dot_product_attention(q, k, v, dropout_p=0.1),
    ),
    (
        [("ScaledDotProductAttention", {"enable_gqa": True})],
        [[2, 4, 70, 8], [2, 2, 70, 8], [2, 2, 70, 8]],
        lambda q, k, v: functional.scaled_dot_product_attention(q, k, v, enable_gqa=True),
    ),
    (
        [("ScaledDotProductAttention", {})],
        [[2, 4, 70, 8], [2, 4, 50, 8], [2, 4, 50, 12]],
        functional.scaled_dot_product_attention,
    ),
    ([("ScaledDotProductAttention", {})], [[4, 70, 8]] * 3, functional.scaled_dot_product_attention),
    # storages that are shared, and views that are copied
    (
        [("ReLU", {}), ("Flatten", {"start_dim": 1}), (L, {"out_features": 6})],
        [[3, 4, 5]],
        lambda a, m: m(torch.relu(a).flatten(1)),
        {"in_features": 20, "out_features": 6},
    ),
    (
        [("Tanh", {}), (T, {"dim0": 1, "dim1": 2}), (L, {"out_features": 6})],
        [[3, 4, 5]],
        lambda a, m: m(torch.tanh(a).transpose(1, 2)),
        {"in_features": 4, "out_features": 6},
    ),
    (
        [("Tanh", {}), (T, {"dim0": 1, "dim1": 2}), ("Flatten", {"start_dim": 1}), (L, {"out_features": 6})],
        [[3, 4, 5]],
        lambda a, m: m(torch.tanh(a).transpose(1, 2).flatten(1)),
        {"in_features": 20, "out_features": 6},
    ),
    (
        [("Tanh", {}), ("Slice", {"dim": 1, "end": 2}), (L, {"out_features": 6})],
        [[3, 4, 5]],
        lambda a, m: m(torch.tanh(a)[:, :2]),
        {"in_features": 5, "out_features": 6},
    ),
    (
        [("Add", {"other": 1}), ("Slice", {"dim": 1, "end": 2}), ("SiLU", {})],
        [[3, 4, 5]],
        lambda a: functional.silu((a + 1)[:, :2]),
    ),
    (
        [("Permute", {"dims": [0, 2, 1]}), ("Softmax", {"dim": -1})],
        [[3, 4, 5]],
        lambda a: a.permute(0, 2, 1).softmax(-1),
    ),
    ([("Expand", {"size": [3, 4, 5]}), ("Exp", {})], [[3, 1, 5]], lambda a: a.expand(3, 4, 5).exp()),
    ([("Unsqueeze", {"dim": 1}), ("Sin", {})], [[3, 4, 5]], lambda a: a.unsqueeze(1).sin()),
]


def function_cases():
    for layers, inputs, call, *rest in FUNCTIONS:
        module = nn.Linear(**rest[0]) if rest else MASK
        shapes, dtypes = [shape_of(i) for i in inputs], [dtype_of(i) for i in inputs]
        run = (lambda *given, call=call, module=module: call(*given, module)) if rest else call
        yield {"layers": layers, "inputs": inputs, **one(run, module, shapes, dtypes)}


# -- whole networks

NETWORKS = """
alexnet convnext_tiny densenet121 efficientnet_b0 inception_v3
mnasnet1_0 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small regnet_y_400mf resnet101 resnet152 resnet18 resnet34
resnet50 resnext50_32x4d shufflenet_v2_x1_0 squeezenet1_0 squeezenet1_1 swin_t vgg11 vgg11_bn vgg16 vgg16_bn vgg19
vgg19_bn vit_b_16 vit_l_16 wide_resnet50_2
"""


def network_case(name):
    options = {"googlenet": {"init_weights": False, "aux_logits": False}, "inception_v3": {"init_weights": False}}
    segments = ("deeplabv3_mobilenet_v3_large", "fcn_resnet50")
    given = {"weights_backbone": None} if name in segments else options.get(name, {})
    network = torchvision.models.get_model(name, weights=None, **given).train()
    for module in network.modules():
        if isinstance(module, torchvision.ops.StochasticDepth):
            module.p = 0.0
    # A smaller image where the resolution of the weights needs gigabytes.
    size = 299 if name == "inception_v3" else 224
    image = torch.rand(2, 3, size, size)
    held = [*network.parameters(), *network.buffers()]
    return {"template": name, "batch": 2, "size": size, **both(lambda: network(image), held)}


def network_cases():
    # A process each: what a network keeps is free again before the next one.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        yield from pool.map(network_case, NETWORKS.split(), chunksize=1)


def main():
    """Write training.json.xz."""
    torch.manual_seed(0)
    data = {
        "meta": {"torch": torch.__version__, "torchvision": torchvision.__version__},
        "layers": list(layer_cases()),
        "functions": list(function_cases()),
    }
    write(data)
    data["networks"] = list(network_cases())
    write(data)


def write(data):
    text = json.dumps(data, separators=(",", ":"))
    (HERE / "training.json.xz").write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
