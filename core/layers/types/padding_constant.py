"""Padding with zeros or another constant in 1, 2 and 3 dimensions: moves data, computes nothing.

Source of shapes and parameters: torch.nn and torch.nn.functional.pad.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.params import MAX_RANK, Float, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, check_rank
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.types.padding import PadLayer


class _ZeroPad(PadLayer):
    """Padding of any tensor with the padded dimensions."""

    indices = "kept"

    def split(self, shape: Shape) -> tuple[Shape, Shape]:
        axes = ", ".join(("*", *AXES[self.dims]))
        check_rank(shape, range(self.dims, MAX_RANK + 1), of=self.type_name, axes=f"({axes})")
        return shape[: -self.dims], shape[-self.dims :]

    def padded(self, name: str, size: int, before: int, after: int) -> int:
        if size + min(before, 0) + min(after, 0) < 0:
            raise ShapeError(
                Message(
                    "padding {before} and {after} crops more than the {size} of {name}",
                    before=before,
                    after=after,
                    size=size,
                    name=name,
                ),
                param="padding",
            )
        return size + before + after


class _ConstantPad(_ZeroPad):
    value: float = param(Float(), initial=0.0, help="Value of the padding.")

    aliases = ("pad",)


@layer_type("Padding", order=20)
class ZeroPad1d(_ZeroPad):
    """Pads with zeros: (*, L) -> (*, L_out)."""

    aliases = ("pad", "zeropadding")
    dims = 1
    examples = torch_example({"padding": 3}, ((2, 4, 12),), ((2, 4, 18),))


@layer_type("Padding", order=30)
class ZeroPad2d(_ZeroPad):
    """Pads with zeros: (*, H, W) -> (*, H_out, W_out)."""

    aliases = ("pad", "zeropadding")
    dims = 2
    examples = (
        Example(
            params={"padding": (1, 1, 2, 0)},
            inputs=((1, 1, 3, 3),),
            outputs=((1, 1, 5, 5),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.ZeroPad2d",
        ),
    )


@layer_type("Padding", order=40)
class ZeroPad3d(_ZeroPad):
    """Pads with zeros: (*, D, H, W) -> (*, D_out, H_out, W_out)."""

    aliases = ("pad", "zeropadding")
    dims = 3
    examples = torch_example({"padding": (0, 2, 0, 3, 0, 2)}, ((1, 7, 7, 10, 5),), ((1, 7, 9, 13, 7),))


@layer_type("Padding", order=50)
class ConstantPad1d(_ConstantPad):
    """Pads with a constant: (*, L) -> (*, L_out)."""

    dims = 1
    examples = torch_example({"padding": 1, "value": 3.5}, ((4, 8, 7),), ((4, 8, 9),))


@layer_type("Padding", order=60)
class ConstantPad2d(_ConstantPad):
    """Pads with a constant: (*, H, W) -> (*, H_out, W_out)."""

    dims = 2
    examples = torch_example({"padding": 2, "value": 3.5}, ((3, 6, 10, 11),), ((3, 6, 14, 15),))


@layer_type("Padding", order=70)
class ConstantPad3d(_ConstantPad):
    """Pads with a constant: (*, D, H, W) -> (*, D_out, H_out, W_out)."""

    dims = 3
    examples = (
        Example(
            params={"padding": 3, "value": 3.5},
            inputs=((16, 3, 10, 20, 30),),
            outputs=((16, 3, 16, 26, 36),),
            counts={"params": 0, "exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.ConstantPad3d",
        ),
    )
