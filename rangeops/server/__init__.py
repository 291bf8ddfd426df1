"""The process that owns the database, the HTTP API and the feed."""
