"""Drills and exercises as they were played, one JSON file each in a folder, so that a person's progress can be seen."""

from datetime import datetime
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from rangeops.domain.drills import DrillResult
from rangeops.domain.errors import Damaged, NotFound, Unavailable
from rangeops.domain.exercises import ExerciseResult
from rangeops.durable import write_durably


class Played(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def began_utc(self) -> datetime: ...


R = TypeVar("R", bound=Played)
SIGNED: Final = ".signed.json"  # beside it: what its signatures are over, sealed


class History(Generic[R]):
    """noun: what one is called; see: what lists them."""

    def __init__(self, folder: Path, kind: type[R], *, noun: str, see: str) -> None:
        self._folder, self._noun, self._see = folder, noun, see
        self._decoder = msgspec.json.Decoder(kind)

    def keep(self, result: R) -> None:
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

    def all(self) -> tuple[R, ...]:
        """In the order in which they were played. Raises Damaged."""
        found = [self._read(path) for path in self._folder.glob("*.json") if not path.name.endswith(SIGNED)]
        return tuple(sorted(found, key=lambda result: (result.began_utc, result.id)))

    def get(self, result_id: str) -> R:
        """By its id, or a part that tells it apart. Raises NotFound."""
        fitting = [each for each in self.all() if result_id in each.id]
        if len(fitting) != 1:
            what = f"there is no such {self._noun}" if not fitting else f"{len(fitting)} {self._noun}s are called so"
            raise NotFound(what, where=f"{self._noun} {result_id:.60}", do=f"See `{self._see}`.")
        return fitting[0]

    def page(self, result: R) -> Path:
        """Where its page belongs."""
        return self._folder / f"{result.id}.html"

    def _read(self, path: Path) -> R:
        try:
            return self._decoder.decode(path.read_bytes())
        except (msgspec.DecodeError, OSError) as error:
            raise Damaged(
                f"it can't be read ({error})", where=str(path), do="Move the file away; the others can be read then."
            ) from error


class DrillHistory(History[DrillResult]):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, DrillResult, noun="drill", see="rangeops drill history")


class ExerciseHistory(History[ExerciseResult]):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ExerciseResult, noun="exercise", see="rangeops drill exercise")
