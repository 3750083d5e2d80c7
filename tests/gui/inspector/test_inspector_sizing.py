"""The inspector's receptive field, training and language model on a real document."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.backward import BackwardPlan, Mode
from layerledger.core.base.dtypes import CACHE_DTYPES
from layerledger.core.base.precision import BUNDLES
from layerledger.core.library.templates.templates import load_template
from layerledger.core.network.paths import NodePath, dotted, walk
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.collapsible_section import CollapsibleSection
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.inspector.language_section import LanguageBody
from layerledger.gui.inspector.training_section import TrainingBody
from layerledger.gui.theme import theme

Show = Callable[..., tuple[Inspector, Document]]


@pytest.fixture
def show(qtbot: QtBot, qapp: QApplication) -> Show:
    """Show the inspector of a template."""
    theme.choose("light")

    def build(template: str, name: str = "") -> tuple[Inspector, Document]:
        document = Document(load_template(template))
        panel = Inspector(document)
        qtbot.addWidget(panel)
        panel.resize(340, 900)
        document.select([path_of(document, name)] if name else [])
        with qtbot.waitActive(panel):
            panel.show()
            panel.activateWindow()
        return panel, document

    return build


def path_of(document: Document, name: str) -> NodePath:
    return next(path for path, _ in walk(document.network.root) if dotted(document.network, path) == name)


def amounts(section: CollapsibleSection) -> dict[str, str]:
    """Return the numbers that a section shows, by name."""
    rows = section.body.values.rows if section.body else []
    return {name.text(): value.text() for name, value in rows if not name.isHidden()}


def training_of(panel: Inspector) -> TrainingBody:
    body = panel.training.body
    assert isinstance(body, TrainingBody)
    return body


def language_of(panel: Inspector) -> LanguageBody:
    body = panel.language.body
    assert isinstance(body, LanguageBody)
    return body


def unfold(qtbot: QtBot, section: CollapsibleSection) -> None:
    qtbot.waitUntil(section.isVisible)
    qtbot.mouseClick(section.head, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(amounts(section)))


# -- receptive field


def test_the_line_below_the_shapes(show: Show, qtbot: QtBot) -> None:
    panel, document = show("resnet50", "layer4.rest.conv2")
    line = panel.title.receptive
    qtbot.waitUntil(lambda: "receptive" in line.text())
    assert line.text() == "receptive field 363 × 363, stride 32"
    document.select([path_of(document, "layer4.first.relu3")])
    assert line.text() == "receptive field 299 × 299, stride 32"
    assert "The part of output 0 starts at position −149 × −149." in line.toolTip()
    document.select([path_of(document, "fc")])
    assert line.text() == "receptive field: the whole input"
    document.select([])
    assert line.isHidden()


def test_an_edit_is_followed_when_typing_rests(show: Show, qtbot: QtBot) -> None:
    panel, document = show("lenet5", "c1")
    line = panel.title.receptive
    qtbot.waitUntil(lambda: line.text() == "receptive field 5 × 5, stride 1")
    commands.set_param(document, path_of(document, "c1"), "kernel_size", (7, 3))
    assert line.text() == "receptive field 5 × 5, stride 1"
    qtbot.waitUntil(lambda: line.text() == "receptive field 7 × 3, stride 1")


def test_a_field_that_is_not_defined_says_why(show: Show, qtbot: QtBot) -> None:
    panel, _ = show("swin_t", "stage1.plain.window_attention.attention")
    qtbot.waitUntil(lambda: panel.title.receptive.text().startswith("receptive field not defined: an operation uses"))


# -- training


def test_training_is_folded_up_and_works_nothing_out(show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Result] = []
    init = BackwardPlan.__init__

    def counted(self: BackwardPlan, result: Result, *, mode: Mode, checkpoints: bool) -> None:
        made.append(result)
        init(self, result, mode=mode, checkpoints=checkpoints)

    monkeypatch.setattr(BackwardPlan, "__init__", counted)
    panel, document = show("resnet18")
    assert panel.training.body is None
    unfold(qtbot, panel.training)
    assert len(made) == 1
    document.select([(0,)])
    commands.set_param(document, (0,), "out_channels", 32)
    assert panel.training.isHidden()
    qtbot.waitUntil(lambda: not panel.training.debounce.isActive())
    assert len(made) == 1


def test_choices_change_the_parts(show: Show, qtbot: QtBot) -> None:
    panel, _ = show("resnet18")
    training = panel.training
    unfold(qtbot, training)
    first = amounts(training)
    assert (first["Weights"], first["Optimizer states"], first["MACs of a step"]) == ("44.6 MiB", "89.2 MiB", "5.32 G")
    body = training_of(panel)
    optimizer = body.choices["optimizer"]
    optimizer.setFocus()
    qtbot.keyClick(optimizer, Qt.Key.Key_Home)
    assert body.config.optimizer == "sgd"
    assert amounts(training)["Optimizer states"] == "0 B"
    qtbot.keyClick(body.choices["precision"], Qt.Key.Key_End)  # float16
    qtbot.keyClick(body.choices["checkpointing"], Qt.Key.Key_End)
    second = amounts(training)
    assert second["Weights"] == "22.3 MiB"
    assert second["Saved activations"] != first["Saved activations"]
    name, value = body.values.rows[0]
    assert "2 × 11,689,512 + 2 × 9,620 = 23,398,264 B" in name.toolTip()
    assert value.accessibleName() == "Weights: 22.3 MiB"
    assert "CUDA" in body.note.text()
    qtbot.mouseClick(training.head, Qt.MouseButton.LeftButton)
    assert not training.is_open()


def test_training_follows_an_edit(show: Show, qtbot: QtBot) -> None:
    panel, document = show("lenet5")
    unfold(qtbot, panel.training)
    before = amounts(panel.training)
    commands.set_param(document, path_of(document, "c1"), "out_channels", 60)
    qtbot.waitUntil(lambda: amounts(panel.training) != before)


# -- language models


def test_a_language_model_at_a_context_length(show: Show, qtbot: QtBot) -> None:
    panel, document = show("llama-2-7b")
    commands.set_precision(document, BUNDLES["float16"])
    language = panel.language
    unfold(qtbot, language)
    body = language_of(panel)
    assert (body.context.text(), amounts(language)["KV cache"]) == ("128", "64.0 MiB")
    body.context.setFocus()
    body.context.selectAll()
    qtbot.keyClicks(body.context, "2048")
    qtbot.waitUntil(lambda: amounts(language)["KV cache"] == "1.00 GiB")
    found = amounts(language)
    assert (found["KV cache a token"], found["Prefill MACs"], found["Decode MACs a token"]) == (
        "512 KiB",
        "14.6 T",
        "7.14 G",
    )
    qtbot.keyClick(body.dtype, Qt.Key.Key_End)
    assert body.dtype.currentText() == document.result.precision.cache == CACHE_DTYPES[-1]
    qtbot.waitUntil(lambda: amounts(language)["KV cache"] == "288 MiB")  # 4.5 bits in place of 16


def test_a_length_that_is_none_is_marked(show: Show, qtbot: QtBot) -> None:
    panel, _ = show("gpt2")
    unfold(qtbot, panel.language)
    context = language_of(panel).context
    context.setFocus()
    context.selectAll()
    qtbot.keyClicks(context, "0")
    assert context.property("invalid") == "true"
    before = amounts(panel.language)
    context.selectAll()
    qtbot.keyClicks(context, "16")
    assert context.property("invalid") != "true"
    qtbot.waitUntil(lambda: amounts(panel.language) != before)


def test_a_length_of_4k_and_one_that_is_half_typed(show: Show, qtbot: QtBot) -> None:
    panel, document = show("llama-2-7b")
    commands.set_precision(document, BUNDLES["float16"])
    said: list[str] = []
    document.editRejected.connect(said.append)
    unfold(qtbot, panel.language)
    context = language_of(panel).context
    context.setFocus()
    context.selectAll()
    qtbot.keyClicks(context, "4k")
    qtbot.keyClick(context, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: amounts(panel.language)["KV cache"] == "2.00 GiB")
    context.selectAll()
    qtbot.keyClicks(context, "12 tokens")
    qtbot.keyClick(context, Qt.Key.Key_Return)
    assert ("“12 tokens”" in said[0], context.text(), context.property("invalid")) == (True, "4096", "")
    assert amounts(panel.language)["KV cache"] == "2.00 GiB"
    context.selectAll()
    qtbot.keyClicks(context, "128K")
    qtbot.waitUntil(lambda: amounts(panel.language)["KV cache"] == "64.0 GiB")
    qtbot.keyClick(context, Qt.Key.Key_Escape)
    assert (context.text(), amounts(panel.language)["KV cache"]) == ("4096", "2.00 GiB")


def test_an_encoder_and_what_is_no_language_model(show: Show, qtbot: QtBot) -> None:
    panel, document = show("bert-base-uncased")
    unfold(qtbot, panel.language)
    assert [*amounts(panel.language)] == ["Prefill MACs"]
    assert "attention looks both ways" in language_of(panel).note.text()
    document.select([(0,)])
    assert panel.language.isHidden()
    document.select([])
    assert panel.language.isVisible()
    for name in ("resnet18", "lstm_classifier", "vit_b_16"):
        other, _ = show(name)
        qtbot.waitUntil(lambda panel=other: not panel.language.debounce.isActive() and panel.training.isVisible())
        assert other.language.isHidden()
