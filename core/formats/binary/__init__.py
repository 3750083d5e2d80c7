"""Readers of containers of other programs: names, shapes and texts out; weights are never read."""
