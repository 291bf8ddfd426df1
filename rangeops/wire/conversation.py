"""One conversation between the server and a watch node over a broker: both ends named it, and every message counts up.

    node   → hello     node's nonce
    server → welcome   node's nonce, server's nonce
    both   → what is said under both nonces, numbered from 1 in each direction

A message of another conversation doesn't open, and one that was heard already is refused: what somebody recorded is
worth nothing to him. No I/O and no clock in here.
"""

import secrets
from enum import IntEnum
from typing import Final, Self

from rangeops.domain.errors import Damaged
from rangeops.wire.messages import Message, decode, encode
from rangeops.wire.seal import Seal

NONCE_BYTES: Final = 16


class Say(IntEnum):
    PULSE = 0  # I am here
    MESSAGE = 1
    AGAIN = 2  # begin a new conversation, and offer the journal from its first entry that wasn't taken


def nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


def hello(seal: Seal, node: str, own: bytes) -> bytes:
    return seal.close(f"hello {node}", 0, own)


def heard_hello(seal: Seal, node: str, data: bytes) -> bytes:
    """The node's nonce. Raises Damaged."""
    return seal.open(f"hello {node}", data)[1]


def welcome(seal: Seal, node: str, theirs: bytes, own: bytes) -> bytes:
    return seal.close(f"welcome {node}", 0, theirs + own)


class Conversation:
    def __init__(self, seal: Seal, node: str, name: bytes, *, at_node: bool) -> None:
        """name: the node's nonce, then the server's."""
        self._seal = seal
        said, heard = ("up", "down") if at_node else ("down", "up")
        self._said = f"{said} {node} {name.hex()}"
        self._heard = f"{heard} {node} {name.hex()}"
        self._said_number = self._heard_number = 0

    @classmethod
    def welcomed(cls, seal: Seal, node: str, own: bytes, data: bytes) -> Self:
        """The node's end, from the server's welcome. Raises Damaged for one that answers another hello."""
        name = seal.open(f"welcome {node}", data)[1]
        if name[:NONCE_BYTES] != own or len(name) != 2 * NONCE_BYTES:
            raise Damaged("it answers another hello", where="the wire", do="Nothing: it is asked again.")
        return cls(seal, node, name, at_node=True)

    def say(self, what: Say, message: Message | None = None) -> bytes:
        self._said_number += 1
        body = bytes([what]) + (b"" if message is None else encode(message))
        return self._seal.close(self._said, self._said_number, body)

    def hear(self, data: bytes) -> tuple[Say, Message | None]:
        """Raises Damaged for what isn't of this conversation, or was heard already."""
        number, body = self._seal.open(self._heard, data)
        if number <= self._heard_number or not body or body[0] not in set(Say):
            raise Damaged("it was heard already", where=f"the wire ({self._heard[:60]})", do="Nothing: it is refused.")
        self._heard_number = number
        what = Say(body[0])
        return what, decode(body[1:]) if what is Say.MESSAGE else None
