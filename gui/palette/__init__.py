"""The palette of layer types to insert."""
