"""Signed vehicles by pymavlink, and forgers: for the tests and proofs of signing."""

import hashlib
import random
from dataclasses import dataclass

from fastcrc.crc16 import mcrf4xx
from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.signing import Verifier, key_of

KEY, OTHER = key_of("correct horse"), key_of("battery staple")
NOW = 36_000_000_000_000
PEER = ("127.0.0.1", 5000)


def vehicle(key: bytes = KEY, *, timestamp: int = NOW, link_id: int = 3) -> dialect.MAVLink:
    codec = dialect.MAVLink(None, srcSystem=21, srcComponent=1)
    codec.signing.secret_key = key
    codec.signing.sign_outgoing = True
    codec.signing.timestamp = timestamp
    codec.signing.link_id = link_id
    return codec


def says(codec: dialect.MAVLink, text: bytes = b"hello") -> bytes:
    frame = bytes(dialect.MAVLink_statustext_message(6, text).pack(codec))
    codec.seq = (codec.seq + 1) & 0xFF
    return frame


def verifier(*, unsigned_is_fine: bool = False) -> Verifier:
    return Verifier({21: KEY}, unsigned_is_fine=unsigned_is_fine, now_ticks=lambda: NOW)


def forgeries(count: int, seed: int) -> int:
    """How many of so many forged frames pass, on streams that go on being heard."""
    pseudo = random.Random(seed)
    accepts, good = verifier().judge(PEER), vehicle()
    passed = 0
    for number in range(count):
        frame = bytearray(says(vehicle(OTHER, timestamp=pseudo.randrange(1 << 48), link_id=pseudo.randrange(256))))
        frame[-6:] = pseudo.randbytes(6)
        passed += accepts(bytes(frame))
        if number % 1000 == 0:
            assert accepts(says(good)), "a good stream was shut out"
    return passed


@dataclass
class Forged:
    forged: int = 0
    accepted: int = 0
    good: int = 0
    blocked: int = 0


_STATUSTEXT_EXTRA = b"\x53"  # its CRC_EXTRA
_TRAILER = 13


def forged_through_a_link(count: int, seed: int) -> Forged:
    """So many forged frames with right CRCs, through a link that checks signatures; each 100th frame is a good one.

    A forger knows everything but the key: it guesses signatures, signs with its own key, stamps far into the future,
    changes what a good frame says, replays it, and leaves the signature away.
    """
    pseudo = random.Random(seed)
    link = Link("radio", datagrams=True, accept=verifier().judge(PEER))
    codec = vehicle()
    last = says(codec)
    told = Forged()
    assert len(link.received(last, PEER)) == 1
    while told.forged < count:
        told.forged += 1
        told.accepted += len(link.received(FORGERS[told.forged % len(FORGERS)](last, pseudo), PEER))
        if told.forged % 100 == 0:
            last = says(codec)
            told.good += 1
            told.blocked += 1 - len(link.received(last, PEER))
    return told


def _resealed(body: bytes, trailer: bytes) -> bytes:
    """A frame (without marker and CRC) with its right CRC."""
    return b"\xfd" + body + mcrf4xx(body + _STATUSTEXT_EXTRA).to_bytes(2, "little") + trailer


def _guessed(frame: bytes, pseudo: random.Random) -> bytes:
    return frame[:-6] + pseudo.randbytes(6)


def _by_another_key(frame: bytes, pseudo: random.Random) -> bytes:
    stamp = bytes([pseudo.randrange(256)]) + (NOW + pseudo.randrange(10**9)).to_bytes(6, "little")
    part = frame[:-_TRAILER] + stamp
    return part + hashlib.sha256(OTHER + part).digest()[:6]


def _from_the_future(frame: bytes, pseudo: random.Random) -> bytes:
    return frame[:-12] + (2**48 - 1 - pseudo.randrange(1000)).to_bytes(6, "little") + frame[-6:]


def _changed(frame: bytes, pseudo: random.Random) -> bytes:
    body = bytearray(frame[1 : -_TRAILER - 2])
    body[9 + pseudo.randrange(body[0])] ^= 1 << pseudo.randrange(8)  # in what it says, which begins behind the header
    return _resealed(bytes(body), frame[-_TRAILER:])


def _replayed(frame: bytes, pseudo: random.Random) -> bytes:
    """With another sequence number it would be no replay: the signature covers it."""
    del pseudo
    return frame


def _unsigned(frame: bytes, pseudo: random.Random) -> bytes:
    body = bytearray(frame[1 : -_TRAILER - 2])
    body[1] = 0  # no signature, it says
    body[3] = pseudo.randrange(256)
    return _resealed(bytes(body), b"")


FORGERS = (_guessed, _by_another_key, _from_the_future, _changed, _replayed, _unsigned)
