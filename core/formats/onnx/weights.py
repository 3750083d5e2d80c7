"""The weights of an ONNX file: which layers share one, and which have only equal values in the file.

Exporters store equal tensors once: the legacy one leaves an Identity with the name of each copy, the other replaces
equal tensors of up to 1,024 elements. Of an untrained network, whose biases are all zero, that makes one bias of many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from layerledger.core.base.dtypes import WEIGHT_DTYPES
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.tensor import Tensor

_LARGEST_REPLACED = 1024
_TABLE = "Embedding"
_NAMELESS = re.compile(r"onnx::|val_\d|[^.]*__\d+$|const_fold")
_NUMBER = re.compile(r"_\d+$")


class _Use(NamedTuple):
    """The first layer that has a weight: its type and module path, and whether it names the weight itself."""

    type: str
    path: tuple[str, ...]
    direct: bool


class Weights:
    """The weights of a file and the layers that have them.

    Attributes:
        copies: the weight of which each other name is an equal copy.
        stored: the dtype in which a weight is stored, where that is not in the tensor.
        repeated: the elements that are counted for each layer though the file has them once.
        shared: how many layers have a weight that is in the file once for several.
    """

    def __init__(self) -> None:
        self.copies: dict[str, str] = {}
        self.stored: dict[str, str] = {}
        self.repeated = 0
        self.shared = 0
        self._uses: dict[str, _Use] = {}
        self._held: dict[str, Tensor] = {}
        self._nameless = 0

    def named(self, type_name: str, graph: Graph, *tensors: Tensor | None) -> tuple[str, ...]:
        """Return the names under which a layer has its weights; of equal names, the layers are tied."""
        return tuple(
            [self._name(type_name, graph.place.path, x, main=i == 0) for i, x in enumerate(tensors) if x is not None]
        )

    def _name(self, type_name: str, path: tuple[str, ...], x: Tensor, *, main: bool) -> str:
        origin = self.copies.get(x.weight, x.weight)
        if not origin:
            # Of a Constant node, which has no name in the file.
            self._nameless += 1
            return f"constant {self._nameless}"
        use = _Use(type_name, path, direct=origin == x.weight)
        first = self._uses.setdefault(origin, use)
        if first is use:
            return origin
        if _is_tied(first, use, x.elements):
            return origin
        self.shared += main
        self.repeated += x.elements
        return f"{origin}#{len(self._uses)}#{self.repeated}"

    def of_integers(self, x: Tensor, stored: str = "") -> Tensor:
        """Return a constant of integers as a weight of a quantized network."""
        if not x.constant or x.weight or not x.name:
            return x
        self.stored[x.name] = stored or x.dtype
        return Tensor(x.name, x.shape, "float32", constant=True, weight=x.name)

    def held(self, graph: Graph, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return tensors that a layer can take: a weight becomes a Parameter, once."""
        return [self._parameter(graph, x) if x.constant and x.weight else x for x in inputs]

    def _parameter(self, graph: Graph, x: Tensor) -> Tensor:
        path = graph.place.path
        key = f"{x.weight} {x.shape}"
        if self._is_replaced(x, path):
            # Of another module, whose own weight was equal and is gone.
            key += "/".join(path)
        if (found := self._held.get(key)) is None:
            names = self.named("Parameter", graph, x)
            (found,) = graph.emit("Parameter", (), {"shape": x.sizes}, name=_label(x.weight), weights=names)
            self._held[key] = found
        return found

    def _is_replaced(self, x: Tensor, path: tuple[str, ...]) -> bool:
        *module, _ = x.weight.split(".")
        shared = min(len(module), len(path))
        return bool(path) and x.elements <= _LARGEST_REPLACED and tuple(module[:shared]) != path[:shared]

    def dtypes(self, *tensors: Tensor | None, compute: str = "") -> Value:
        """Return the key `dtypes` of a layer with these weights; None where it stores them as the network does."""
        stored = next((self.stored[x.weight] for x in tensors if x is not None and x.weight in self.stored), "")
        if stored not in WEIGHT_DTYPES:
            return None
        return FrozenMap({"weights": stored, **({"compute": compute} if compute else {})})


def is_nameless(weight: str) -> bool:
    """Return whether the name of a weight is one that exporters number."""
    name = weight.partition("#")[0]
    return bool(_NAMELESS.match(name) or ("." not in name and _NUMBER.search(name)))


def _label(weight: str) -> str:
    """Return the name of a parameter; the names that exporters number are of no use."""
    label = "" if _NAMELESS.match(weight) else weight.rpartition(".")[2]
    return _NUMBER.sub("", label) or "parameter"


def _is_tied(first: _Use, use: _Use, elements: int) -> bool:
    """Return whether two layers share a weight, rather than having equal ones."""
    if _TABLE in (first.type, use.type):
        return True
    if not first.path or not use.path:
        return True
    if use.direct and first.direct and elements > _LARGEST_REPLACED:
        return True
    return _is_call_of_same(first.path, use.path)


def _is_call_of_same(first: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Return whether a path is that of a later call of the same module: `block`, `block_1`, `block_2`."""
    return len(first) == len(path) and all(
        part == own or (part.startswith(f"{own}_") and part[len(own) + 1 :].isdigit())
        for own, part in zip(first, path, strict=True)
    )
