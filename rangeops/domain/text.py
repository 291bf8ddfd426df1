"""Text from outside, made safe to show: a vehicle must not be able to crash or script a screen."""

import unicodedata
from typing import Final

from rangeops.domain.errors import Invalid

_MAX_COMBINING: Final = 2  # more stacked marks than any language needs are an attack on the line above
_BIDI_AND_INVISIBLE: Final = frozenset(
    [*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x061C, 0x180E, 0xFEFF]
)
_REPLACED_CATEGORIES: Final = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])


def safe_text(raw: str | bytes, *, limit: int = 200) -> str:
    """One line of printable text: NFC, controls and direction overrides shown as U+FFFD, cut to `limit` characters.

    Bytes are decoded as UTF-8 with replacement and end at the first NUL, as MAVLink's char arrays do.
    Show the result without markup: brackets are text, and stay.
    """
    if isinstance(raw, bytes):
        raw = raw.split(b"\0", 1)[0].decode("utf-8", errors="replace")
    if len(raw) <= limit and raw.isascii() and raw.isprintable():
        return raw  # nearly always
    # Cut before normalising: NFC of a megabyte of combining marks is itself an attack.
    text = unicodedata.normalize("NFC", raw[: limit * 4])
    shown: list[str] = []
    combining = 0
    for character in text:
        if unicodedata.combining(character):
            combining += 1
            if combining > _MAX_COMBINING:
                continue
        else:
            combining = 0
        if ord(character) in _BIDI_AND_INVISIBLE or unicodedata.category(character) in _REPLACED_CATEGORIES:
            shown.append("\N{REPLACEMENT CHARACTER}")
        else:
            shown.append(character)
        if len(shown) > limit:
            return "".join(shown[: limit - 1]) + "…"
    return "".join(shown)


def reason_given(text: str, *, where: str) -> str:
    """Why somebody does what asks for a reason, made safe. Raises Invalid where he says nothing."""
    reason = safe_text(text.strip())
    if not reason:
        raise Invalid("a reason is missing", where=where, do="Say why, in a few words.")
    return reason
