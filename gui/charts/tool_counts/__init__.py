"""The comparison with other tools."""
