"""Files that people name on a command line: read no further than needed, written whole or not at all."""

import os
from pathlib import Path
from typing import Final

from rangeops.domain.errors import Conflict, NotFound, Unavailable

LARGEST: Final = 20_000_000  # bytes: the largest that any format takes, a KMZ


def read_file(file: Path, *, largest: int = LARGEST) -> bytes:
    """A file's content, and of one that is larger no more than shows it: one byte over. Raises NotFound."""
    try:
        with file.open("rb") as opened:
            return opened.read(largest + 1)
    except OSError as error:
        raise NotFound(
            f"the file can't be read ({error.strerror})", where=str(file), do="Name a file that exists."
        ) from error


def write_new(file: Path, content: bytes) -> None:
    """Raises Conflict for a file that is there already, Unavailable where it can't be written."""
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise Conflict("it exists already", where=str(file), do="Name another, or remove it first.") from error
    except OSError as error:
        raise Unavailable(
            f"it can't be written ({error.strerror})", where=str(file), do="Name a folder that is yours."
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """In place of what was there, whole or not at all; a link or a device, as /dev/stdout, is written to. Raises Unavailable."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.write_bytes(content)
            return
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise Unavailable(
            f"it can't be written ({error.strerror})", where=str(path), do="Name a file in a folder of yours."
        ) from error
