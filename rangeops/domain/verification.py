"""The short code on a report, by which anybody can ask the range whether it is of a revision that the record has.

It is the first 60 bits of the revision's SHA-256, in Crockford's base 32 (crockford.com/base32.html: no I, L, O, U), in
three groups: nobody finds another text with the same code by chance, and it can be read out over the telephone. It isn't
a signature: whoever wants to be sure compares the whole hash, which stands beside it.
"""

from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.text import safe_text

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 12
_GROUP: Final = 4
_ALIKE: Final = str.maketrans("OIL", "011")  # what people read for a digit


def verification_code(sha256: str) -> str:
    """As it is printed: "7Q2K-0XZD-9M4T". sha256: 64 hex digits."""
    number = int(sha256[:15], 16)
    digits = "".join(_DIGITS[number >> (5 * place) & 31] for place in reversed(range(_LENGTH)))
    return "-".join(digits[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def read_code(text: str) -> str:
    """A code as somebody typed it, with or without dashes, in any case. Raises Invalid for what is none."""
    digits = "".join(text.upper().split()).replace("-", "").translate(_ALIKE)
    if len(digits) != _LENGTH or not set(digits) <= set(_DIGITS):
        raise Invalid(
            f"{safe_text(text, limit=30)!r} is no verification code",
            where="a verification code",
            do="It is three groups of four, as 7Q2K-0XZD-9M4T, and stands on every page of a report.",
        )
    return "-".join(digits[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
