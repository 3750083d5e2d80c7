"""Functions of two or three tensors beside arithmetic, element by element. They are functions of torch.

Source of shapes, dtypes and parameters: torch and its rules of broadcasting; of the counts: the definitions written
out. A choice between two values moves data: the comparison that made its condition is a layer of its own.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Float, Optional, param
from layerledger.core.base.shapes import ShapeError, TensorSpec, promoted
from layerledger.core.layers.broadcasting import broadcast
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, Traced
from layerledger.core.layers.types.arithmetic import Arithmetic


class _Extremum(Arithmetic):
    """The larger or the smaller one of elements: a comparison between successive inputs."""

    indices = "kept"
    saved_tensors = "inputs"
    counts = counting(cmp="(n - 1)*E")

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        if len(given) == 1:  # with a number it is a clamp, which keeps its input
            return (tape.unary(given[0], "inputs"),)
        return super().record(tape, given, outputs)

    def record_pair(self, tape: Tape, a: Traced, b: Traced) -> Traced:
        if a.needs or b.needs:
            tape.keep(a, b)
        return tape.combined(broadcast([a.shape, b.shape]), a, b)


def _three(name: str) -> tuple[Example, ...]:
    """Return the example of an extremum of 3 elements."""
    source = f"PyTorch’s documentation of torch.{name}; by hand: 3 comparisons"
    counts = {"cmp": 3, "exact_flops": 0}
    return (Example(params={}, inputs=((3,), (3,)), outputs=((3,),), counts=counts, source=source),)


@layer_type("Merge", order=42)
class Maximum(_Extremum):
    """The larger one of the elements of two or more inputs, or of an input and a number (torch.maximum)."""

    aliases = ("maximum", "max")
    examples = _three("maximum")


@layer_type("Merge", order=43)
class Minimum(_Extremum):
    """The smaller one of the elements of two or more inputs, or of an input and a number (torch.minimum)."""

    aliases = ("minimum", "min")
    examples = _three("minimum")


@layer_type("Merge", order=44)
class Mod(Arithmetic):
    """Remainder of a division, a − b·⌊a/b⌋ (torch.remainder); fmod of C and of ONNX costs the same."""

    aliases = ("mod", "remainder", "fmod", "modulo")
    indices = "kept"
    saved_tensors = "inputs"
    input_arity = (2, 2)
    counts = counting(mul="E", add="E", cmp="E", special="E")
    examples = (
        Example(
            params={"other": 2},
            inputs=((6,),),
            outputs=((6,),),
            counts={"special": 6, "cmp": 6, "mul": 6, "add": 6, "macs": 0},
            source="PyTorch’s documentation of torch.remainder; by hand: a division, a rounding, a product and a "
            "difference for each of 6 elements",
        ),
    )

    def record_pair(self, tape: Tape, a: Traced, b: Traced) -> Traced:
        # The gradient by the dividend is that of the output; that by the divisor needs both.
        tape.keep(*((a, b) if b.needs else ()))
        return tape.combined(broadcast([a.shape, b.shape]), a, b)


@layer_type("Merge", order=45)
class SquaredDifference(Arithmetic):
    """Square of the difference, (a − b)², broadcast to one shape."""

    aliases = ("squareddifference", "squareddiff", "mse")
    indices = "counted"
    saved_tensors = "nothing"  # of its inputs: see `record`
    input_arity = (2, 2)
    counts = counting(mul="E", add="E")
    examples = (
        Example(
            params={},
            inputs=((4, 4), (4, 1)),
            outputs=((4, 4),),
            counts={"add": 16, "mul": 16, "macs": 0},
            source="by hand: a difference and a product for each of 16 elements",
        ),
    )

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (difference,) = super().record(tape, given, outputs)
        return (tape.unary(difference, "inputs"),)


@layer_type("Merge", order=46)
class Where(LayerType):
    """The second input where the first, of truth values, is true, and the third elsewhere (torch.where)."""

    input: float | None = param(
        Optional(Float()), default=None, help="A number in place of the second input; empty for a tensor."
    )
    other: float | None = param(
        Optional(Float()), default=None, help="A number in place of the last input; empty for a tensor."
    )

    aliases = ("where", "select", "maskedfill", "mask")
    status = "free"
    indices = "kept"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = True
    receptive = "same"
    input_arity = (3, 3)
    examples = (
        Example(
            params={},
            inputs=((2, 2), (2, 2), (2, 2)),
            outputs=((2, 2),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.where",
            dtype="bool",
        ),
    )

    def arity_of(self) -> tuple[int, int]:
        count = 1 + (self.input is None) + (self.other is None)
        return count, count

    def outputs(self, inputs: Inputs) -> Outputs:
        condition, *values = inputs
        if condition.dtype != "bool":
            raise ShapeError(
                Message(
                    "the first input must be truth values, bool; got {dtype}; a comparison or a Cast before it makes "
                    "them",
                    dtype=condition.dtype,
                ),
                param="inputs",
            )
        shape = broadcast([spec.shape for spec in inputs])
        return (TensorSpec(shape, promoted(values, self.input, self.other)),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        condition, *values = given
        (made,) = tape.outputs(outputs, tuple(values))
        needs = any(x.needs for x in values)
        if needs:
            tape.keep(condition)
        return (made._replace(needs=needs),)

    def summary(self, inputs: Inputs) -> str:
        numbers = [f"{number:g}" for number in (self.input, self.other) if number is not None]
        return ", ".join(numbers)
