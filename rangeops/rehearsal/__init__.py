"""Plays a scenario's people over the public API: companies submit, the range decides, pilots fly."""
