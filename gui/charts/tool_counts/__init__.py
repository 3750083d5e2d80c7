"""tool_counts."""
