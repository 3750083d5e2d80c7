"""The start page, recent files and the gallery of templates."""
