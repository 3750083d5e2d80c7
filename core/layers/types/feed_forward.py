"""Gated feed-forward parts, alone and as a mixture of experts.

Sources: Shazeer 2020, arXiv:2002.05202 (SwiGLU, GeGLU); Jiang et al. 2024, arXiv:2401.04088 (mixture of experts).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Int, Optional, Value, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec
from layerledger.core.layers.components import Part, composed, linear, repeated, softmax
from layerledger.core.layers.counting import Counts
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.saved_tensors import SavedExtra
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.windows import Receptive, whole_dim_maps

_SILU: Part = {"mul": "R*F", "add": "R*F", "special": "2*R*F"}
_GELU: Part = {"mul": "3*R*F", "add": "R*F", "special": "R*F"}


def _gated(activation: Part) -> dict[str, Part]:
    """Return the parts of down(act(gate(x))·up(x)); for the activation functions see SiLU and GELU."""
    return {
        "gate": linear("R", "D", "F"),
        "up": linear("R", "D", "F"),
        "activation": activation,
        "product": {"mul": "R*F"},
        "down": linear("R", "F", "D_out"),
    }


def _last(inputs: Inputs, of: str) -> int:
    shape = inputs[0].shape
    if not shape:
        raise ShapeError(
            Message("{of} takes an input of at least one dimension; this one is a scalar", of=of), param="inputs"
        )
    if not shape[-1]:
        raise ShapeError(Message("{of} takes features, but the input's last dimension is 0", of=of), param="inputs")
    return shape[-1]


class _Gated(LayerType):
    in_features: int | None = param(Int(1), default=None, derived=True, help="Features of the input's last dimension.")
    hidden_features: int = param(Int(1), initial=11_008, help="Features between the linear maps.")
    out_features: int | None = param(
        Optional(Int(1)), default=None, help="Features of the output; empty for those of the input."
    )
    bias: bool = param(Bool(), default=True, help="Learned values added by each linear map.")

    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        D="features of a row of the input",
        D_out="features of a row of the output",
        F="features inside: hidden_features, or intermediate_size of an expert",
        R="rows: the sizes of the other dimensions, multiplied",
    )
    indices = "refused"

    def shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.out_features or shape[-1])

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"in_features": _last(inputs, self.type_name)}

    # The gate before and after its activation function, the other half, and their product.
    saved_extra = SavedExtra(elements="4*R*F")

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (whole_dim_maps(len(inputs[0].shape), (-1,)),)

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        features = inputs[0].shape[-1]
        out, hidden = self.out_features or features, self.hidden_features
        biases = ((hidden,), (hidden,), (out,)) if self.bias else ()
        return ((hidden, features), (hidden, features), (out, hidden), *biases)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *rows, features = inputs[0].shape
        sizes = {"D": features, "F": self.hidden_features, "D_out": outputs[0].shape[-1]}
        return {"R": prod(rows), "b": int(self.bias), **sizes}

    def summary(self, inputs: Inputs) -> str:
        return f"{inputs[0].shape[-1]}→{self.hidden_features}→{self.out_features or inputs[0].shape[-1]}"


@layer_type("Transformer", order=10)
class SwiGLU(_Gated):
    """Feed-forward part with a gate, W₃(SiLU(W₁x)·W₂x): (*, in_features) -> (*, out_features)."""

    aliases = ("swiglu", "feedforward", "mlp")
    counts = composed(_gated(_SILU))
    examples = (
        Example(
            params={"hidden_features": 14_336, "bias": False},
            inputs=((1, 128, 4096),),
            outputs=((1, 128, 4096),),
            counts={"params": 176_160_768, "macs": 22_548_578_304},
            source="Llama-3-8B, model.layers.0.mlp: three matrices of 4,096 · 14,336, on 128 tokens",
        ),
    )


@layer_type("Transformer", order=20)
class GeGLU(_Gated):
    """Feed-forward part with a gate, W₃(GELU(W₁x)·W₂x): (*, in_features) -> (*, out_features)."""

    aliases = ("geglu", "feedforward", "mlp")
    counts = composed(_gated(_GELU))
    examples = (
        Example(
            params={"hidden_features": 16_384, "bias": False},
            inputs=((1, 128, 2048),),
            outputs=((1, 128, 2048),),
            counts={"params": 100_663_296, "macs": 12_884_901_888},
            source="gemma-2b, model.layers.0.mlp: three matrices of 2,048 · 16,384, on 128 tokens",
        ),
    )


def _without_weights(part: Part) -> Part:
    return {primitive: text for primitive, text in part.items() if primitive != "params"}


def _mixture() -> Counts:
    """Return the counts: each of R rows goes through k of n experts; the other experts count only as weights."""
    expert = _gated(_SILU)
    weights = " + ".join(part["params"] for part in expert.values() if "params" in part)
    work = repeated("k", {f"experts: {name}": _without_weights(part) for name, part in expert.items()})
    return composed(
        {
            "router": {**linear("R", "D", "n"), "params": "D*n", "add": "R*(D - 1)*n"},
            "router softmax": softmax("R", "n"),
            # The best of n, then of the n − 1 that are left, and so on, k times; then k weights are scaled to sum to
            # 1.
            "choice of experts": {"cmp": "R*(k*(n - 1) - k*(k - 1)/2)", "add": "R*(k - 1)", "special": "R*k"},
            "active experts": {"params": f"k*({weights})"},
            "idle experts": {"params": f"(n - k)*({weights})"},
            **work,
            "weighted sum": {"mul": "R*k*D", "add": "R*(k - 1)*D"},
        }
    )


@layer_type("Transformer", order=30)
class MixtureOfExperts(LayerType):
    """SwiGLU experts of which a router chooses the best ones for each row: (*, D), kept as it is.

    All experts have weights; those that one row goes through are the term “active experts”.
    """

    hidden_size: int | None = param(Int(1), default=None, derived=True, help="Features of the input's last dimension.")
    intermediate_size: int = param(Int(1), initial=14_336, help="Features between the linear maps of an expert.")
    num_experts: int = param(Int(1), initial=8, help="Experts, each with weights of its own.")
    num_experts_per_tok: int = param(Int(1), default=2, help="Experts that one row goes through.")
    bias: bool = param(Bool(), default=False, help="Learned values added by each linear map of the experts.")

    aliases = ("moe", "experts")
    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        D="features of a row of the input",
        D_out="features of a row of the output",
        F="features inside: hidden_features, or intermediate_size of an expert",
        R="rows: the sizes of the other dimensions, multiplied",
        k="experts that a row goes through (num_experts_per_tok)",
        n="experts",
    )
    indices = "refused"
    counts = _mixture()
    examples = (
        Example(
            params={"intermediate_size": 14_336, "num_experts": 8},
            inputs=((1, 128, 4096),),
            outputs=((1, 128, 4096),),
            counts={"params": 1_409_318_912, "macs": 45_101_350_912},
            source="Mixtral-8x7B, block_sparse_moe: 8·3·4,096·14,336 + 8·4,096 weights; 2 experts a token, 128 tokens",
        ),
    )

    def check(self) -> None:
        if self.num_experts_per_tok > self.num_experts:
            raise ShapeError(
                Message(
                    "num_experts_per_tok must be at most num_experts, {num_experts}; got {num_experts_per_tok}",
                    num_experts=self.num_experts,
                    num_experts_per_tok=self.num_experts_per_tok,
                ),
                param="num_experts_per_tok",
            )

    saved_extra = SavedExtra(elements="R*n + R*k*(4*F + 2*D)")

    def outputs(self, inputs: Inputs) -> Outputs:
        return (TensorSpec(inputs[0].shape, inputs[0].dtype),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (whole_dim_maps(len(inputs[0].shape), (-1,)),)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"hidden_size": _last(inputs, "MixtureOfExperts")}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *rows, features = inputs[0].shape
        sizes = {"D": features, "F": self.intermediate_size, "D_out": features}
        return {"R": prod(rows), "n": self.num_experts, "k": self.num_experts_per_tok, "b": int(self.bias), **sizes}

    def summary(self, inputs: Inputs) -> str:
        return f"{self.num_experts_per_tok} of {self.num_experts} experts, {self.intermediate_size}"
