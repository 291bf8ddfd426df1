"""ESRI ASCII grids: read to the site's plane, and nothing guessed."""

import time

import pytest

from rangeops.adapters.formats.ascii_grid import read_ascii_grid
from rangeops.domain.errors import Invalid

GRID = b"ncols 3\nnrows 2\nxllcorner -15\nyllcorner -10\ncellsize 10\nNODATA_value -9999\n4 5 6\n1 2 -9999\n"


def read(content):
    return read_ascii_grid(content, error_m=0.5, where="ground.asc")


def test_the_first_row_is_the_northernmost():
    ground = read(GRID)
    assert ground.ground_m(-10, -5) == 1
    assert ground.ground_m(-5, -5) == 1.5
    assert ground.ground_m(-10, 5) == 4
    assert ground.error_m == 0.5


def test_what_the_grid_does_not_know_stays_unknown():
    assert read(GRID).ground_m(10, -5) is None


def test_centres_and_corners_say_the_same():
    centred = GRID.replace(b"xllcorner -15", b"XLLCENTER -10").replace(b"yllcorner -10", b"YLLCENTER -5")
    assert read(centred).ground_m(-10, -5) == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"ncols 3\n", b"", "ncols"),
        (b"ncols 3", b"ncols 4", "2 rows of 4"),
        (b"ncols 3", b"ncols 3\nncols 3", "twice"),
        (b"ncols 3", b"ncols 1000001", "more than 1000000 cells"),
        (b"ncols 3", b"ncols -3", "whole number"),
        (b"cellsize 10", b"cellsize 0", "between 0.1"),
        (b"cellsize 10", b"cellsize nan", "isn't finite"),
        (b"cellsize 10", b"dx 10\ndy 9", "cellsize"),
        (b"xllcorner -15", b"xllcorner 257502.4", "over 60 km"),
        (b"4 5 6", b"4 5 x", "isn't a number"),
        (b"4 5 6", b"4 5 6 7", "2 rows of 3"),
        (b"4 5 6", b"4 5 99999", "no ground has"),
        (b"NODATA_value -9999\n", b"", "no ground has"),
        (b"NODATA_value -9999\n4 5", b"4 nan", "isn't finite"),
        (GRID, b"", "ncols"),
        (GRID, b"\x00" * 100, "ncols"),
    ],
)
def test_a_grid_that_is_not_one_is_refused(old, new, says):
    with pytest.raises(Invalid, match=says):
        read(GRID.replace(old, new))


def test_a_huge_file_is_refused_at_once():
    content = GRID + b"1 " * 11_000_000
    since = time.monotonic()
    with pytest.raises(Invalid, match="larger than 20 MB"):
        read(content)
    assert time.monotonic() - since < 1
