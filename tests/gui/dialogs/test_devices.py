"""Devices in the window: one is chosen and used, its times are seen, and one's own come and go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.core.base.precision import BUNDLES
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.device_time import BY_COMPUTE, BY_MEMORY
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.devices.roofline import intensity
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.reports.series.roofline import RoofsBuilder, RoofScale, decades, intensity_text, roof_points
from layerledger.gui.app.application import choose_theme, make_application
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.charts.roofline.page import RooflinePage
from layerledger.gui.dialogs.devices.device_editor import id_of
from layerledger.gui.dialogs.devices.devices_dialog import DevicesDialog
from layerledger.gui.document import commands, settings
from layerledger.gui.document.document import Document
from layerledger.gui.stack.stack_model import TIME, StackModel
from layerledger.gui.stack.stack_panel import StackPanel
from layerledger.gui.window.device_button import DeviceBox
from layerledger.gui.window.header import Header
from layerledger.gui.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own devices, empty."""
    folder = tmp_path / "devices"
    folder.mkdir()
    monkeypatch.setenv("LAYERLEDGER_DEVICES", str(folder))
    return folder


def conv(name: str, **params: object) -> Layer:
    params = {"out_channels": 128, "kernel_size": 3, "padding": 1, "bias": False, **params}
    return Layer(name=name, type="Conv2d", params=params)


def pair() -> Network:
    """Return the dense and the depthwise convolution of counting.md, 171 and 2.2 operations a byte, and a copy."""
    copy = Layer(name="copy", type="MaxPool2d", params={"kernel_size": 1})
    layers = (conv("dense"), conv("depthwise", groups=128), copy)
    inputs = (NetworkInput(name="image", shape=(1, 64, 56, 56)),)
    return Network(name="pair", inputs=inputs, root=Block(name="", layers=layers))


@pytest.fixture
def document(qapp: object) -> Document:
    return Document(pair())


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> ChartPanel:
    panel = ChartPanel(document)
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    panel.show()
    qtbot.waitExposed(panel)
    panel.finish()
    return panel


def turn(panel: ChartPanel, id_: str) -> None:
    """Open a tab."""
    tabs = panel.controls.tabs
    tabs.setCurrentIndex(next(i for i in range(tabs.count()) if tabs.tabData(i) == id_))
    panel.finish()


def time_on(document: Document, id_: str = "nvidia-t4") -> None:
    document.change_settings(device=devices()[id_])


# -- choosing


def actions_of(menu: QMenu) -> dict[str, object]:
    """Return all actions of a menu and its submenus by text.

    The submenus are found as children: before 6.11, PySide6 deletes a menu with what QAction.menu() has returned.
    """
    menus = (menu, *menu.findChildren(QMenu))
    return {action.text().replace("&", ""): action for each in menus for action in each.actions()}


def trigger(box: DeviceBox, text: str) -> None:
    box.fill()
    actions_of(box.menu())[text].trigger()  # type: ignore[attr-defined]


def test_a_device_is_chosen_in_the_tool_bar_used_and_remembered(qtbot: QtBot, document: Document) -> None:
    box = DeviceBox(document)
    qtbot.addWidget(box)
    assert (box.text(), box.accessibleName()) == ("Device: none", "Device: none")
    with qtbot.waitSignal(document.settingsChanged):
        trigger(box, "NVIDIA T4")
    assert document.target is not None
    assert (document.target.device.id, document.target.efficiency, document.target.fused) == ("nvidia-t4", 1, False)
    assert box.text() == "Device: T4"
    assert "operations at 8.1 Top/s (float32)" in box.toolTip()
    trigger(box, "50 %")
    trigger(box, "Fused element-wise layers")
    assert (document.target.efficiency, document.target.fused) == (Fraction(1, 2), True)
    commands.set_precision(document, BUNDLES["float16"])
    assert "operations at 65 Top/s (float16) × 0.5" in box.toolTip()
    remembered = settings.load().target
    assert remembered is not None
    assert vars(remembered) == vars(document.target)
    box.set_compact(compact=True)
    assert box.text() == "T4"
    trigger(box, "No device")
    assert (document.target, box.text(), settings.load().target) == (None, "Device", None)


def test_the_button_keeps_its_width_whatever_is_chosen(qtbot: QtBot, document: Document) -> None:
    box = DeviceBox(document)
    qtbot.addWidget(box)
    widths = set()
    for id_ in ("nvidia-t4", "jetson-orin-nano-super", "stm32h743"):
        time_on(document, id_)
        widths.add(box.sizeHint().width())
    assert max(widths) - min(widths) <= 2  # the last pixels are those of an ellipsis


@pytest.mark.parametrize(("key", "value"), [("device/id", "gone"), ("device/efficiency", "7"), ("device/fused", "?")])
def test_what_is_remembered_wrong_does_no_harm(qapp: object, key: str, value: str) -> None:
    document = Document()
    time_on(document)
    QSettings().setValue(key, value)
    found = settings.load().target
    assert (found is None) if key == "device/id" else (found is not None and found.efficiency == 1 and not found.fused)


def test_using_no_device_in_another_way_is_nothing(document: Document) -> None:
    document.change_settings(efficiency=Fraction(1, 2), fused=True)
    document.reload_device()
    assert document.target is None


# -- the card and the stack


def test_the_card_says_the_lower_bound_while_a_device_is_chosen(qtbot: QtBot, document: Document) -> None:
    header = Header(document)
    qtbot.addWidget(header)
    header.show()
    assert not header.latency.isVisible()
    time_on(document)
    assert header.latency.isVisible()
    card = header.latency
    assert (card.caption.text(), card.line.text()) == ("Latency, lower bound", "T4, float32, roofline")
    assert card.value.text() == "≥ 77.2 µs"
    assert "2 of 3 layers wait for memory" in card.toolTip()
    commands.set_precision(document, BUNDLES["float16"])
    assert card.line.text() == "T4, float16, roofline"
    time_on(document, "coral-edge-tpu")
    assert card.value.text() == "not known"
    document.change_settings(device=None)
    assert not card.isVisible()


def test_the_stack_has_a_column_of_times_that_marks_what_waits_for_memory(qtbot: QtBot, document: Document) -> None:
    stack = StackPanel(document)
    qtbot.addWidget(stack)
    stack.resize(900, 400)
    stack.show()
    qtbot.waitExposed(stack)
    view, model = stack.view, stack.view.stack
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert view.isColumnHidden(TIME)
    time_on(document)
    assert not view.isColumnHidden(TIME)
    texts = [model.index(row, TIME).data() for row in range(4)]
    assert texts == ["", "57.1 µs", "10.0 µs", "10.0 µs"]
    rows = [model.row_of(model.index(row, 0)) for row in range(4)]
    assert [model.cells.waits(row) for row in rows] == [False, False, True, True]
    assert "waits for memory" in model.index(2, TIME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Computing alone: 892 ns" in model.index(2, TIME).data(Qt.ItemDataRole.ToolTipRole)
    assert model.headerData(TIME, Qt.Orientation.Horizontal) == "Time"
    assert "lower bound" in str(model.headerData(TIME, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole))
    stack.grab()
    document.change_settings(device=None)
    assert view.isColumnHidden(TIME)
    del tester


def test_the_time_of_a_block_is_that_of_its_passes(qapp: object) -> None:
    document = Document(load_template("resnet18"))
    time_on(document)
    model = StackModel(document)
    texts = [model.index(row, TIME).data() for row in range(model.rowCount())]
    assert texts[5] == "169 µs"  # layer1, two passes
    assert "of 14 layers wait for memory" in model.index(5, TIME).data(Qt.ItemDataRole.ToolTipRole)


# -- time per layer


def test_time_per_layer_is_coloured_by_what_it_is_bound_by(panel: ChartPanel, document: Document) -> None:
    turn(panel, "time")
    assert "Choose a device" in panel.message.text()
    assert panel.pages.currentWidget() is panel.message
    assert not panel.controls.metric_box.isVisible()
    time_on(document)
    panel.finish()
    assert panel.chart is not None
    assert panel.pages.currentWidget() is panel.view
    time = document.time
    assert time is not None
    assert sum(bar.value for bar in panel.chart.bars) == time.whole(document.metrics)
    assert [bar.family for bar in panel.chart.bars] == [BY_COMPUTE, BY_MEMORY, BY_MEMORY]
    assert panel.controls.legend.entries == [BY_COMPUTE, BY_MEMORY]
    commands.set_precision(document, BUNDLES["float16"])
    panel.finish()
    assert panel.chart.metric is document.time
    document.change_settings(device=None)
    panel.finish()
    assert panel.pages.currentWidget() is panel.message
    turn(panel, "layer")
    assert panel.controls.metric_box.isVisible()
    assert panel.pages.currentWidget() is panel.view


def test_a_dtype_without_figures_is_told(panel: ChartPanel, document: Document) -> None:
    time_on(document, "coral-edge-tpu")
    for tab in ("time", "roofline"):
        turn(panel, tab)
    assert "The peak of Google Coral Edge TPU for float32" in panel.message.text()
    page = panel.opened["roofline"]
    assert isinstance(page, RooflinePage)
    assert "The peak of" in page.message.text()


# -- the roofline


@pytest.fixture
def page(panel: ChartPanel, document: Document) -> RooflinePage:
    time_on(document)
    turn(panel, "roofline")
    page = panel.opened["roofline"]
    assert isinstance(page, RooflinePage)
    return page


def test_the_tab_says_what_it_needs(panel: ChartPanel, document: Document) -> None:
    turn(panel, "roofline")
    page = panel.opened["roofline"]
    assert isinstance(page, RooflinePage)
    assert "Choose a device" in page.message.text()
    assert page.plot.roofs is None
    document.replace(Network())
    page.refresh()
    assert page.message.text() == "No layers yet"


def test_dots_lie_under_the_roof_at_their_intensity(page: RooflinePage, document: Document) -> None:
    roofs = page.plot.roofs
    assert roofs is not None
    assert [dot.path for dot in roofs.dots] == ["dense", "depthwise"]
    assert [round(dot.intensity, 1) for dot in roofs.dots] == [171.1, 2.2]
    assert [dot.bound for dot in roofs.dots] == ["compute", "memory"]
    assert (roofs.left_out, roofs.left_out_time > 0) == (1, True)  # the copy moves bytes and multiplies nothing
    for dot in roofs.dots:
        exact = intensity(document.result.at(dot.at), fused=False)  # type: ignore[arg-type]
        assert exact is not None
        assert dot.attained == pytest.approx(float(roofs.roofline.attainable(exact) or 0))
    assert sum(dot.total for dot in roofs.dots) + roofs.left_out_time == roofs.total
    assert page.tools.legend.entries == ["Convolution"]


def test_a_dot_is_pointed_at_clicked_and_walked_to(qtbot: QtBot, page: RooflinePage, document: Document) -> None:
    plot = page.plot
    place = plot.centres[1].toPoint()
    qtbot.mouseMove(plot, place + QPoint(1, 0))
    assert plot.hovered == 1
    assert plot.tip.isVisible()
    note = plot.note(1)
    assert (note.name, note.kind) == ("depthwise", "Conv2d")
    assert note.value.startswith("≥ 10.0 µs · 13.0% · 2.25 op/B")
    qtbot.mouseClick(plot, LEFT, pos=place)
    assert document.selection == ((1,),)
    qtbot.mouseClick(plot, LEFT, Qt.KeyboardModifier.ControlModifier, plot.centres[0].toPoint())
    assert document.selection == ((0,), (1,))
    plot.setFocus()
    document.select([(1,)])
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert document.selection == ((0,),)
    assert "dense" in plot.accessibleDescription()
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert document.selection == ((1,),)
    qtbot.mouseMove(plot, QPoint(2, 2))
    assert plot.hovered is None


def test_other_roofs_are_laid_over_it(page: RooflinePage) -> None:
    page.fill_overlays()
    actions_of(page.tools.options)["NVIDIA A100 80 GB"].toggle()  # type: ignore[attr-defined]
    roofs = page.plot.roofs
    assert roofs is not None
    assert [other.device.id for other in roofs.others] == ["nvidia-a100-80gb"]
    top = roof_points(roofs.others[0], RoofScale(roofs).axes)[-1][1]
    assert top > roof_points(roofs.roofline, RoofScale(roofs).axes)[-1][1]
    assert not page.image().isNull()
    page.clear_overlays()
    assert page.plot.roofs is not None
    assert page.plot.roofs.others == []


def test_it_follows_edits_while_in_sight_and_does_nothing_while_hidden(
    qtbot: QtBot, panel: ChartPanel, page: RooflinePage, document: Document
) -> None:
    before = page.plot.roofs
    commands.set_param(document, (0,), "kernel_size", 1)
    qtbot.waitUntil(lambda: page.plot.roofs is not before)
    turn(panel, "layer")
    hidden = page.plot.roofs
    commands.set_param(document, (0,), "kernel_size", 5)
    QGuiApplication.processEvents()
    assert page.plot.roofs is hidden
    turn(panel, "roofline")
    assert page.plot.roofs is not hidden


def test_the_picture_is_saved_and_copied(page: RooflinePage, tmp_path: Path) -> None:
    page.save(tmp_path / "roofline.png")
    assert (tmp_path / "roofline.png").read_bytes().startswith(b"\x89PNG")
    page.copy_image()
    assert QGuiApplication.clipboard().image().size() == page.image().size()


@pytest.mark.parametrize("id_", ["coral-edge-tpu", "rp2040", "nvidia-t4"])
@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_a_roof_has_the_parts_that_are_known(qapp: object, id_: str, dtype: str) -> None:
    document = Document(pair())
    target = DeviceTarget(devices()[id_])
    roofs = RoofsBuilder().make(document.result, target)
    points = roof_points(roofs.roofline, RoofScale(roofs).axes)
    known = bool(roofs.roofline.used), bool(roofs.roofline.bandwidth)
    assert len(points) == {(False, False): 0, (True, True): 3}.get(known, 2)


def test_decades_are_thinned_out() -> None:
    assert decades(-1.2, 3.1, 10) == [-1, 0, 1, 2, 3]
    assert decades(-1.2, 3.1, 3) == [0, 2]
    assert [intensity_text(power) for power in (-2, -1, 0, 2, 3)] == ["0.01", "0.1", "1", "100", "1.00 k"]


# -- the dialog


@pytest.fixture
def dialog(qtbot: QtBot, document: Document) -> Iterator[DevicesDialog]:
    time_on(document)
    dialog = DevicesDialog(document)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    yield dialog
    dialog.close()


def click(qtbot: QtBot, button: QToolButton) -> None:
    assert button.isEnabled()
    qtbot.mouseClick(button, LEFT)


def test_each_figure_is_shown_with_its_source(dialog: DevicesDialog) -> None:
    tester = QAbstractItemModelTester(dialog.list.model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert dialog.current is not None
    assert dialog.current.id == "nvidia-t4"
    text = dialog.details.toPlainText()
    assert "65 Top/s" in text
    assert "github.com/Lightning-AI" in text
    assert not dialog.edit.isEnabled()
    assert not dialog.remove.isEnabled()
    dialog.search.setText("cortex-m7 480")
    shown = [dialog.list.topLevelItem(i) for i in range(dialog.list.topLevelItemCount())]
    assert [item.text(0) for item in shown if not item.isHidden()] == ["Microcontroller"]
    del tester


def test_ones_own_device_is_made_changed_used_and_removed(
    qtbot: QtBot, dialog: DevicesDialog, document: Document, own_folder: Path
) -> None:
    click(qtbot, dialog.new)
    editor = dialog.editor
    qtbot.keyClicks(editor.title, "My NPU")
    qtbot.keyClicks(editor.peaks["float32"].value, "2 T")
    qtbot.mouseClick(editor.save, LEFT)
    assert editor.message.text() == "Source of float32 must not be empty"
    assert editor.peaks["float32"].source.property("invalid") == "true"
    qtbot.keyClicks(editor.peaks["float32"].source, "data sheet")
    qtbot.keyClicks(editor.bandwidth.value, "fast")
    assert editor.bandwidth.value.property("invalid") == "true"  # while it is typed
    qtbot.mouseClick(editor.save, LEFT)
    assert editor.message.text() == 'bandwidth must be a number from 1 to 1e24; got "fast"'
    editor.bandwidth.value.clear()
    qtbot.keyClicks(editor.bandwidth.value, "12.8 GB/s")
    qtbot.keyClicks(editor.bandwidth.source, "32 bit × 3,200 MT/s")
    memory = editor.memories[0]
    assert memory.name is not None
    qtbot.keyClicks(memory.name, "SRAM")
    qtbot.keyClicks(memory.value, "264 KiB")
    qtbot.keyClicks(memory.source, "data sheet")
    qtbot.mouseClick(editor.save, LEFT)
    made = devices()["my-npu"]
    assert made.peaks[0].operations_per_s == 2 * 10**12
    assert made.bandwidth is not None
    assert made.bandwidth.value == 12_800_000_000
    assert made.memories[0].nbytes == 264 * 1024
    assert dialog.current is made
    assert dialog.message.text() == "Saved My NPU"

    qtbot.mouseClick(dialog.use, LEFT)
    assert document.target is not None
    assert document.target.device is made

    click(qtbot, dialog.edit)
    editor.peaks["float32"].value.setText("4 T")
    qtbot.mouseClick(editor.save, LEFT)
    assert document.target is not None
    assert document.target.device.peaks[0].operations_per_s == 4 * 10**12  # the window follows

    click(qtbot, dialog.remove)
    assert "my-npu" not in devices()
    assert document.target is None
    assert list(own_folder.iterdir()) == []
    dialog.message.linkActivated.emit("undo")
    assert devices()["my-npu"].title == "My NPU"


def test_a_copy_has_all_figures_under_another_name(qtbot: QtBot, dialog: DevicesDialog) -> None:
    click(qtbot, dialog.copy)
    assert dialog.editor.title.text() == "NVIDIA T4, own"
    dialog.editor.title.setText("NVIDIA T4")
    qtbot.mouseClick(dialog.editor.save, LEFT)
    assert "a device that comes with the app" in dialog.editor.message.text()
    assert dialog.editor.title.property("invalid") == "true"
    dialog.editor.title.setText("NVIDIA T4, own")
    qtbot.mouseClick(dialog.editor.save, LEFT)
    old, new = devices()["nvidia-t4"], devices()["nvidia-t4-own"]
    assert (new.peaks, new.bandwidth, new.memories, new.note) == (old.peaks, old.bandwidth, old.memories, old.note)


def test_a_new_device_does_not_replace_another_one(qtbot: QtBot, dialog: DevicesDialog, own_folder: Path) -> None:
    for _ in range(2):
        click(qtbot, dialog.copy)
        dialog.editor.title.setText("Mine")
        qtbot.mouseClick(dialog.editor.save, LEFT)
        dialog.refresh("nvidia-t4")
    assert "a device named mine exists already" in dialog.editor.message.text()
    qtbot.mouseClick(dialog.editor.cancel, LEFT)
    assert dialog.pages.currentWidget() is dialog.details
    assert [file.name for file in own_folder.iterdir()] == ["mine.json"]


def test_files_come_in_and_go_out(dialog: DevicesDialog, tmp_path: Path) -> None:
    dialog.export_file(tmp_path / "t4.json")
    found = json.loads((tmp_path / "t4.json").read_text("utf-8"))
    dialog.import_file(tmp_path / "t4.json")
    assert "choose another id" in dialog.message.text()
    assert dialog.message.property("error") == "true"
    (tmp_path / "t4.json").write_text(json.dumps(found | {"id": "t4-mine", "title": "T4 mine"}), "utf-8")
    dialog.import_file(tmp_path / "t4.json")
    assert dialog.message.text() == "Imported T4 mine"
    assert dialog.current is not None
    assert dialog.current.id == "t4-mine"
    dialog.export_file(tmp_path / "none" / "t4.json")
    assert dialog.message.property("error") == "true"


def test_ids_follow_from_names() -> None:
    assert [id_of(title) for title in ("My NPU", "  A—B  2.0 ", "…")] == ["my-npu", "a-b-2.0", ""]


# -- the window


def test_the_window_remembers_the_device_and_its_bar_fits_a_narrow_screen(qtbot: QtBot, qapp: object) -> None:
    choose_theme(make_application(), "light")
    time_on(Document(), "jetson-orin-nano-super")
    document = Document(load_template("resnet18"))
    window = MainWindow(document, lambda: window)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(window)
    window.resize(1024, 640)
    window.show()
    qtbot.waitExposed(window)
    assert document.target is not None
    assert document.target.device.id == "jetson-orin-nano-super"
    export = next(b for b in window.findChildren(QToolButton) if b.text() == "Export")
    qtbot.waitUntil(export.isVisible)
    assert export.mapTo(window, export.rect().bottomRight()).x() <= window.width()
    assert window.header.latency.isVisible()
    assert "devices" in window.actions_by_id
    window.close()


def test_filter_figures_and_use_mean_the_same_device(qtbot: QtBot, dialog: DevicesDialog, document: Document) -> None:
    qtbot.keyClicks(dialog.search, "t4")
    assert dialog.current is not None
    assert (dialog.current.id, "NVIDIA T4" in dialog.details.toPlainText()) == ("nvidia-t4", True)
    dialog.search.clear()
    qtbot.keyClicks(dialog.search, "rp2040")
    assert dialog.current.id != "nvidia-t4"
    assert dialog.current.title in dialog.details.toPlainText()
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert document.target is not None
    assert document.target.device is dialog.current
    qtbot.keyClicks(dialog.search, " and nothing else")
    assert dialog.current is None
    assert not dialog.use.isEnabled()
    assert dialog.details.toPlainText() == ""


def test_a_saved_device_is_shown_although_the_filter_hides_it(qtbot: QtBot, dialog: DevicesDialog) -> None:
    qtbot.keyClicks(dialog.search, "t4")
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    dialog.editor.title.setText("Zebra 9")
    qtbot.mouseClick(dialog.editor.save, Qt.MouseButton.LeftButton)
    assert dialog.current is not None
    assert (dialog.current.id, dialog.search.text()) == ("zebra-9", "")
    item = dialog.list.currentItem()
    assert item is not None
    assert dialog.list.viewport().rect().intersects(dialog.list.visualItemRect(item))
