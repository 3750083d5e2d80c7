"""Forms for the parameters of layers, made from their declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from layerledger.core.base import units
from layerledger.core.base.params import ParamInfo, Value, params_of
from layerledger.core.base.shapes import ShapeError
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.layers.preview import NO_PREVIEW, Preview
from layerledger.core.network.nodes import Layer
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.field_grid import FieldGrid
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.widgets.basics import LineEdit
from layerledger.gui.widgets.editor_factory import Editor, make_editor
from layerledger.gui.widgets.editors import TextEditor
from layerledger.gui.widgets.formula_editor import FormulaEditor


class DerivedField(LineEdit):
    """A read-only field for a value that is derived from the input."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)

    def show_text(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)


class ParamForm(FieldGrid):
    """A field for each parameter that a layer type declares."""

    def __init__(self, document: Document, cls: type[LayerType], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._cls = document, cls
        self._inspected = InspectedNodes((), (), ())
        self._editors: dict[str, Editor | DerivedField] = {}
        self._formulas: dict[str, FormulaEditor] = {}
        self._preview = NO_PREVIEW
        for info in params_of(cls).values():
            self._add(info)

    def _add(self, info: ParamInfo) -> None:
        editor = DerivedField(self) if info.derived else make_editor(info.kind, self)
        self._editors[info.name] = editor
        wide = isinstance(editor, FormulaEditor)
        self.add(info.name, info.name, editor, wide=wide).set_help(_help(info), self._tip(info))
        if not isinstance(editor, DerivedField):
            editor.edited.connect(partial(self._set_param, info.name))
        if isinstance(editor, LineEdit):
            editor.editingFinished.connect(self._document.end_typing)
        if isinstance(editor, TextEditor):
            editor.cancelled.connect(self._document.cancel_typing)
        if isinstance(editor, FormulaEditor):
            self._formulas[info.name] = editor
            editor.focusChanged.connect(self._show_results)

    def _tip(self, info: ParamInfo) -> str:
        rule = info.kind.hint_for(self._cls.dims)
        lines = [f"<b>{info.name}</b>", escape(_help(info)), escape(f"{rule[:1].upper()}{rule[1:]}.")]
        if info.derived:
            lines[-1] = escape(self.tr("Derived from the input."))
        elif not info.required:
            default = self.tr("Default: {value}.").format(value=info.kind.text(info.start))
            lines[-1] += f" {escape(default)}"
        return "<br>".join(lines)

    # -- showing

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the parameters of layers of this form's type."""
        self._inspected = inspected
        derived = _derived_values(inspected)
        for info in params_of(self._cls).values():
            editor, field = self._editors[info.name], self.fields[info.name]
            if isinstance(editor, DerivedField):
                editor.show_text(self._derived_text(info, inspected.layers, derived))
            else:
                self._show_value(info, editor, inspected.layers, derived)
            tip = self._reset_tip(info, inspected.layers)
            field.show_changed(tip, partial(self._reset_param, info.name))
            field.show_problem(next(iter(inspected.about(info.name)), None))
        if self._formulas:
            self._preview = _preview(self._cls, inspected)
            self._show_results()

    def _show_results(self) -> None:
        """Show the value of each formula, and below the focused one the names that it can use."""
        for name, editor in self._formulas.items():
            field, symbols = self.fields[name], self._preview.symbols.get(name, {})
            editor.set_names(symbols)
            listed = (f"{symbol}\u00a0=\u00a0{units.grouped(number)}" for symbol, number in symbols.items())
            field.show_hint(", ".join(listed) if editor.hasFocus() else "")
            if field.result and field.result.text() != (text := self._preview.values.get(name, "")):
                field.result.setText(text)

    def _show_value(
        self, info: ParamInfo, editor: Editor, layers: Sequence[Layer], derived: Mapping[str, Value]
    ) -> None:
        # by repr, because 1, 1.0 and True are equal in Python but different values in a file
        values = {repr(value): value for layer in layers for value in [layer.params.get(info.name, info.default)]}
        value: Any = next(iter(values.values()))
        if len(values) > 1:
            editor.show_blank(self.tr("different values"))
        elif value is info.default and info.required:
            editor.show_blank(self.tr("required"))
        elif value is None and info.name in derived and not editor.hasFocus():
            editor.show_blank(self._from_input(info, derived))
        else:
            editor.show_value(value)

    def _derived_text(self, info: ParamInfo, layers: Sequence[Layer], derived: Mapping[str, Value]) -> str:
        given = [layer.params[info.name] for layer in layers if info.name in layer.params]
        if given:
            same = len({repr(value) for value in given}) == 1 and len(given) == len(layers)
            return _plain(info, given[0]) if same else self.tr("different values")
        if info.name not in derived:
            return self.tr("from input")
        return self._from_input(info, derived)

    def _from_input(self, info: ParamInfo, derived: Mapping[str, Value]) -> str:
        return self.tr("{value} (from input)").format(value=_plain(info, derived[info.name]))

    def _reset_tip(self, info: ParamInfo, layers: Sequence[Layer]) -> str:
        """Return the tool tip of the reset button; empty if all layers have the default."""
        given = [layer.params[info.name] for layer in layers if info.name in layer.params]
        if info.required or all(_is_default(info, value, self._cls.dims) for value in given):
            return ""
        if info.derived:
            return self.tr("Derive {param} from the input").format(param=info.name)
        return self.tr("Reset to the default, {value}").format(value=info.kind.text(info.start))

    # -- editing

    def _set_param(self, name: str, value: Value) -> None:
        commands.set_params(self._document, self._inspected.paths, name, value)

    def _reset_param(self, name: str) -> None:
        self._editors[name].setFocus()
        commands.reset_params(self._document, self._inspected.paths, name)


def _plain(info: ParamInfo, value: Value) -> str:
    """Return a value for reading, not for typing: a list of one without its trailing comma."""
    return info.kind.text(value).removesuffix(",")


def _help(info: ParamInfo) -> str:
    return QCoreApplication.translate("core", info.help)


def _derived_values(inspected: InspectedNodes) -> Mapping[str, Value]:
    """Return the values derived from the input of a single layer; empty if its input is unknown."""
    result = inspected.result
    inputs = result.known_inputs if result else None
    if not result or not result.op or inputs is None or not _accepts(result.op, len(inputs)):
        return {}
    try:
        return result.op.derived(inputs)
    except ShapeError:
        return {}


def _preview(cls: type[LayerType], inspected: InspectedNodes) -> Preview:
    """Return the formulas' values and names for a single layer; NO_PREVIEW if its input is unknown."""
    inputs = inspected.result.known_inputs if inspected.layer and inspected.result else None
    return cls.preview(inspected.layers[0].params, inputs) if inputs else NO_PREVIEW


def _accepts(op: LayerType, inputs: int) -> bool:
    fewest, most = op.arity_of()
    return fewest <= inputs <= most


def _is_default(info: ParamInfo, value: Value, dims: int) -> bool:
    """Return whether a value is equal to the default; (1, 1) is equal to 1."""
    if repr(value) == repr(info.default):
        return True
    try:
        return info.default is not None and info.kind.read(value, dims) == info.kind.read(info.start, dims)
    except ValueError:
        return False


class Forms(QWidget):
    """The forms of all types shown so far, of which at most one is visible.

    A form is built once for each layer type and kept: building one takes longer than filling it.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._forms: dict[type[LayerType], ParamForm] = {}
        self._help = False
        self.current: ParamForm | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the form of the layers' type with their values; hide if their types differ."""
        form = self._form(inspected.type) if inspected.type else None
        if form is not None:
            form.show_nodes(inspected)
        if form is not self.current:
            for old, new in ((self.current, False), (form, True)):
                if old is not None:
                    old.setVisible(new)
            self.current = form  # the old form is hidden first, so that the panel is never as high as both
        self.setVisible(form is not None and bool(form.fields))

    def _form(self, cls: type[LayerType]) -> ParamForm:
        if cls not in self._forms:
            self._forms[cls] = form = ParamForm(self._document, cls, self)
            form.show_help(on=self._help)
            self._layout.addWidget(form)
        return self._forms[cls]

    def show_help(self, *, on: bool) -> None:
        """Show or hide the help below each field."""
        self._help = on
        for form in self._forms.values():
            form.show_help(on=on)
