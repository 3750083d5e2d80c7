"""The choice of boxes among those that a detector finds.

Source of names, parameters and shapes: torchvision.ops.nms; ONNX NonMaxSuppression.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Float, Int, param
from layerledger.core.base.shapes import ShapeError, TensorSpec, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings


@layer_type("Reshape", order=260)
class NonMaxSuppression(LayerType):
    """The best boxes that do not overlap better ones; of their number, which depends on the data, the largest is taken.

    (S, 4), (S) -> (K): one class, as torchvision.ops.nms; (B, S, 4), (B, C, S) -> (B·C·K, 3): each image and class, as
    in ONNX. K is max_output_boxes, or S where that is less.
    """

    max_output_boxes: int = param(
        Int(0), default=0, initial=100, help="Most boxes of each image and class that are kept; 0 for all."
    )
    iou_threshold: float = param(
        Float(0, 1), default=0.5, help="Overlap above which the worse box is dropped; changes no count."
    )

    aliases = ("nms", "nonmaxsuppression")
    status = "approximated"
    approximation = (
        "The largest output is taken. Each box that can be kept is compared with all boxes of its class: 7 "
        "comparisons, 4 additions, 1 product and a division for an overlap."
    )
    indices = "refused"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    receptive = "not modelled"
    input_arity = (2, 2)
    symbol_help = meanings(
        K="most boxes that are kept of each image and class",
        P="pairs of an image and a class",
        S="boxes of an image",
    )
    # Corners of the common part: 4 maxima and minima; its sides: 2 differences, cut at 0 by 2 comparisons; its area: a
    # product; the joint area: 2 additions, the areas of the boxes being known; a division, and the threshold. The area
    # of a box: 2 differences and a product.
    counts = counting(mul="P*K*S + P*S", add="4*P*K*S + 2*P*S", cmp="7*P*K*S", special="P*K*S")
    examples = (
        Example(
            params={"max_output_boxes": 3},
            inputs=((1, 6, 4), (1, 1, 6)),
            outputs=((3, 3),),
            counts={"cmp": 126, "add": 84, "mul": 24, "special": 18},
            source="ONNX’s documentation of NonMaxSuppression; by hand: 3·6 overlaps and 6 areas",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        boxes, scores = (spec.shape for spec in inputs)
        several = len(boxes) == 3
        fits = len(scores) == (3 if several else 1) and boxes[-1:] == (4,) and scores[-1:] == boxes[-2:-1]
        if len(boxes) not in (2, 3) or not fits or (several and scores[0] != boxes[0]):
            raise ShapeError(
                Message(
                    "boxes and scores must be (S, 4) and (S), or (B, S, 4) and (B, C, S); got {boxes} and {scores}",
                    boxes=shape_text(boxes),
                    scores=shape_text(scores),
                ),
                param="inputs",
            )
        found = self.symbols(inputs, ())
        count = found["P"] * found["K"]
        return (TensorSpec((count, 3) if several else (count,), "int64"),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        boxes, scores = (spec.shape for spec in inputs)
        size = boxes[-2]
        most = min(self.max_output_boxes, size) if self.max_output_boxes else size
        return {"K": most, "P": prod(scores[:-1]), "S": size}

    def summary(self, inputs: Inputs) -> str:
        return f"≤ {self.max_output_boxes}" if self.max_output_boxes else ""
