"""Commands: edits of the document, each one undoable step with a name, for menus, keys, panels and drops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from PySide6.QtCore import QCoreApplication

from layerledger.core import edits
from layerledger.core.base.dtypes import ACTIVATION_DTYPES, ACTIVATIONS
from layerledger.core.base.params import Value
from layerledger.core.base.precision import Bundle
from layerledger.core.base.shapes import Shape
from layerledger.core.edits import EditError
from layerledger.core.edits import group as grouping
from layerledger.core.edits.suggest_inputs import suggest_inputs
from layerledger.core.formats import FormatError
from layerledger.core.network.nodes import DEFAULT_INPUT, Block, Network, Node
from layerledger.core.network.paths import NodePath, block_at, node_at
from layerledger.gui.document.document import Document
from layerledger.gui.document.insertion import insertion_point

_T = TypeVar("_T")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Commands", text)


def _attempt(document: Document, edit: Callable[[], _T]) -> _T | None:
    """Return the result of an edit; if it cannot be made, report why and return None."""
    try:
        return edit()
    except (EditError, FormatError) as error:
        document.reject(str(error))
        return None


# -- the list of nodes


def insert(document: Document, nodes: Sequence[Node], at: NodePath | None = None, *, step: str = "") -> None:
    """Insert nodes after the selection or before `at`, and select them; a single merge layer gets its inputs."""
    if not nodes:
        return
    at = insertion_point(document) if at is None else at
    nodes = [suggest_inputs(nodes[0], document.result, at)] if len(nodes) == 1 else nodes
    if (network := _attempt(document, lambda: edits.insert(document.network, at, nodes))) is not None:
        document.apply(_step(step or _tr("Insert %1"), nodes), network, select=_run(at, len(nodes)))


def _step(text: str, nodes: Sequence[Node]) -> str:
    return text.replace("%1", nodes[0].name if len(nodes) == 1 else _tr("%1 layers").replace("%1", str(len(nodes))))


def _run(at: NodePath, length: int) -> list[NodePath]:
    return [(*at[:-1], at[-1] + i) for i in range(length)]


def chosen(document: Document) -> list[NodePath]:
    """Return the paths of selected nodes, without descendants of selected blocks and without the input row."""
    return edits.without_descendants(path for path in document.selection if path)


def _nodes(document: Document) -> list[Node]:
    return [node_at(document.network, path) for path in chosen(document)]


def delete(document: Document, *, text: str = "") -> None:
    """Delete the selection, and select the node after it."""
    paths = chosen(document)
    if paths:
        network = edits.remove(document.network, paths)
        step = _step(text or _tr("Delete %1"), _nodes(document))
        document.apply(step, network, select=_neighbour(network, paths[0]))


def _neighbour(network: Network, path: NodePath) -> list[NodePath]:
    left = len(block_at(network, path[:-1]).layers)
    return [(*path[:-1], min(path[-1], left - 1))] if left else [path[:-1]] if path[:-1] else []


def duplicate(document: Document) -> None:
    """Insert copies of the selection after it."""
    if found := _attempt(document, lambda: edits.duplicate(document.network, chosen(document))):
        document.apply(_step(_tr("Duplicate %1"), _nodes(document)), found[0], select=found[1])


def move(document: Document, paths: Sequence[NodePath], to: NodePath) -> None:
    """Move nodes before position `to`, and keep them selected."""
    if found := _attempt(document, lambda: edits.move(document.network, paths, to)):
        nodes = [node_at(document.network, path) for path in edits.without_descendants(paths)]
        document.apply(_step(_tr("Move %1"), nodes), found[0], select=found[1])


def shift(document: Document, by: int) -> None:
    """Move the selection one up (-1) or down (+1)."""
    if found := _attempt(document, lambda: edits.shift(document.network, chosen(document), by)):
        document.apply(_step(_tr("Move %1"), _nodes(document)), found[0], select=found[1])


def select_all(document: Document) -> None:
    """Select all nodes of the block of the last selected node, or of the network."""
    parent = document.selection[-1][:-1] if document.selection else ()
    document.select((*parent, i) for i in range(len(block_at(document.network, parent).layers)))


def repeat(document: Document, times: int) -> None:
    """Repeat the selected block, or the selected layers as a new block."""
    if isinstance(document.current_node, Block) and document.current:
        set_repeat(document, document.current, times)
        document.end_typing()
        return
    if found := _attempt(document, lambda: grouping.group(document.network, chosen(document), result=document.result)):
        network = edits.set_repeat(found[0], found[1], times)
        document.apply(_step(_tr("Repeat %1"), _nodes(document)), network, select=[found[1]])


def group(document: Document) -> None:
    """Move the selection into a new block, and select it."""
    if found := _attempt(document, lambda: grouping.group(document.network, chosen(document), result=document.result)):
        document.apply(_step(_tr("Group %1"), _nodes(document)), found[0], select=[found[1]])


def ungroup(document: Document) -> None:
    """Replace the selected block by its layers."""
    path = document.current or ()
    if found := _attempt(document, lambda: grouping.ungroup(document.network, path, result=document.result)):
        document.apply(_step(_tr("Ungroup %1"), _nodes(document)), found[0], select=found[1])


def add_block(document: Document) -> None:
    """Insert an empty block after the selection."""
    insert(document, [Block(name="block")])


# -- one node


def rename(document: Document, path: NodePath, name: str) -> bool:
    """Rename a node; return whether the name is valid."""
    network = _attempt(document, lambda: edits.rename(document.network, path, name))
    if network is not None:
        old = node_at(document.network, path).name
        document.apply(_tr("Rename %1").replace("%1", old), network)
    return network is not None


def set_param(document: Document, path: NodePath, name: str, value: Value) -> None:
    """Set a parameter of a layer; consecutive keystrokes are one step."""
    set_params(document, [path], name, value)


def reset_param(document: Document, path: NodePath, name: str) -> None:
    """Reset a parameter to its default."""
    reset_params(document, [path], name)


def set_params(document: Document, paths: Sequence[NodePath], name: str, value: Value) -> None:
    """Set a parameter of several layers as one step; consecutive keystrokes are one step, too."""
    network = edits.set_params(document.network, paths, name, value)
    step = _step(_tr("Set %1 of %2").replace("%1", name).replace("%2", "%1"), [node_at(network, p) for p in paths])
    document.apply(step, network, merge_key=(tuple(paths), name))


def reset_params(document: Document, paths: Sequence[NodePath], name: str) -> None:
    """Reset a parameter of several layers to its default, as one step."""
    network = edits.reset_params(document.network, paths, name)
    document.apply(_tr("Reset %1").replace("%1", name), network)


def remove_param(document: Document, path: NodePath, name: str) -> None:
    """Remove a parameter that the type of a layer does not have."""
    network = edits.reset_param(document.network, path, name)
    document.apply(_tr("Remove %1").replace("%1", name), network)


def _param_step(document: Document, path: NodePath, name: str) -> str:
    return _tr("Set %1 of %2").replace("%1", name).replace("%2", node_at(document.network, path).name)


def set_type(document: Document, path: NodePath, type_name: str, params: Mapping[str, Value]) -> None:
    """Change the type of a layer."""
    network = edits.set_type(document.network, path, type_name, params)
    document.apply(_tr("Change type to %1").replace("%1", type_name), network)


def set_repeat(document: Document, path: NodePath, repeat: int) -> None:
    """Set how often a block is repeated."""
    network = edits.set_repeat(document.network, path, repeat)
    document.apply(_param_step(document, path, "repeat"), network, merge_key=(path, "repeat"))


def set_share_weights(document: Document, path: NodePath, *, share: bool) -> None:
    """Set whether the passes of a block share their weights."""
    network = edits.set_share_weights(document.network, path, share=share)
    document.apply(_param_step(document, path, "share_weights"), network)


def set_inputs(document: Document, path: NodePath, inputs: Sequence[str]) -> None:
    """Set the inputs of a node; without any, the input is the layer before it."""
    network = edits.set_inputs(document.network, path, inputs)
    document.apply(_param_step(document, path, "inputs"), network)


def set_outputs(document: Document, path: NodePath, outputs: Sequence[str]) -> None:
    """Set the outputs of a block or of the network."""
    network = edits.set_outputs(document.network, path, outputs)
    document.apply(_tr("Set outputs"), network)


def set_stored_dtype(document: Document, paths: Sequence[NodePath], part: str, dtype: str | None) -> None:
    """Set the dtype in which layers store weights or activations, or reset it; [()] is the whole network."""
    network = document.network
    for path in paths:
        network = edits.set_stored_dtype(network, path, part, dtype)
    text = _tr("Store %1 as %2").replace("%2", dtype) if dtype else _tr("Store %1 as computed")
    document.apply(text.replace("%1", part), network)


def set_trainable(document: Document, paths: Sequence[NodePath], *, on: bool) -> None:
    """Train or freeze layers and blocks, as one step."""
    network = edits.set_trainable(document.network, paths, on=on)
    step = _tr("Train %1") if on else _tr("Freeze %1")
    document.apply(_step(step, [node_at(network, path) for path in paths]), network)


def set_tied_to(document: Document, path: NodePath, target: str | None) -> None:
    """Tie the weights of a node to those of another one, or untie them."""
    network = edits.set_tied_to(document.network, path, target)
    document.apply(_param_step(document, path, "tied_to"), network)


# -- the network


def rename_network(document: Document, name: str) -> None:
    """Rename the network."""
    document.apply(_tr("Rename network"), edits.rename_network(document.network, name))


def add_input(document: Document) -> None:
    """Add an input to the network, like its last one."""
    inputs = document.network.inputs
    network = edits.add_input(document.network, inputs[-1] if inputs else DEFAULT_INPUT)
    document.apply(_tr("Add input"), network)


def remove_input(document: Document, index: int) -> None:
    """Remove one of the network's inputs."""
    step = _tr("Remove %1").replace("%1", document.network.inputs[index].name)
    document.apply(step, edits.remove_input(document.network, index))


def set_input_dtype(document: Document, index: int, dtype: str) -> None:
    """Set the dtype of one of the network's inputs; where the network states that of its activations, it is this."""
    network, stated = edits.set_input(document.network, index, dtype=dtype), document.result.stated
    if dtype in ACTIVATION_DTYPES and (stated.activations or stated.compute):
        network = edits.set_stored_dtype(network, (), ACTIVATIONS, dtype)
    document.apply(_tr("Set dtype"), network)


def set_input_shape(document: Document, index: int, shape: Shape) -> None:
    """Set the shape of one of the network's inputs."""
    network = edits.set_input(document.network, index, shape=shape)
    document.apply(_tr("Set input shape"), network, merge_key=("shape", index))


def set_input_name(document: Document, index: int, name: str) -> None:
    """Rename one of the network's inputs."""
    if (network := _attempt(document, lambda: edits.set_input(document.network, index, name=name))) is not None:
        document.apply(_tr("Rename input"), network, merge_key=("input", index))


def set_precision(document: Document, bundle: Bundle) -> None:
    """Set the dtypes in which the network computes and stores numbers."""
    network = edits.set_precision(document.network, bundle.stated)
    document.apply(_tr("Set precision to %1").replace("%1", bundle.title), network)


def set_batch(document: Document, batch: int) -> None:
    """Set dimension 0 of every input."""
    network = edits.set_batch(document.network, batch)
    document.apply(_tr("Set batch"), network, merge_key="batch")
