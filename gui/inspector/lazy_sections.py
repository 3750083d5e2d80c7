"""Sections on training and language models, whose bodies are imported when they are first unfolded.

The imports would otherwise lengthen the start of the app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from layerledger.core.base.shapes import INDEX_DTYPES
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.collapsible_section import CollapsibleSection
from layerledger.gui.inspector.selection_view import InspectedNodes

if TYPE_CHECKING:
    from layerledger.core.analysis import Result
    from layerledger.gui.inspector.language_section import LanguageBody
    from layerledger.gui.inspector.training_section import TrainingBody


class TrainingSection(CollapsibleSection):
    """Memory and operations of a training step."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("TrainingSection", "Training"), document, parent)

    def make_body(self) -> TrainingBody:
        from layerledger.gui.inspector.training_section import TrainingBody

        return TrainingBody(self.document, self)


class LanguageSection(CollapsibleSection):
    """Costs of a language model by context length; hidden unless attention follows an input of tokens."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("LanguageSection", "Language model"), document, parent)
        self._checked: Result | None = None  # for which `_is_language_model` holds; compared by identity
        self._is_language_model = False
        self.setVisible(False)

    def make_body(self) -> LanguageBody:
        from layerledger.gui.inspector.language_section import LanguageBody

        return LanguageBody(self.document, self)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the section for a language model; a changed network is checked once typing pauses."""
        self._stale = True
        may_be = not inspected.nodes and any(given.dtype in INDEX_DTYPES for given in self.document.network.inputs)
        if may_be and self._checked is self.document.result:
            self.setVisible(self._is_language_model)
        elif may_be:
            self.debounce.start()
        else:
            self.setVisible(False)

    def refresh(self) -> None:
        result = self.document.result
        if self._checked is not result and self._is_wanted():
            from layerledger.core.analysis.passes.language_model import token_inputs

            self._checked, self._is_language_model = result, bool(token_inputs(result))
            self.setVisible(self._is_language_model)
        super().refresh()

    def _is_wanted(self) -> bool:
        """Return whether the inspector is visible and shows the network itself."""
        parent = self.parentWidget()
        return parent is not None and parent.isVisible() and not self.document.selection
