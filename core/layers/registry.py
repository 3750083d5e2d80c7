"""The registry of layer types: the families of the palette, and every type by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TypeVar

from layerledger.core.base.messages import Message
from layerledger.core.layers.layer_type import LayerType

FAMILIES = (
    "Convolution",
    "Linear",
    "Normalization",
    "Activation",
    "Pooling",
    "Attention",
    "Recurrent",
    "Embedding",
    "Transformer",
    "Dropout",
    "Padding",
    "Reshape",
    "Merge",
    "Other",
)

MODULES = (
    "activation_piecewise",
    "activation_smooth",
    "arithmetic",
    "attention",
    "cast",
    "combine",
    "comparison",
    "conv",
    "conv_transposed",
    "crop",
    "custom",
    "deform_conv",
    "dropout",
    "einsum",
    "elementwise",
    "embedding",
    "extrema",
    "feed_forward",
    "fold",
    "fourier",
    "gather",
    "grid_sample",
    "index_select",
    "interpolate",
    "layer_scale",
    "linear",
    "mixture",
    "non_max_suppression",
    "norm",
    "norm_group",
    "norm_layer",
    "opaque",
    "pad",
    "padding",
    "padding_constant",
    "parameter",
    "pixel_shuffle",
    "pooling",
    "pooling_adaptive",
    "pooling_average",
    "pooling_lp",
    "quantize",
    "ranking",
    "recurrent",
    "recurrent_cells",
    "reduction",
    "reduction_norms",
    "reshape",
    "rotary",
    "rounding",
    "scaled_dot_product",
    "scatter",
    "select_tile",
    "shape_ops",
    "softmax",
    "split",
    "squeeze_excitation",
    "transformer",
    "upsample",
)
"""The modules of `layers.types`. Their order has no meaning: each type states its place in its family."""

STATED: Mapping[str, str | None] = {
    "status": None,
    "indices": None,
    "saved_tensors": "record",
    "in_place": "in_place_of",
    "fusible": None,
    "receptive": "receptive_of",
}
"""Attributes that each type must state, with the method that may state it in place of the attribute."""


def unstated(cls: type[LayerType]) -> tuple[str, ...]:
    """Return the names in STATED that neither `cls` nor a base class below LayerType states."""
    return tuple(
        name
        for name, method in STATED.items()
        if not hasattr(cls, name) and (method is None or getattr(cls, method) is getattr(LayerType, method))
    )


class _LayerTypes(Mapping[str, type[LayerType]]):
    """The registry, which imports the modules of types on first access: a program that counts nothing pays nothing."""

    def __init__(self) -> None:
        self._registered: dict[str, type[LayerType]] = {}
        self._places: dict[tuple[str, int], type[LayerType]] = {}
        self._sorted: dict[str, type[LayerType]] = {}

    def add(self, cls: type[LayerType]) -> None:
        """Register a type.

        Raises:
            RuntimeError: its family is unknown, its name or its place is taken, or it leaves out a name in STATED.
        """
        if problem := self._problem_of(cls):
            raise RuntimeError(problem)
        self._registered[cls.type_name] = cls
        # Invalidates the sorted copy, since a type can be registered after the first access.
        self._sorted = {}

    def _problem_of(self, cls: type[LayerType]) -> Message | None:
        if cls.family not in FAMILIES:
            return Message("{type_name}: unknown family {family!r}", type_name=cls.type_name, family=cls.family)
        if cls.type_name in self._registered:
            return Message("{type_name} is registered twice", type_name=cls.type_name)
        if missing := unstated(cls):
            return Message(
                "{type_name} must state {names}; see LayerType", type_name=cls.type_name, names=", ".join(missing)
            )
        other = self._places.setdefault((cls.family, cls.order), cls)
        return (
            None
            if other is cls
            else Message(
                "{type_name}: order must be unique in its family; {order} is that of {other}",
                type_name=cls.type_name,
                order=cls.order,
                other=other.type_name,
            )
        )

    def _all(self) -> dict[str, type[LayerType]]:
        if not self._sorted:
            for name in MODULES:
                # Each module registers its types when it is imported.
                import_module(f"{__package__}.types.{name}")
            self._sorted = dict(sorted(self._registered.items(), key=lambda item: _rank(item[1])))
        return self._sorted

    def __getitem__(self, name: str) -> type[LayerType]:
        return self._all()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def _rank(cls: type[LayerType]) -> tuple[int, int]:
    return FAMILIES.index(cls.family), cls.order


LAYER_TYPES = _LayerTypes()
"""All layer types by name, in the order of the palette."""

_L = TypeVar("_L", bound=LayerType)


def layer_type(family: str, *, order: int) -> Callable[[type[_L]], type[_L]]:
    """Make a class a layer type: register it in LAYER_TYPES under the name of the class.

    Args:
        family: one of FAMILIES.
        order: its place in the family; steps of 10 leave room between two types.
    """

    def register(cls: type[_L]) -> type[_L]:
        cls.type_name, cls.family, cls.order = cls.__name__, family, order
        LAYER_TYPES.add(cls)
        return cls

    return register
