"""Data files of LayerLedger, read through importlib.resources."""
