"""The parameters of layers of one type, as a form made from their declarations."""

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
from layerledger.gui.widgets.formula_editor import FormulaEditor


class DerivedField(LineEdit):
    """Shows what follows from the input; it is not typed."""

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
        self._subject = InspectedNodes((), (), ())
        self._editors: dict[str, Editor | DerivedField] = {}
        self._formulas: dict[str, FormulaEditor] = {}
        self._trial = NO_PREVIEW
        for info in params_of(cls).values():
            self._add(info)

    def _add(self, info: ParamInfo) -> None:
        editor = DerivedField(self) if info.derived else make_editor(info.kind, self)
        self._editors[info.name] = editor
        wide = isinstance(editor, FormulaEditor)
        self.add(info.name, info.name, editor, wide=wide).explain(_help(info), self._tip(info))
        if not isinstance(editor, DerivedField):
            editor.edited.connect(partial(self._set, info.name))
        if isinstance(editor, LineEdit):
            editor.editingFinished.connect(self._document.end_typing)
        if isinstance(editor, FormulaEditor):
            self._formulas[info.name] = editor
            editor.focusChanged.connect(self._show_results)

    def _tip(self, info: ParamInfo) -> str:
        rule = info.kind.hint_for(self._cls.dims)
        lines = [f"<b>{info.name}</b>", escape(_help(info)), escape(f"{rule[:1].upper()}{rule[1:]}.")]
        if info.derived:
            lines[-1] = escape(self.tr("Follows from the input."))
        elif not info.required:
            default = self.tr("Default: %1.").replace("%1", info.kind.text(info.start))
            lines[-1] += f" {escape(default)}"
        return "<br>".join(lines)

    # -- showing

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the parameters of layers, all of this form's type."""
        self._subject = subject
        derived = _derived(subject)
        for info in params_of(self._cls).values():
            editor, field = self._editors[info.name], self.fields[info.name]
            if isinstance(editor, DerivedField):
                editor.show_text(self._derived_text(info, subject.layers, derived))
            else:
                self._show_value(info, editor, subject.layers, derived)
            tip = self._change(info, subject.layers)
            field.show_changed(tip, partial(self._reset, info.name))
            field.show_problem(next(iter(subject.about(info.name)), None))
        if self._formulas:
            self._trial = _trial(self._cls, subject)
            self._show_results()

    def _show_results(self) -> None:
        """Show what each formula comes to, and at the one that is typed the names that it can use."""
        for name, editor in self._formulas.items():
            field, symbols = self.fields[name], self._trial.symbols.get(name, {})
            editor.offer(symbols)
            listed = (f"{symbol}\u00a0=\u00a0{units.grouped(number)}" for symbol, number in symbols.items())
            field.show_hint(", ".join(listed) if editor.hasFocus() else "")
            if field.result and field.result.text() != (text := self._trial.values.get(name, "")):
                field.result.setText(text)

    def _show_value(
        self, info: ParamInfo, editor: Editor, layers: Sequence[Layer], derived: Mapping[str, Value]
    ) -> None:
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
        return self.tr("%1 (from input)").replace("%1", _plain(info, derived[info.name]))

    def _change(self, info: ParamInfo, layers: Sequence[Layer]) -> str:
        """Return what resetting does where a layer gives another value than the default; else nothing."""
        given = [layer.params[info.name] for layer in layers if info.name in layer.params]
        if info.required or all(_is_default(info, value, self._cls.dims) for value in given):
            return ""
        if info.derived:
            return self.tr("Leave %1 to the input").replace("%1", info.name)
        return self.tr("Reset to the default, %1").replace("%1", info.kind.text(info.start))

    # -- editing

    def _set(self, name: str, value: Value) -> None:
        commands.set_params(self._document, self._subject.paths, name, value)

    def _reset(self, name: str) -> None:
        self._editors[name].setFocus()
        commands.reset_params(self._document, self._subject.paths, name)


def _plain(info: ParamInfo, value: Value) -> str:
    """Return a value to read, not to type: a list of one without the comma that makes it one."""
    return info.kind.text(value).removesuffix(",")


def _help(info: ParamInfo) -> str:
    return QCoreApplication.translate("core", info.help)


def _derived(subject: InspectedNodes) -> Mapping[str, Value]:
    """Return what follows from the input of the one layer; nothing for several, or where it is not known."""
    result = subject.result
    inputs = result.known_inputs if result else None
    if not result or not result.op or inputs is None or not _takes(result.op, len(inputs)):
        return {}
    try:
        return result.op.derived(inputs)
    except ShapeError:
        return {}


def _trial(cls: type[LayerType], subject: InspectedNodes) -> Preview:
    """Return what the formulas of the one layer come to; nothing for several, or where the input is not known."""
    inputs = subject.result.known_inputs if subject.layer and subject.result else None
    return cls.preview(subject.layers[0].params, inputs) if inputs else NO_PREVIEW


def _takes(spec: LayerType, inputs: int) -> bool:
    fewest, most = spec.arity_of()
    return fewest <= inputs <= most


def _is_default(info: ParamInfo, value: Value, dims: int) -> bool:
    """Return whether a value means the same as the default: (1, 1) is 1."""
    if repr(value) == repr(info.default):
        return True
    try:
        return info.default is not None and info.kind.read(value, dims) == info.kind.read(info.start, dims)
    except ValueError:
        return False


class Forms(QWidget):
    """The forms of all types met so far; the one that is asked for is shown."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._forms: dict[type[LayerType], ParamForm] = {}
        self._help = False
        self.current: ParamForm | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the form of the subject's type, filled; none where its layers are of several types."""
        form = self._form(subject.type) if subject.type else None
        if form is not None:
            form.show_subject(subject)
        if form is not self.current:
            for old, new in ((self.current, False), (form, True)):
                if old is not None:
                    old.setVisible(new)
            self.current = form
        self.setVisible(form is not None and bool(form.fields))

    def _form(self, cls: type[LayerType]) -> ParamForm:
        if cls not in self._forms:
            self._forms[cls] = form = ParamForm(self._document, cls, self)
            form.show_help(on=self._help)
            self._layout.addWidget(form)
        return self._forms[cls]

    def show_help(self, *, on: bool) -> None:
        """Show or hides the help below each field."""
        self._help = on
        for form in self._forms.values():
            form.show_help(on=on)
