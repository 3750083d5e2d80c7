"""The parts of the layers of the Transformer: their counts, and their inner steps in the order of torch.nn."""

from __future__ import annotations

from layerledger.core.layers.components import Part, attention, layer_norms, linear
from layerledger.core.layers.inner_steps import InnerPart, Inside, Loop, step
from layerledger.core.layers.types.attention import ATTENTION


def _feed_forward() -> dict[str, Part]:
    """Two linear maps with relu, or with gelu where u is 1; see ReLU and GELU."""
    each = "N*L*F"
    return {
        "feed-forward up": linear("N*L", "E", "F"),
        "activation": {"cmp": f"(1 - u)*{each}", "mul": f"3*u*{each}", "add": f"u*{each}", "special": f"u*{each}"},
        "feed-forward down": linear("N*L", "F", "E"),
    }


def _around(sublayers: str) -> dict[str, Part]:
    return {"normalization": layer_norms(sublayers, "N*L"), "residual": {"add": f"{sublayers}*N*L*E"}}


ENCODER: dict[str, Part] = {
    "projections": linear("N*L", "E", "4*E"),
    **attention("L", "L"),
    **_feed_forward(),
    **_around("2"),
}

DECODER: dict[str, Part] = {
    "projections": linear("N*L", "E", "4*E"),
    **attention("L", "L"),
    "query and output of memory": linear("N*L", "E", "2*E"),
    "key and value of memory": linear("N*S", "E", "2*E"),
    **attention("L", "S", name="memory "),
    **_feed_forward(),
    **_around("3"),
}


def _norm(name: str, reads: str, *, when: str) -> InnerPart:
    return step("normalization", "LayerNorm", reads, when=when, weights="(1 + b)*E", **{name: "N*L*E"})


def _attending(name: str, memory: str, tokens: str) -> tuple[InnerPart, ...]:
    """Return the steps of attention of the tokens to others, with residual and normalization: x -> x."""
    one, kernel = "E*E + b*E", [f"{name}{part}" for part in ("scores", "softmax", "weighted sum")]
    return (
        _norm("normed", "x", when="norm_first"),
        step(f"{name}query", "Linear", "normed", q="N*L*E", weights=one),
        step(f"{name}key", "Linear", memory, k=f"N*{tokens}*E", weights=one),
        step(f"{name}value", "Linear", memory, v=f"N*{tokens}*E", weights=one),
        step(kernel[0], "MatMul", "q k", scores=f"N*h*L*{tokens}"),
        step(kernel[1], "Softmax", "scores", shares=f"N*h*L*{tokens}"),
        step(kernel[2], "MatMul", "shares v", context="N*L*E"),
        step(f"{name}output", "Linear", "context", attended="N*L*E", weights=one),
        step("residual", "Add", "x attended", summed="N*L*E"),
        _norm("x", "summed", when="not norm_first"),
    )


FEEDING: tuple[InnerPart, ...] = (
    _norm("normed", "x", when="norm_first"),
    step("feed-forward up", "Linear", "normed", hidden="N*L*F", weights="E*F + b*F"),
    step("activation", "ReLU", "hidden", active="N*L*F"),
    step("feed-forward down", "Linear", "active", fed="N*L*E", weights="F*E + b*E"),
    step("residual", "Add", "x fed", summed="N*L*E"),
    _norm("x", "summed", when="not norm_first"),
)

SELF = _attending("", "normed", "L")
MEMORY = _attending("memory ", "input:1", "S")
_KERNEL = (*ATTENTION, *(f"memory {name}" for name in ATTENTION))


def layers_in_series(*parts: InnerPart, times: str = "1") -> Inside:
    """Return layers in series, each of which takes what the one before it gives."""
    return Inside((Loop(times, parts, starts={"x": "input"}),), ("x",), kernel=_KERNEL)
