"""A slot's sheet as a signed file: written by the server that has the range's key, read anywhere."""

from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rangeops.adapters.sealing import opened_document, sealed_document
from rangeops.domain.errors import Forbidden, Invalid
from rangeops.domain.slot_sheets import SlotSheet
from rangeops.wire.shapes import converted

LARGEST_BYTES: Final = 1_000_000
_NOUN: Final = "slot sheet"


def write_slot_sheet(sheet: SlotSheet, key: Ed25519PrivateKey) -> bytes:
    return sealed_document(_NOUN, msgspec.to_builtins(sheet), key)


def read_slot_sheet(content: bytes, *, where: str, pinned_key: str | None) -> tuple[SlotSheet, str]:
    """The sheet, and the public key (hex) that signed it. pinned_key: the only one to be trusted, where one is given.

    Raises Invalid, Damaged; Forbidden for another key than the pinned one.
    """
    if len(content) > LARGEST_BYTES:
        raise Invalid("the file is larger than a slot sheet", where=where, do="Name a slot sheet's file.")
    body, key = opened_document(_NOUN, content, where=where)
    if pinned_key is not None and key != pinned_key.strip().lower():
        raise Forbidden(
            f"it is signed with another key ({key[:16]}…) than the one you trust", where=where, do="Ask the range."
        )
    try:
        return converted(body, SlotSheet, strict=True), key
    except msgspec.ValidationError as error:
        raise Invalid(
            f"it is signed, but this version can't read it ({error})", where=where, do="Use the range's version."
        ) from error
