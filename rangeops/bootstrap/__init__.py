"""The composition root: one builder a process, its imports inside it, so that no process loads another's libraries."""
