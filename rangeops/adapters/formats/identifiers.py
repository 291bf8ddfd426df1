"""Identifiers for zones that have none, or one that is too long: ED-318 allows seven characters."""

import re
from collections.abc import Collection
from typing import Final

LONGEST_IDENTIFIER: Final = 7
_OTHERS: Final = re.compile(r"[^A-Z0-9]+")


def short_identifier(name: str, taken: Collection[str]) -> str:
    """Letters and digits of the name where nobody has them yet; otherwise their beginning with a number."""
    letters = _OTHERS.sub("", name.upper())[:LONGEST_IDENTIFIER]
    if letters and letters not in taken:
        return letters
    number = 1
    while (numbered := f"{(letters or 'AREA')[: LONGEST_IDENTIFIER - len(str(number))]}{number}") in taken:
        number += 1
    return numbered
