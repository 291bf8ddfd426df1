"""Plan and zone files."""
