"""The Help menu."""

from __future__ import annotations

from layerledger.core.network.nodes import Layer
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.window.actions import SEPARATOR, Action, Menu, WindowContext
from layerledger.gui.window.menus.conditions import layer_selected


def _reference(context: WindowContext) -> None:
    from layerledger.gui.dialogs.reference.reference_window import show_reference

    show_reference()


def _formats(context: WindowContext) -> None:
    from layerledger.gui.dialogs.reference.reference_window import show_reference

    show_reference("format-onnx")


def open_layer_reference(context: WindowContext) -> None:
    """Open the reference at the type of the selected layer, or where it was if no layer is selected."""
    from layerledger.gui.dialogs.reference.reference_window import show_reference

    node = context.document.current_node
    show_reference(f"type-{node.type}" if isinstance(node, Layer) else "")


def _about(context: WindowContext) -> None:
    from layerledger.gui.dialogs.about import AboutDialog

    context.show(lambda document, window: AboutDialog(window))


HELP_MENU = Menu(
    title=QT_TRANSLATE_NOOP("Actions", "&Help"),
    items=(
        Action(
            id="reference",
            text=QT_TRANSLATE_NOOP("Actions", "&How layers are counted"),
            run=_reference,
            keys=["F1"],
            icon="help",
        ),
        Action(
            id="reference-layer",
            text=QT_TRANSLATE_NOOP("Actions", "How &this layer is counted"),
            run=open_layer_reference,
            keys=["Shift+F1"],
            enabled=layer_selected,
        ),
        Action(
            id="reference-formats",
            text=QT_TRANSLATE_NOOP("Actions", "How to make &files that can be opened"),
            run=_formats,
        ),
        SEPARATOR,
        Action(id="about", text=QT_TRANSLATE_NOOP("Actions", "&About LayerLedger"), run=_about, icon="info"),
    ),
)
