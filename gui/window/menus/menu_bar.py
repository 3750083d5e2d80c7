"""The menu bar, and the context menu of the stack."""

from __future__ import annotations

from layerledger.gui.window.actions import SEPARATOR, Menu
from layerledger.gui.window.menus.edit_menu import EDIT_MENU
from layerledger.gui.window.menus.file_menu import FILE_MENU
from layerledger.gui.window.menus.help_menu import HELP_MENU
from layerledger.gui.window.menus.layer_menu import LAYER_MENU
from layerledger.gui.window.menus.view_menu import VIEW_MENU

MENUS: tuple[Menu, ...] = (FILE_MENU, EDIT_MENU, LAYER_MENU, VIEW_MENU, HELP_MENU)

CONTEXT_MENU = (
    "add",
    "rename",
    SEPARATOR,
    "cut",
    "copy",
    "paste",
    "duplicate",
    "delete",
    SEPARATOR,
    "move-up",
    "move-down",
    "group",
    "ungroup",
    "repeat",
)
"""Ids of the actions in the context menu of the stack."""
