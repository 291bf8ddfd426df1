"""Signed vehicles by pymavlink, and forgers: for the tests and proofs of signing."""

import random

from pymavlink.dialects.v20 import ardupilotmega as dialect

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
    judge, good = verifier(), vehicle()
    passed = 0
    for number in range(count):
        frame = bytearray(says(vehicle(OTHER, timestamp=pseudo.randrange(1 << 48), link_id=pseudo.randrange(256))))
        frame[-6:] = pseudo.randbytes(6)
        passed += judge.accepts(bytes(frame))
        if number % 1000 == 0:
            assert judge.accepts(says(good)), "a good stream was shut out"
    return passed
