"""ESRI ASCII grid (.asc): a header of five or six lines, then rows of heights from north to south.

Read in the site's own plane: east and north of the range's origin, in metres. docs/zones.md tells how to make one.
"""

from typing import Final

import numpy as np

from rangeops.domain.errors import Invalid
from rangeops.domain.terrain import GridGround

LARGEST_BYTES: Final = 20_000_000
_MOST_CELLS: Final = 1_000_000
_LARGEST_M: Final = 60_000.0
_LINE_BYTES: Final = 40  # of the header
_HEADER: Final = frozenset(["ncols", "nrows", "xllcorner", "yllcorner", "xllcenter", "yllcenter", "cellsize"])


def read_ascii_grid(content: bytes, *, error_m: float, where: str) -> GridGround:
    """The grid's heights as they stand in the file, at the middles of its cells. Raises Invalid."""
    if len(content) > LARGEST_BYTES:
        raise _invalid(
            f"it is larger than {LARGEST_BYTES // 1_000_000} MB", where, "Cut it to the range's surroundings."
        )
    header, body = _header(content, where)
    columns, rows = _count(header, "ncols", where), _count(header, "nrows", where)
    if columns * rows > _MOST_CELLS:
        raise _invalid(f"it has more than {_MOST_CELLS} cells", where, "Cut it to the range, or make its cells larger.")
    spacing = _number(header, "cellsize", where)
    if not 0.1 <= spacing <= 1000:
        raise _invalid(
            "cellsize must be between 0.1 and 1000", where, "Project it to metres east and north of the origin."
        )
    heights = _heights(body, rows, columns, header.get("nodata_value"), where)
    east, north = (_south_west(header, axis, spacing, where) for axis in "xy")
    if max(abs(east), abs(north)) > _LARGEST_M:
        raise _invalid(
            "it lies over 60 km from the origin", where, "Project it to metres east and north of the origin."
        )
    return GridGround(east, north, spacing, np.ascontiguousarray(heights[::-1]), error_m)


def _header(content: bytes, where: str) -> tuple[dict[str, str], bytes]:
    header: dict[str, str] = {}
    rest = content
    while len(header) < 7:
        line, _, after = rest.partition(b"\n")
        words = line[: _LINE_BYTES * 2].decode("ascii", "replace").split()
        if len(words) != 2 or words[0].lower() not in _HEADER | {"nodata_value"}:
            break
        if words[0].lower() in header:
            raise _invalid(f"{words[0].lower()} stands in it twice", where, "Export the grid again.")
        header[words[0].lower()] = words[1]
        rest = after
    return header, rest


def _heights(
    body: bytes, rows: int, columns: int, nodata: str | None, where: str
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    words = body.split(maxsplit=rows * columns)  # one more than it should have, where it has more
    if len(words) != rows * columns:
        raise _invalid(f"it doesn't hold {rows} rows of {columns} heights", where, "Export the grid again.")
    try:
        heights = np.array(words, dtype=np.float64)
    except ValueError as e:
        raise _invalid("a height isn't a number", where, "Export the grid again.") from e
    if nodata is not None:
        heights[heights == _float(nodata, "nodata_value", where)] = np.nan
    elif not np.isfinite(heights).all():
        raise _invalid("a height isn't finite", where, "Give NODATA_value in its header.")
    known = heights[~np.isnan(heights)]
    if not len(known) or known.min() < -500 or known.max() > 9000:
        raise _invalid("it holds heights that no ground has", where, "Give heights in metres, and NODATA_value.")
    return heights.reshape(rows, columns)


def _south_west(header: dict[str, str], axis: str, spacing: float, where: str) -> float:
    """Of the south-west cell's middle."""
    if f"{axis}llcenter" in header:
        return _number(header, f"{axis}llcenter", where)
    return _number(header, f"{axis}llcorner", where) + spacing / 2


def _count(header: dict[str, str], key: str, where: str) -> int:
    text = header.get(key, "")
    if not (text.isascii() and text.isdigit() and len(text) < 8) or int(text) < 2:
        raise _invalid(f"{key} must be a whole number, 2 or more", where, "Export the grid again.")
    return int(text)


def _number(header: dict[str, str], key: str, where: str) -> float:
    if key not in header:
        raise _invalid(f"its header has no {key}", where, "Export it as ESRI ASCII grid with square cells.")
    return _float(header[key], key, where)


def _float(text: str, key: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError as e:
        raise _invalid(f"{key} isn't a number", where, "Export the grid again.") from e
    if not np.isfinite(value):
        raise _invalid(f"{key} isn't finite", where, "Export the grid again.")
    return value


def _invalid(what: str, where: str, do: str) -> Invalid:
    return Invalid(what, where=where, do=do)
