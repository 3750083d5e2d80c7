"""Rotary position embedding: Su et al. 2021, arXiv:2104.09864, as transformers applies it.

Pairs of features are rotated by an angle that grows with the position: x·cos + y·sin, y the other one of the pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Float, Int, Optional, param
from layerledger.core.base.shapes import ShapeError, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.inner_steps import Inside, step
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings


@layer_type("Attention", order=20)
class RotaryEmbedding(LayerType):
    """Rotates queries, or queries and keys, by their positions: (N, h, L, D), kept as it is; one output an input."""

    base: float = param(Float(1), default=10_000.0, help="Base θ of the angles' wavelengths.")
    rotary_dim: int | None = param(
        Optional(Int(2)), default=None, help="Number of features that are rotated, which must be even; empty for all."
    )

    fused: bool = param(
        Bool(),
        default=True,
        help="Whether the angles are computed where they are used; else a table of cosines and sines is written.",
    )

    aliases = ("rope", "rotary")
    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        E="values that are turned, in all inputs",
        L="positions",
        r="features of a head that are turned",
    )
    input_arity = (1, 2)
    indices = "refused"
    receptive = "same"
    saved_tensors = "nothing"
    # Each of E turned values takes 2 products and a sum; each position r/2 angles with cosine and sine.
    counts = counting(
        mul={"rotation": "2*E", "angles": "L*r/2"},
        add={"rotation": "E"},
        special={"angles": "L*r"},
    )
    inside = Inside(
        (
            step("angles", "Cos", "", table="L*r"),
            step("rotation", "Mul", "input input:1? table", into="output output:1?"),
        ),
    )
    examples = (
        Example(
            params={},
            inputs=((1, 32, 128, 128), (1, 8, 128, 128)),
            outputs=((1, 32, 128, 128), (1, 8, 128, 128)),
            counts={"params": 0, "mul": 1_318_912, "add": 655_360, "special": 16_384},
            source="by hand: Llama-3-8B on 128 tokens, 40 heads of 128 features",
        ),
    )

    def check(self) -> None:
        if self.rotary_dim is not None and self.rotary_dim % 2:
            raise ShapeError(
                Message("rotary_dim must be even, to make pairs; got {rotary_dim}", rotary_dim=self.rotary_dim),
                param="rotary_dim",
            )

    def outputs(self, inputs: Inputs) -> Outputs:
        for spec in inputs:
            self._turned(spec.shape)
        return inputs

    def _turned(self, shape: tuple[int, ...]) -> int:
        """Return the number of rotated features of a tensor."""
        if len(shape) < 2:
            raise ShapeError(
                Message("RotaryEmbedding takes (*, L, D); the input is {shape}", shape=shape_text(shape)),
                param="inputs",
            )
        features = shape[-1]
        if self.rotary_dim is not None and self.rotary_dim > features:
            raise ShapeError(
                Message(
                    "rotary_dim must be at most the input's {features} features; got {rotary_dim}",
                    rotary_dim=self.rotary_dim,
                    features=features,
                ),
                param="rotary_dim",
            )
        if self.rotary_dim is None and features % 2:
            raise ShapeError(
                Message(
                    "the number of features must be even, since pairs are rotated; got {features}", features=features
                ),
                param="inputs",
            )
        return features if self.rotary_dim is None else self.rotary_dim

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        turned = [self._turned(spec.shape) for spec in inputs]
        elements = (prod(spec.shape[:-1]) * r for spec, r in zip(inputs, turned, strict=True))
        # The angles are the same for all inputs, such as queries and keys, and count once.
        return {"E": sum(elements), "L": max(spec.shape[-2] for spec in inputs), "r": max(turned)}

    def summary(self, inputs: Inputs) -> str:
        return f"θ {self.base:g}"
