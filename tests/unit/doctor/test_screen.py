"""Letters, size and kind of a terminal."""

import pytest

from rangeops.doctor import screen


@pytest.mark.parametrize("encoding", ["ANSI_X3.4-1968", "iso-8859-1", ""])
def test_other_letters_than_utf_8_are_named(encoding):
    found = screen.letters(encoding)
    assert not found.ok
    assert encoding in found.check
    assert "LANG" in found.do


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8"])
def test_utf_8_by_any_of_its_names(encoding):
    assert screen.letters(encoding).ok


@pytest.mark.parametrize(("columns", "rows", "ok"), [(80, 24, True), (79, 24, False), (80, 23, False), (120, 36, True)])
def test_a_terminal_that_is_too_small_says_its_size(columns, rows, ok):
    found = screen.size(columns, rows)
    assert (found.check, found.ok) == (f"terminal {columns}x{rows}", ok)


@pytest.mark.parametrize("name", ["dumb", "", "linux"])
def test_terminals_without_colours_cursor_or_dots(name):
    found = screen.kind({"TERM": name} if name else {})
    assert not found.ok
    assert found.do.endswith(".")


def test_a_terminal_as_most_have_it():
    assert screen.kind({"TERM": "xterm-256color"}).ok
