"""Charts of what a network costs. Only `view` and what it draws with import pyqtgraph and numpy."""
