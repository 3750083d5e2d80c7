"""LayerLedger: weigh a neural network before you build it.

The sub-packages are the folders core, gui and resources of the checkout; pyproject.toml maps them.
"""
