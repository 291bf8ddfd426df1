"""Framing, CRC, loss counting and all fields of what the range works with, against pymavlink's parser."""

from collections.abc import Iterable
from pathlib import Path

from bench_row import Row, cpu_pair_s, row
from fastcrc.crc16 import mcrf4xx
from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.decode import DEFINITIONS
from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.signing import Signer, Timestamps, Verifier
from rangeops.domain.telemetry import Sysid

ROWS = ("decode_vs_pymavlink", "decode_signed_vs_pymavlink")
CAPTURES = Path(__file__).parents[1] / "data" / "captures"
PEER = ("127.0.0.1", 5000)
KEY = bytes(range(32))
START = 36_000_000_000_000  # ticks of 10 µs since 2015


def frames() -> list[bytes]:
    """Every packet of every capture: some 24,000, as a mixed range would hear them."""
    found = []
    for path in sorted(CAPTURES.glob("*.tlog")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            length = data[at + 9] + 12
            found.append(data[at + 8 : at + 8 + length])
            at += 8 + length
    return found


def rows() -> Iterable[Row]:
    captured = frames()

    yield _against_pymavlink("decode_vs_pymavlink", 0.20, captured)
    yield _against_pymavlink("decode_signed_vs_pymavlink", 0.30, _signed(captured), KEY)


def _against_pymavlink(name: str, limit: float, captured: list[bytes], key: bytes | None = None) -> Row:
    def ours() -> None:
        accept = None
        if key is not None:
            keys = {Sysid(sysid): key for sysid in range(1, 256)}
            accept = Verifier(keys, unsigned_is_fine=False, now_ticks=lambda: START).judge(PEER)
        link = Link("bench", datagrams=True, accept=accept)
        for frame in captured:
            link.received(frame, PEER)
        assert link.rejected == 0

    def theirs() -> None:
        codec = dialect.MAVLink(None)
        codec.signing.secret_key = key
        codec.signing.timestamp = START
        for frame in captured:
            codec.parse_buffer(frame)

    mine_s, peer_s = cpu_pair_s(ours, theirs, repeats=7)
    note = f"{mine_s / len(captured) * 1e6:.2f} against {peer_s / len(captured) * 1e6:.2f} us, one datagram a message"
    return row(name, mine_s / peer_s, "ratio", limit, peer="pymavlink parse_buffer", note=note)


def _signed(captured: list[bytes]) -> list[bytes]:
    """The same packets, signed with one key."""
    signer = Signer(KEY, 1, Timestamps(lambda: START))
    frames = []
    for frame in captured:
        body = frame[1:2] + bytes([frame[2] | 1]) + frame[3:-2]
        crc = mcrf4xx(body + DEFINITIONS[int.from_bytes(frame[7:10], "little")].crc_extra)
        whole = frame[:1] + body + crc.to_bytes(2, "little")
        frames.append(whole + signer.trailer(whole))
    return frames
