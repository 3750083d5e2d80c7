"""A mixture of experts.

Sources: Jiang et al. 2024, arXiv:2401.04088 (Mixtral); Dai et al. 2024, arXiv:2401.06066 (shared experts).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Int, Value, param
from layerledger.core.base.shapes import ShapeError, TensorSpec
from layerledger.core.layers.attention_passes import gated_feed_forward
from layerledger.core.layers.components import Part, composed, linear, repeated, softmax
from layerledger.core.layers.counting import Counts
from layerledger.core.layers.examples import Example
from layerledger.core.layers.inner_steps import Inside, step
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, Traced
from layerledger.core.layers.types.feed_forward import SILU, gated, gated_steps, last_size
from layerledger.core.layers.windows import Receptive, whole_dim_maps


def _without_weights(part: Part) -> Part:
    return {primitive: text for primitive, text in part.items() if primitive != "params"}


def _mixture() -> Counts:
    """Return the counts: each of R rows goes through k of n experts; the other experts count only as weights."""
    expert = gated(SILU)
    work = repeated("k", {f"experts: {name}": _without_weights(part) for name, part in expert.items()})
    shared = repeated("s", {f"shared expert: {name}": part for name, part in gated(SILU, inner="F_s").items()})
    return composed(
        {
            "router": {**linear("R", "D", "n"), "params": "D*n", "add": "R*(D - 1)*n"},
            "router bias": {"params": "r*n", "add": "r*R*n"},
            "router softmax": softmax("R", "n"),
            # The best of n, then of the n − 1 that are left, and so on, k times; then k weights are scaled to sum to
            # 1.
            "choice of experts": {"cmp": "R*(k*(n - 1) - k*(k - 1)/2)", "add": "R*(k - 1)", "special": "R*k"},
            "active experts": {"params": f"k*({_EXPERT})"},
            "idle experts": {"params": f"(n - k)*({_EXPERT})", "idle_params": f"(n - k)*({_EXPERT})"},
            **work,
            "weighted sum": {"mul": "R*k*D", "add": "R*(k - 1)*D"},
            **shared,
            "shared expert: share": {
                "params": "q*D",
                "macs": "q*R*D",
                "mul": "q*R*D",
                "add": "q*R*D",
                "special": "2*q*R",
            },
            "shared expert: scale": {"mul": "q*R*D"},
            "sum with the shared expert": {"add": "s*R*D"},
        }
    )


_EXPERT = "2*(D*F + b*F) + F*D + b*D"
_READ = "min(n, R*k)"


def _mixture_steps() -> Inside:
    """Return the inner steps: each expert takes the rows that chose it, and the experts that no row chose are not read.

    Shared experts come after the others, as in transformers.
    """
    gate, activation, up, product = gated_steps("SiLU", "R*k", "F", "D", "experts: ")
    into = f"{_READ}*(D*F + b*F)"
    return Inside(
        (
            step("router", "Linear", "input", logits="R*n", weights="D*n + r*n"),
            step("router softmax", "Softmax", "logits", shares="R*n"),
            step("choice of experts", "IndexSelect", "shares", chosen="R*k"),
            gate._replace(weights=into),
            activation,
            up._replace(weights=into),
            product,
            step("experts: down", "Linear", "product", rows="R*k*D", weights=f"{_READ}*(F*D + b*D)"),
            step("weighted sum", "Einsum", "rows chosen", mixed="R*D"),
            *gated_steps("SiLU", "R", "F_s", "D", "shared expert: ", when="s"),
            step("shared expert: down", "Linear", "product", shared="R*D", when="s"),
            step("shared expert: share", "Linear", "input", share="R", when="q"),
            step("shared expert: share of 0 to 1", "Sigmoid", "share", part="R", when="q"),
            step("shared expert: scale", "Mul", "shared part", scaled="R*D", when="q"),
            step("sum with the shared expert", "Add", "mixed scaled", output="R*D", when="s"),
        ),
        ("output",),
    )


@layer_type("Transformer", order=30)
class MixtureOfExperts(LayerType):
    """SwiGLU experts of which a router chooses the best ones for each row: (*, D), kept as it is.

    All experts have weights; those that one row goes through are the term “active experts”. A pass reads the weights of
    the experts that its rows can choose, min(num_experts, rows·num_experts_per_tok). A shared expert takes every row.
    """

    hidden_size: int | None = param(Int(1), default=None, derived=True, help="Features of the input's last dimension.")
    intermediate_size: int = param(Int(1), initial=14_336, help="Features between the linear maps of an expert.")
    num_experts: int = param(Int(1), initial=8, help="Experts, each with weights of its own.")
    num_experts_per_tok: int = param(Int(1), default=2, help="Experts that one row goes through.")
    bias: bool = param(Bool(), default=False, help="Learned values added by each linear map of the experts.")
    router_bias: bool = param(Bool(), default=False, help="Learned values added by the router.")
    shared_size: int = param(
        Int(0), default=0, help="Features inside the shared expert, of several together; 0 for none."
    )
    shared_gate: bool = param(
        Bool(), default=False, help="Whether a learned share of 0 to 1 scales the shared expert, as in Qwen2-MoE."
    )
    fused: bool = param(
        Bool(),
        default=True,
        help="Whether one kernel computes router and experts, as vLLM's fused MoE, and keeps what is inside on chip.",
    )

    aliases = ("moe", "experts")
    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        D="features of a row of the input",
        D_out="features of a row of the output",
        F="features inside: hidden_features, or intermediate_size of an expert",
        F_s="features inside the shared expert (shared_size)",
        R="rows: the sizes of the other dimensions, multiplied",
        k="experts that a row goes through (num_experts_per_tok)",
        n="experts",
        q="1 with a share of the shared expert (shared_gate), else 0",
        r="1 with a bias of the router (router_bias), else 0",
        s="1 with a shared expert, else 0",
    )
    indices = "refused"
    counts = _mixture()
    inside = _mixture_steps()
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
        if self.shared_gate and not self.shared_size:
            raise ShapeError(
                "shared_gate needs a shared expert; shared_size must be 1 or more",
                param="shared_size",
            )

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        """Run the router, the experts over the rows that chose them, k copies of all rows, and the shared expert."""
        x, k = given[0], self.num_experts_per_tok
        chances = tape.softmax(tape.linear(x, self.num_experts))
        rows, width = x.elements // x.shape[-1], x.shape[-1]
        chosen = tape.new((rows * k, width), width=x.width, needs=x.needs)
        matrix = min(self.num_experts, rows * k) * self.intermediate_size * width
        made = gated_feed_forward(tape, chosen, self.intermediate_size, width, matrix=matrix)
        weights = tape.new((rows * k, 1), width=chances.width, needs=chances.needs)
        tape.mul(made, weights, made.shape)
        if made.needs:
            tape.keep_bytes(8 * rows * k)  # the experts that are chosen
        if self.shared_size:
            self._record_shared(tape, x)
        return tape.outputs(outputs, given)

    def _record_shared(self, tape: Tape, x: Traced) -> None:
        shared = gated_feed_forward(tape, x, self.shared_size, x.shape[-1])
        if self.shared_gate:
            share = tape.unary(tape.linear(x, 1), "outputs")
            tape.mul(shared, share, shared.shape)

    def outputs(self, inputs: Inputs) -> Outputs:
        return (TensorSpec(inputs[0].shape, inputs[0].dtype),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (whole_dim_maps(len(inputs[0].shape), (-1,)),)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"hidden_size": last_size(inputs, "MixtureOfExperts")}

    def params_read_by(self, params: int, outputs: Outputs) -> int:
        """Return all parameters but those of the experts that cannot be chosen: each row chooses some."""
        return params - (self.num_experts - self._reachable(outputs)) * self._expert(outputs)

    def params_read_on_average(self, params: int, outputs: Outputs) -> int:
        """Return the parameters that a pass reads on average where each row chooses among the experts uniformly.

        An expert is left out by all R rows with probability (1 − k/n)ᴿ. The result is rounded down.
        """
        *rows, _ = outputs[0].shape
        n, k = self.num_experts, self.num_experts_per_tok
        # Past some rows the power is smaller than any float: then no expert is left out.
        idle = n * (1 - k / n) ** prod(rows)
        return params - round(idle * self._expert(outputs))

    def _reachable(self, outputs: Outputs) -> int:
        *rows, _ = outputs[0].shape
        return min(self.num_experts, prod(rows) * self.num_experts_per_tok)

    def _expert(self, outputs: Outputs) -> int:
        """Return the parameters of one expert."""
        features, inner = outputs[0].shape[-1], self.intermediate_size
        return 3 * features * inner + self.bias * (2 * inner + features)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *rows, features = inputs[0].shape
        shared = self.shared_size
        sizes = {"D": features, "F": self.intermediate_size, "D_out": features, "F_s": shared}
        flags = {"b": self.bias, "q": self.shared_gate, "r": self.router_bias, "s": shared > 0}
        counts = {"R": prod(rows), "n": self.num_experts, "k": self.num_experts_per_tok}
        return counts | sizes | {name: int(flag) for name, flag in flags.items()}

    def summary(self, inputs: Inputs) -> str:
        return f"{self.num_experts_per_tok} of {self.num_experts} experts, {self.intermediate_size}"
