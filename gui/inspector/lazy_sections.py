"""The inspector's sections on training and language models; what fills them is imported when they are unfolded."""

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
    """What a step of training takes."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("TrainingSection", "Training"), document, parent)

    def make_body(self) -> TrainingBody:
        from layerledger.gui.inspector.training_section import TrainingBody

        return TrainingBody(self.document, self)


class LanguageSection(CollapsibleSection):
    """What a language model takes at a context length; hidden where no attention layer is fed by tokens."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("LanguageSection", "Language model"), document, parent)
        self._asked: Result | None = None
        self._is_one = False
        self.setVisible(False)

    def make_body(self) -> LanguageBody:
        from layerledger.gui.inspector.language_section import LanguageBody

        return LanguageBody(self.document, self)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show itself where attention follows tokens, which is asked once typing rests."""
        self._stale = True
        may_be = not subject.nodes and any(given.dtype in INDEX_DTYPES for given in self.document.network.inputs)
        if may_be and self._asked is self.document.result:
            self.setVisible(self._is_one)
        elif may_be:
            self.later.start()
        else:
            self.setVisible(False)

    def follow(self) -> None:
        result = self.document.result
        if self._asked is not result and self._is_wanted():
            from layerledger.core.analysis.passes.language_model import token_inputs

            self._asked, self._is_one = result, bool(token_inputs(result))
            self.setVisible(self._is_one)
        super().follow()

    def _is_wanted(self) -> bool:
        """Return whether the network is what the inspector shows, in sight."""
        parent = self.parentWidget()
        return parent is not None and parent.isVisible() and not self.document.selection
