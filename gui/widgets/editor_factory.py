"""Choice of the editor for a kind of parameter."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtWidgets import QWidget

from layerledger.core.base.params import Bool, Choice, Optional, ParamKind, Value
from layerledger.core.formula.param_kinds import FormulaParam
from layerledger.gui.widgets.editors import BoolEditor, ChoiceEditor, TextEditor
from layerledger.gui.widgets.formula_editor import FormulaEditor

Editor: TypeAlias = TextEditor | BoolEditor | ChoiceEditor


def make_editor(kind: ParamKind, parent: QWidget | None = None) -> Editor:
    """Return a new editor for a kind."""
    if isinstance(kind, Bool):
        return BoolEditor(parent)
    if isinstance(kind, FormulaParam):
        return FormulaEditor(kind, parent)
    options = _options(kind)
    return ChoiceEditor(options, parent) if options else TextEditor(kind, parent)


def _options(kind: ParamKind) -> dict[str, Value]:
    """Return the values of a kind with only a few, by their texts; empty for other kinds."""
    match kind:
        case Choice(options):
            return {option: option for option in options}
        case Bool():
            return {"on": True, "off": False}
        case Optional(inner) if options := _options(inner):
            return {"none": None, **options}
        case _:
            return {}
