"""The inspector's section for language models: context length, cache of keys and values, cost of prompt and token."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from layerledger.core import units
from layerledger.core.analysis import Result
from layerledger.core.language import (
    CACHE_RULE,
    DECODE_RULE,
    NO_CACHE,
    PREFILL_RULE,
    TOKEN_DTYPES,
    Language,
    language,
    token_inputs,
)
from layerledger.core.params import MAX_SIZE, Int, Value
from layerledger.core.shapes import FLOAT_DTYPES
from layerledger.gui.document import Document
from layerledger.gui.editors import ChoiceEditor, TextEditor
from layerledger.gui.panels.inspector_fields import FieldGrid
from layerledger.gui.panels.inspector_folded import Amount, FoldedSection
from layerledger.gui.panels.inspector_labels import put
from layerledger.gui.panels.inspector_subject import Subject
from layerledger.gui.widgets import set_flag

_CACHED_AS = (*(dtype for dtype in FLOAT_DTYPES if dtype != "float64"), "int8")


class LanguageSection(FoldedSection):
    """What a network takes on so many tokens; hidden where no attention layer is fed by tokens."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("LanguageSection", "Language model"), document, parent)
        self._context: int | None = None
        self._dtype: str | None = "float16"
        self._asked: Result | None = None
        self._is_one = False
        self.setVisible(False)
        self.grid = FieldGrid(self.body)
        self.context = TextEditor(Int(1), self.grid)
        self.context.edited.connect(self._set_context)
        self.dtype = ChoiceEditor({dtype: dtype for dtype in _CACHED_AS}, self.grid)
        self.dtype.show_value(self._dtype)
        self.dtype.edited.connect(self._set_dtype)
        self.grid.add("context", self.tr("context"), self.context).explain(
            (tip := self.tr("Tokens that the network is fed; those of its input until another number is typed")), tip
        )
        self.grid.add("dtype", self.tr("cache in"), self.dtype).explain(
            (tip := self.tr("Dtype in which keys and values are kept")), tip
        )
        for widget in (self.grid, self.amounts, self.words):
            self.inside.addWidget(widget)

    def _set_context(self, value: Value) -> None:
        fits = isinstance(value, int) and 1 <= value <= MAX_SIZE
        set_flag(self.context, "invalid", on=not fits and bool(self.context.text()))
        if fits or not self.context.text():
            self._context = value if isinstance(value, int) else None
            self._stale = True
            self.later.start()

    def _set_dtype(self, dtype: str) -> None:
        self._dtype = dtype
        self.changed()

    def show_subject(self, subject: Subject) -> None:
        """Shows itself where attention follows tokens, which is asked once typing rests."""
        self._stale = True
        may_be = not subject.nodes and any(given.dtype in TOKEN_DTYPES for given in self.document.network.inputs)
        if may_be and self._asked is self.document.result:
            self.setVisible(self._is_one)
        elif may_be:
            self.later.start()
        else:
            self.setVisible(False)

    def _follow(self) -> None:
        result = self.document.result
        if self._asked is not result and self._is_wanted():
            self._asked, self._is_one = result, bool(token_inputs(result))
            self.setVisible(self._is_one)
        super()._follow()

    def _is_wanted(self) -> bool:
        """Returns whether the network is what the inspector shows, in sight."""
        parent = self.parentWidget()
        return parent is not None and parent.isVisible() and not self.document.selection

    def compute(self) -> None:
        found = language(self.document.result, context=self._context, cache_dtype=self._dtype)
        self.amounts.show_amounts(self._amounts(found) if found else ())
        if found is None:
            return
        if self._context is None and not self.context.hasFocus():
            self.context.show_value(found.context)
        put(self.words, found.problem or ("" if found.decode_macs is not None else NO_CACHE))
        set_flag(self.words, "error", on=bool(found.problem))

    def _amounts(self, found: Language) -> Iterator[Amount]:
        if found.decode_macs is not None:
            kept = f"{units.grouped(found.cache_bytes)} B"
            token = f"{units.grouped(found.token_bytes)} B"
            yield Amount(self.tr("KV cache"), units.size(found.cache_bytes), kept, CACHE_RULE, strong=True)
            more = self.tr("What the next token of a sequence adds.")
            yield Amount(self.tr("KV cache a token"), units.size(found.token_bytes), token, more)
        prefill, decode = found.prefill_macs, found.decode_macs
        yield Amount(self.tr("Prefill MACs"), units.count(prefill), units.grouped(prefill), PREFILL_RULE)
        if decode is not None:
            name = self.tr("Decode MACs a token") if found.batch == 1 else self.tr("Decode MACs a step")
            yield Amount(name, units.count(decode), units.grouped(decode), DECODE_RULE)
