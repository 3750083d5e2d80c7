"""The inspector's sections for wiring, blocks, layers of an unknown type, and parameters that a type does not have."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core.base.params import Value, params_of, show
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.layer_type import MANY
from layerledger.core.network.nodes import Block, Layer
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.field_grid import FieldGrid
from layerledger.gui.inspector.labels import GAP, clicked, small_button
from layerledger.gui.inspector.reference_choices import Describer, before, children, has_weights, sources, ties
from layerledger.gui.inspector.reference_list import LazyCombo, ReferenceList
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import Combo, CopyLabel, SpinBox
from layerledger.gui.widgets.editors import BoolEditor

MOST_REPEATS = 2**31 - 1
"""What a spin box holds; analysis says when it is too many."""


class Section(FieldGrid):
    """Fields about the selected nodes."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.subject = InspectedNodes((), (), ())

    def show_problem(self, subject: InspectedNodes, *keys: str) -> None:
        """Show at each field of `keys` the problem that it would mend."""
        for key in keys:
            self.fields[key].show_problem(next(iter(subject.about(key)), None))


class WiringSection(Section):
    """Where a node's inputs come from."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.inputs = ReferenceList(lambda: sources(document, self.subject.path), self.tr("Add input"), self)
        self.inputs.set_name(self.tr("Input"), self.tr("Input %1"))
        self.inputs.changed.connect(self._wire)
        self.add("inputs", self.tr("input"), self.inputs)

    def _wire(self, chosen: tuple[str, ...]) -> None:
        commands.set_inputs(self.document, self.subject.path, chosen)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the wiring of the one node; hides where there are several or none."""
        self.setVisible(subject.single)
        if not subject.single:
            return
        self.subject = subject
        self._show_inputs(subject)
        self.show_problem(subject, "inputs")
        self.inputs.show_invalid(on=bool(subject.about("inputs")))

    def _show_inputs(self, subject: InspectedNodes) -> None:
        source = before(self.document, subject.path)
        text = self.tr("layer before (%1)") if subject.path[-1] else self.tr("%1 (default)")
        fewest, most = _arity(subject)
        fed = len(subject.result.inputs) if subject.result else 0
        self.inputs.show_references(
            subject.nodes[0].inputs,
            (text.replace("%1", source), source),
            Describer(self.document, subject.path),
            slots=fewest if subject.nodes[0].inputs or fed < fewest else 1,
            most=most,
        )


def _arity(subject: InspectedNodes) -> tuple[int, int]:
    """Return the fewest and the most inputs of the one node."""
    if subject.block:
        return 1, MANY
    if subject.result and subject.result.op:
        return subject.result.op.arity_of()
    return subject.type.input_arity if subject.type else (0, MANY)


class TieSection(Section):
    """Whose weights a node has."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.tied = LazyCombo(self._ties, self)
        self.tied.setAccessibleName(self.tr("Tied to"))
        self.tied.chosen.connect(self._tie)
        tip = self.tr("The layer whose weights these are; they count there, once.")
        self.add("tied_to", self.tr("tied to"), self.tied).explain(tip, tip)

    def _tie(self, name: str) -> None:
        commands.set_tied_to(self.document, self.subject.path, name or None)

    def _ties(self) -> list[tuple[str, str]]:
        return [(self.tr("none"), ""), *ties(self.document, self.subject.path)]

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show whose weights the one node has; hides where there are none."""
        self.subject = subject
        shown = subject.single and has_weights(subject.nodes[0], subject.result)
        self.setVisible(shown)
        if shown:
            tied = subject.nodes[0].tied_to
            self.tied.show_current(*((tied, tied) if tied else (self.tr("none"), "")))
            self.show_problem(subject, "tied_to")


class BlockSection(Section):
    """Repeats, shared weights and outputs of a block."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.repeat = SpinBox(self)
        self.repeat.setRange(-MOST_REPEATS, MOST_REPEATS)
        self.repeat.setKeyboardTracking(True)
        self.repeat.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # or it asks for ten digits
        theme.inset(self.repeat)
        self.repeat.valueChanged.connect(self._repeat)
        self.repeat.editingFinished.connect(document.end_typing)
        self.share = BoolEditor(self)
        self.share.edited.connect(self._share)
        self.outputs = ReferenceList(lambda: children(document, self.subject.path), self.tr("Add output"), self)
        self.outputs.set_name(self.tr("Output"), self.tr("Output %1"))
        self.outputs.changed.connect(self._give_out)
        for key, name, editor, tip in (
            ("repeat", "repeat", self.repeat, self.tr("Copies in series; each is fed by the one before.")),
            ("share_weights", "share_weights", self.share, self.tr("Whether the copies have the same weights.")),
            ("outputs", self.tr("output"), self.outputs, self.tr("What the block gives out.")),
        ):
            self.add(key, name, editor).explain(tip, tip)

    def _repeat(self, times: int) -> None:
        commands.set_repeat(self.document, self.subject.path, times)

    def _share(self, on: bool) -> None:
        commands.set_share_weights(self.document, self.subject.path, share=on)

    def _give_out(self, chosen: tuple[str, ...]) -> None:
        commands.set_outputs(self.document, self.subject.path, chosen)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the one block, or the outputs of the network; hides for anything else."""
        block = subject.block or (self.document.network.root if not subject.nodes else None)
        self.setVisible(block is not None)
        if block is None:
            return
        self.subject = subject
        for key in ("repeat", "share_weights"):
            self.fields[key].set_visible(on=bool(subject.nodes))
        with QSignalBlocker(self.repeat):
            if self.repeat.value() != block.repeat:
                self.repeat.setValue(max(-MOST_REPEATS, min(block.repeat, MOST_REPEATS)))
        self.share.show_value(block.share_weights)
        self._show_outputs(subject, block)
        self.show_problem(subject, *(("repeat", "share_weights") if subject.nodes else ()), "outputs")
        self.outputs.show_invalid(on=bool(subject.about("outputs")))

    def _show_outputs(self, subject: InspectedNodes, block: Block) -> None:
        last = block.layers[-1].name if block.layers else "input"
        default = self.tr("last layer (%1)") if block.layers else self.tr("%1 (default)")
        inside = (*subject.path, len(block.layers))
        self.outputs.show_references(
            block.outputs,
            (default.replace("%1", last), last),
            Describer(self.document, inside),
            slots=1,
            most=MANY if block.layers else 1,
        )


class TypeSection(Section):
    """Another type for a layer whose type is not known."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.types = Combo(self)
        self.types.setEditable(True)
        self.types.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.types.addItems(list(LAYER_TYPES))
        if completer := self.types.completer():
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.types.activated.connect(self._chosen)
        tip = self.tr("Make it a type that is known; parameters that it has are kept.")
        self.add("type", self.tr("type"), self.types).explain(tip, tip)

    def _chosen(self) -> None:
        name, layer = self.types.currentText(), self.subject.layer
        if layer and name in LAYER_TYPES:
            commands.set_type(self.document, self.subject.path, name, _carried(layer, name))

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the one layer of an unknown type; hides for anything else."""
        layer = subject.layer
        unknown = layer is not None and subject.type is None
        self.setVisible(unknown)
        if layer is not None and unknown:
            changed = layer is not self.subject.layer
            self.subject = subject
            if changed:
                self.types.setCurrentText(layer.type)
            self.show_problem(subject, "type")


def _carried(layer: Layer, type_name: str) -> Mapping[str, Value]:
    """Return the parameters for another type: those that must be given, and those that the layer has already."""
    declared = params_of(LAYER_TYPES[type_name])
    required = {name: info.initial for name, info in declared.items() if info.required}
    return {**required, **{name: value for name, value in layer.params.items() if name in declared}}


class RawParams(QWidget):
    """Parameters as the file has them: all of an unknown type, or those that a known type does not have."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown: object = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP - 2)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the one layer's undeclared parameters; hides where there are none."""
        layer = subject.layer
        declared = params_of(subject.type) if subject.type else {}
        raw = {name: value for name, value in layer.params.items() if name not in declared} if layer else {}
        shown = (subject.path, repr(raw), subject.type, subject.problems if raw else ())
        if shown != self._shown:
            self._shown = shown
            self._rebuild(subject, raw)
        self.setVisible(bool(raw))

    def _rebuild(self, subject: InspectedNodes, raw: Mapping[str, Value]) -> None:
        while item := self._layout.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for name, value in raw.items():
            self._layout.addWidget(self._row(subject, name, value))

    def _row(self, subject: InspectedNodes, name: str, value: Value) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        problem = next(iter(subject.about(name)), None)
        label = CopyLabel(row)
        label.setText(f"{name} = {show(value)}" + (f"\n{problem.message}" if problem else ""))
        label.setProperty("error", "true" if problem else "")
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(label, 1)
        if subject.type:
            layout.addWidget(remove := small_button("close", self.tr("Remove %1").replace("%1", name), row))
            clicked(remove, commands.remove_param, self._document, subject.path, name)
        return row
