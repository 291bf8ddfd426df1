"""The typed messages that cross processes."""
