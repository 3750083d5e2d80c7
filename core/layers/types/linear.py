"""Linear and bilinear maps of the last dimension.

Source of shapes and parameters: torch.nn; of the counts: the sums written out. Each output is a sum of products: one
addition less than there are products, and one more for the bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Int, Optional, Value, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, shape_text
from layerledger.core.layers.counting import counting, formulas_of, terms_of
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import Receptive, whole_dim_maps


def _features(spec: TensorSpec, of: str) -> int:
    if not spec.shape:
        raise ShapeError(
            Message("{of} takes an input of at least one dimension; this one is a scalar", of=of), param="inputs"
        )
    return spec.shape[-1]


# y = W·x + b + B·A·x·α/r with A of r rows: Hu et al. 2021, arXiv:2106.09685; only A and B are trained.
_ADAPTED = counting(
    params={"base": "C_in*C_out + b*C_out", "adapter": "r*(C_in + C_out)"},
    trainable_params="r*(C_in + C_out)",
    adapter_params="r*(C_in + C_out)",
    macs={"base": "R*C_in*C_out", "adapter down": "R*r*C_in", "adapter up": "R*r*C_out"},
    mul={
        "base": "R*C_in*C_out",
        "adapter down": "R*r*C_in",
        "adapter up": "R*r*C_out",
        "scale": "R*C_out",
    },
    add={
        "base": "R*(C_in - 1 + b)*C_out",
        "adapter down": "R*r*(C_in - 1)",
        "adapter up": "R*(r - 1)*C_out",
        "sum": "R*C_out",
    },
)


@layer_type("Linear", order=10)
class Linear(LayerType):
    """Fully connected layer on the last dimension: (*, in_features) -> (*, out_features)."""

    in_features: int | None = param(Int(0), default=None, derived=True, help="Size of the input's last dimension.")
    out_features: int = param(Int(0), initial=10, help="Size of the output's last dimension.")
    bias: bool = param(Bool(), default=True, help="One learned value added to each output feature.")

    lora_rank: int | None = param(
        Optional(Int(1)),
        default=None,
        help="Rank of a low-rank adapter (LoRA), which is trained in place of the weight; empty for none.",
    )

    aliases = ("fc", "dense", "fullyconnected")
    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        C_in="features of the input (in_features)",
        C_out="features of the output (out_features)",
        R="rows: the sizes of the other dimensions, multiplied",
        r="rank of the adapter (lora_rank)",
    )
    indices = "refused"
    counts = counting(
        params="C_in*C_out + b*C_out",
        macs="R*C_in*C_out",
        mul="R*C_in*C_out",
        add="R*(C_in - 1 + b)*C_out",
    )
    examples = (
        Example(
            params={"out_features": 1000},
            inputs=((1, 512),),
            outputs=((1, 1000),),
            counts={"params": 513_000, "macs": 512_000, "exact_flops": 1_024_000},
            source="torchvision resnet18.fc, torch FlopCounterMode; the classic lesson, fully connected with bias",
        ),
        Example(
            params={"out_features": 768, "lora_rank": 8},
            inputs=((1, 128, 768),),
            outputs=((1, 128, 768),),
            counts={"params": 602_880, "trainable_params": 12_288, "macs": 77_070_336},
            source="Hu et al. 2021, arXiv:2106.09685: W and BA as three torch.nn.Linear, torch FlopCounterMode",
        ),
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        if self.lora_rank:
            terms = terms_of(_ADAPTED)
            vars(self).update(terms=terms, formulas=formulas_of(terms))

    def shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.out_features)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"in_features": _features(inputs[0], self.type_name)}

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (whole_dim_maps(len(inputs[0].shape), (-1,)),)

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        # As torch stores it: (out_features, in_features).
        matrix = (self.out_features, inputs[0].shape[-1])
        adapter = ((self.lora_rank, matrix[1]), (matrix[0], self.lora_rank)) if self.lora_rank else ()
        return (matrix, *((matrix[:1],) if self.bias else ()), *adapter)

    def weight_shape(self, inputs: Inputs) -> Shape | None:
        return self.weight_shapes(inputs)[0]

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        rows, features = prod(inputs[0].shape[:-1]), inputs[0].shape[-1]
        # Without features there is nothing to add up.
        rows = rows if features else 0
        sizes = {"R": rows, "C_in": features, "C_out": self.out_features, "b": int(self.bias)}
        return {**sizes, "r": self.lora_rank} if self.lora_rank else sizes

    def summary(self, inputs: Inputs) -> str:
        rank = Message(" LoRA {rank}", rank=self.lora_rank) if self.lora_rank else ""
        return f"{inputs[0].shape[-1]}→{self.out_features}{rank}"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        if not self.lora_rank:
            return (tape.linear(given[0], self.out_features),)
        base = tape.linear(given[0], self.out_features, trained=False)
        adapter = tape.linear(tape.linear(given[0], self.lora_rank), self.out_features)
        return (tape.combined(base.shape, base, adapter),)


@layer_type("Linear", order=20)
class Bilinear(LayerType):
    """Bilinear form of two inputs, y = x₁ᵀ A x₂ + b: (*, in1_features), (*, in2_features) -> (*, out_features)."""

    in1_features: int | None = param(
        Int(1), default=None, derived=True, help="Size of the first input's last dimension."
    )
    in2_features: int | None = param(
        Int(1), default=None, derived=True, help="Size of the second input's last dimension."
    )
    out_features: int = param(Int(0), initial=10, help="Size of the output's last dimension.")
    bias: bool = param(Bool(), default=True, help="One learned value added to each output feature.")

    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        C_1="features of the first input",
        C_2="features of the second input",
        C_out="features of the output (out_features)",
        R="rows: the sizes of the other dimensions, multiplied",
    )
    input_arity = (2, 2)
    indices = "refused"
    # Each of the C_out matrices takes C_1·C_2 products for x₁ᵀA, and C_2 more with x₂.
    counts = counting(
        params="C_1*C_2*C_out + b*C_out",
        macs="R*C_out*(C_1*C_2 + C_2)",
        mul="R*C_out*(C_1*C_2 + C_2)",
        add="R*C_out*((C_1 - 1)*C_2 + C_2 - 1 + b)",
    )
    examples = torch_example(
        {"out_features": 14}, ((3, 6, 3, 9), (3, 6, 3, 9)), ((3, 6, 3, 14),), params=1148, macs=None
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        rows, others = inputs[0].shape[:-1], inputs[1].shape[:-1]
        if rows != others:
            raise ShapeError(
                Message(
                    "both inputs must have the same sizes but for the last dimension; got {first} and {second}",
                    first=shape_text(inputs[0].shape),
                    second=shape_text(inputs[1].shape),
                ),
                param="inputs",
            )
        return (TensorSpec((*rows, self.out_features), inputs[0].dtype),)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        first, second = (_features(spec, self.type_name) for spec in inputs)
        return {"in1_features": first, "in2_features": second}

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (whole_dim_maps(len(inputs[0].shape), (-1,)),) * 2

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        (*rows, first), second = inputs[0].shape, inputs[1].shape[-1]
        return {"R": prod(rows), "C_1": first, "C_2": second, "C_out": self.out_features, "b": int(self.bias)}

    def summary(self, inputs: Inputs) -> str:
        return f"{inputs[0].shape[-1]}, {inputs[1].shape[-1]}→{self.out_features}"
