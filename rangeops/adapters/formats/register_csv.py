"""Registers as CSV, a file for each: a heading of the register's own columns, then one entry a line.

Read strictly: what isn't a column, is given twice or isn't there is said with its line. Written: all quoted, and safe to
open in a spreadsheet.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rangeops.adapters.formats.spreadsheet_cells import bared, guarded
from rangeops.domain.errors import Invalid, TooLarge
from rangeops.domain.register_texts import columns, required, texts_of
from rangeops.domain.registers import Entry, RegisterKind

LARGEST_BYTES: Final = 2_000_000
_MOST_ROWS: Final = 10_000
_LONGEST_CELL: Final = 4096


def write_register(kind: RegisterKind, entries: Iterable[Entry]) -> str:
    """Entries that are in force; retired ones are left out."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns(kind), quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        if not entry.retired:
            writer.writerow({name: guarded(text) for name, text in texts_of(entry.body).items()})
    return out.getvalue()


def read_register(kind: RegisterKind, content: bytes, *, name: str) -> list[tuple[str, Mapping[str, str]]]:
    """Each entry's texts by column, with where it stands ("pilots.csv line 3"). Raises Invalid."""
    if len(content) > LARGEST_BYTES:
        raise TooLarge(f"it is larger than {LARGEST_BYTES // 1_000_000} MB", where=name, do="Import it in parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"it is not UTF-8 (byte {error.start})", where=name, do="Save it as UTF-8.") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        heading = _heading(kind, next(reader, []), name)
        return list(_rows(heading, reader, name))
    except csv.Error as error:
        raise Invalid(f"it is no CSV ({error})", where=f"{name} line {reader.line_num}", do="Correct it.") from error


def _heading(kind: RegisterKind, cells: list[str], name: str) -> list[str]:
    heading = [cell.strip() for cell in cells]
    where, known = f"{name} line 1", columns(kind)
    do = f"The columns of a {kind.value} are {', '.join(known)}."
    if unknown := [cell for cell in heading if cell not in known]:
        raise Invalid(f"unknown column {', '.join(map(repr, unknown)):.120}", where=where, do=do)
    if twice := sorted({cell for cell in heading if heading.count(cell) > 1}):
        raise Invalid(f"column {', '.join(twice)} stands there twice", where=where, do="Remove one.")
    if absent := [each for each in required(kind) if each not in heading]:
        raise Invalid(f"column {', '.join(absent)} is missing", where=where, do=do)
    return heading


def _rows(heading: list[str], reader: Iterator[list[str]], name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    seen: dict[str, int] = {}
    line = 2
    for cells in reader:
        ended = reader.line_num  # type: ignore[attr-defined]  # csv.reader's own, which typeshed keeps private
        where, line = f"{name} line {line}", ended + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(heading):
            raise Invalid(f"it has {len(cells)} cells, the heading {len(heading)}", where=where, do="Correct it.")
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            raise Invalid(f"a cell is longer than {_LONGEST_CELL} characters", where=where, do="Shorten it.")
        texts = {column: bared(cell.strip()) for column, cell in zip(heading, cells, strict=True)}
        if first := seen.get(texts["id"]):
            raise Invalid(f"id {texts['id']!r:.60} stands in line {first} already", where=where, do="Remove one.")
        if len(seen) >= _MOST_ROWS:
            raise Invalid(f"there are more than {_MOST_ROWS} entries", where=where, do="Import it in parts.")
        seen[texts["id"]] = int(where.rsplit(" ", 1)[1])
        yield where, texts
