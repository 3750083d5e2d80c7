"""The cards of the chosen device: whether the network fits, and the times of generation."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from layerledger.core import Layer, Network, edits
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.devices import devices
from layerledger.gui.document.document import Document
from layerledger.gui.window.header import Header


def header(qtbot: QtBot, network: Network, device: str, **settings: object) -> Header:
    document = Document(network)
    document.change_settings(device=devices()[device], cards={}, **settings)
    made = Header(document)
    qtbot.addWidget(made)
    made.finish()
    made.finish_search()
    return made


def test_resnet18_does_not_fit_an_stm32f746_and_says_so_first(qtbot: QtBot) -> None:
    """4 × 11,689,512 bytes of weights in 1 MiB of flash."""
    made = header(qtbot, load_template("resnet18"), "stm32f746")
    card = made.cards["fit"]
    assert next(iter(made.cards.values())) is card
    assert not card.isHidden()
    assert card.value.text() == "44.6 of 1.00 MiB"
    assert card.line.text() == "43.6 MiB too much in flash"
    assert card.verdict.accessibleName() == "does not fit"
    assert "does not fit" in card.accessibleName()
    assert "6.12 MiB of live activations do not fit into 320 KiB of SRAM" in card.toolTip()


def test_a_network_that_fits_and_one_of_unknown_memory(qtbot: QtBot) -> None:
    card = header(qtbot, load_template("lenet5"), "stm32f746").cards["fit"]
    assert card.verdict.accessibleName() == "fits"
    card = header(qtbot, load_template("lenet5"), "coral-edge-tpu").cards["fit"]
    assert card.verdict.accessibleName() == "not known"
    assert "no memory size" in card.line.text()


def test_memory_of_a_network_with_an_uncounted_layer_is_a_lower_bound(qtbot: QtBot) -> None:
    network = edits.insert(load_template("lenet5"), (0,), [Layer(name="mystery", type="Mystery")])
    card = header(qtbot, network, "nvidia-t4").cards["fit"]
    assert card.verdict.accessibleName() == "not known"
    assert card.value.text().startswith("≥ ")


def test_the_card_names_a_change_that_would_fit(qtbot: QtBot) -> None:
    """Llama 2 7B takes 27 GB at float32 and half of it at float16; a T4 has 16 GiB."""
    card = header(qtbot, load_template("llama-2-7b"), "nvidia-t4").cards["fit"]
    assert card.verdict.accessibleName() == "does not fit"
    assert "float16 would fit" in card.line.text()


def test_times_of_generation_are_bounds(qtbot: QtBot) -> None:
    """25.1 GiB of weights at float32 and 4 GiB of cache, 2,039 GB/s."""
    made = header(qtbot, load_template("llama-2-7b"), "nvidia-a100-80gb", context=4096)
    assert made.cards["fit"].line.text() == "25.1 weights · 4.00 cache · 0.57 live"
    assert made.cards["tokens_per_s"].value.text() == "≤ 66.3"
    assert made.cards["tokens_per_s"].line.text() == "≥ 15.1 ms a token, waits for memory"
    assert made.cards["first_token"].value.text().startswith("≥ ")
    assert made.cards["first_token"].line.text() == "4,096 tokens, float32, roofline"


@pytest.mark.parametrize("name", ["resnet18", "bert-base-uncased"])
def test_other_networks_have_no_such_cards(qtbot: QtBot, name: str) -> None:
    made = header(qtbot, load_template(name), "nvidia-t4")
    assert made.cards["first_token"].isHidden()
    assert made.cards["tokens_per_s"].isHidden()
    assert not made.cards["fit"].isHidden()


def test_without_a_device_there_is_no_card_of_one(qtbot: QtBot) -> None:
    made = header(qtbot, load_template("llama-2-7b"), "nvidia-t4")
    made._document.change_settings(device=None)
    assert made.cards["fit"].isHidden()
    assert made.cards["tokens_per_s"].isHidden()
