"""The terminal control room."""
