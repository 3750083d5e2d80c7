"""The catalog of everything that can be added to a network: entries, their search, and quick insert."""
