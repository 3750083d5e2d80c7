"""Deformable convolution: each tap of the filter is moved by an offset of its own.

Source of shapes and parameters: torchvision.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Sizes, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, check_rank, conv_size, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings, sizes_summary
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.conv_layer import ConvLayer
from layerledger.core.layers.windows import Receptive

_TAPS = "K_h*K_w*H_out*W_out"


@layer_type("Convolution", order=80)
class DeformConv2d(ConvLayer):
    """Convolution whose taps are moved by offsets (torchvision.ops): (N, C_in, H, W) -> (N, C_out, H_out, W_out).

    The second input holds the offsets, (N, 2·d·K_h·K_w, H_out, W_out), d groups of channels with offsets of their own;
    a third one weighs the taps, (N, d·K_h·K_w, H_out, W_out). Source: Dai et al. 2017, arXiv:1703.06211.
    """

    padding: tuple[int, ...] = param(Sizes(0), default=0, help="Padding on both sides.")
    dilation: tuple[int, ...] = param(Sizes(1), default=1, help="Distance between the filter's taps.")

    aliases = ("deformconv", "dcn")
    symbol_help = meanings(
        d="groups of channels with offsets of their own",
        m="1 with a third input that weighs the taps, else 0",
    )
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
            raise ShapeError(
                Message(
                    "the input's {channels} channels must be divisible by the {groups} groups of offsets",
                    groups=groups,
                    channels=inputs[0].shape[1],
                ),
                param="inputs",
            )
        return (output,)

    def shape(self, shape: Shape) -> Shape:
        batch, _, spatial = self.split(shape)
        rows = zip(spatial, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        sizes = tuple(conv_size(size, k, s, 2 * p, d) for size, k, s, p, d in rows)
        wrong = next((pair for pair in zip(AXES[2], sizes, strict=True) if pair[1] < 1), None)
        if wrong:
            raise ShapeError(
                Message(
                    "the filter is larger than the padded input {spatial} in {name}; reduce kernel_size or add padding",
                    spatial=shape_text(spatial),
                    name=wrong[0],
                ),
                param="kernel_size",
            )
        return (*batch, self.out_channels, *sizes)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        """Return that it is not modelled: offsets can lead anywhere."""
        return "not modelled"

    def _offset_groups(self, inputs: Inputs, out: Shape) -> int:
        """Return the number of groups of offsets, d."""
        taps, offsets = prod(self.kernel_size), inputs[1].shape
        # Two offsets, of row and column, for each tap of each group.
        groups = offsets[1] // (2 * taps) if len(offsets) == 4 else 0
        self._check_beside("offsets", offsets, (out[0], 2 * taps * max(groups, 1), *out[2:]))
        for mask in inputs[2:]:
            self._check_beside("mask", mask.shape, (out[0], taps * groups, *out[2:]))
        return groups

    def _check_beside(self, name: str, given: Shape, wanted: Shape) -> None:
        if given != wanted:
            raise ShapeError(
                Message(
                    "the {name} must be {wanted}, for {kernel_size} taps an output; got {given}",
                    name=name,
                    wanted=shape_text(wanted),
                    kernel_size=sizes_summary(self.kernel_size),
                    given=shape_text(given),
                ),
                param="inputs",
            )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        groups = inputs[1].shape[1] // (2 * prod(self.kernel_size))
        return {**super().symbols(inputs, outputs), "d": groups, "m": int(len(inputs) > 2)}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (out,) = tape.outputs(outputs, given)
        if out.needs:
            tape.keep(*given)
            tape.keep_weight(self._weight_of(given))
        return (out,)
