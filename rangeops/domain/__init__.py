"""What the range knows and decides: pure functions and frozen values, no I/O, no clock."""
