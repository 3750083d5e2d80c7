"""Body of the section on language models: context length, KV cache, cost of the prompt and of each token."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from layerledger.core.analysis.passes.language_model import (
    CACHE_RULE,
    DECODE_RULE,
    EXPAND_RULE,
    NO_CACHE,
    PREFILL_RULE,
    STATE_RULE,
    LanguageModelCost,
    language_model_cost,
)
from layerledger.core.base import units
from layerledger.core.base.dtypes import CACHE, CACHE_DTYPES
from layerledger.core.base.params import MAX_SIZE, Int, Value
from layerledger.core.reports.language_section import speed_text
from layerledger.core.studies.sizing import FIRST_TOKEN_RULE, MEMORY_RULE, SPEED_RULE, TOKEN_TIME_RULE
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.sizing import sizing_of
from layerledger.gui.inspector.collapsible_section import CollapsibleBody, LabelledValue
from layerledger.gui.inspector.labels import set_text_if_changed
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import set_flag
from layerledger.gui.widgets.debounce import Debounce
from layerledger.gui.widgets.editors import ChoiceEditor, TextEditor


class LanguageBody(CollapsibleBody):
    """Memory and operations of a network for a number of tokens."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, parent)
        self._context_before = self._context  # the value when the field was entered
        self._later = Debounce(self.compute, self)
        document.settingsChanged.connect(self._settings_changed)
        self.context = TextEditor(Int(1), self.grid)
        self.context.edited.connect(self._set_context)
        self.context.editingFinished.connect(self._finish_context)
        self.context.cancelled.connect(self._restore_context)
        self.dtype = ChoiceEditor({"": None, **{dtype: dtype for dtype in CACHE_DTYPES}}, self.grid)
        self.dtype.edited.connect(self._set_dtype)
        tip = self.tr("Number of input tokens, such as 4096 or 4k; by default the size of the network's input")
        self.grid.add("context", self.tr("context"), self.context).set_help(tip, tip)
        tip = self.tr("Dtype of the cached keys and values; part of Precision, undoable and saved")
        self.grid.add("dtype", self.tr("cache in"), self.dtype).set_help(tip, tip)

    @property
    def _context(self) -> int | None:
        """The context length of the window, which its cards and the table of batches and contexts show too."""
        return self.document.settings.context

    @_context.setter
    def _context(self, context: int | None) -> None:
        self.document.change_settings(context=context)

    def _settings_changed(self, changed: frozenset[str]) -> None:
        if changed & {"context", "device", "efficiency", "fused"} and self.isVisible():
            self._later.start()

    def _set_context(self, value: Value) -> None:
        wrong = not _is_context(value) and bool(self.context.text())
        set_flag(self.context, "invalid", on=wrong)
        if wrong:
            self._context = self._context_before
        else:
            self._context = value if isinstance(value, int) else None
        self._later.start()

    def _finish_context(self) -> None:
        text = self.context.text()
        if text and not _is_context(self.context.value()):
            rule = self.tr("context must be a number of tokens of at least 1, such as 4096 or 4k; got {text}")
            self.document.reject(rule.format(text=f"“{text}”"))
            self._restore_context()
        self._context_before = self._context
        self._show_context()

    def _restore_context(self) -> None:
        self._context = self._context_before
        set_flag(self.context, "invalid", on=False)
        self.compute()

    def _show_context(self) -> None:
        found = language_model_cost(self.document.result, context=self._context)
        if found is not None:
            self.context.show_value(found.context)

    def _set_dtype(self, dtype: str | None) -> None:
        commands.set_stored_dtype(self.document, [()], CACHE, dtype)

    def _show_dtype(self) -> None:
        """Show the dtype that is stated for the cache, or that of the activations, which it follows."""
        precision, stated = self.document.result.precision, self.document.result.stated
        follows = self.tr("as Precision ({dtype})").format(dtype=precision.activations)
        if self.dtype.itemText(0) != follows:
            self.dtype.setItemText(0, follows)
        self.dtype.show_value(stated.cache)

    def compute(self) -> None:
        self._show_dtype()
        found = language_model_cost(self.document.result, context=self._context)
        self.values.show_values(self._amounts(found) if found else ())
        if found is None:
            return
        if not self.context.hasFocus():
            self.context.show_value(found.context)
        doubts = "\n".join(found.notes) if found.generates else NO_CACHE
        set_text_if_changed(self.note, found.problem or doubts)
        set_flag(self.note, "error", on=bool(found.problem))

    def _amounts(self, found: LanguageModelCost) -> Iterator[LabelledValue]:
        if found.problem:  # a network that does not run at that length has no figures there
            return
        if found.generates:
            kept = f"{units.grouped(found.cache_bytes)} B"
            token = f"{units.grouped(found.token_bytes)} B"
            yield LabelledValue(self.tr("KV cache"), units.size(found.cache_bytes), kept, CACHE_RULE, strong=True)
            more = self.tr("Bytes that each further token of a sequence adds.")
            yield LabelledValue(self.tr("KV cache a token"), units.size(found.token_bytes), token, more)
        if found.states:
            state = f"{units.grouped(found.state_bytes)} B"
            yield LabelledValue(self.tr("Recurrent state"), units.size(found.state_bytes), state, STATE_RULE)
        prefill, decode = found.prefill_macs, found.decode_macs
        yield LabelledValue(self.tr("Prefill MACs"), units.count(prefill), units.grouped(prefill), PREFILL_RULE)
        if decode is not None:
            name = self.tr("Decode MACs a token") if found.batch == 1 else self.tr("Decode MACs a step")
            yield LabelledValue(name, units.count(decode), units.grouped(decode), DECODE_RULE)
        if anew := found.expand_macs:
            name = self.tr("of them keys and values anew")
            yield LabelledValue(name, units.count(anew), units.grouped(anew), EXPAND_RULE)
        if decode is not None:
            yield from self._times()

    def _times(self) -> Iterator[LabelledValue]:
        """Yield the memory and the times of generation on the chosen device."""
        sizing = sizing_of(self.document) if self.document.target else None
        if sizing is None or sizing.fit is None or sizing.problem:
            return
        size, verdict = sizing.footprint.total_bytes, translated(sizing.fit.sentence())
        yield LabelledValue(self.tr("Memory"), units.size(size), verdict, MEMORY_RULE)
        rows = (
            (self.tr("Time to first token"), sizing.first_token, FIRST_TOKEN_RULE),
            (self.tr("Time a token"), sizing.token, TOKEN_TIME_RULE),
        )
        for name, time, rule in rows:
            if time:
                text = f"≥ {units.duration(time.total)}"
                yield LabelledValue(name, text, f"≥ {time.seconds:.9g} s", rule, strong=True)
        if sizing.tokens_per_s:
            speed = f"≤ {speed_text(sizing)}"
            yield LabelledValue(self.tr("Tokens per second"), speed, speed, SPEED_RULE)


def _is_context(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIZE
