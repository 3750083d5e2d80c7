"""The inspector: the selected nodes, their parameters, wiring and explanations."""
