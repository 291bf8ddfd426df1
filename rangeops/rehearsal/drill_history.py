"""Drills as they were played, one JSON file each in a folder, so that a person's progress can be seen."""

from pathlib import Path

import msgspec

from rangeops.domain.drills import DrillResult
from rangeops.domain.errors import Damaged, NotFound, Unavailable
from rangeops.durable import write_durably

_decoder = msgspec.json.Decoder(DrillResult)


class DrillHistory:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, result: DrillResult) -> None:
        """A new one, or the same with another note. Raises Unavailable."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self._folder / f"{result.id}.json", msgspec.json.encode(result))
        except OSError as error:
            raise Unavailable(
                f"the result can't be kept ({error.strerror})",
                where=str(self._folder),
                do="Make the data folder writable for you.",
            ) from error

    def all(self) -> tuple[DrillResult, ...]:
        """In the order in which they were played. Raises Damaged."""
        found = [self._read(path) for path in self._folder.glob("*.json")]
        return tuple(sorted(found, key=lambda result: (result.began_utc, result.id)))

    def get(self, result_id: str) -> DrillResult:
        """By its id, or as much of its end or beginning as tells it apart. Raises NotFound."""
        fitting = [each for each in self.all() if each.id.startswith(result_id) or each.id.endswith(result_id)]
        if len(fitting) != 1:
            what = "there is no such drill" if not fitting else f"{len(fitting)} drills are called so"
            raise NotFound(what, where=f"drill {result_id:.60}", do="See `rangeops drill history`.")
        return fitting[0]

    def page(self, result: DrillResult) -> Path:
        """Where its page belongs."""
        return self._folder / f"{result.id}.html"

    def _read(self, path: Path) -> DrillResult:
        try:
            return _decoder.decode(path.read_bytes())
        except (msgspec.DecodeError, OSError) as error:
            raise Damaged(
                f"it can't be read ({error})", where=str(path), do="Move the file away; the others can be read then."
            ) from error
