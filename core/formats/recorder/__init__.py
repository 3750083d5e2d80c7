"""Reader of traces that the recorder writes: what a PyTorch model did with one input."""
