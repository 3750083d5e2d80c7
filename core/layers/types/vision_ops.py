"""Layers of torchvision.ops and of torchvision's networks.

Source of shapes and parameters: torchvision.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Float, Int, Sizes, Value, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, check_rank, conv_size, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs, counting
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.saved_tensors import Saved, SavedExtra
from layerledger.core.layers.symbols import sizes_summary
from layerledger.core.layers.types.conv import ConvLayer
from layerledger.core.layers.types.norm import EPS
from layerledger.core.layers.types.upsample import Upsample
from layerledger.core.layers.windows import Receptive, whole_dim_maps


@layer_type("Dropout")
class StochasticDepth(LayerType):
    """Drops a whole residual branch in training (torchvision.ops); free at inference: (*) -> (*)."""

    in_place = "view"
    receptive = "same"
    p: float = param(Float(0, 1), initial=0.1, help="Probability that the branch is dropped in training.")
    mode: Literal["batch", "row"] = param(
        Choice(("batch", "row")), default="row", help="Drop it for the whole batch at once, or for each row by itself."
    )

    status = "free"
    examples = (
        Example(
            params={"p": 0.2},
            inputs=((1, 112, 14, 14),),
            outputs=((1, 112, 14, 14),),
            counts={"params": 0, "exact_flops": 0},
            source="torchvision efficientnet_b0, which it leaves as it is at inference",
        ),
    )

    def saved_for_backward(self, inputs: Inputs, outputs: Outputs) -> Saved:
        """A number a row, or one in all, of those that are drawn."""
        shape = inputs[0].shape
        return Saved(elements=(shape[0] if self.mode == "row" and shape else 1) if self.p else 0)

    def summary(self, inputs: Inputs) -> str:
        return f"p {self.p:g}"


@layer_type("Reshape")
class Interpolate(Upsample):
    """Resizes every spatial dimension (torch.nn.functional.interpolate): (N, C, *) -> (N, C, *out)."""

    antialias: bool = param(Bool(), default=False, help="Smooth before shrinking; the taps this adds are left out.")

    examples = (
        Example(
            params={"size": 520, "mode": "bilinear"},
            inputs=((1, 21, 65, 65),),
            outputs=((1, 21, 520, 520),),
            counts={"mul": 4 * 21 * 520 * 520, "macs": 0},
            source="by hand: 4 products for each output; torchvision fcn_resnet50's last step",
        ),
    )

    def check(self) -> None:
        super().check()
        if self.antialias and self.mode not in ("bilinear", "bicubic"):
            raise ShapeError('antialias must be false unless mode is "bilinear" or "bicubic"', param="antialias")

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return None if self.antialias else super().receptive_of(inputs, outputs)


@layer_type("Normalization")
class LayerNorm2d(LayerType):
    """LayerNorm over the channels of each pixel, as ConvNeXt has it: (N, C, H, W), kept as it is."""

    num_channels: int | None = param(Int(1), default=None, derived=True, help="Channels; they follow from the input.")
    eps: float = EPS
    elementwise_affine: bool = param(Bool(), default=True, help="A learned scale and shift for each channel.")

    indices = "refused"
    receptive = "same"
    counts = counting(params="2*a*C", mul="(2 + a)*R*C", add="(3 + a)*R*C - R", special="4*R")
    examples = (
        Example(
            params={},
            inputs=((1, 96, 56, 56),),
            outputs=((1, 96, 56, 56),),
            counts={"params": 192, "macs": 0},
            source="torchvision convnext_tiny.features.0.1",
        ),
    )

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        check_rank(inputs[0].shape, (4,), of="LayerNorm2d", axes="(N, C, H, W)")
        return {"num_channels": inputs[0].shape[1]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        n, channels, *pixels = inputs[0].shape
        return {"R": n * prod(pixels), "C": channels, "a": int(self.elementwise_affine)}

    def summary(self, inputs: Inputs) -> str:
        return str(inputs[0].shape[1])


_ACTIVATIONS = ("relu", "silu", "gelu", "sigmoid", "hardsigmoid")
_EACH = {  # cmp, mul, add, special of one element; see the activation functions
    "relu": (1, 0, 0, 0),
    "silu": (0, 1, 1, 2),
    "gelu": (0, 3, 1, 1),
    "sigmoid": (0, 0, 1, 2),
    "hardsigmoid": (2, 1, 1, 0),
}


@layer_type("Convolution")
class SqueezeExcitation(LayerType):
    """Scales channels by what all pixels say together (torchvision.ops): (N, C, H, W), kept as it is.

    A mean of each channel, two 1×1 convolutions with an activation function after each, a product with the input.
    """

    input_channels: int | None = param(Int(1), default=None, derived=True, help="Channels; they follow from the input.")
    squeeze_channels: int = param(Int(1), initial=16, help="Channels between the two convolutions.")
    activation: str = param(Choice(_ACTIVATIONS), default="relu", help="Function after the first convolution.")
    scale_activation: str = param(Choice(_ACTIVATIONS), default="sigmoid", help="Function after the second one.")

    indices = "refused"
    counts = counting(
        params={"squeeze": "C*S + S", "excite": "S*C + C"},
        macs={"squeeze": "N*C*S", "excite": "N*S*C"},
        mul={
            "squeeze": "N*C*S",
            "activation": "N*S*a_mul",
            "excite": "N*S*C",
            "scale activation": "N*C*z_mul",
            "scale": "N*C*P",
        },
        add={
            "mean": "N*C*(P - 1)",
            "squeeze": "N*C*S",
            "activation": "N*S*a_add",
            "excite": "N*S*C",
            "scale activation": "N*C*z_add",
        },
        cmp={"activation": "N*S*a_cmp", "scale activation": "N*C*z_cmp"},
        special={"mean": "N*C", "activation": "N*S*a_special", "scale activation": "N*C*z_special"},
    )
    examples = (
        Example(
            params={"squeeze_channels": 24, "scale_activation": "hardsigmoid"},
            inputs=((1, 72, 28, 28),),
            outputs=((1, 72, 28, 28),),
            counts={"params": 3_552, "macs": 3_456},
            source="torchvision mobilenet_v3_large.features.4.block.2, torch FlopCounterMode",
        ),
    )

    saved_extra = SavedExtra(elements="N*(2*C + 2*S)")

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank = len(inputs[0].shape)
        return (whole_dim_maps(rank, (rank - 3, rank - 2, rank - 1)),)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        shape = inputs[0].shape
        check_rank(shape, (3, 4), of="SqueezeExcitation", axes="(N, C, H, W) or (C, H, W)")
        if 0 in shape[-3:]:
            raise ShapeError(
                Message("a mean of no pixels is not defined; the input is {shape}", shape=shape_text(shape)),
                param="inputs",
            )
        return {"input_channels": shape[-3]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *batch, channels, height, width = inputs[0].shape
        functions = {"a": self.activation, "z": self.scale_activation}
        each = {
            f"{letter}_{primitive}": count
            for letter, name in functions.items()
            for primitive, count in zip(("cmp", "mul", "add", "special"), _EACH[name], strict=True)
        }
        return {"N": prod(batch), "C": channels, "S": self.squeeze_channels, "P": height * width, **each}

    def summary(self, inputs: Inputs) -> str:
        return f"{inputs[0].shape[-3]}→{self.squeeze_channels}→{inputs[0].shape[-3]}"


_TAPS = "K_h*K_w*H_out*W_out"


@layer_type("Convolution")
class DeformConv2d(ConvLayer):
    """Convolution whose taps are moved by offsets (torchvision.ops): (N, C_in, H, W) -> (N, C_out, H_out, W_out).

    The second input holds the offsets, (N, 2·d·K_h·K_w, H_out, W_out), d groups of channels with offsets of their own;
    a third one weighs the taps, (N, d·K_h·K_w, H_out, W_out). Source: Dai et al. 2017, arXiv:1703.06211.
    """

    padding: tuple[int, ...] = param(Sizes(0), default=0, help="Padding on both sides.")
    dilation: tuple[int, ...] = param(Sizes(1), default=1, help="Distance between the filter's taps.")

    dims = 2
    input_arity = (2, 3)
    status = "approximated"
    approximation = (
        "A value between pixels counts as 4 products and 3 additions, its 4 weights as 4 products and 6 additions an "
        "offset; finding the pixels is left out."
    )
    counts = counting(
        params="K_h*K_w*C_in/g*C_out + b*C_out",
        macs="N*K_h*K_w*C_in/g*H_out*W_out*C_out",
        mul={
            "convolution": "N*K_h*K_w*C_in/g*H_out*W_out*C_out",
            "values between pixels": f"4*N*C_in*{_TAPS}",
            "weights of pixels": f"4*N*d*{_TAPS}",
            "mask": f"m*N*C_in*{_TAPS}",
        },
        add={
            "convolution": "N*(K_h*K_w*C_in/g - 1 + b)*H_out*W_out*C_out",
            "values between pixels": f"3*N*C_in*{_TAPS}",
            "weights of pixels": f"6*N*d*{_TAPS}",
        },
    )
    examples = (
        Example(
            params={"out_channels": 5, "kernel_size": 3, "bias": False},
            inputs=((4, 3, 10, 10), (4, 18, 8, 8)),
            outputs=((4, 5, 8, 8),),
            counts={"params": 135, "macs": 34_560},
            source="torchvision’s documentation of deform_conv2d; by hand: 4·5·8·8·27",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        check_rank(inputs[0].shape, (4,), of="DeformConv2d", axes="(N, C_in, H, W)")
        (output,) = super().outputs(inputs[:1])
        groups = self._offset_groups(inputs, output.shape)
        if inputs[0].shape[1] % groups:
            message = f"{groups} groups of offsets do not share the input's {inputs[0].shape[1]} channels evenly"
            raise ShapeError(message, param="inputs")
        return (output,)

    def shape(self, shape: Shape) -> Shape:
        batch, _, spatial = self.split(shape)
        rows = zip(spatial, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        sizes = tuple(conv_size(size, k, s, 2 * p, d) for size, k, s, p, d in rows)
        wrong = next((pair for pair in zip(AXES[2], sizes, strict=True) if pair[1] < 1), None)
        if wrong:
            message = f"the filter is larger than the padded input {shape_text(spatial)} in {wrong[0]}"
            raise ShapeError(
                Message("{message}; a smaller kernel_size or more padding would fit", message=message),
                param="kernel_size",
            )
        return (*batch, self.out_channels, *sizes)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        """Offsets lead anywhere."""
        return None

    def _offset_groups(self, inputs: Inputs, out: Shape) -> int:
        """Return d."""
        taps, offsets = prod(self.kernel_size), inputs[1].shape
        groups = offsets[1] // (2 * taps) if len(offsets) == 4 else 0
        self._check_beside("offsets", offsets, (out[0], 2 * taps * max(groups, 1), *out[2:]))
        for mask in inputs[2:]:
            self._check_beside("mask", mask.shape, (out[0], taps * groups, *out[2:]))
        return groups

    def _check_beside(self, name: str, given: Shape, wanted: Shape) -> None:
        if given != wanted:
            message = f"the {name} must be {shape_text(wanted)}, {sizes_summary(self.kernel_size)} taps an output"
            raise ShapeError(
                Message("{message}; it is {given}", message=message, given=shape_text(given)), param="inputs"
            )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        groups = inputs[1].shape[1] // (2 * prod(self.kernel_size))
        return {**super().symbols(inputs, outputs), "d": groups, "m": int(len(inputs) > 2)}
