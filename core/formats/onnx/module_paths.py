"""The modules in which the nodes of a file stood, from what exporters leave of them.

The exporter of PyTorch 2.5 and later writes a list of module paths into the metadata of each node; the one before
names nodes `/layer1/layer1.0/conv1/Conv`, and tf2onnx `model/dense/MatMul`. Metadata also holds stack traces, with
names of files of whoever exported it: they are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from layerledger.core.formats.importing.tensor import DraftLayer, ModulePlace, Tensor
from layerledger.core.formats.onnx.exporters import is_normalized
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
    if path and holder and holder[:-1] == path[:-1] and is_normalized(node):
        # A convolution with its BatchNorm folded has the latter's place; its weight is still that of the former.
        path[-1] = holder[-1]
    name = node.op_type.lower()
    if not path and not around and holder:
        name = ".".join(holder)
    return ModulePlace((*around, *path), name)


def is_placed(node: OnnxNode) -> bool:
    """Return whether a file says where a node stands; nodes that exporters add later have nothing that says so."""
    return "/" in node.name or any(entry.key == _SCOPES for entry in node.metadata)


def settle(drafts: Sequence[DraftLayer], unplaced: Collection[int]) -> None:
    """Put each layer whose place is not known into the innermost block that the ones before and after it share."""
    after: list[tuple[str, ...] | None] = []
    path: tuple[str, ...] | None = None
    for draft in reversed(drafts):
        path = path if id(draft) in unplaced else draft.place.path
        after.append(path)
    path = None
    for draft, following in zip(drafts, reversed(after), strict=True):
        if id(draft) not in unplaced:
            path = draft.place.path
        elif path is not None or following is not None:
            draft.place = draft.place._replace(path=_shared(path, following))


def _shared(first: tuple[str, ...] | None, second: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the beginning that two paths share; of one that is not known, nothing is shared."""
    count = 0
    for a, b in zip(first or (), second or (), strict=False):
        if a != b:
            break
        count += 1
    return (first or ())[:count]


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
