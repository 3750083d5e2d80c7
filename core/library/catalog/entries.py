"""Everything that can be added to a network: every layer type, ready-made variants of some, and the empty block.

The palette, its search and its quick insert read this catalog; it is derived from LAYER_TYPES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from layerledger.core.base.frozen_map import EMPTY, FrozenMap
from layerledger.core.base.params import Bool, Int, ParamInfo, Value, params_of
from layerledger.core.base.shapes import ShapeError, split_spatial
from layerledger.core.layers import FAMILIES, LAYER_TYPES, LayerType, bind
from layerledger.core.layers.layer_type import Inputs, dims_of
from layerledger.core.network.nodes import BLOCK, Block, Layer, Node

GROUPS = (*FAMILIES, BLOCK)
"""Headings of the palette, in order: the families, then the block."""

Preset = Callable[[Inputs], Mapping[str, Value]]


@dataclass(frozen=True, kw_only=True, eq=False)
class CatalogEntry:
    """One thing that can be added.

    Attributes:
        title: its name in the palette.
        group: one of GROUPS.
        type_name: the layer type, or BLOCK.
        name: the name of a new node, before it is numbered.
        help: one line on what it does.
        dims: its spatial dimensions; 0 for none.
        declared: the parameters by name.
        fixed: names of the parameters that make it this variant.
        preset: their values, given the inputs of the new node.
        aliases: what people call it beside its title, in small letters.
    """

    title: str
    group: str
    type_name: str
    name: str
    help: str
    dims: int = 0
    declared: Mapping[str, ParamInfo]
    fixed: tuple[str, ...] = ()
    preset: Preset = lambda inputs: {}
    aliases: tuple[str, ...] = ()

    @property
    def positional(self) -> list[str]:
        """The parameters that values without a keyword go to, in order."""
        return [n for n, info in self.declared.items() if not info.derived and n not in self.fixed]

    def params(self, inputs: Inputs = (), given: Mapping[str, Value] = EMPTY) -> dict[str, Value]:
        """Return a new layer's parameters: those that must be given, the variant's, and `given`."""
        required = {name: info.initial for name, info in self.declared.items() if info.required}
        values = self._in_order({**required, **self.preset(inputs), **given})
        if self.type_name == BLOCK or not bind(self.type_name, values).problems:
            return values
        # Such as scale_factor of Upsample: it has a default, but one of a group must be given.
        proposed = {name: info.initial for name, info in self.declared.items() if info.initial is not None}
        fuller = self._in_order({**proposed, **values})
        return values if bind(self.type_name, fuller).problems else fuller

    def _in_order(self, values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: values[name] for name in self.declared if name in values}

    def node(self, inputs: Inputs = (), given: Mapping[str, Value] = EMPTY) -> Node:
        """Return a new layer or block.

        Args:
            inputs: its inputs, as far as known.
            given: parameters that the user chose, each of a value that fits.
        """
        params = self.params(inputs, given)
        if self.type_name != BLOCK:
            return Layer(name=self.name, type=self.type_name, params=FrozenMap(params))
        repeat, share = params.get("repeat", 1), params.get("share_weights", False)
        return Block(name=self.name, repeat=repeat if isinstance(repeat, int) else 1, share_weights=share is True)


def channels(inputs: Inputs, dims: int) -> int | None:
    """Return the channels of the first input of a layer of `dims` spatial dimensions; None where it has none."""
    try:
        return split_spatial(inputs[0].shape, dims, of="")[1] or None
    except (IndexError, ShapeError):
        return None


# -- the entries


@dataclass(frozen=True, kw_only=True)
class _Variant:
    title: str
    of: str
    help: str
    words: tuple[str, ...]
    fixed: tuple[str, ...]
    preset: Preset


def _depthwise(inputs: Inputs) -> Mapping[str, Value]:
    found = channels(inputs, 2) or 64
    return {"out_channels": found, "groups": found}


_VARIANTS = (
    _Variant(
        title="Depthwise Conv2d",
        of="Conv2d",
        help="Convolution of each channel by itself: groups and out_channels are the input's channels.",
        words=("dw", "dwconv", "separable"),
        fixed=("out_channels", "groups"),
        preset=_depthwise,
    ),
    _Variant(
        title="Pointwise Conv2d",
        of="Conv2d",
        help="Convolution of 1 × 1: mixes the channels at each position.",
        words=("pw", "pwconv", "1x1"),
        fixed=("kernel_size",),
        preset=lambda inputs: {"kernel_size": 1},
    ),
    _Variant(
        title="Custom element-wise",
        of="Custom",
        help="Your own operation, one multiplication an element to begin with; its formula says otherwise.",
        words=("elementwise",),
        fixed=("mul",),
        preset=lambda inputs: {"mul": "numel"},
    ),
    _Variant(
        title="Custom convolution",
        of="Custom",
        help="A convolution written in formulas, to change into your own.",
        words=("customconv",),
        fixed=("output_shape", "constants", "params", "macs", "add"),
        preset=lambda inputs: {
            "output_shape": "N, M, floor((H + 2*P - K)/S) + 1, floor((W + 2*P - K)/S) + 1",
            "constants": "K = 3, P = (K - 1)/2, S = 1, M = 64",
            "params": "(K*K*C + 1)*M",
            "macs": "N*M*H_out*W_out*K*K*C",
            "add": "N*M*H_out*W_out*K*K*C",
        },
    ),
)

_BLOCK_PARAMS = (
    ParamInfo(name="repeat", kind=Int(1), default=1, initial=1, help="Copies in series.", derived=False),
    ParamInfo(
        name="share_weights",
        kind=Bool(),
        default=False,
        initial=False,
        help="Use the same weights in all copies.",
        derived=False,
    ),
)

_BLOCK = CatalogEntry(
    title=BLOCK,
    group=BLOCK,
    type_name=BLOCK,
    name="block",
    help="An empty group of layers, which can be repeated.",
    declared={info.name: info for info in _BLOCK_PARAMS},
    aliases=("group", "sequential", "stage"),
)


def base_name(type_name: str) -> str:
    """Return a type's name without its dimensions: Conv2d is a Conv."""
    return re.sub(r"[123]d$", "", type_name)


def _entry(cls: type[LayerType]) -> CatalogEntry:
    # The first line of a type's docstring is its help in the palette.
    aliases = cls.aliases or (base_name(cls.type_name).lower(),)
    return CatalogEntry(
        title=cls.type_name,
        group=cls.family,
        type_name=cls.type_name,
        name=aliases[0],
        help=(cls.__doc__ or "").split("\n")[0].replace("->", "→"),
        dims=dims_of(cls),
        declared=params_of(cls),
        aliases=aliases,
    )


def _variants(entry: CatalogEntry) -> Iterator[CatalogEntry]:
    for variant in _VARIANTS:
        if variant.of == entry.type_name:
            yield CatalogEntry(
                title=variant.title,
                group=entry.group,
                type_name=entry.type_name,
                name=entry.name,
                help=variant.help,
                dims=entry.dims,
                declared=entry.declared,
                fixed=variant.fixed,
                preset=variant.preset,
                aliases=variant.words,
            )


def _all() -> Iterator[CatalogEntry]:
    for cls in LAYER_TYPES.values():
        entry = _entry(cls)
        yield entry
        yield from _variants(entry)
    yield _BLOCK


CATALOG = tuple(_all())
"""Every entry, in the palette's order."""


def entry_for(type_name: str) -> CatalogEntry | None:
    """Return the plain entry of a layer type, or of BLOCK; None for an unknown type."""
    return next((e for e in CATALOG if e.type_name == type_name and not e.fixed), None)
