"""The reference window."""
