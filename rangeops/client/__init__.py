"""Typed HTTP and WebSocket client: all that screens and commands know of the server."""
