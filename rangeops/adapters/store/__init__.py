"""The database behind the unit of work."""
