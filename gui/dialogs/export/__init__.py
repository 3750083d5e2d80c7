"""The export dialog: formats, options and a preview."""
