"""The networks that come with the app, their published figures, and their search."""
