"""Codes that are good once, as a person reads, types and tells them: 80 random bits in four groups of four."""

import secrets
from base64 import b32encode
from typing import Final

from rangeops.domain.errors import Forbidden
from rangeops.domain.second_factor import plain_code
from rangeops.services.identity import digest_of

_BYTES: Final = 10  # one round of SHA-256 keeps 80 bits, and finds them
LONGEST_TYPED: Final = 40


def new_code() -> str:
    text = b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def kept(code: str) -> str:
    """What is stored of it."""
    return digest_of(plain_code(code[:LONGEST_TYPED]))


def worthless(where: str) -> Forbidden:
    """The one answer to a code that was used, is over, was withdrawn, or never was."""
    return Forbidden("this code is good for nothing: used, over, or mistyped", where=where, do="Ask for another one.")
