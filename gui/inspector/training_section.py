"""Body of the section on training: optimizer, precision and checkpointing, and the cost of a step with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from layerledger.core.analysis.passes.optimizers import OPTIMIZERS
from layerledger.core.analysis.passes.training import (
    CHECKPOINTING,
    EXCLUDED,
    PRECISIONS,
    STATES,
    Training,
    TrainingConfig,
    TrainingPart,
)
from layerledger.core.analysis.passes.training_macs import MACS_RULE
from layerledger.core.base import units
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.collapsible_section import CollapsibleBody, LabelledValue
from layerledger.gui.inspector.labels import set_text_if_changed
from layerledger.gui.widgets.editors import ChoiceEditor


class TrainingBody(CollapsibleBody):
    """Bytes by kind, their sum and peak, and MACs; each with its definition."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, parent)
        self.config = TrainingConfig()
        self.choices = {
            "optimizer": self._choice("optimizer", self.tr("optimizer"), {o.title: o.id for o in OPTIMIZERS.values()}),
            "precision": self._choice("precision", self.tr("precision"), _by_title(PRECISIONS)),
            "states": self._choice("states", self.tr("optimizer states"), _by_title(STATES)),
            "checkpointing": self._choice("checkpointing", self.tr("recompute"), _by_title(CHECKPOINTING)),
        }
        tip = self.tr("Keep only the inputs of blocks, and run the blocks again in the backward pass")
        self.grid.fields["checkpointing"].set_help(tip, tip)

    def _choice(self, key: str, name: str, options: Mapping[str, str]) -> ChoiceEditor:
        editor = ChoiceEditor({_tr_core(title): value for title, value in options.items()}, self.grid)
        editor.show_value(getattr(self.config, key))
        editor.edited.connect(partial(self._choose, key))
        self.grid.add(key, name, editor)
        return editor

    def _choose(self, key: str, value: str) -> None:
        self.config = self.config._replace(**{key: value})
        self.compute()

    def compute(self) -> None:
        training = Training(self.document.result, self.config)
        self.values.show_values(self._amounts(training))
        notes = filter(None, (_tr_core(EXCLUDED), training.note and _tr_core(training.note)))
        set_text_if_changed(self.note, " ".join(notes))

    def _amounts(self, training: Training) -> Iterator[LabelledValue]:
        yield from map(_amount, training.parts)
        parts = " + ".join(units.size(part.nbytes) for part in training.parts)
        total = training.sum_bytes
        yield LabelledValue(self.tr("Sum"), units.size(total), f"{units.grouped(total)} B", parts, strong=True)
        peak = _amount(training.peak)
        yield peak._replace(strong=True, rule=f"{peak.rule} {_tr_core(training.difference)}")
        macs = training.macs
        shown = (
            f"{name} {units.count(count)}"
            for name, count in (
                (self.tr("forward"), macs.forward),
                (self.tr("gradients by inputs"), macs.by_input),
                (self.tr("gradients by weights"), macs.by_weight),
                (self.tr("again"), macs.again),
            )
            if count
        )
        rule = f"{' + '.join(shown)}. {_tr_core(MACS_RULE)}"
        yield LabelledValue(self.tr("MACs of a step"), units.count(macs.total), units.grouped(macs.total), rule)


def _amount(part: TrainingPart) -> LabelledValue:
    exact = f"{part.formula} = {units.grouped(part.nbytes)} B"
    return LabelledValue(_tr_core(part.title), units.size(part.nbytes), exact, _tr_core(part.rule))


def _by_title(titles: Mapping[str, str]) -> dict[str, str]:
    return {title: value for value, title in titles.items()}


def _tr_core(text: str) -> str:
    return QCoreApplication.translate("core", text)
