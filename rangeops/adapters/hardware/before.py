"""What a vehicle on the bench had before a step wrote to it: on the disk first, so that a killed run can be put back."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from rangeops.domain.errors import Damaged, Unavailable
from rangeops.domain.kept import FenceItem
from rangeops.domain.telemetry import Sysid
from rangeops.durable import sync_folder, write_durably


@dataclass(frozen=True, slots=True)
class BenchBefore:
    """enable: FENCE_ENABLE; None where the vehicle has no such parameter. uid2: hex, "" where it has none."""

    sysid: Sysid
    uid2: str
    utc: datetime
    items: tuple[FenceItem, ...]
    enable: float | None


_decoder = msgspec.json.Decoder(BenchBefore)


class BenchBeforeFile:
    """One file a vehicle, by its uid2 where it has one: its sysid may be changed between two runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sysid: int, uid2: str) -> Path:
        return self._folder / f"{uid2 or f'sysid-{sysid:03d}'}.json"

    def read(self, sysid: int, uid2: str) -> BenchBefore | None:
        """Raises Damaged."""
        path = self.path(sysid, uid2)
        try:
            return _decoder.decode(path.read_bytes()) if path.exists() else None
        except (OSError, msgspec.DecodeError) as error:
            raise Damaged(
                f"what it had before can't be read ({error})",
                where=str(path),
                do="Ask its owner to load the vehicle's own fence; then move the file away.",
            ) from error

    def keep(self, before: BenchBefore) -> None:
        """Durable once this returns. Raises Unavailable; then nothing may be written to the vehicle."""
        path = self.path(before.sysid, before.uid2)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(path, msgspec.json.encode(before))
        except OSError as error:
            raise Unavailable(
                f"what is on board can't be kept ({error.strerror}), so nothing was written",
                where=str(path),
                do="Make room, or make the folder yours.",
            ) from error

    def forget(self, sysid: int, uid2: str) -> None:
        """It was put back and read back."""
        self.path(sysid, uid2).unlink(missing_ok=True)
        if self._folder.is_dir():
            sync_folder(self._folder)
