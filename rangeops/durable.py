"""Writing what must be there after a power cut: whole or not at all, and readable by its owner alone."""

import os
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Replace the file's content; a reader, or a restart, sees the old or the new, never a part."""
    partial = path.parent / f"{path.name}.new"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
