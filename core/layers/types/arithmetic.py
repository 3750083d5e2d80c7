"""Arithmetic, element by element, of tensors, or of a tensor and a number. They are functions of torch.

Source of shapes, dtypes and parameters: torch and its rules of broadcasting; of the counts: the sums written out.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.params import Float, Optional, param
from layerledger.core.base.shapes import FLOAT_DTYPES, TensorSpec, promoted
from layerledger.core.layers.broadcasting import broadcast
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.input_checks import MANY
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, Traced


class Arithmetic(LayerType):
    """One operation between successive inputs, and the number, for each element of the output."""

    other: float | None = param(
        Optional(Float()), default=None, help="A number in place of the last input; none where all are tensors."
    )

    status = "exact"
    symbol_help = meanings(
        E="elements of the output",
        n="inputs",
    )
    in_place = "addition"
    fusible = True
    receptive = "same"
    input_arity = (2, MANY)

    def arity_of(self) -> tuple[int, int]:
        fewest, most = self.input_arity
        return (fewest, most) if self.other is None else (fewest - 1, most if most == MANY else most - 1)

    def outputs(self, inputs: Inputs) -> Outputs:
        return (TensorSpec(broadcast([spec.shape for spec in inputs]), promoted(inputs, self.other)),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        found = given[0]
        for other in given[1:]:
            found = self.record_pair(tape, found, other)
        return (found if len(given) > 1 else tape.like(found),)

    def record_pair(self, tape: Tape, a: Traced, b: Traced) -> Traced:
        """Run the operation of two tensors on a tape: a sum, which keeps nothing."""
        return tape.combined(broadcast([a.shape, b.shape]), a, b)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"n": len(inputs) + (self.other is not None), "E": outputs[0].elements}

    def summary(self, inputs: Inputs) -> str:
        return "" if self.other is None else f"{self.other:g}"


@layer_type("Merge", order=10)
class Add(Arithmetic):
    """Sum of two or more inputs, broadcast to one shape: a residual connection."""

    aliases = ("add", "plus", "residual", "skip", "shortcut")
    indices = "kept"
    saved_tensors = "nothing"
    counts = counting(add="(n - 1)*E")
    examples = (
        Example(
            params={},
            inputs=((1, 256, 56, 56), (1, 256, 56, 56)),
            outputs=((1, 256, 56, 56),),
            counts={"add": 802816, "exact_flops": 802816},
            source="torchvision resnet50.layer1, the residual of each block",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        (output,) = super().outputs(inputs)
        if self.other is None or inputs[0].bound is None or self.other != int(self.other):
            return (output,)
        # Positions that begin at another number than 0, as those of OPT begin at 2.
        return (output._replace(bound=inputs[0].bound + int(self.other)),)


@layer_type("Merge", order=20)
class Sub(Arithmetic):
    """First input minus the second, broadcast to one shape."""

    aliases = ("sub", "minus", "subtract")
    input_arity = (2, 2)
    indices = "counted"
    saved_tensors = "nothing"
    counts = counting(add="E")
    examples = (
        Example(
            params={},
            inputs=((2,), (2,)),
            outputs=((2,),),
            counts={"add": 2, "macs": 0},
            source="PyTorch’s documentation of torch.sub; by hand: 2 subtractions",
        ),
    )


@layer_type("Merge", order=30)
class Mul(Arithmetic):
    """Product of two or more inputs, broadcast to one shape, or of an input and a number: a gate or a scale."""

    aliases = ("mul", "times", "multiply", "scale", "gate")
    indices = "kept"
    saved_tensors = "inputs"
    counts = counting(mul="(n - 1)*E")
    examples = (
        Example(
            params={},
            inputs=((1, 96, 56, 56), (1, 96, 1, 1)),
            outputs=((1, 96, 56, 56),),
            counts={"mul": 301056, "macs": 0},
            source="by hand: the squeeze-and-excitation scale of 96 channels of 56·56",
        ),
        Example(
            params={"other": 0.125},
            inputs=((1, 12, 197, 64),),
            outputs=((1, 12, 197, 64),),
            counts={"mul": 151_296, "macs": 0},
            source="by hand: 12·197·64 queries of ViT-B/16 by 1/√64",
        ),
    )

    def record_pair(self, tape: Tape, a: Traced, b: Traced) -> Traced:
        return tape.mul(a, b, broadcast([a.shape, b.shape]))


@layer_type("Merge", order=40)
class Div(Arithmetic):
    """First input divided by the second, broadcast to one shape."""

    aliases = ("div", "divide")
    indices = "kept"
    saved_tensors = "inputs"
    input_arity = (2, 2)
    counts = counting(special="E")
    examples = (
        Example(
            params={},
            inputs=((4, 4), (4,)),
            outputs=((4, 4),),
            counts={"special": 16, "macs": 0},
            source="PyTorch’s documentation of torch.div; by hand: 16 divisions",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        (output,) = super().outputs(inputs)
        # True division, as torch.div: integers give real numbers.
        return (output if output.dtype in FLOAT_DTYPES else TensorSpec(output.shape, "float32"),)

    def record_pair(self, tape: Tape, a: Traced, b: Traced) -> Traced:
        # The gradient by the divisor needs both; that by the dividend the divisor.
        tape.keep(*((a, b) if b.needs else (b,) if a.needs else ()))
        return tape.combined(broadcast([a.shape, b.shape]), a, b)
