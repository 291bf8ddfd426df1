"""The format of ArduPilot's log on board: records that begin with A3 95 and a type, described by FMT records in the log.

Source: libraries/AP_Logger/LogStructure.h of ArduPilot. pymavlink's reader (the oracle in tests) ends at the first record
that it doesn't know, says so on the terminal alone and leaves its file open; here what is damaged is told and reading goes on.
"""

import struct
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from rangeops.adapters.mavlink.damage import Damage

HEAD: Final = b"\xa3\x95"
_HEAD_BYTES: Final = 3
_FMT: Final = 128
_CODES: Final = {
    "a": ("64s", None), "b": ("b", None), "B": ("B", None), "h": ("h", None), "H": ("H", None), "i": ("i", None),
    "I": ("I", None), "f": ("f", None), "d": ("d", None), "g": ("e", None), "n": ("4s", None), "N": ("16s", None),
    "Z": ("64s", None), "c": ("h", 0.01), "C": ("H", 0.01), "e": ("i", 0.01), "E": ("I", 0.01), "L": ("i", 1e-7),
    "M": ("B", None), "q": ("q", None), "Q": ("Q", None),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of record is written. size: with its three bytes of head."""

    name: str
    size: int
    columns: tuple[str, ...]
    layout: struct.Struct
    factors: tuple[float | None, ...]

    def read(self, data: bytes, at: int) -> dict[str, Any]:
        values = self.layout.unpack_from(data, at + _HEAD_BYTES)
        return {
            column: _text(value) if isinstance(value, bytes) else value if factor is None else value * factor
            for column, value, factor in zip(self.columns, values, self.factors, strict=True)
        }


def _format(name: str, size: int, codes: str, columns: str) -> Format | None:
    """None for one that describes no record that can be: a damaged FMT."""
    if not name or not all(code in _CODES for code in codes):
        return None
    layout = struct.Struct("<" + "".join(_CODES[code][0] for code in codes))
    named = tuple(columns.split(",")) if columns else ()
    if layout.size + _HEAD_BYTES != size or len(named) != len(codes):
        return None
    return Format(name, size, named, layout, tuple(_CODES[code][1] for code in codes))


_OF_FMT: Final = Format(
    "FMT", 89, ("Type", "Length", "Name", "Format", "Columns"), struct.Struct("<BB4s16s64s"), (None,) * 5
)


class DataflashReader:
    """Read a log once, by `records`; then `counts` and `damage` tell what there was."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._formats: dict[int, Format] = {_FMT: _OF_FMT}
        self.counts: Counter[str] = Counter()
        self.damage: list[Damage] = []

    def records(self, wanted: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, columns) of the wanted kinds, in the order of the log."""
        data, at = self._data, 0
        while at + _HEAD_BYTES <= len(data):
            one = self._formats.get(data[at + 2]) if data[at : at + 2] == HEAD else None
            if one is None or at + one.size > len(data):
                at = self._skip(at)
                continue
            self.counts[one.name] += 1
            if data[at + 2] == _FMT:
                self._learn(one.read(data, at))
            if one.name in wanted:
                yield one.name, one.read(data, at)
            at += one.size
        if at < len(data):
            self._tell(at, len(data))

    def _learn(self, described: dict[str, Any]) -> None:
        one = _format(described["Name"], described["Length"], described["Format"], described["Columns"])
        if one is not None and described["Type"] != _FMT:  # which describes itself too: that is known
            self._formats[described["Type"]] = one

    def _skip(self, at: int) -> int:
        """The next place that begins a known record which another one, or the end, follows."""
        data, begin = self._data, at
        while (at := data.find(HEAD, at + 1)) >= 0 and at + _HEAD_BYTES <= len(data):
            one = self._formats.get(data[at + 2])
            if one is not None and (at + one.size == len(data) or data.startswith(HEAD, at + one.size)):
                break
        else:
            at = len(data)
        self._tell(begin, at)
        return at

    def _tell(self, begin: int, end: int) -> None:
        if any(self._data[begin:end].strip(b"\x00\xff")):  # a block-based log's last page is filled up
            self.damage.append(Damage(begin, end - begin, "no record that the log describes"))


def _text(value: bytes) -> str:
    return value.split(b"\0", 1)[0].decode("utf-8", "replace")
