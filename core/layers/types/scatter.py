"""Values written, or added up, at positions that a tensor of indices lists.

Source of names, parameters and shapes: torch.scatter and torch.scatter_reduce; ONNX ScatterElements and ScatterND.
Writing moves data; a reduction takes one operation for each value that is written.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Choice, Float, Int, Optional, param
from layerledger.core.base.shapes import INDEX_DTYPES, Shape, ShapeError, TensorSpec, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.gather import check_depth, check_positions, check_within
from layerledger.core.layers.types.split import axis_of

REDUCTIONS = ("sum", "prod", "amax", "amin")

_REDUCE = param(
    Optional(Choice(REDUCTIONS)),
    default=None,
    help="Operation with the value that is there; empty to write over it.",
)


class _Scatter(LayerType):
    """A copy of the first input with the values of the last one at the positions in the second."""

    reduce: str | None = _REDUCE

    status = "exact"
    indices = "kept"
    in_place = "never"
    fusible = False
    receptive = "not modelled"
    input_arity = (3, 3)
    symbol_help = meanings(
        U="values that are written",
        a="1 for a sum, else 0",
        c="1 for a maximum or a minimum, else 0",
        m="1 for a product, else 0",
    )
    counts = counting(mul="m*U", add="a*U", cmp="c*U")

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        kinds = {"a": self.reduce == "sum", "m": self.reduce == "prod", "c": self.reduce in ("amax", "amin")}
        return {"U": self.written(inputs), **{name: int(kind) for name, kind in kinds.items()}}

    def written(self, inputs: Inputs) -> int:
        """Return the number of values that are written."""
        return inputs[-1].elements

    def outputs(self, inputs: Inputs) -> Outputs:
        spec, index, *source = inputs
        check_positions(index)
        for each in source:
            if (each.dtype in INDEX_DTYPES) != (spec.dtype in INDEX_DTYPES):
                raise ShapeError(
                    Message(
                        "the first and the last input must have one dtype; got {dtype} and {other}",
                        dtype=spec.dtype,
                        other=each.dtype,
                    ),
                    param="inputs",
                )
        self.check_places(spec.shape, index.shape, tuple(each.shape for each in source))
        return (TensorSpec(spec.shape, spec.dtype),)

    def check_places(self, shape: Shape, listed: Shape, source: tuple[Shape, ...]) -> None:
        """Raise ShapeError where the positions do not lie in the first input, or do not fit the last."""
        raise NotImplementedError

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (out,) = tape.outputs(outputs, given)
        if out.needs:
            # Gradients go to these positions; those of other reductions than a sum depend on all values.
            tape.keep(given[1], *((given[0], given[-1], out) if self.reduce not in (None, "sum") else ()))
        return (out,)


@layer_type("Reshape", order=77)
class Scatter(_Scatter):
    """The first input with values of the third written along a dimension, where the second says (torch.scatter)."""

    dim: int = param(Int(), default=0, initial=1, help="The dimension along which the indices count.")
    reduce: str | None = _REDUCE
    value: float | None = param(
        Optional(Float()), default=None, help="A number that is written, in place of the third input; empty for that."
    )

    aliases = ("scatter", "scatterelements", "scatteradd", "scatterreduce")
    examples = (
        Example(
            params={"reduce": "sum"},
            inputs=((3, 5), (1, 5), (2, 5)),
            outputs=((3, 5),),
            counts={"add": 5, "exact_flops": 5},
            source="PyTorch’s documentation of torch.Tensor.scatter_add_; by hand: an addition for each of 5 indices",
            dtype="int64",
        ),
    )

    def arity_of(self) -> tuple[int, int]:
        return (3, 3) if self.value is None else (2, 2)

    def written(self, inputs: Inputs) -> int:
        return inputs[1].elements

    def check_places(self, shape: Shape, listed: Shape, source: tuple[Shape, ...]) -> None:
        at = axis_of(TensorSpec(shape), self.dim, "Scatter")
        check_within(listed, shape, at, of="the first input")
        for each in source:
            check_within(listed, each, -1, of="the third input")

    def summary(self, inputs: Inputs) -> str:
        return " ".join(filter(None, (self.reduce, f"dim {self.dim}")))


@layer_type("Reshape", order=78)
class ScatterND(_Scatter):
    """The first input with elements or slices of the third written at positions of several dimensions (ONNX)."""

    aliases = ("scatternd", "indexput", "tensorscatterupdate")
    examples = (
        Example(
            params={"reduce": "sum"},
            inputs=((4, 4, 4), (2, 1), (2, 4, 4)),
            outputs=((4, 4, 4),),
            counts={"add": 32, "exact_flops": 32},
            source="ONNX’s documentation of ScatterND, the second example; by hand: an addition for each of 2·4·4 "
            "values",
            dtype="int64",
        ),
    )

    def check_places(self, shape: Shape, listed: Shape, source: tuple[Shape, ...]) -> None:
        if not listed:
            raise ShapeError("the indices must have at least one dimension; got a scalar", param="inputs")
        check_depth(listed[-1], len(shape), listed)
        wanted = (*listed[:-1], *shape[listed[-1] :])
        if source != (wanted,):
            raise ShapeError(
                Message(
                    "the third input must be {wanted}, a value or a slice for each position; got {given}",
                    wanted=shape_text(wanted),
                    given=" and ".join(map(shape_text, source)),
                ),
                param="inputs",
            )

    def summary(self, inputs: Inputs) -> str:
        return self.reduce or ""
