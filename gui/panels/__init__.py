"""The panels of the window: each shows the document and edits it through commands; none knows another."""
