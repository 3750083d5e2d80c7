"""Layers of the Transformer.

Source of shapes, parameters and order of operations: torch.nn; of the counts: Vaswani et al. 2017, arXiv:1706.03762.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Float, Int, Value, param
from layerledger.core.base.shapes import ShapeError, TensorSpec, shape_text
from layerledger.core.layers.attention_passes import Heads, Sublayers, transformer_layer
from layerledger.core.layers.components import composed, repeated
from layerledger.core.layers.divisibility import check_divides
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.generation import Kept, KVCache
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.attention import BATCH_FIRST, split_tokens, token_maps
from layerledger.core.layers.types.transformer_parts import DECODER, ENCODER, FEEDING, MEMORY, SELF, layers_in_series
from layerledger.core.layers.windows import Receptive


class _TransformerLayer(LayerType):
    """Base class of encoder and decoder layers."""

    d_model: int | None = param(Int(1), default=None, derived=True, help="Features of each token; the input's.")
    nhead: int = param(Int(1), initial=8, help="Heads of the attention, each with an equal share of the features.")
    dim_feedforward: int = param(Int(1), default=2048, help="Features between the two linear maps.")
    dropout: float = param(Float(0, 1), default=0.1, help="Share of values dropped in training; none at inference.")
    activation: Literal["relu", "gelu"] = param(
        Choice(("relu", "gelu")), default="relu", help="Activation function between the two linear maps."
    )
    layer_norm_eps: float = param(Float(), default=1e-5, help="Added to the variances of the normalizations.")
    batch_first: bool = BATCH_FIRST
    norm_first: bool = param(Bool(), default=False, help="Normalize before attention and feed-forward, not after.")
    bias: bool = param(Bool(), default=True, help="Learned values added by all linear maps and normalizations.")
    fused: bool = param(
        Bool(),
        default=True,
        help="Whether one kernel, such as flash attention, keeps scores and weights on chip, as PyTorch runs it.",
    )

    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        E="features of a token",
        F="features inside the feed-forward part (dim_feedforward)",
        L="tokens",
        h="heads",
        u="1 for GELU, 0 for ReLU",
    )
    indices = "refused"

    def check(self) -> None:
        if self.d_model is not None:
            check_divides(self.d_model, self.nhead, of="d_model {}", param="nhead")

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        split_tokens(inputs[0].shape, batch_first=self.batch_first, of=self.type_name)
        return {"d_model": inputs[0].shape[-1]}

    def outputs(self, inputs: Inputs) -> Outputs:
        check_divides(inputs[0].shape[-1], self.nhead, of="the input's {} features", param="nhead")
        return inputs[:1]

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return tuple(token_maps(spec.shape, batch_first=self.batch_first) for spec in inputs)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x, memory = given[0], given[1] if len(given) > 1 else None
        heads = Heads(self.nhead, self.dropout, weights=False, batch_first=self.batch_first)
        config = Sublayers(heads, self.dim_feedforward, self.dropout, self.activation == "gelu", self.norm_first)
        for _ in range(self.layers):
            x = transformer_layer(tape, x, memory, config)
        return (x,)

    @property
    def layers(self) -> int:
        """Layers in series."""
        return 1

    def kept_in_generation(self, inputs: Inputs, outputs: Outputs) -> Kept:
        """Return the keys and values of all layers; an encoder's look both ways, so that none are kept."""
        return (self._cache(inputs[0], 0, causal=False),)

    def _cache(self, spec: TensorSpec, source: int, *, causal: bool | None) -> KVCache:
        tokens, batch = split_tokens(spec.shape, batch_first=self.batch_first, of=self.type_name)
        each = 2 * spec.shape[-1] * getattr(self, "num_layers", 1)
        sequences = batch[0] if batch else 1
        return KVCache(sequences, tokens, each, None, causal, each, own_macs=False, sources=(source,))

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape = inputs[0].shape
        tokens, batch = split_tokens(shape, batch_first=self.batch_first, of=self.type_name)
        return {
            "N": batch[0] if batch else 1,
            "L": tokens,
            "E": shape[-1],
            "h": self.nhead,
            "F": self.dim_feedforward,
            "b": int(self.bias),
            "u": int(self.activation == "gelu"),
        }

    def summary(self, inputs: Inputs) -> str:
        return f"{self.nhead} heads, {self.dim_feedforward}"


@layer_type("Transformer", order=40)
class TransformerEncoderLayer(_TransformerLayer):
    """Self-attention and a feed-forward part, each with residual and normalization: (L, N, E), kept as it is."""

    aliases = ("encoder",)
    counts = composed(ENCODER)
    inside = layers_in_series(*SELF, *FEEDING)
    examples = (
        Example(
            params={"nhead": 8},
            inputs=((10, 32, 512),),
            outputs=((10, 32, 512),),
            counts={"params": 3_152_384},
            source="PyTorch’s documentation of torch.nn.TransformerEncoderLayer: the base model of Vaswani 2017",
        ),
    )


class _Decoding(_TransformerLayer):
    aliases = ("decoder",)
    symbol_help = meanings(S="tokens of the memory")
    input_arity = (2, 2)

    def outputs(self, inputs: Inputs) -> Outputs:
        target, memory = inputs
        _, batch = self._tokens(target)
        _, others = self._tokens(memory)
        if batch != others or target.shape[-1] != memory.shape[-1]:
            raise ShapeError(
                Message(
                    "target and memory must have the same batch and features; got {target} and {memory}",
                    target=shape_text(target.shape),
                    memory=shape_text(memory.shape),
                ),
                param="inputs",
            )
        return super().outputs(inputs)

    def _tokens(self, spec: TensorSpec) -> tuple[int, tuple[int, ...]]:
        return split_tokens(spec.shape, batch_first=self.batch_first, of=self.type_name)

    def kept_in_generation(self, inputs: Inputs, outputs: Outputs) -> Kept:
        """Return the keys and values of the target, and those of the memory."""
        return tuple(self._cache(spec, i, causal=None) for i, spec in enumerate(inputs))

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "S": self._tokens(inputs[1])[0]}


@layer_type("Transformer", order=50)
class TransformerDecoderLayer(_Decoding):
    """Self-attention, attention to a memory and a feed-forward part: (L, N, E), (S, N, E) -> (L, N, E)."""

    counts = composed(DECODER)
    inside = layers_in_series(*SELF, *MEMORY, *FEEDING)
    examples = (
        Example(
            params={"nhead": 8},
            inputs=((20, 32, 512), (10, 32, 512)),
            outputs=((20, 32, 512),),
            counts={"params": 4_204_032},
            source="PyTorch’s documentation of torch.nn.TransformerDecoderLayer",
        ),
    )


class _Stack(_TransformerLayer):
    """Layers in series. In torch, one layer is the argument; a file may hold its parameters either way."""

    num_layers: int = param(Int(1), initial=6, help="Layers in series, each with weights of its own.")

    symbol_help = meanings(n="layers in series (num_layers)")

    @classmethod
    def normalize_params(cls, params: Mapping[str, Value]) -> Mapping[str, Value]:
        found: dict[str, Value] = {}
        for name, value in params.items():
            if name in _ONE_LAYER and isinstance(value, Mapping):
                # What the stack itself is given goes first, in whatever order the file has it.
                found = {**value, **found}
            else:
                found[name] = value
        return found

    @property
    def layers(self) -> int:
        return self.num_layers

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "n": self.num_layers}

    def summary(self, inputs: Inputs) -> str:
        return f"×{self.num_layers} {super().summary(inputs)}"


_ONE_LAYER = ("encoder_layer", "decoder_layer", "layer")


@layer_type("Transformer", order=60)
class TransformerEncoder(_Stack):
    """Encoder layers in series: (L, N, E), kept as it is. It has a layer's parameters, and num_layers."""

    enable_nested_tensor: bool = param(Bool(), default=True, help="Skip padded tokens; the counts stay the same.")
    mask_check: bool = param(Bool(), default=True, help="Check whether the mask allows that.")

    aliases = ("encoder",)
    counts = composed(repeated("n", ENCODER))
    inside = layers_in_series(*SELF, *FEEDING, times="n")
    examples = torch_example(
        {
            "nhead": 8,
            "dim_feedforward": 16,
            "batch_first": True,
            "norm_first": True,
            "activation": "relu",
            "num_layers": 3,
        },
        ((2, 13, 32),),
        ((2, 13, 32),),
        params=16_272,
        macs=464_256,
    )


@layer_type("Transformer", order=70)
class TransformerDecoder(_Stack, _Decoding):
    """Decoder layers in series: (L, N, E), (S, N, E) -> (L, N, E). It has a layer's parameters, and num_layers."""

    counts = composed(repeated("n", DECODER))
    inside = layers_in_series(*SELF, *MEMORY, *FEEDING, times="n")
    examples = (
        Example(
            params={"nhead": 8, "num_layers": 6},
            inputs=((20, 32, 512), (10, 32, 512)),
            outputs=((20, 32, 512),),
            counts={"params": 25_224_192},
            source="PyTorch’s documentation of torch.nn.TransformerDecoder, whose 6 layers have 4,204,032 params each",
        ),
    )
