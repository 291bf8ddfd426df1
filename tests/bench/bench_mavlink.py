"""Framing, CRC, loss counting and all fields of what the range works with, against pymavlink's parser."""

from collections.abc import Iterable
from pathlib import Path

from bench_row import Row, cpu_pair_s, row
from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.link import Link

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
PEER = ("127.0.0.1", 5000)


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

    def ours() -> None:
        link = Link("bench", datagrams=True)
        for frame in captured:
            link.received(frame, PEER)

    def theirs() -> None:
        codec = dialect.MAVLink(None)
        for frame in captured:
            codec.parse_buffer(frame)

    mine_s, peer_s = cpu_pair_s(ours, theirs, repeats=7)
    note = f"{mine_s / len(captured) * 1e6:.2f} against {peer_s / len(captured) * 1e6:.2f} us, one datagram a message"
    yield row("decode_vs_pymavlink", mine_s / peer_s, "ratio", 0.20, peer="pymavlink parse_buffer", note=note)
