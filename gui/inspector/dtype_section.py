"""The inspector's section for how numbers are stored: the weights of the network, weights and outputs of layers."""

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

_DEFAULT = 0  # the entry of the list that states nothing


class DtypeSection(Section):
    """Dtypes that the file states apart from what is computed."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.weights = self._add(WEIGHTS, self.tr("weights"), WEIGHT_DTYPES)
        self.activations = self._add(ACTIVATIONS, self.tr("activations"), ACTIVATION_DTYPES)
        for key, tip in (
            (WEIGHTS, self.tr("Dtype in which weights are stored, whatever they are computed in.")),
            (ACTIVATIONS, self.tr("Dtype of what the layer gives, and so of what follows it.")),
        ):
            self.fields[key].explain(tip, tip)

    def _add(self, part: str, name: str, dtypes: Sequence[str]) -> ChoiceEditor:
        editor = ChoiceEditor({"": None, **{dtype: dtype for dtype in dtypes}}, self)
        editor.edited.connect(partial(self._store, part))
        self.add(part, name, editor)
        return editor

    def _store(self, part: str, dtype: str | None) -> None:
        commands.set_stored_dtype(self.document, self.subject.paths or [()], part, dtype)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show what layers, or the network, store otherwise than they compute; hides for anything else."""
        layers = [node for node in subject.nodes if isinstance(node, Layer)]
        self.setVisible(len(layers) == len(subject.nodes))
        if len(layers) != len(subject.nodes):
            return
        self.subject = subject
        self._name_defaults(subject)
        self._show_stated(WEIGHTS, self.weights, layers)
        self._show_stated(ACTIVATIONS, self.activations, layers)
        pairs = zip(subject.nodes, subject.results, strict=False)  # without nodes the result is the network's
        stored = any(layer.stored_dtypes is not None for layer in layers) or any(has_weights(*pair) for pair in pairs)
        self.fields[WEIGHTS].set_visible(on=not layers or stored)
        self.fields[ACTIVATIONS].set_visible(on=bool(layers))
        self.fields[WEIGHTS].show_problem(next(iter(subject.about(DTYPES_KEY)), None))

    def _name_defaults(self, subject: InspectedNodes) -> None:
        """Says in the first entries what holds where nothing is stated."""
        result = self.document.result
        if subject.nodes:
            weights = self.tr("as the network (%1)").replace("%1", result.weights)
            activations = self.tr("as computed")
        else:
            weights = self.tr("as computed (%1)").replace("%1", result.dtype)
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
