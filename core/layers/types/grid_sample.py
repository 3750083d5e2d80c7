"""Values of an image between its pixels: at places that a grid lists, and averaged over boxes.

Source of names, parameters and shapes: torch.nn.functional.grid_sample; torchvision.ops.roi_align; ONNX GridSample and
RoiAlign. As in resizing, each value between pixels is the weighted sum of its taps: 2 a dimension, 4 for bicubic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Float, Int, Sizes, param
from layerledger.core.base.shapes import AXES, ShapeError, TensorSpec, check_rank, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings, sizes_summary
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces

SAMPLES = 2
"""Samples of a bin along each dimension that are counted where their number depends on the box."""


class _Sampled(LayerType):
    """Values between pixels."""

    status = "approximated"
    indices = "kept"
    in_place = "never"
    fusible = False
    receptive = "not modelled"


@layer_type("Reshape", order=240)
class GridSample(_Sampled):
    """Values at the places of a grid (grid_sample): (N, C, H, W), (N, H_out, W_out, 2) -> (N, C, H_out, W_out)."""

    mode: Literal["bilinear", "nearest", "bicubic"] = param(
        Choice(("bilinear", "nearest", "bicubic")),
        default="bilinear",
        help="Interpolation; bilinear is trilinear in volumes.",
    )
    padding_mode: Literal["zeros", "border", "reflection"] = param(
        Choice(("zeros", "border", "reflection")), default="zeros", help="Values of places outside the image."
    )
    align_corners: bool = param(Bool(), default=False, help="Whether −1 and 1 are the centres of the corner pixels.")

    aliases = ("gridsample", "gridsampler", "warp")
    approximation = (
        "Each output counts as the weighted sum of its taps; working out their places and weights is left out."
    )
    saved_tensors = "inputs"
    input_arity = (2, 2)
    symbol_help = meanings(
        E="elements of the output", t="taps: inputs that are weighed for each output; 0 in mode “nearest”"
    )
    counts = counting(mul="E*t", add="E*max(t - 1, 0)")
    examples = (
        Example(
            params={},
            inputs=((2, 3, 8, 8), (2, 5, 7, 2)),
            outputs=((2, 3, 5, 7),),
            counts={"mul": 840, "add": 630, "params": 0, "macs": 0},
            source="PyTorch 2.14.1; by hand: 4 products and 3 additions for each of 210 values",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        spec, grid = inputs
        check_rank(spec.shape, (4, 5), of="GridSample", axes="(N, C, H, W) or (N, C, D, H, W)")
        dims = len(spec.shape) - 2
        if len(grid.shape) != dims + 2 or (grid.shape[0], grid.shape[-1]) != (spec.shape[0], dims):
            raise ShapeError(
                Message(
                    "the grid must be ({batch}, {sizes}, {dims}), {dims} numbers for each output; got {grid}",
                    batch=spec.shape[0],
                    sizes=", ".join(f"{name}_out" for name in AXES[dims]),
                    dims=dims,
                    grid=shape_text(grid.shape),
                ),
                param="inputs",
            )
        if 0 in spec.shape[2:]:
            raise ShapeError(
                Message("the sizes of the image must be above 0; got {shape}", shape=shape_text(spec.shape)),
                param="inputs",
            )
        if self.mode == "bicubic" and dims == 3:
            raise ShapeError(Message('mode "bicubic" takes images only; the input is a volume'), param="mode")
        return (TensorSpec((*spec.shape[:2], *grid.shape[1:-1]), spec.dtype),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        dims = len(inputs[0].shape) - 2
        taps = {"nearest": 0, "bilinear": 2**dims, "bicubic": 4**dims}[self.mode]
        return {"E": outputs[0].elements, "t": taps}

    def summary(self, inputs: Inputs) -> str:
        return self.mode


@layer_type("Reshape", order=250)
class RoIAlign(_Sampled):
    """Boxes of an image, each resized to one size (torchvision.ops): (N, C, H, W), (K, 5) -> (K, C, H_out, W_out).

    A row of the second input is the image's number and the corners x₁, y₁, x₂, y₂ of a box; as in ONNX, the numbers may
    be a third input, (K), beside corners (K, 4).
    """

    output_size: tuple[int, ...] = param(Sizes(1), initial=7, help="Height and width of each output.")
    spatial_scale: float = param(Float(), default=1.0, help="Factor from the boxes’ numbers to pixels of the input.")
    sampling_ratio: int = param(
        Int(), default=-1, help="Samples of a bin along each dimension; 0 or less: as many as the box needs."
    )
    aligned: bool = param(Bool(), default=False, help="Whether boxes are shifted by half a pixel.")

    aliases = ("roialign", "roi")
    approximation = (
        "Each sample counts as 4 products and 3 additions; working out its place is left out. Where sampling_ratio is "
        "0 or less, the number of samples depends on the boxes: 2×2 are counted."
    )
    dims = 2
    saved_tensors = "inputs"
    input_arity = (2, 3)
    symbol_help = meanings(E="elements of the output", s="samples of a bin")
    counts = counting(mul="4*E*s", add="3*E*s + E*(s - 1)", special="E")
    examples = (
        Example(
            params={"output_size": 5, "sampling_ratio": 2},
            inputs=((2, 3, 8, 8), (2, 5)),
            outputs=((2, 3, 5, 5),),
            counts={"mul": 2_400, "add": 2_250, "special": 150, "params": 0, "macs": 0},
            source="torchvision 0.29.1; by hand: 4 samples for each of 150 values, and their mean",
        ),
    )

    def spatial_dims_of(self, inputs: Inputs) -> int:
        return 2

    def outputs(self, inputs: Inputs) -> Outputs:
        spec, boxes, *numbers = inputs
        check_rank(spec.shape, (4,), of="RoIAlign", axes="(N, C, H, W)")
        if 0 in spec.shape[2:]:
            raise ShapeError(
                Message("the sizes of the image must be above 0; got {shape}", shape=shape_text(spec.shape)),
                param="inputs",
            )
        wanted = 4 if numbers else 5
        fits = len(boxes.shape) == 2 and boxes.shape[1] == wanted
        if not fits or any(each.shape != boxes.shape[:1] for each in numbers):
            raise ShapeError(
                Message(
                    "the boxes must be (K, 5), or (K, 4) with a third input (K) of their images; got {given}",
                    given=" and ".join(shape_text(each.shape) for each in inputs[1:]),
                ),
                param="inputs",
            )
        return (TensorSpec((boxes.shape[0], spec.shape[1], *self.output_size), spec.dtype),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        along = self.sampling_ratio if self.sampling_ratio > 0 else SAMPLES
        return {"E": outputs[0].elements, "s": along**2}

    def summary(self, inputs: Inputs) -> str:
        return f"to {sizes_summary(self.output_size)}"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        # Only the image has a gradient, for which the boxes are kept.
        (made,) = tape.outputs(outputs, given[:1])
        if made.needs:
            tape.keep(*given[1:])
        return (made,)
