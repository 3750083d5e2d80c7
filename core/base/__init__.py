"""Records, values, units, shapes, dtypes, parameter kinds, checked JSON, files and messages."""
