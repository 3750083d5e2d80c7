"""The registry of layer types: the palette's families, and every type by its name."""

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
    "conv",
    "conv_transposed",
    "linear",
    "norm",
    "norm_layer",
    "activation",
    "softmax",
    "pooling",
    "pooling_average",
    "pooling_adaptive",
    "pooling_lp",
    "attention",
    "rotary",
    "scaled_dot_product",
    "recurrent",
    "recurrent_cells",
    "embedding",
    "parameter",
    "feed_forward",
    "transformer",
    "dropout",
    "fold",
    "arithmetic",
    "einsum",
    "split",
    "split_stack",
    "shape_ops",
    "padding",
    "reshape",
    "upsample",
    "vision_ops",
    "combine",
    "reduction",
    "custom",
    "elementwise",
)
"""The modules of `layers.types`. Within a family, the palette follows this order, and inside a module the file's."""


class _LayerTypes(Mapping[str, type[LayerType]]):
    """The registry, which imports the families when it is first read: a program that counts nothing pays nothing."""

    def __init__(self) -> None:
        self._registered: dict[str, type[LayerType]] = {}
        self._sorted: dict[str, type[LayerType]] = {}

    def add(self, cls: type[LayerType]) -> None:
        """Enters a type.

        Raises:
            RuntimeError: its family is not known, or its name is taken.
        """
        if cls.family not in FAMILIES or cls.type_name in self._registered:
            raise RuntimeError(
                Message(
                    "{type_name}: unknown family {family!r}, or registered twice",
                    type_name=cls.type_name,
                    family=cls.family,
                )
            )
        self._registered[cls.type_name] = cls

    def _all(self) -> dict[str, type[LayerType]]:
        if not self._sorted:
            for name in MODULES:
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
    module = cls.__module__.rpartition(".")[2]
    return FAMILIES.index(cls.family), MODULES.index(module) if module in MODULES else len(MODULES)


LAYER_TYPES = _LayerTypes()
"""All layer types by name, in the order of the palette."""

_L = TypeVar("_L", bound=LayerType)


def layer_type(family: str) -> Callable[[type[_L]], type[_L]]:
    """Make a class a layer type: enters it in LAYER_TYPES."""

    def register(cls: type[_L]) -> type[_L]:
        cls.type_name, cls.family = cls.__name__, family
        LAYER_TYPES.add(cls)
        return cls

    return register
