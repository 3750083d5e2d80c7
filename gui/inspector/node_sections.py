"""Sections for wiring, tied weights, blocks, layers of an unknown type, and undeclared parameters."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core.analysis.handed_on import outputs_to_hand_on_of
from layerledger.core.base.params import Value, params_of, show
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.input_checks import MANY
from layerledger.core.network.nodes import Block, Layer
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.field_grid import FieldGrid
from layerledger.gui.inspector.labels import GAP, connect_click, small_button, text_button
from layerledger.gui.inspector.reference_choices import Describer, before, children, has_weights, sources, ties
from layerledger.gui.inspector.reference_list import LazyCombo, ReferenceList
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.theme import theme
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import Combo, CopyLabel, SpinBox
from layerledger.gui.widgets.editors import BoolEditor

MAX_REPEATS = 2**31 - 1
"""Largest value of a spin box; analysis reports a number that is too large."""


class Section(FieldGrid):
    """Fields about the selected nodes."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.inspected = InspectedNodes((), (), ())

    def show_problem(self, inspected: InspectedNodes, *keys: str) -> None:
        """Show at each field of `keys` the first problem about it."""
        for key in keys:
            self.fields[key].show_problem(next(iter(inspected.about(key)), None))


class WiringSection(Section):
    """References to a node's inputs."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.inputs = ReferenceList(lambda: sources(document, self.inspected.path), self.tr("Add input"), self)
        self.inputs.set_name(self.tr("Input"), self.tr("Input {number}"))
        self.inputs.changed.connect(self._set_inputs)
        self.add("inputs", self.tr("input"), self.inputs)

    def _set_inputs(self, chosen: tuple[str, ...]) -> None:
        commands.set_inputs(self.document, self.inspected.path, chosen)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the wiring of a single node; hide otherwise."""
        self.setVisible(inspected.single)
        if not inspected.single:
            return
        self.inspected = inspected
        self._show_inputs(inspected)
        self.show_problem(inspected, "inputs")
        self.inputs.show_invalid(on=bool(inspected.about("inputs")))

    def _show_inputs(self, inspected: InspectedNodes) -> None:
        source = before(self.document, inspected.path)
        text = self.tr("layer before ({name})") if inspected.path[-1] else self.tr("{name} (default)")
        fewest, most = _arity(inspected)
        fed = len(inspected.result.inputs) if inspected.result else 0
        self.inputs.show_references(
            inspected.nodes[0].inputs,
            (text.format(name=source), source),
            Describer(self.document, inspected.path),
            slots=fewest if inspected.nodes[0].inputs or fed < fewest else 1,
            most=most,
        )


def _arity(inspected: InspectedNodes) -> tuple[int, int]:
    """Return the fewest and the most inputs of the inspected node."""
    if inspected.block:
        return 1, MANY
    if inspected.result and inspected.result.op:
        return inspected.result.op.arity_of()
    return inspected.type.input_arity if inspected.type else (0, MANY)


class TieSection(Section):
    """Reference to the node whose weights this node shares."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.tied = LazyCombo(self._choices, self)
        self.tied.setAccessibleName(self.tr("Tied to"))
        self.tied.chosen.connect(self._set_tied_to)
        tip = self.tr(
            "The layer whose weights this one shares; they are counted once, there. With .weight, that weight alone is "
            "shared, and a bias stays its own."
        )
        self.add("tied_to", self.tr("tied to"), self.tied).set_help(tip, tip)

    def _set_tied_to(self, name: str) -> None:
        commands.set_tied_to(self.document, self.inspected.path, name or None)

    def _choices(self) -> list[tuple[str, str]]:
        return [(self.tr("none"), ""), *ties(self.document, self.inspected.path)]

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the tie of a single node with weights; hide otherwise."""
        self.inspected = inspected
        shown = inspected.single and has_weights(inspected.nodes[0], inspected.result)
        self.setVisible(shown)
        if shown:
            tied = inspected.nodes[0].tied_to
            self.tied.show_current(*((tied, tied) if tied else (self.tr("none"), "")))
            self.show_problem(inspected, "tied_to")


class BlockSection(Section):
    """Repeats, shared weights and outputs of a block."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.repeat = SpinBox(self)
        self.repeat.setRange(-MAX_REPEATS, MAX_REPEATS)
        self.repeat.setKeyboardTracking(True)
        # ignored, because the size hint has room for ten digits and would widen the inspector
        self.repeat.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.inset(self.repeat)
        self.repeat.valueChanged.connect(self._set_repeat)
        self.repeat.editingFinished.connect(document.end_typing)
        self.repeat.cancelled.connect(document.cancel_typing)
        self.share = BoolEditor(self)
        self.share.edited.connect(self._set_share_weights)
        self.outputs = ReferenceList(lambda: children(document, self.inspected.path), self.tr("Add output"), self)
        self.outputs.set_name(self.tr("Output"), self.tr("Output {number}"))
        self.outputs.changed.connect(self._set_outputs)
        for key, name, editor, tip in (
            (
                "repeat",
                "repeat",
                self.repeat,
                self.tr("Copies in series; each takes the output of the one before."),
            ),
            ("share_weights", "share_weights", self.share, self.tr("Use the same weights in all copies.")),
            ("outputs", self.tr("output"), self.outputs, self.tr("The outputs of the block.")),
        ):
            self.add(key, name, editor).set_help(tip, tip)
        self.hand_on = text_button("add", self.tr("Hand on the further inputs"), self)
        self.hand_on.clicked.connect(self._hand_on)
        self.grid.addWidget(self.hand_on, self.grid.rowCount(), 0, 1, 2)

    def _hand_on(self) -> None:
        """Make each pass return the inputs that the next one lacks, as the problem says."""
        if self.inspected.results and (result := self.inspected.results[0]):
            self._set_outputs(outputs_to_hand_on_of(result))

    def _set_repeat(self, times: int) -> None:
        commands.set_repeat(self.document, self.inspected.path, times)

    def _set_share_weights(self, on: bool) -> None:
        commands.set_share_weights(self.document, self.inspected.path, share=on)

    def _set_outputs(self, chosen: tuple[str, ...]) -> None:
        commands.set_outputs(self.document, self.inspected.path, chosen)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show a single block, or the outputs of the network; hide otherwise."""
        block = inspected.block or (self.document.network.root if not inspected.nodes else None)
        self.setVisible(block is not None)
        if block is None:
            return
        self.inspected = inspected
        for key in ("repeat", "share_weights"):
            self.fields[key].set_visible(on=bool(inspected.nodes))
        with QSignalBlocker(self.repeat):  # showing a value must not be an edit
            if self.repeat.value() != block.repeat:
                self.repeat.setValue(max(-MAX_REPEATS, min(block.repeat, MAX_REPEATS)))
        self.share.show_value(block.share_weights)
        self._show_outputs(inspected, block)
        self.show_problem(inspected, *(("repeat", "share_weights") if inspected.nodes else ()), "outputs")
        self.outputs.show_invalid(on=bool(inspected.about("outputs")))
        result = inspected.results[0] if inspected.block and inspected.results else None
        outputs = outputs_to_hand_on_of(result) if result else ()
        self.hand_on.setVisible(bool(outputs))
        self.hand_on.setToolTip(self.tr("Set the outputs to {outputs}").format(outputs=", ".join(outputs)))

    def _show_outputs(self, inspected: InspectedNodes, block: Block) -> None:
        last = block.layers[-1].name if block.layers else "input"
        default = self.tr("last layer ({name})") if block.layers else self.tr("{name} (default)")
        inside = (*inspected.path, len(block.layers))
        self.outputs.show_references(
            block.outputs,
            (default.format(name=last), last),
            Describer(self.document, inside),
            slots=1,
            most=MANY if block.layers else 1,
        )


class TypeSection(Section):
    """A known type for a layer whose type is unknown."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.types = Combo(self)
        self.types.setEditable(True)
        self.types.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.types.addItems(list(LAYER_TYPES))
        if completer := self.types.completer():
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.types.activated.connect(self._set_type)
        tip = self.tr("Change to a known type; the parameters that it declares are kept.")
        self.add("type", self.tr("type"), self.types).set_help(tip, tip)

    def _set_type(self) -> None:
        name, layer = self.types.currentText(), self.inspected.layer
        if layer and name in LAYER_TYPES:
            commands.set_type(self.document, self.inspected.path, name, _params_for_type(layer, name))

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show a single layer of an unknown type; hide otherwise."""
        layer = inspected.layer
        unknown = layer is not None and inspected.type is None
        self.setVisible(unknown)
        if layer is not None and unknown:
            changed = layer is not self.inspected.layer
            self.inspected = inspected
            if changed:
                self.types.setCurrentText(layer.type)
            self.show_problem(inspected, "type")


def _params_for_type(layer: Layer, type_name: str) -> Mapping[str, Value]:
    """Return the parameters for another type: the required ones, and those of the layer that the type declares."""
    declared = params_of(LAYER_TYPES[type_name])
    required = {name: info.initial for name, info in declared.items() if info.required}
    return {**required, **{name: value for name, value in layer.params.items() if name in declared}}


class RawParams(QWidget):
    """Undeclared parameters as the file has them: all of an unknown type, or those that a known type does not have."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown: object = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP - 2)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the undeclared parameters of a single layer; hide if it has only declared ones."""
        layer = inspected.layer
        declared = params_of(inspected.type) if inspected.type else {}
        raw = {name: value for name, value in layer.params.items() if name not in declared} if layer else {}
        shown = (inspected.path, repr(raw), inspected.type, inspected.problems if raw else ())
        if shown != self._shown:
            self._shown = shown
            self._rebuild(inspected, raw)
        self.setVisible(bool(raw))

    def _rebuild(self, inspected: InspectedNodes, raw: Mapping[str, Value]) -> None:
        while item := self._layout.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for name, value in raw.items():
            self._layout.addWidget(self._row(inspected, name, value))

    def _row(self, inspected: InspectedNodes, name: str, value: Value) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        problem = next(iter(inspected.about(name)), None)
        label = CopyLabel(row)
        label.setText(f"{name} = {show(value)}" + (f"\n{translated(problem.message)}" if problem else ""))
        label.setProperty("error", "true" if problem else "")
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(label, 1)
        if inspected.type:
            layout.addWidget(remove := small_button("close", self.tr("Remove {param}").format(param=name), row))
            connect_click(remove, commands.remove_param, self._document, inspected.path, name)
        return row
