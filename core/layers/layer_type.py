"""The base class of all layer types.

A layer type is one class: its parameters, its shape rule, the formulas of its counts, its examples. Everything else
(palette, inspector, explanations, tests) is derived from it. Nothing about its behaviour is assumed: each type, or the
base class of its family, states all that `registry.STATED` lists, and registration fails for a type that does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, dataclass_transform

from layerledger.core.base.dtypes import in_activations
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value, defaults_of, param, params_of, show
from layerledger.core.base.record import Frozen, Record
from layerledger.core.base.shapes import OF_INDICES, Indices, Shape, ShapeError, TensorSpec, check_size
from layerledger.core.formula.formula import Formula
from layerledger.core.layers.cost import ZERO_COST, Cost
from layerledger.core.layers.counting import Counts, PerClass, Status, formulas_of, terms_of
from layerledger.core.layers.examples import Example
from layerledger.core.layers.generation import Kept
from layerledger.core.layers.inner_steps import Inside
from layerledger.core.layers.input_checks import check_inputs
from layerledger.core.layers.preview import NO_PREVIEW, Preview
from layerledger.core.layers.saved_tensors import SavedTensors

if TYPE_CHECKING:
    from layerledger.core.layers.tape import Tape  # only training needs it
    from layerledger.core.layers.traced import Pieces
    from layerledger.core.layers.windows import Receptive  # 2 ms: it needs fractions

Inputs: TypeAlias = tuple[TensorSpec, ...]
Outputs: TypeAlias = tuple[TensorSpec, ...]

InPlaceKind: TypeAlias = Literal["never", "view", "element-wise", "addition", "depthwise"]
"""Why an output can use the memory of an input: never; it is a view of that input; or each input value is no longer
needed once its own result is written, as in functions of single values, sums, and depthwise convolutions."""


class ParamProblem(Record):
    """A problem of a layer: a sentence, and the parameter to change, or `inputs`."""

    message: str
    param: str | None = None


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(param,))
class LayerType(Frozen):
    """A layer type with its parameter values; immutable. `bind` makes one.

    Class attributes that each type must state, itself or through the base class of its family (see registry.STATED):
        status: how far the counts can be trusted.
        indices: the treatment of inputs that hold indices or truth values (int64, int32, bool) rather than numbers.
        saved_tensors: the tensors that the backward pass needs; `record` may say more of a single layer.
        in_place: why its output can use an input's memory; `in_place_of` may say more of a single layer.
        fusible: whether it can be computed element by element with the layer before it, so that it moves no bytes of
            its own. A type that reduces along a dimension cannot: TVM (arch/fusion) and TensorRT (layer fusion catalog)
            make it the start of a kernel, and compute element-wise functions with what precedes them.
        receptive: the positions of the inputs that an output depends on; `receptive_of` may say more of a single layer.

    Class attributes with a neutral value where a type has nothing to state:
        family: the palette's heading, one of FAMILIES; set by `layer_type`.
        order: its place within the family; set by `layer_type`.
        aliases: what people call it, in small letters and without its dimensions; the first names a new layer. A type
            without aliases goes by its own name.
        dims: spatial dimensions, for parameters given one a dimension; 0 for none.
        counts: the result of `counting`.
        inside: the inner steps of a composite type; None for other types.
        symbol_help: the meaning of symbols in `counts`, added to those of its base classes and to SYMBOL_HELP.
        input_arity: fewest and most inputs; `arity_of` may say otherwise of a single layer.
        dtype_from_weights: whether the outputs have the dtype of the weights, not that of the first input.
        approximation: for an approximated type, how its counts are estimated, as a sentence.
    """

    type_name: ClassVar[str]
    family: ClassVar[str]
    order: ClassVar[int]
    aliases: ClassVar[tuple[str, ...]] = ()
    dims: ClassVar[int] = 0
    counts: ClassVar[Counts] = {}
    inside: ClassVar[Inside | None] = None
    terms: ClassVar[PerClass[Mapping[str, Mapping[str, Formula]]]] = PerClass(lambda cls: terms_of(cls.counts))
    formulas: ClassVar[PerClass[Mapping[str, Formula]]] = PerClass(lambda cls: formulas_of(cls.terms))
    symbol_help: ClassVar[Mapping[str, str]] = {}
    input_arity: ClassVar[tuple[int, int]] = (1, 1)
    indices: ClassVar[Indices]
    dtype_from_weights: ClassVar[bool] = False
    status: ClassVar[Status]
    fusible: ClassVar[bool]
    in_place: ClassVar[InPlaceKind]
    why_zero: ClassVar[str] = "{} has none by this convention."
    approximation: ClassVar[str] = ""
    receptive: ClassVar[Receptive]
    saved_tensors: ClassVar[SavedTensors]
    examples: ClassVar[tuple[Example, ...]] = ()

    def __init__(self, **values: Any) -> None:
        vars(self).update(defaults_of(type(self), dims_of(type(self))), **values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as type and parameters: all else follows from them."""
        values = {name: vars(self)[name] for name in params_of(type(self))}
        return partial(type(self), **values), ()

    def check(self) -> None:
        """Raise ShapeError where parameters contradict each other, whatever the input."""

    def warning(self) -> str:
        """Return a sentence about values that are allowed but probably not intended; empty for none."""
        return ""

    def shape(self, shape: Shape) -> Shape:
        """Return the output's shape, for a type of one input and one output.

        Raises:
            ShapeError: the input does not fit.
        """
        return shape

    def outputs(self, inputs: Inputs) -> Outputs:
        """Return the outputs.

        Raises:
            ShapeError: the inputs do not fit.
        """
        first = inputs[0]
        dtype = OF_INDICES[self.indices].get(first.dtype, first.dtype)
        bound = first.bound if first.bound is not None and self.in_place_of(inputs) == "view" else None
        return (TensorSpec(self.shape(first.shape), dtype, bound),)

    def arity_of(self) -> tuple[int, int]:
        """Return the fewest and the most inputs of this layer."""
        return self.input_arity

    def params_read_by(self, params: int, outputs: Outputs) -> int:
        """Return the number of parameters that a pass reads."""
        return params

    def params_read_on_average(self, params: int, outputs: Outputs) -> int:
        """Return the number of parameters that a pass reads on average, where that depends on the data."""
        return self.params_read_by(params, outputs)

    def in_place_of(self, inputs: Inputs) -> InPlaceKind:
        """Return why its output can use the memory of an input."""
        return self.in_place

    def spatial_dims_of(self, inputs: Inputs) -> int:
        """Return the number of spatial dimensions that its first input must have; 0 where it may have any."""
        return dims_of(type(self))

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        """Return the positions of the inputs that an output depends on."""
        return self.receptive

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        """Run a pass on a tape, which notes what a training step keeps of it; return the outputs."""
        made = tape.outputs(outputs, given, view=self.in_place == "view")
        if any(x.needs for x in made):
            tape.keep(*(given if self.saved_tensors in ("inputs", "both") else ()))
            tape.keep(*(x for x in made if x.floating and self.saved_tensors in ("outputs", "both")))
        return made

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        """Return the shapes of its weights; empty where the type does not state them."""
        return ()

    def weight_shape(self, inputs: Inputs) -> Shape | None:
        """Return the shape of its parameter `weight`, to which another can be tied; None where it has none."""
        return None

    def kept_in_generation(self, inputs: Inputs, outputs: Outputs) -> Kept:
        """Return the keys and values, or the state, that it keeps from token to token."""
        return ()

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        """Return the parameters that follow from the inputs, by name.

        Raises:
            ShapeError: the inputs do not fit.
        """
        return {}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        """Return the values of the symbols in the formulas."""
        return {}

    def summary(self, inputs: Inputs) -> str:
        """Return the short text of a stack row beside the type, such as `64→64 3×3`."""
        return ""

    @classmethod
    def normalize_params(cls, params: Mapping[str, Value]) -> Mapping[str, Value]:
        """Return the parameters of a file by the names of the declared ones."""
        return params

    @classmethod
    def preview(cls, params: Mapping[str, Value], inputs: Inputs) -> Preview:
        """Return the values of formulas among stored parameters, valid or not, as far as they can be read."""
        return NO_PREVIEW

    def result(self, inputs: Inputs, weight_dtype: str = "float32") -> tuple[Outputs, Cost]:
        """Return outputs and cost for `inputs`.

        Raises:
            ShapeError: the inputs do not fit.
        """
        check_inputs(self.type_name, inputs, self.arity_of(), self.indices)
        self.check_derived(self.derived(inputs))
        outputs = self.with_compute_dtype(weight_dtype, self.outputs(inputs))
        for output in outputs:
            check_size(output.shape)
        return outputs, self.cost(inputs, outputs)

    def with_compute_dtype(self, dtype: str, outputs: Outputs) -> Outputs:
        """Return the outputs in a network whose activations are of `dtype`."""
        return in_activations(outputs, dtype, of_weights=self.dtype_from_weights)

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        """Return the counts of one pass."""
        if not self.counts:
            return ZERO_COST
        symbols = self.symbols(inputs, outputs)
        values = {name: count(symbols) for name, count in self.formulas.items()}
        values.setdefault("trainable_params", values.get("params", 0))
        return Cost(**values)

    def check_derived(self, derived: Mapping[str, Value]) -> None:
        """Raise ShapeError where a parameter that follows from the inputs is given and does not fit them."""
        for name, expected in derived.items():
            given = getattr(self, name)
            if given is None:
                self._check_follows(name, expected)
            elif given != expected:
                raise ShapeError(
                    Message(
                        "{name} is {given}, but the input makes it {expected}",
                        name=name,
                        given=show(given),
                        expected=show(expected),
                    ),
                    param=name,
                )

    def _check_follows(self, name: str, expected: Value) -> None:
        kind, dims = params_of(type(self))[name].kind, dims_of(type(self))
        try:
            kind.read(expected, dims)
        except ValueError:
            raise ShapeError(
                Message(
                    "{name} must be {rule}, but the input makes it {expected}",
                    name=name,
                    rule=kind.hint_for(dims),
                    expected=show(expected),
                ),
                param="inputs",
            ) from None


def dims_of(cls: type[LayerType]) -> int:
    """Return a type's spatial dimensions, also of one that has a parameter of the name `dims`, as Permute."""
    return cls.dims if "dims" not in params_of(cls) else 0
