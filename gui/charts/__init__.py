"""Charts of what a network costs. Only modules in `cost` import pyqtgraph and numpy."""
