"""What this machine lacks for a range: a composition root that only looks, and leaves nothing behind."""
