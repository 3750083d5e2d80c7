"""Content that comes with the app: templates, the catalog of layers, the reference."""
