"""Frames that can be told apart, and noise that holds them: for the tests and proofs of the framing."""

import random
import tracemalloc

from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.link import LONGEST_FRAME, Link

PEER = ("127.0.0.1", 5000)


def frame_of(seq: int, *, sysid: int = 21, version: int = 2, signed: bool = False, size: int = 20) -> bytes:
    """One intact frame; its content tells it from every other."""
    codec = dialect.MAVLink(None, srcSystem=sysid, srcComponent=1)
    codec.seq = seq & 0xFF
    if signed:
        codec.signing.secret_key = bytes(32)
        codec.signing.sign_outgoing = True
        codec.signing.timestamp = 1000 + seq
    text = f"{seq:06d}".encode().ljust(size, b"x")[:50]
    return bytes(dialect.MAVLink_statustext_message(6, text).pack(codec, force_mavlink1=version == 1))


def kinds(count: int, sysid: int = 21) -> list[bytes]:
    return [
        frame_of(i, sysid=sysid, version=1 if i % 5 == 0 else 2, signed=i % 7 == 3, size=7 + i * 13 % 43)
        for i in range(count)
    ]


def noise(total: int, seed: int) -> tuple[list[bytes], list[bytes]]:
    """Random bytes and mutated frames, with an intact frame now and then. Chunks of any size."""
    pseudo = random.Random(seed)
    spoil = kinds(60, sysid=99)
    chunks: list[bytes] = []
    intact: list[bytes] = []
    made = 0
    while made < total:
        match pseudo.randrange(4):
            case 0:
                piece = pseudo.randbytes(pseudo.randint(1, 400))
            case 1:
                piece = bytes(pseudo.choices([0xFD, 0xFE, 0, 255, 33], k=pseudo.randint(1, 300)))
            case 2:
                mutated = bytearray(pseudo.choice(spoil))
                for _ in range(pseudo.randint(1, 4)):
                    mutated[pseudo.randrange(len(mutated))] = pseudo.randrange(256)
                piece = bytes(mutated)
            case _:
                piece = frame_of(len(intact))
                intact.append(piece)
        chunks.append(piece)
        made += len(piece)
    return chunks, intact


def survive(total: int, seed: int) -> int:
    """How many intact frames a link missed in the noise; memory is held to its bound on the way."""
    chunks, intact = noise(total, seed)
    link = Link("noise", datagrams=False)
    found: set[bytes] = set()
    for chunk in chunks:
        found.update(frame for *_, frame in link.received(chunk, PEER))
        assert sum(len(rest) for rest, _ in link._unfinished.values()) < LONGEST_FRAME
    found.update(frame for *_, frame in link.flush(PEER))
    return len(set(intact) - found)


def memory_held_after(total: int, seed: int) -> int:
    """Bytes that a link holds after the noise."""
    chunks, _ = noise(total, seed)
    tracemalloc.start()
    try:
        link = Link("noise", datagrams=False)
        for chunk in chunks:
            link.received(chunk, PEER)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
