"""rangeops: the operations manager of a drone test range."""

__version__ = "0.9.0"
