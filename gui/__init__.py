"""The window of LayerLedger: PySide6 and pyqtgraph over the values of layerledger.core."""
