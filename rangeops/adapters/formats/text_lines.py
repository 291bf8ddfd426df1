"""Lines of a text file from outside: strict UTF-8, none longer than 4 kB, and numbers as these files write them."""

import io
import math
import re
from collections.abc import Iterator
from typing import Final

from rangeops.adapters.formats.reading import Reading
from rangeops.domain.text import safe_text

LONGEST_LINE: Final = 4_000
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def lines_of(content: bytes, reading: Reading, *, largest_bytes: int) -> Iterator[tuple[int, str]]:
    """(line number from 1, line without its end), blank ones too. Raises Invalid."""
    reading.require_size(content, largest_bytes)
    require_utf8(content, reading)
    with io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig") as text:
        number = 0
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise reading.at(f"line {number}").refused(f"it has more than {LONGEST_LINE} characters")
            yield number, line.rstrip("\n")


def require_utf8(content: bytes, reading: Reading) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as e:
        raise reading.refused(f"byte {e.start} isn't UTF-8", "Save it as UTF-8.") from e


def decimal(text: str, reading: Reading, *, most: float = 1e9) -> float:
    """float() would also take "1_0", "infinity" and Arabic digits."""
    if len(text) <= 40 and _DECIMAL.fullmatch(text):
        value = float(text)
        if math.isfinite(value) and abs(value) <= most:
            return value
    raise reading.refused(f"{safe_text(text, limit=30)!r} isn't a number")
