"""The page of language models: memory and speed by batch and context."""
