"""What stands on a terminal's screen: just as much of xterm's language as a full-screen program of ours speaks."""

import re
from typing import Final

_SEQUENCE: Final = re.compile(
    r"\x1b\[(?P<private>[?<=>]?)(?P<numbers>[\d;:]*)[ !$]?(?P<final>[@-~])"
    r"|\x1b[\]P_^].*?(?:\x07|\x1b\\)"  # titles, queries
    r"|\x1b[()][A-Z0-9]|\x1b[=>78cDEHMZ]",
    re.DOTALL,
)
_LONGEST_SEQUENCE: Final = 256  # what is longer and has no end was none


class ScreenText:
    """Feed it what was written; ask what can be read. Every character is taken for one column wide."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._row = self._column = 0
        self._rest = ""

    @property
    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self._cells]

    def feed(self, written: str) -> None:
        text, at = self._rest + written, 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
            elif (found := _SEQUENCE.match(text, at)) is not None:
                if found["final"] and not found["private"]:
                    self._obey(found["final"], found["numbers"])
                at = found.end()
            elif len(text) - at < _LONGEST_SEQUENCE:
                break  # the rest of it is still to come
            else:
                at += 1
        self._rest = text[at:]

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row = min(self._row + 1, self._rows - 1)
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character >= " " and self._column < self._columns:
            self._cells[self._row][self._column] = character
            self._column += 1

    def _obey(self, final: str, numbers: str) -> None:
        given = [int(number) if number.isdigit() else 0 for number in numbers.split(";")]
        first = given[0]
        if final in "Hf":
            second = given[1] if len(given) > 1 else 1
            self._row = min(max(first, 1), self._rows) - 1
            self._column = min(max(second, 1), self._columns) - 1
        elif final == "J" and first == 2:
            self._cells = [[" "] * self._columns for _ in range(self._rows)]
        elif final == "K" and first == 0:
            self._cells[self._row][self._column :] = [" "] * (self._columns - self._column)
        elif final in "ABCD":
            by = max(first, 1)
            down, right = {"A": (-by, 0), "B": (by, 0), "C": (0, by), "D": (0, -by)}[final]
            self._row = min(max(self._row + down, 0), self._rows - 1)
            self._column = min(max(self._column + right, 0), self._columns - 1)
