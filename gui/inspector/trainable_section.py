"""Section for freezing: whether training changes the weights of the selected layers and blocks."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from layerledger.core.analysis import NodeResult
from layerledger.core.network.frozen import frozen_below, is_frozen
from layerledger.core.network.nodes import Block, Node
from layerledger.core.network.paths import parent_name
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.node_sections import Section
from layerledger.gui.inspector.reference_choices import has_weights
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.widgets.editors import BoolEditor

TRAINABLE = "trainable"
"""The key of a layer or block, and of the field."""


class TrainableSection(Section):
    """A check box for the weights of layers and blocks: checked where training changes all of them."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.box = BoolEditor(self)
        self.box.edited.connect(self._set_trainable)
        tip = self.tr(
            "Whether training changes the weights. Frozen ones have no gradients and no optimizer states. The setting "
            "of a layer comes before that of the block around it; setting a block sets all layers in it."
        )
        self.add(TRAINABLE, self.tr("trainable"), self.box).set_help(tip, tip)

    def _set_trainable(self, on: bool) -> None:
        commands.set_trainable(self.document, self.inspected.paths, on=on)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show whether the selected nodes are trained; hide where none of them has weights."""
        self.inspected = inspected
        pairs = zip(inspected.nodes, inspected.results, strict=False)  # without nodes the result is the network's
        shown = any(node.trainable is not None or has_weights(node, result) for node, result in pairs)
        self.setVisible(shown)
        if not shown:
            return
        states = self._states(inspected)
        if len(states) == 1:
            self.box.show_value(states == {False})
        else:
            self.box.show_blank(self.tr("some"))
        self.fields[TRAINABLE].show_problem(next(iter(inspected.about(TRAINABLE)), None))
        self.fields[TRAINABLE].show_hint(self._origin(inspected))

    def _states(self, inspected: InspectedNodes) -> set[bool]:
        """Return whether the weights of the selected nodes are frozen: both where some are."""
        network, found = self.document.network, set[bool]()
        for path, node, result in zip(inspected.paths, inspected.nodes, inspected.results, strict=True):
            found.update(_frozen_states(node, result, above=is_frozen(network, path[:-1])))
        return found or {is_frozen(network, inspected.path)}

    def _origin(self, inspected: InspectedNodes) -> str:
        """Return a sentence about a node that is frozen with the block around it."""
        stated = inspected.single and isinstance(inspected.nodes[0].trainable, bool)
        if not inspected.single or stated or not is_frozen(self.document.network, inspected.path):
            return ""
        block = parent_name(self.document.network, inspected.path)
        return self.tr("Frozen with {block}").format(block=block) if block else ""


def _frozen_states(node: Node, result: NodeResult | None, *, above: bool) -> Iterator[bool]:
    """Yield for each layer with weights at or below a node whether it is frozen; each of two answers may come once."""
    frozen = frozen_below(node.trainable, above=above)
    if not isinstance(node, Block):
        if has_weights(node, result):
            yield frozen
        return
    children = result.children if result else ()
    for child, below in zip(node.layers, children, strict=False):
        yield from _frozen_states(child, below, above=frozen)
