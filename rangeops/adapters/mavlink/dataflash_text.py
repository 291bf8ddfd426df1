"""A DataFlash log as text, as Mission Planner and pymavlink's tools write it: a line a record, described by FMT lines.

Source: pymavlink's DFReader_text, its oracle in tests; figures are already in the unit that the record means.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final

from rangeops.adapters.mavlink.damage import Damage

_WHOLE: Final = frozenset("bBhHiIqQ")
_TEXTS: Final = frozenset("anNZM")  # a mode is written by its name
_FMT_FIELDS: Final = 5


class DataflashText:
    """Read once, by `records`; then `counts` and `damage` tell what there was."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._formats: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.counts: Counter[str] = Counter()
        self.damage: list[Damage] = []

    def records(self, wanted: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, columns) of the wanted kinds, in the order of the log."""
        at = 0
        for line in self._data.splitlines(keepends=True):
            name, record = self._read(line.decode("utf-8", "replace").strip())
            if name:
                self.counts[name] += 1
                if name in wanted:
                    yield name, record
            elif self.counts and line.strip():  # whose log it is stands before the first record
                self.damage.append(Damage(at, len(line), "a line that the log doesn't describe"))
            at += len(line)

    def _read(self, line: str) -> tuple[str, dict[str, Any]]:
        """Its name and columns; an empty name for a line that is no record."""
        name, _, rest = line.partition(",")
        name = name.strip()
        if name == "FMT":
            return self._learn(rest)
        if name not in self._formats:
            return "", {}
        codes, columns = self._formats[name]
        values = [each.strip() for each in rest.split(",", len(columns) - 1)]
        if len(values) != len(columns):
            return "", {}
        try:
            return name, {column: _value(code, text) for column, code, text in zip(columns, codes, values, strict=True)}
        except ValueError:
            return "", {}

    def _learn(self, rest: str) -> tuple[str, dict[str, Any]]:
        fields = [each.strip() for each in rest.split(",")]
        if len(fields) < _FMT_FIELDS:
            return "", {}
        _, _, name, codes, *columns = fields
        if len(columns) == len(codes):
            self._formats[name] = (codes, tuple(columns))
        return "FMT", {}  # one that describes itself wrongly, as ArduPilot's own FMT did, is a line all the same


def _value(code: str, text: str) -> int | float | str:
    if code in _TEXTS:
        return text
    return int(text) if code in _WHOLE else float(text)
