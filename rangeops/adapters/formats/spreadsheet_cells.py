"""Texts in a CSV that a spreadsheet may open: one that it would run (it begins with = + - @ tab or return) gets an
apostrophe before it, after OWASP's "CSV Injection"; so does one that begins with an apostrophe, so that reading takes
off what writing put there and no more.
"""

from typing import Final

_RUN: Final = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    return f"'{text}" if text.startswith((*_RUN, "'")) else text


def bared(text: str) -> str:
    """Without the apostrophe that `guarded` put there."""
    return text[1:] if text[:1] == "'" and text[1:].startswith((*_RUN, "'")) else text
