"""Conditions under which actions are enabled, and actions that edit the document."""

from __future__ import annotations

from collections.abc import Callable

from layerledger.core.network.nodes import Block, Layer
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.window.actions import WindowContext


def any_selected(context: WindowContext) -> bool:
    """Return whether a layer or block is selected."""
    return bool(commands.chosen(context.document))


def one_selected(context: WindowContext) -> bool:
    """Return whether exactly one layer or block is selected."""
    return bool(context.document.current)


def layer_selected(context: WindowContext) -> bool:
    """Return whether exactly one layer is selected."""
    return isinstance(context.document.current_node, Layer)


def block_selected(context: WindowContext) -> bool:
    """Return whether exactly one block is selected."""
    return isinstance(context.document.current_node, Block)


def edit(command: Callable[[Document], None]) -> Callable[[WindowContext], None]:
    """Return the callback of an action that edits the document."""
    return lambda context: command(context.document)
