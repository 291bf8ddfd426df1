"""Every packet of every link, both directions, into one tlog a link and hour.

A tlog is what every MAVLink ground station reads: 8 bytes of big-endian Unix microseconds, then the packet. Signatures
and SETUP_SIGNING never reach the file. What came is given to a thread each second, which writes it: the enforcement loop waits for
no disk, however slow, and a crash of this process loses no more than that second; the operating system writes it out in its own
time (no fsync): a tlog is telemetry, and what must survive a power cut is in the journal. When the disk refuses, or is slower than
what comes, recording stops and says so, flying and enforcement go on, and it is tried again.
"""

import errno
import os
import queue
import re
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from rangeops.adapters.mavlink.signing import without_secrets
from rangeops.domain.events import RecordingClosed
from rangeops.domain.now import Now
from rangeops.watch.recording_hashes import RecordingHashes

FLUSH_S: Final = 1.0
RETRY_S: Final = 5.0
MOST_WAITING_BYTES: Final = 32 * 1024 * 1024  # half a minute of 1,000 vehicles; what comes then is dropped
CLOSING_S: Final = 3.0  # a watch that ends waits so long for a slow disk
_EARLY_BYTES: Final = 256 * 1024  # given to the thread before its second is over
_V2: Final = 0xFD
_STAMP: Final = struct.Struct(">Q")
_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class _Piece:
    """What came over a link within a second of one hour. at_s: when it was given away, on the monotonic clock."""

    link: str
    hour: int
    utc: datetime
    data: bytes
    at_s: float


class Recorder:
    """Called from the loop's thread; only `_write_forever` and what it calls touch a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamped: Now | None = None  # packets that were read together carry one time, packed once
        self._stamp = b""
        self._hour = 0
        self._came: dict[str, list[bytes]] = {}  # by link URI, not yet given to the thread
        self._came_bytes = 0
        self._flush_at_s = 0.0
        self._hashes = RecordingHashes(folder)
        self._refused = ""  # why the disk takes nothing just now, by the thread
        self._behind = ""  # what came last was dropped, by the loop
        self._work: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._given_bytes = self._done_bytes = 0  # ever, by the loop and by the thread
        self._retry_at_s = 0.0
        self._files: dict[str, tuple[int, IO[bytes]]] = {}  # link URI -> (hour since 1970, file)
        self._thread = threading.Thread(target=self._write_forever, name="recorder", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> str:
        """Why not all is recorded just now; "" when it is."""
        return self._refused or self._behind

    def record(self, link: str, packet: bytes, now: Now) -> None:
        self.record_all(link, (packet,), now)

    def record_all(self, link: str, packets: Sequence[bytes], now: Now) -> None:
        """Packets that were read together: one time, one write."""
        kept = [
            frame
            for packet in packets
            if (
                frame := without_secrets(packet)
                if packet[0] == _V2 and (packet[2] or packet[8])  # signed, or one of the ids from 256 up: few are
                else packet
            )
            is not None
        ]
        if not kept or (self._refused and now.monotonic_s < self._retry_at_s):
            return
        if now is not self._stamped:
            microseconds = int(now.utc.timestamp() * 1e6)
            self._stamped, self._stamp = now, _STAMP.pack(microseconds)
            if microseconds // _HOUR_US != self._hour:
                if self._came:
                    self._give(now)
                self._hour = microseconds // _HOUR_US
        came = self._stamp + self._stamp.join(kept)
        self._came.setdefault(link, []).append(came)
        self._came_bytes += len(came)
        if now.monotonic_s >= self._flush_at_s or self._came_bytes >= _EARLY_BYTES:
            self._give(now)

    def _give(self, now: Now) -> None:
        """To the thread, what came; dropped where that is too far behind."""
        self._flush_at_s = now.monotonic_s + FLUSH_S
        came, self._came, self._came_bytes = self._came, {}, 0
        if self._given_bytes - self._done_bytes > MOST_WAITING_BYTES:
            self._behind = "the disk is slower than what comes"
            return
        self._behind = ""
        for link, pieces in came.items():
            piece = _Piece(link, self._hour, now.utc, b"".join(pieces), now.monotonic_s)
            self._given_bytes += len(piece.data)
            self._work.put(piece)

    def begin(self) -> None:
        """Before anything is recorded: recordings that were never told are told."""
        self._hashes.begin()

    def closed(self) -> list[RecordingClosed]:
        """Recordings that ended, each once: for the journal."""
        return self._hashes.tell()

    def close(self) -> list[RecordingClosed]:
        """The last recordings that ended, as `closed`; what the disk is too slow for is told by the next start."""
        if self._stamped is not None:
            self._give(self._stamped)
        self._work.put(None)
        self._thread.join(CLOSING_S)
        return self._hashes.close()

    # The writing thread.

    def _write_forever(self) -> None:
        while (piece := self._work.get()) is not None:
            if not self._refused or piece.at_s >= self._retry_at_s:
                try:
                    self._write(piece)
                except OSError as error:
                    self._fail(error, piece.at_s)
                else:
                    self._refused = ""
            self._done_bytes += len(piece.data)
        for _, file in self._files.values():
            self._close(file)

    def _write(self, piece: _Piece) -> None:
        held = self._files.get(piece.link)
        file = held[1] if held is not None and held[0] == piece.hour else self._open(piece)
        if file.write(piece.data) < len(piece.data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _close(self, file: IO[bytes]) -> None:
        with suppress(OSError):  # nothing waits in it: what couldn't be written was told
            file.close()
        self._hashes.closed(Path(file.name))

    def _open(self, piece: _Piece) -> IO[bytes]:
        """A new file of the link, in place of the last hour's. What an earlier one ends with may be torn."""
        held = self._files.pop(piece.link, None)
        if held is not None:
            self._close(held[1])
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^A-Za-z0-9.]+", "_", piece.link).strip("_")
        path = self._folder / f"{piece.utc:%Y%m%dT%H%M%SZ}-{name}.tlog"
        while path.exists():  # a second restart within a second
            path = path.with_name(f"{path.stem}-again.tlog")
        file = path.open("xb", buffering=0)
        self._files[piece.link] = (piece.hour, file)
        return file

    def _fail(self, error: OSError, at_s: float) -> None:
        """What the files end with may be torn: new ones are begun when it is tried again."""
        self._refused, self._retry_at_s = error.strerror or str(error), at_s + RETRY_S
        for _, file in self._files.values():
            with suppress(OSError):
                file.close()
        self._files.clear()
