"""Section for stored dtypes: of the network's weights, and of weights and outputs of layers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from PySide6.QtWidgets import QWidget

from layerledger.core.base.dtypes import ACTIVATION_DTYPES, ACTIVATIONS, DTYPES_KEY, WEIGHT_DTYPES, WEIGHTS, dtypes_of
from layerledger.core.network.nodes import Layer
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.node_sections import Section
from layerledger.gui.inspector.reference_choices import has_weights
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.widgets.editors import ChoiceEditor

_DEFAULT = 0  # the first entry of a list: nothing stored


class DtypeSection(Section):
    """Dtypes that a file stores, which may differ from the dtype of computation."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.weights = self._add(WEIGHTS, self.tr("weights"), WEIGHT_DTYPES)
        self.activations = self._add(ACTIVATIONS, self.tr("activations"), ACTIVATION_DTYPES)
        for key, tip in (
            (
                WEIGHTS,
                self.tr("Dtype of the stored weights; computations may use another one."),
            ),
            (ACTIVATIONS, self.tr("Dtype of the layer's output, and so of the layers after it.")),
        ):
            self.fields[key].set_help(tip, tip)

    def _add(self, part: str, name: str, dtypes: Sequence[str]) -> ChoiceEditor:
        editor = ChoiceEditor({"": None, **{dtype: dtype for dtype in dtypes}}, self)
        editor.edited.connect(partial(self._store, part))
        self.add(part, name, editor)
        return editor

    def _store(self, part: str, dtype: str | None) -> None:
        commands.set_stored_dtype(self.document, self.inspected.paths or [()], part, dtype)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the stored dtypes of layers or of the network; hide if a block is selected."""
        layers = [node for node in inspected.nodes if isinstance(node, Layer)]
        self.setVisible(len(layers) == len(inspected.nodes))
        if len(layers) != len(inspected.nodes):
            return
        self.inspected = inspected
        self._name_defaults(inspected)
        self._show_stated(WEIGHTS, self.weights, layers)
        self._show_stated(ACTIVATIONS, self.activations, layers)
        pairs = zip(inspected.nodes, inspected.results, strict=False)  # without nodes the result is the network's
        stored = any(layer.stored_dtypes is not None for layer in layers) or any(has_weights(*pair) for pair in pairs)
        self.fields[WEIGHTS].set_visible(on=not layers or stored)
        self.fields[ACTIVATIONS].set_visible(on=bool(layers))
        self.fields[WEIGHTS].show_problem(next(iter(inspected.about(DTYPES_KEY)), None))

    def _name_defaults(self, inspected: InspectedNodes) -> None:
        """Name in the first entries the dtype that applies by default."""
        result = self.document.result
        if inspected.nodes:
            weights = self.tr("{dtype} (network)").format(dtype=result.weights)
            activations = self.tr("as computed")
        else:
            weights = self.tr("as computed ({dtype})").format(dtype=result.dtype)
            activations = ""
        for editor, text in ((self.weights, weights), (self.activations, activations)):
            if editor.itemText(_DEFAULT) != text:
                editor.setItemText(_DEFAULT, text)

    def _show_stated(self, part: str, editor: ChoiceEditor, layers: Sequence[Layer]) -> None:
        stated = [layer.stored_dtypes for layer in layers] or [self.document.network.stored_dtypes]
        found: set[str | None] = set()
        for value in stated:
            with suppress(ValueError):
                dtypes = dtypes_of(value)
                found.add(dtypes.weights if part == WEIGHTS else dtypes.activations)
        if len(found) == 1:
            editor.show_value(found.pop())
        else:
            editor.show_blank(self.tr("several") if found else self.tr("not readable"))
