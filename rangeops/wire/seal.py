"""Seals for what passes a broker that others may reach: from whom it says, whole, for this purpose, and numbered.

HMAC-SHA256 (RFC 2104) under a key that the server and one watch node share. The server makes every node's key out of
its own and the node's name (one HKDF-Expand step, RFC 5869), so that a stolen node speaks for itself alone. What the
seal is for (direction, node, conversation) is under the MAC and isn't sent: a message is good in one place only.
"""

import hmac
import re
import secrets
import struct
import zlib
from typing import Final

from rangeops.domain.errors import Damaged, Invalid
from rangeops.wire.messages import MAX_MESSAGE_BYTES

KEY_BYTES: Final = 32
_HEAD: Final = struct.Struct(">QB")  # number, packed?
_MAC_BYTES: Final = 32
_PACK_FROM_BYTES: Final = 32 * 1024  # a broker takes messages of up to 1 MiB
_NODE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Seal:
    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise Invalid(f"a key has {KEY_BYTES} bytes", where="wire key", do="Make it with `rangeops node key`.")
        self._key = key

    def close(self, purpose: str, number: int, body: bytes) -> bytes:
        """number: for the reader to refuse what it has seen already."""
        packed = len(body) > _PACK_FROM_BYTES
        sealed = _HEAD.pack(number, packed) + (zlib.compress(body, 1) if packed else body)
        return self._mac(purpose, sealed) + sealed

    def open(self, purpose: str, data: bytes) -> tuple[int, bytes]:
        """(number, body). Raises Damaged for whatever `close` didn't make for the same purpose."""
        mac, sealed = data[:_MAC_BYTES], data[_MAC_BYTES:]
        if len(sealed) < _HEAD.size or not hmac.compare_digest(mac, self._mac(purpose, sealed)):
            raise Damaged("its seal doesn't fit", where=f"the wire ({purpose})", do="Compare both ends' wire keys.")
        number, packed = _HEAD.unpack_from(sealed)
        body = sealed[_HEAD.size :]
        return number, _unpack(body) if packed else body

    def _mac(self, purpose: str, sealed: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + sealed, "sha256")


def identity(sealed: bytes) -> bytes:
    """What tells one sealed message from every other: its MAC."""
    return sealed[:_MAC_BYTES]


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def node_key(server_key: bytes, node: str) -> bytes:
    """The key that the server shares with this node. Raises Invalid for a name that can't be one."""
    return hmac.digest(server_key, b"rangeops wire 1\0" + checked_name(node).encode() + b"\1", "sha256")


def checked_name(node: str) -> str:
    """Raises Invalid: a name is part of the subjects under which a broker knows its messages."""
    if not _NODE_NAME.fullmatch(node):
        raise Invalid(
            f"{node!r:.50} can't name a watch",
            where="watch node",
            do="Use up to 40 letters, digits, `-` and `_`.",
        )
    return node


def _unpack(body: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(body, MAX_MESSAGE_BYTES)
    if not unpacker.eof:
        raise Damaged("it is too long", where="the wire", do="Run the same version of rangeops on both ends.")
    return unpacked
