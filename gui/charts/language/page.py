"""The page "Language model": memory and tokens per second by batch and context, and the largest that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget

from layerledger.core.studies.remedies import Largest, largest_batch_steps, longest_context_steps
from layerledger.core.studies.sizing import Sizing, SizingStudy
from layerledger.core.studies.sizing_table import table_batches, table_contexts
from layerledger.gui.charts.language.memory_panel import MemoryPanel
from layerledger.gui.charts.language.table_model import LanguageTableModel
from layerledger.gui.charts.language.table_view import LanguageTable
from layerledger.gui.charts.page import ChartPage, PageTools
from layerledger.gui.charts.reasons import uncounted_reason
from layerledger.gui.document.document import Document
from layerledger.gui.document.language_commands import set_batch_and_context
from layerledger.gui.document.large_networks import is_huge, is_large
from layerledger.gui.document.sizing import may_generate, study_of
from layerledger.gui.widgets.debounce import Debounce
from layerledger.gui.widgets.slices import Slices


def _scrolling(panel: QWidget) -> QScrollArea:
    """Return an area in which a panel scrolls where there is little room, so that nothing of it is cut off."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumSize(panel.fontMetrics().averageCharWidth() * 42, panel.fontMetrics().height() * 8)
    area.setWidget(panel)
    return area


class LanguagePage(ChartPage):
    """The table and the memory panel; follows the document while it is visible, and computes in slices."""

    name = "language-model"

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.model = LanguageTableModel(self)
        self.table = LanguageTable(self.model, self)
        self.panel = MemoryPanel(self)
        self.tools = PageTools(self)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(_scrolling(self.panel))
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 1)
        split.setSizes([840, 500])
        self._set_up(self.tools, split)
        self.setFocusProxy(self.table)
        self._search: Slices[Sizing | tuple[str, Largest]] = Slices(self)
        self._later = Debounce(self._begin, self)
        document.settingsChanged.connect(self._changed)
        self.table.asked.connect(self._set)
        self.panel.batchAsked.connect(self._set_batch)
        self.panel.contextAsked.connect(self._set_context)

    def finish(self) -> None:
        """Compute what is pending at once."""
        if self._pending:
            self.refresh()
        if self._later.isActive():
            self._later.stop()
            self._begin()
        self._search.finish()

    # -- following the document

    def _reason(self) -> str:
        if reason := uncounted_reason(self._document.result):
            return reason
        if not may_generate(self._document) or not study_of(self._document).is_language_model:
            return self.tr(
                "This network generates no tokens: attention that looks back follows no input of indices. "
                "File → New from template has some that do, such as Llama 2."
            )
        if self._document.target is None:
            return self.tr("Choose a device in the tool bar to see memory and tokens per second by batch and context")
        return ""

    def _draw(self) -> Sequence[str]:
        if is_large(self._document.result) and self.model.batches:
            self._later.start()
        else:
            self._begin()
        return ()

    def _mark(self) -> None:
        """Do nothing: cells are no layers."""

    @property
    def _present(self) -> tuple[int, int]:
        """The batch and the context that the window shows."""
        study = study_of(self._document)
        return study.batch, self._document.settings.context or study.context or 1

    def _begin(self) -> None:
        """Compute the cells and what fits at most, the present cell first."""
        self._later.stop()
        study = study_of(self._document)
        if self._document.target is None or not study.is_language_model:
            return
        batch, context = self._present
        batches = table_batches(batch) if study.has_batch else (batch,)
        self.model.show_axes(batches, table_contexts(context), (batch, context))
        self.table.scrollTo(self.model.index(batches.index(batch), self.model.contexts.index(context)))
        apart = is_huge(self._document.result)
        if not apart:
            self.panel.show_sizing(study.at(context=context, batch=batch))
        self._search.begin(self._steps(study, batch, context), self._take, apart=apart)

    def _steps(self, study: SizingStudy, batch: int, context: int) -> Iterator[Sizing | tuple[str, Largest] | None]:
        yield study.at(context=context, batch=batch)
        for each in self.model.contexts:
            for n in self.model.batches:
                if (each, n) != (context, batch):
                    yield study.at(context=each, batch=n)
        fit = study.at(context=context, batch=batch).fit
        if fit is None or not fit.uses:
            return
        if study.has_batch:
            yield from (("batch", found) if found else None for found in largest_batch_steps(study, context))
        yield from (("context", found) if found else None for found in longest_context_steps(study, batch))

    def _take(self, found: Sizing | tuple[str, Largest]) -> None:
        if isinstance(found, Sizing):
            self.model.add(found)
            if (found.batch, found.context) == self.model.present:
                self.panel.show_sizing(found)
        elif found[0] == "batch":
            self.panel.show_batch(found[1])
        else:
            self.panel.show_context(found[1])

    def _set(self, batch: int, context: int) -> None:
        set_batch_and_context(self._document, batch, context)

    def _set_batch(self, batch: int) -> None:
        self._set(batch, self._present[1])

    def _set_context(self, context: int) -> None:
        self._set(self._present[0], context)

    # -- pictures

    def _paint(self, painter: QPainter) -> None:
        self._plot.render(painter, QPoint())
