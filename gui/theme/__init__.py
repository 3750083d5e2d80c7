"""Colours, fonts, style sheet, icons and translation."""
