"""The sheet with the notes on an import, above the stack."""
