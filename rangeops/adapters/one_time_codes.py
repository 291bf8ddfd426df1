"""Codes by time (RFC 6238: HMAC-SHA-1, 30 s, six digits, as every authenticator takes them), and their QR code."""

import hmac
import os
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from rangeops.domain.second_factor import DIGITS, SECRET_BYTES, STEP_S, STEPS_EITHER_WAY

_HASH: Final = SHA1()  # noqa: S303  # what authenticators know; an HMAC needs no hash without collisions


class TimedCodes:
    def __init__(self, issuer: str) -> None:
        """issuer: what the authenticator shows above the code."""
        self._issuer = issuer

    def new_secret(self) -> bytes:
        return os.urandom(SECRET_BYTES)

    def step_of(self, secret: bytes, code: str, now_utc: datetime) -> int | None:
        """Every step that counts is looked at, so that the time it takes tells nothing."""
        codes, now = HOTP(secret, DIGITS, _HASH), int(now_utc.timestamp()) // STEP_S
        typed, found = code.encode(), None
        for step in range(now - STEPS_EITHER_WAY, now + STEPS_EITHER_WAY + 1):
            if hmac.compare_digest(codes.generate(step), typed):
                found = step
        return found

    def uri(self, secret: bytes, user: str) -> str:
        return TOTP(secret, DIGITS, _HASH, STEP_S).get_provisioning_uri(user, self._issuer)

    def picture(self, uri: str) -> str:
        """On a ground of its own: a camera reads dark on light, whatever the page's colours are."""
        import segno  # loaded when somebody sets up a second factor

        return str(segno.make(uri, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff"))
