"""Every packet of every link, both directions, into one tlog a link and hour.

A tlog is what every MAVLink ground station reads: 8 bytes of big-endian Unix microseconds, then the packet. Signatures
and SETUP_SIGNING never reach the file. Flushed each second, so that a crash of this process loses no more than that;
the operating system writes it out in its own time (no fsync): a tlog is telemetry, and what must survive a power cut is
in the journal. When the disk refuses, recording stops and says so, flying and enforcement go on, and it is tried again.
"""

import re
import struct
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from rangeops.adapters.mavlink.signing import without_secrets
from rangeops.domain.events import RecordingClosed
from rangeops.domain.now import Now
from rangeops.watch.recording_hashes import RecordingHashes

FLUSH_S: Final = 1.0
RETRY_S: Final = 5.0
_V2: Final = 0xFD
_STAMP: Final = struct.Struct(">Q")
_HOUR_US: Final = 3_600_000_000


class Recorder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, tuple[int, IO[bytes]]] = {}  # link URI -> (hour since 1970, file)
        self._stamped: Now | None = None  # packets that were read together carry one time, packed once
        self._stamp = b""
        self._hour = 0
        self._flush_at_s = 0.0
        self._retry_at_s = 0.0
        self._hashes = RecordingHashes(folder)
        self.failure = ""  # why nothing is recorded just now; "" when it is

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
        if not kept or (self.failure and now.monotonic_s < self._retry_at_s):
            return
        try:
            if now is not self._stamped:
                microseconds = int(now.utc.timestamp() * 1e6)
                self._stamped, self._stamp = now, _STAMP.pack(microseconds)
                self._hour = microseconds // _HOUR_US
            held = self._files.get(link)
            file = held[1] if held is not None and held[0] == self._hour else self._open(link, now.utc)
            file.write(self._stamp + self._stamp.join(kept))
            if now.monotonic_s >= self._flush_at_s:
                self._flush_at_s = now.monotonic_s + FLUSH_S
                self.flush()
        except OSError as error:
            self._fail(error, now)
        else:
            self.failure = ""

    def begin(self) -> None:
        """Before anything is recorded: recordings that were never told are told."""
        self._hashes.begin()

    def closed(self) -> list[RecordingClosed]:
        """Recordings that ended, each once: for the journal."""
        return self._hashes.tell()

    def flush(self) -> None:
        for _, file in self._files.values():
            file.flush()

    def close(self) -> list[RecordingClosed]:
        """The last recordings that ended, as `closed`; what the disk is too slow to hash is told by the next start."""
        for _, file in self._files.values():
            file.close()
            self._hashes.closed(Path(file.name))
        self._files.clear()
        return self._hashes.close()

    def _open(self, link: str, utc: datetime) -> IO[bytes]:
        """A new file of the link, in place of the last hour's. What an earlier one ends with may be torn."""
        held = self._files.pop(link, None)
        if held is not None:
            held[1].close()
            self._hashes.closed(Path(held[1].name))
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^A-Za-z0-9.]+", "_", link).strip("_")
        path = self._folder / f"{utc:%Y%m%dT%H%M%SZ}-{name}.tlog"
        while path.exists():  # a second restart within a second
            path = path.with_name(f"{path.stem}-again.tlog")
        file = path.open("xb", buffering=256 * 1024)
        self._files[link] = (self._hour, file)
        return file

    def _fail(self, error: OSError, now: Now) -> None:
        self.failure = error.strerror or str(error)
        self._retry_at_s = now.monotonic_s + RETRY_S
        for _, file in self._files.values():
            try:
                file.close()
            except OSError:
                continue  # its buffer can't be written either; the failure is told already
        self._files.clear()
