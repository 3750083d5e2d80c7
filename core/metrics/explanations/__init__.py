"""A number explained: its formula, the numbers filled in, the result and the convention."""
