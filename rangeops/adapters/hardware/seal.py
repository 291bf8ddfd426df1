"""Certificates as files: JSON, signed with Ed25519 over their canonical form.

{"certificate": …, "public_key": hex, "signature": hex}; signed is the certificate alone as JSON with sorted keys,
no white space, UTF-8. The key is a file of the data folder that only its owner can read.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rangeops.adapters.sealing import canonical, sealed_document
from rangeops.domain.certificates import Certificate, parameters_sha256
from rangeops.domain.errors import Damaged, Invalid, NotFound, Refused
from rangeops.domain.now import Now
from rangeops.wire.shapes import converted

MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """A certificate whose signature is right. ours: signed with this data folder's key. why: of what stands against it."""

    certificate: Certificate
    ours: bool
    good: bool
    why: str


def sealed(certificate: Certificate, key: Ed25519PrivateKey) -> bytes:
    return sealed_document("certificate", msgspec.to_builtins(certificate), key)


def checked(path: Path, ours: bytes | None, now: Now) -> Checked:
    """Read a certificate and judge it. ours: this range's public key. Raises NotFound, Invalid, Damaged."""
    where = str(path)
    try:
        content = path.read_bytes()[: MOST_BYTES + 1]
    except OSError as error:
        raise NotFound(f"it can't be read ({error.strerror})", where=where, do="Name a certificate's file.") from error
    return judged(content, ours, now, where=where)


def judged(content: bytes, ours: bytes | None, now: Now, *, where: str) -> Checked:
    """As `checked`, of a file's content. Raises Invalid, Damaged."""
    try:
        if len(content) > MOST_BYTES:
            raise ValueError("it is too large")
        document = json.loads(content)
        body, key, signature = document["certificate"], document["public_key"], document["signature"]
        certificate = converted(body, Certificate, strict=True)
        public_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public_key.verify(bytes.fromhex(signature), canonical(body))
    except InvalidSignature as error:
        raise Damaged(
            "its signature doesn't fit: it was changed", where=where, do="Get it from the range again."
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:  # json's and msgspec's errors are ValueErrors
        raise Invalid(f"it is no certificate ({error})", where=where, do="Name a certificate's file.") from error
    if parameters_sha256(certificate.parameters) != certificate.parameters_sha256:
        raise Damaged("its parameter hash doesn't fit its parameters", where=where, do="Don't accept it.")
    is_ours = ours is not None and public_key.public_bytes_raw() == ours
    why = ""
    if not is_ours:
        why = "it is signed with another key than this range's"
    elif not certificate.accepted:
        why = "the aircraft was not accepted"
    elif now.utc >= certificate.valid_until_utc:
        why = f"it was valid until {certificate.valid_until_utc:%Y-%m-%d}"
    return Checked(certificate, is_ours, not why, why)


def in_force(content: bytes, ours: bytes, now: Now) -> Certificate:
    """The certificate in a file. Raises Invalid, Damaged, and Refused for one that another signed, or that is over."""
    found = judged(content, ours, now, where="certificate")
    if not found.good:
        raise Refused(found.why, where=f"certificate {found.certificate.id}", do="Have the aircraft accepted here.")
    return found.certificate
