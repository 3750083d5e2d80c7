"""Numbers out: the report as a value, its columns, and one module for each format."""
