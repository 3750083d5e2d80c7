"""Widgets that know no document: editors, search box, menus, labels."""
