"""The process that owns the links, holds every vehicle against its volume, and acts."""
