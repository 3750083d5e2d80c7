"""The chart of memory over time."""
