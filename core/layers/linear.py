"""Linear maps of the last dimension."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.layers.base import Example, Inputs, LayerType, Outputs, layer_type
from layerledger.core.params import Bool, Int, Value, param
from layerledger.core.shapes import Shape, ShapeError


@layer_type("Linear")
class Linear(LayerType):
    """Fully connected layer on the last dimension: (*, in_features) -> (*, out_features)."""

    in_features: int | None = param(Int(1), default=None, derived=True, help="Size of the input's last dimension.")
    out_features: int = param(Int(1), initial=10, help="Size of the output's last dimension.")
    bias: bool = param(Bool(), default=True, help="One learned value added to each output feature.")

    counts = {
        "params": "C_in*C_out + b*C_out",
        "macs": "R*C_in*C_out",
        "mul": "R*C_in*C_out",
        "add": "R*(C_in - 1 + b)*C_out",
    }
    examples = (
        Example(
            params={"out_features": 1000},
            inputs=((1, 512),),
            outputs=((1, 1000),),
            counts={"params": 513_000, "macs": 512_000, "exact_flops": 1_024_000},
            source="torchvision resnet18.fc, torch FlopCounterMode; the classic lesson, fully connected with bias",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.out_features)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        if not inputs[0].shape:
            raise ShapeError("Linear needs an input of at least one dimension")
        return {"in_features": inputs[0].shape[-1]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        rows, features = prod(inputs[0].shape[:-1]), inputs[0].shape[-1]
        return {"R": rows, "C_in": features, "C_out": self.out_features, "b": int(self.bias)}

    def summary(self, inputs: Inputs) -> str:
        return f"{inputs[0].shape[-1]}→{self.out_features}"
