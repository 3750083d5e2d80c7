"""The layer types, one module for each group of related types."""
