"""Qt item models over the document; no widgets here."""
