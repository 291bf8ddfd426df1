"""The folder in which written reports lie."""

import os
from dataclasses import dataclass
from pathlib import Path

from rangeops.domain.errors import NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """Names come from incident ids alone; a report that is half written is never seen under its name."""

    folder: Path

    def path(self, name: str) -> Path:
        return self.folder / name

    def put(self, name: str, content: bytes) -> Path:
        path = self.path(name)
        fresh = self.folder / f".{name}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as error:
            raise Unavailable(
                f"the report can't be written ({error.strerror or error})",
                where=str(path),
                do="Make the folder writable, and free space on its disk.",
            ) from error
        return path

    def get(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("no report was written yet", where=name, do="Write one first.") from error
        except OSError as error:
            raise Unavailable(
                f"the report can't be read ({error.strerror or error})", where=name, do="Check the folder's rights."
            ) from error
