"""The inspector: parameters and wiring of the selected nodes, and explanations of their counts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from layerledger.core.analysis import Problem
from layerledger.core.base import units
from layerledger.core.base.dtypes import DTYPES_KEY
from layerledger.core.base.params import params_of
from layerledger.core.metrics.registry import INTENSITY, METRICS
from layerledger.core.network.nodes import Block
from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.dtype_section import DtypeSection
from layerledger.gui.inspector.explanations import Explanations
from layerledger.gui.inspector.inputs_section import InputsSection
from layerledger.gui.inspector.labels import GAP, Separator, heading, set_text_if_changed
from layerledger.gui.inspector.lazy_sections import LanguageSection, TrainingSection
from layerledger.gui.inspector.node_sections import BlockSection, RawParams, TieSection, TypeSection, WiringSection
from layerledger.gui.inspector.param_form import Forms
from layerledger.gui.inspector.selection_view import InspectedNodes, inspected_nodes
from layerledger.gui.inspector.title import INSET, ProblemList, TitleLine
from layerledger.gui.inspector.trainable_section import TRAINABLE, TrainableSection
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import CopyLabel, LayoutBoundary, OpaqueBackground

_MARGIN = 12
_MIN_CHARACTERS = 34  # in characters
_SUMMARY_METRICS = (
    *("params", "macs", "flops", "exact_flops", "activation_bytes"),
    *("weight_bytes", "read_bytes", "write_bytes", INTENSITY),
)
"""Metrics of several nodes together; the last is the ratio of two sums."""


class Summary(QWidget):
    """The sums of several selected nodes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(GAP)
        layout.addWidget(heading(self.tr("Together"), self), 0, 0, 1, 2)
        self.names: dict[str, QLabel] = {}
        self.values: dict[str, QLabel] = {}
        for row, key in enumerate(_SUMMARY_METRICS, 1):
            name = QLabel(QCoreApplication.translate("core", METRICS[key].title), self)
            name.setProperty("muted", "true")
            name.setWordWrap(True)
            self.names[key], self.values[key] = name, (value := CopyLabel(self))
            layout.addWidget(name, row, 0)
            layout.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
        self.once = QLabel(self.tr("Repeated blocks around them are counted once."), self)
        self.once.setProperty("small", "true")
        self.once.setProperty("muted", "true")
        self.once.setWordWrap(True)
        layout.addWidget(self.once, len(_SUMMARY_METRICS) + 1, 0, 1, 2)

    def show_nodes(self, document: Document, inspected: InspectedNodes) -> None:
        """Show the sums; hide for a single node."""
        self.setVisible(len(inspected.nodes) > 1)
        if len(inspected.nodes) < 2:
            return
        for key, label in self.values.items():
            metric, context = METRICS[key], document.metrics
            metric = metric.in_context(context) or metric
            set_text_if_changed(self.names[key], QCoreApplication.translate("core", metric.title))
            value = metric.combined(context, [result for result in inspected.results if result])
            text = units.NONE if value is None else metric.exact(value)
            if text != label.text():
                label.setText(text)
        self.once.setVisible(_is_in_repeated_block(document, inspected))


def _problems_without_field(inspected: InspectedNodes) -> list[Problem]:
    """Return the problems that no field shows; each field shows its first one."""
    left: list[Problem] = []
    placed: set[str] = set()
    fields = _field_names(inspected)
    for problem in inspected.problems:
        if problem.param is None or problem.param not in fields - placed:
            left.append(problem)
        elif inspected.nodes:
            placed.add(problem.param)
    return [*left, *inspected.inside]


def _field_names(inspected: InspectedNodes) -> set[str]:
    """Return the names of the fields."""
    if not inspected.nodes:
        return {"name", "shape", "dtype", "outputs", DTYPES_KEY}
    if layer := inspected.layer:
        declared = params_of(inspected.type) if inspected.type else {"type": None}
        return {"name", "inputs", DTYPES_KEY, TRAINABLE, *layer.params, *declared}
    return {"name", "inputs", "repeat", "share_weights", "outputs", TRAINABLE}


def _is_in_repeated_block(document: Document, inspected: InspectedNodes) -> bool:
    """Return whether a block around one of the nodes is repeated."""
    parents = {path[:depth] for path in inspected.paths for depth in range(1, len(path))}
    results = (document.result.at(path) for path in parents)
    return any(r and isinstance(r.node, Block) and r.node.repeat > 1 for r in results)


class Inspector(QFrame):
    """The card at the right of the window."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown_kind: object = None
        self._paths: tuple[NodePath, ...] = ()
        self._anchor: tuple[QWidget, int] | None = None  # the field that is edited, and its top before the last edit
        self._theme = theme.current()
        self.setProperty("card", "true")
        self.setAccessibleName(self.tr("Inspector"))
        self._build()
        self._set_min_width()
        for signal in (document.resultChanged, document.selectionChanged, document.settingsChanged):
            signal.connect(self.refresh)
        self.title.help.toggled.connect(self._show_help)
        for section in (self.training, self.language):
            section.unfolded.connect(self._align_labels)
        self.refresh()

    def _build(self) -> None:
        body = OpaqueBackground(self)
        self.title = TitleLine(self._document, body)
        self.problems = ProblemList(body)
        self.types = TypeSection(self._document, body)
        self.trainable = TrainableSection(self._document, body)
        self.dtypes = DtypeSection(self._document, body)
        self.inputs = InputsSection(self._document, body)
        self.forms = Forms(self._document, body)
        self.raw = RawParams(self._document, body)
        self.block = BlockSection(self._document, body)
        self.wiring = WiringSection(self._document, body)
        self.training = TrainingSection(self._document, body)
        self.language = LanguageSection(self._document, body)
        self.rule = Separator(body)
        self.summary = Summary(body)
        self.explanations = Explanations(body)
        self.tie = TieSection(self._document, body)
        self._lay_out(body)
        self._scroll(body)

    def _lay_out(self, body: QWidget) -> None:
        sections = QVBoxLayout()
        sections.setContentsMargins(INSET, 0, 0, 0)
        sections.setSpacing(GAP + 2)
        for section in (
            *(self.problems, self.types, self.trainable, self.dtypes, self.inputs, self.forms, self.raw, self.block),
            *(self.wiring, self.training, self.language, self.rule),
            *(self.summary, self.explanations, self.tie),
        ):
            sections.addWidget(section)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(_MARGIN - INSET, _MARGIN - 3, _MARGIN, _MARGIN)
        layout.setSpacing(GAP + 2)
        layout.addWidget(LayoutBoundary(self.title, body))
        layout.addLayout(sections)
        layout.addStretch(1)

    def _scroll(self, body: QWidget) -> None:
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self.area)

    def refresh(self) -> None:
        """Show the current selection."""
        inspected = inspected_nodes(self._document)
        self._anchor_focus(inspected)
        self.title.show_nodes(inspected)
        self.types.show_nodes(inspected)
        self.inputs.show_nodes(inspected)
        self.forms.show_nodes(inspected)
        self.raw.show_nodes(inspected)
        self.block.show_nodes(inspected)
        self.wiring.show_nodes(inspected)
        self.tie.show_nodes(inspected)
        self.trainable.show_nodes(inspected)
        self.dtypes.show_nodes(inspected)
        self.training.show_nodes(inspected)
        self.language.show_nodes(inspected)
        self.problems.show_problems(_problems_without_field(inspected))
        self.summary.show_nodes(self._document, inspected)
        several = len(inspected.nodes) > 1
        self.explanations.setVisible(not several)
        if not several:
            self.explanations.show_result(inspected.result, inspected.problems, self._document.metrics)
        self._align_labels()
        self._update_focus_proxy()
        self._scroll_to_top_if_new(inspected)

    def _anchor_focus(self, inspected: InspectedNodes) -> None:
        """Remember where the field is that is edited: lines above it may come or go."""
        field, body = self.focusWidget(), self.area.widget()
        same, self._paths = inspected.paths == self._paths, inspected.paths
        edited = field and body and field.hasFocus() and body.isAncestorOf(field)
        if field and edited and same and self._anchor is None:
            self._anchor = (field, self._top_of(field))
            QTimer.singleShot(0, self, self._keep_anchor)  # when the panel is laid out

    def _top_of(self, field: QWidget) -> int:
        return field.mapTo(self.area.viewport(), QPoint(0, 0)).y()

    def _keep_anchor(self) -> None:
        """Scroll by as much as the field has moved."""
        if self._anchor is not None:
            (field, top), self._anchor = self._anchor, None
            if field.hasFocus() and (moved := self._top_of(field) - top):
                bar = self.area.verticalScrollBar()
                bar.setValue(bar.value() + moved)

    def _scroll_to_top_if_new(self, inspected: InspectedNodes) -> None:
        """Scroll to the top if the fields changed; between layers of one type the position stays."""
        kind = inspected.type or tuple(type(node) for node in inspected.nodes)
        if kind != self._shown_kind:
            self._shown_kind = kind
            self.area.verticalScrollBar().setValue(0)

    def _align_labels(self) -> None:
        """Give the labels of all visible grids the same width."""
        form = (self.forms.current,) if self.forms.current and self.forms.isVisibleTo(self) else ()
        folded = [section.body.grid for section in (self.training, self.language) if section.body]
        sections = (self.types, self.block, self.wiring, *folded, self.tie, self.trainable, self.dtypes)
        grids = [*form, *(grid for grid in sections if grid.isVisibleTo(self))]
        width = min(max((grid.label_width() for grid in grids), default=0), self.width() * 42 // 100)
        for grid in grids:
            grid.set_label_width(width)

    def _show_help(self, on: bool) -> None:
        self.forms.show_help(on=on)

    def _update_focus_proxy(self) -> None:
        """Let the panel pass the keyboard focus to its first editable field."""
        fields = self.forms.current.fields.values() if self.forms.isVisibleTo(self) and self.forms.current else ()
        typed = (f.editor for f in fields if not (isinstance(f.editor, QLineEdit) and f.editor.isReadOnly()))
        first = next(typed, self.title.name)
        if self.focusProxy() is not first:
            self.setFocusProxy(first)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._align_labels()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and theme.current() is not self._theme:
            self._theme = theme.current()
            QTimer.singleShot(0, self, self.refresh)  # not in here: Qt would swallow an exception
        elif event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_min_width()

    def _set_min_width(self) -> None:
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _MIN_CHARACTERS)
