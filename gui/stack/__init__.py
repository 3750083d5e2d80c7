"""The network as a tree-table with its wiring."""
