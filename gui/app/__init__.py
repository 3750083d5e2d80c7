"""The application: start, windows, recovery and crash dialog."""
