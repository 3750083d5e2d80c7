"""The document of a window: network, settings, undo and commands."""
