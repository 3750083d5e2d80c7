"""The menus of the window, one file each; the menu bar lists them."""
