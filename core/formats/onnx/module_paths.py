"""The modules in which the nodes of a file stood, from what exporters leave of them.

The exporter of PyTorch 2.5 and later writes a list of module paths into the metadata of each node; the one before
names nodes `/layer1/layer1.0/conv1/Conv`, and tf2onnx `model/dense/MatMul`. Metadata also holds stack traces, with
names of files of whoever exported it: they are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerledger.core.formats.importing.tensor import ModulePlace, Tensor
from layerledger.core.formats.onnx.schema import OnnxNode

_SCOPES = "pkg.torch.onnx.name_scopes"
_LONGEST = 1 << 14
_MOST = 64
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_PARAMETERS = ("weight", "bias")


def place_of(node: OnnxNode, inputs: Sequence[Tensor | None], around: tuple[str, ...]) -> ModulePlace:
    """Return where a node stands; `around` are the blocks of the function in which it is."""
    modules = _scopes(node)
    path = [] if modules is None else _parts(modules)
    if modules is None:
        path = _parts([part for part in node.name.split("/") if part][:-1][:_MOST])
    holder = _holder(inputs)
    if path and holder and (last := holder[-1]) != path[-1] and list(holder[:-1]) == path[:-1]:
        # A convolution with its BatchNorm folded has the latter's place; its weight is still that of the former.
        path[-1] = last
    name = node.op_type.lower()
    if not path and not around and holder:
        name = ".".join(holder)
    return ModulePlace((*around, *path), name)


def has_own_name(place: ModulePlace, node: OnnxNode) -> bool:
    """Return whether the name of a place is that of a weight, and not the operator's."""
    return place.name != node.op_type.lower()


def _scopes(node: OnnxNode) -> list[str] | None:
    """Return the paths of the modules around a node, or None; the text is read as data, whatever it holds."""
    for entry in node.metadata:
        if entry.key == _SCOPES and entry.value.startswith("[") and len(entry.value) <= _LONGEST:
            found = [single or double for single, double in _QUOTED.findall(entry.value)]
            return found[:-1][:_MOST]
    return None


def _parts(paths: Sequence[str]) -> list[str]:
    """Return the names of modules, each as seen from the one before: layer1, layer1.0.conv1 -> layer1, 0, conv1."""
    found: list[str] = []
    before = ""
    for path in paths:
        inner = path[len(before) + 1 :] if before and path.startswith(f"{before}.") else path
        found += [part for part in inner.split(".") if part]
        before = path
    return found[:_MOST]


def _holder(inputs: Sequence[Tensor | None]) -> list[str]:
    """Return the path of the module whose weight a node has: of layer1.0.conv1.weight, layer1, 0, conv1."""
    for x in inputs[1:]:
        if x is not None and x.weight:
            *module, last = x.weight.split(".")
            return module if last in _PARAMETERS else []
    return []
