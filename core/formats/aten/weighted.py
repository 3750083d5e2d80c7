"""Operators with weights: convolutions, linear layers, norms, embeddings, recurrent layers; products of matrices."""

from __future__ import annotations

from layerledger.core.base.values import Value
from layerledger.core.formats.aten.call import Call, square
from layerledger.core.formats.aten.table import operator
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor

_CONV_DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1, "output_padding": 0}


@operator("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution")
def _conv(call: Call) -> list[Tensor]:
    weight, bias = call.tensor("weight"), call.optional("bias")
    transposed = "transpose" in call.name or bool(call.get("transposed", False))
    dims, groups = weight.rank - 2, call.get("groups", 1)
    params: dict[str, Value] = {
        "out_channels": weight.sizes[1] * groups if transposed else weight.sizes[0],
        "kernel_size": square(weight.sizes[2:]),
    }
    for name, default in _CONV_DEFAULTS.items():
        if name == "output_padding" and not transposed:
            continue
        value = call.get(name, default)
        params[name] = value if isinstance(value, str) else square(call.ints(name, (default,)))
    params = {name: value for name, value in params.items() if value != _CONV_DEFAULTS.get(name)}
    if groups != 1:
        params["groups"] = groups
    if bias is None:
        params["bias"] = False
    type_name = f"Conv{'Transpose' if transposed else ''}{dims}d"
    if not weight.constant:
        # A computed weight is a second input, and no parameter.
        made = call.emit(type_name, [call.x, weight], {**params, "bias": False})
        return made if bias is None else call.emit("Add", [made[0], _per_channel(call, bias, dims)])
    return call.emit(type_name, [call.x], params, weights=[weight, bias])


def _per_channel(call: Call, bias: Tensor, dims: int) -> Tensor:
    """Return a bias of channels with dimensions of size 1 behind them."""
    return call.step("Reshape", [bias], {"shape": (bias.elements, *(1,) * dims)}, name="bias")


@operator("linear")
def _linear(call: Call) -> list[Tensor]:
    weight, bias = call.tensor("weight"), call.optional("bias")
    if not weight.constant:
        turned = call.step("Transpose", [weight], {"dim0": -2, "dim1": -1})
        product = call.emit("MatMul", [call.x, turned])
        return product if bias is None else call.emit("Add", [product[0], bias])
    return _dense(call, call.x, weight, weight.sizes[0], bias)


def _dense(call: Call, x: Tensor, weight: Tensor, features: int, bias: Tensor | None) -> list[Tensor]:
    params: dict[str, Value] = {"out_features": features}
    if bias is None:
        params["bias"] = False
    return call.emit("Linear", [x], params, weights=[weight, bias])


@operator("addmm")
def _addmm(call: Call) -> list[Tensor]:
    bias, x, weight = call.tensors()[:3]
    if weight.constant and weight.weight and bias.constant:
        return _dense(call, x, weight, weight.sizes[1], bias)
    return call.emit("Add", [call.step("MatMul", [x, weight]), bias])


@operator("matmul", "bmm", "mm", "mv", "dot")
def _matmul(call: Call) -> list[Tensor]:
    x, y = call.tensors()[:2]
    if y.constant and y.weight and y.rank == 2 and not x.constant:
        return _dense(call, x, y, y.sizes[1], None)
    return call.emit("MatMul", [x, y])


@operator("baddbmm", "addbmm")
def _baddbmm(call: Call) -> list[Tensor]:
    added, x, y = call.tensors()[:3]
    return call.emit("Add", [call.step("MatMul", [x, y]), added])


@operator("bilinear")
def _bilinear(call: Call) -> list[Tensor]:
    weight, bias = call.tensor("weight"), call.optional("bias")
    params: dict[str, Value] = {"out_features": weight.sizes[0], "bias": bias is not None}
    return call.emit("Bilinear", call.tensors()[:2], params, weights=[weight, bias])


@operator("einsum")
def _einsum(call: Call) -> list[Tensor]:
    return call.emit("Einsum", call.tensors(), {"equation": call.get("equation")})


@operator("embedding")
def _embedding(call: Call) -> list[Tensor]:
    weight, indices = call.tensor("weight"), call.tensor("indices")
    if not weight.constant:
        return call.emit("Take", [weight, indices], {"dim": 0})
    params = {"num_embeddings": weight.sizes[0], "embedding_dim": weight.sizes[1]}
    return call.emit("Embedding", [indices], params, weights=[weight])


_BATCH_NORMS = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d"}


@operator("batch_norm", "_native_batch_norm_legit_no_training", "native_batch_norm", "_batch_norm_impl_index")
def _batch_norm(call: Call) -> list[Tensor]:
    weight, bias = call.optional("weight"), call.optional("bias")
    params: dict[str, Value] = {}
    if weight is None and bias is None:
        params["affine"] = False
    elif bias is None:
        params["bias"] = False
    elif weight is None:
        params["scale"] = False
    if call.optional("running_mean") is None:
        params["track_running_stats"] = False
    return call.emit(_BATCH_NORMS[call.x.rank], [call.x], params, weights=[weight, bias])[:1]


@operator("instance_norm")
def _instance_norm(call: Call) -> list[Tensor]:
    weight = call.optional("weight")
    params: dict[str, Value] = {"affine": True} if weight is not None else {}
    if call.optional("running_mean") is not None:
        params["track_running_stats"] = True
    return call.emit(f"InstanceNorm{call.x.rank - 2}d", [call.x], params, weights=[weight, call.optional("bias")])


@operator("layer_norm", "native_layer_norm")
def _layer_norm(call: Call) -> list[Tensor]:
    weight, bias = call.optional("weight"), call.optional("bias")
    params: dict[str, Value] = {"normalized_shape": square(call.ints("normalized_shape"))}
    if weight is None:
        params["elementwise_affine"] = False
    elif bias is None:
        params["bias"] = False
    return call.emit("LayerNorm", [call.x], params, weights=[weight, bias])[:1]


@operator("rms_norm", "_fused_rms_norm")
def _rms_norm(call: Call) -> list[Tensor]:
    weight = call.optional("weight")
    params: dict[str, Value] = {"normalized_shape": square(call.ints("normalized_shape"))}
    if weight is None:
        params["elementwise_affine"] = False
    return call.emit("RMSNorm", [call.x], params, weights=[weight])[:1]


@operator("group_norm", "native_group_norm")
def _group_norm(call: Call) -> list[Tensor]:
    weight = call.optional("weight")
    params: dict[str, Value] = {"num_groups": call.get("num_groups", call.get("group"))}
    if weight is None:
        params["affine"] = False
    return call.emit("GroupNorm", [call.x], params, weights=[weight, call.optional("bias")])[:1]


_RECURRENT = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


@operator(*_RECURRENT)
def _recurrent(call: Call) -> list[Tensor]:
    type_name, weights = _RECURRENT[call.name], call.tensors_of("params")
    if not weights:
        raise Uncounted("packed sequences have no layer type")
    params: dict[str, Value] = {
        "hidden_size": weights[0].sizes[0] // _GATES[type_name],
        "num_layers": call.get("num_layers", 1),
        "bias": bool(call.get("has_biases", True)),
        "batch_first": bool(call.get("batch_first", False)),
        "bidirectional": bool(call.get("bidirectional", False)),
    }
    if type_name == "LSTM" and (projected := weights[1].sizes[1]) != params["hidden_size"]:
        params["proj_size"] = projected
    if call.name == "rnn_relu":
        params["nonlinearity"] = "relu"
    defaults = {"num_layers": 1, "bias": True, "batch_first": False, "bidirectional": False}
    params = {name: value for name, value in params.items() if defaults.get(name) != value}
    states = call.tensors_of("hx")
    given = [call.x] if all(each.constant for each in states) else [call.x, *states]
    return call.emit(type_name, given, params, weights=weights)


@operator("scaled_dot_product_attention")
def _attention(call: Call) -> list[Tensor]:
    params: dict[str, Value] = {}
    if call.get("is_causal"):
        params["is_causal"] = True
    if call.get("enable_gqa"):
        params["enable_gqa"] = True
    if call.get("scale") is not None:
        params["scale"] = call.get("scale")
    mask = call.optional("attn_mask")
    given = [call.tensor("query"), call.tensor("key"), call.tensor("value")]
    return call.emit("ScaledDotProductAttention", given if mask is None else [*given, mask], params)
