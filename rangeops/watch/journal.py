"""The watch's journal: what happened, durable first, told to the server after, forgotten when the server has it.

Entries are appended by the enforcement loop, which never waits for a disk: a thread writes and syncs them in batches,
and only then are they offered to the server. A file is named for its first sequence number; an entry is
[length u32][crc32 u32][wire message]. A torn tail, as a power cut leaves it, is cut off at the last whole entry.
"""

import contextlib
import errno
import itertools
import os
import queue
import struct
import threading
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.domain.events import Event, JournalEntry
from rangeops.domain.now import Now
from rangeops.durable import sync_folder, write_durably
from rangeops.wire.messages import decode, encode

ROTATE_BYTES: Final = 4 * 1024 * 1024
RETRY_S: Final = 2.0  # a full disk is tried again this often; entries wait in memory meanwhile
MOST_WAITING: Final = 100_000  # entries held in memory while the disk refuses them
_HEAD: Final = struct.Struct(">II")


class Journal:
    """Append from one thread only (the loop's). `fileno` turns readable when more entries are durable."""

    def __init__(self, folder: Path, watch: str) -> None:
        self._folder = folder
        self._watch = watch
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._taken = _read_taken(folder)
            entries, self._next_seq = _read_entries(folder, self._taken)
        except OSError as error:
            raise Unavailable(
                f"the watch's journal can't be opened ({error.strerror})",
                where=str(folder),
                do="Make the data folder readable and writable for you.",
            ) from error
        self._durable: deque[JournalEntry] = deque(entries)
        self._offered = 0  # of _durable, how many the present connection was given
        self._to_write: queue.SimpleQueue[JournalEntry | None] = queue.SimpleQueue()
        self._written: deque[JournalEntry] = deque()
        self._written_seq = self._next_seq - 1  # by the writing thread
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self.failure = ""  # why the disk refuses entries just now; "" when it doesn't
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_forever, name="journal", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        return self._wake_read

    @property
    def waiting(self) -> int:
        """How many entries were appended that aren't on the disk yet."""
        return self._next_seq - 1 - self._written_seq

    def append(self, event: Event, now: Now) -> JournalEntry:
        entry = JournalEntry(self._watch, self._next_seq, now.monotonic_s, now.utc, event)
        self._next_seq += 1
        self._to_write.put(entry)
        return entry

    def to_send(self, most: int) -> Sequence[JournalEntry]:
        """The next collected entries that this connection hasn't been given, in order."""
        end = min(len(self._durable), self._offered + most)
        batch = [self._durable[index] for index in range(self._offered, end)]
        self._offered = end
        return batch

    def start_over(self) -> None:
        """A new connection: everything not taken is offered again."""
        self._offered = 0

    def taken(self, seq: int) -> None:
        """The server has stored all up to seq."""
        while self._durable and self._durable[0].seq <= seq:
            self._durable.popleft()
            self._offered = max(0, self._offered - 1)
        self._taken = max(self._taken, seq)

    def close(self) -> None:
        """Write what is waiting, then end."""
        self._closing.set()
        self._to_write.put(None)
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def collect(self) -> None:
        """Take over what has become durable, and quiet `fileno` until there is more."""
        try:
            while os.read(self._wake_read, 4096):
                pass
        except BlockingIOError:
            pass
        while self._written:
            self._durable.append(self._written.popleft())

    # The writing thread.

    def _write_forever(self) -> None:
        file: IO[bytes] | None = None
        waiting: list[JournalEntry] = []
        ended = False
        while not ended or waiting:
            ended = _drain(self._to_write, waiting, block=not waiting) or ended
            if not waiting:
                continue
            try:
                file = self._file_for(file, waiting[0].seq)
                _write(file, waiting)
            except OSError as error:
                self.failure = error.strerror or str(error)
                _give_up(file)
                file = None
                del waiting[:-MOST_WAITING]
                if ended or self._closing.wait(RETRY_S):
                    return
                continue
            self.failure = ""
            self._written.extend(waiting)
            self._wake()
            self._written_seq, waiting = waiting[-1].seq, []
        if file is not None:
            file.close()

    def _file_for(self, file: IO[bytes] | None, first_seq: int) -> IO[bytes]:
        """The file to append to: a new one when the present one has grown, and then the taken ones go."""
        if file is not None and file.tell() < ROTATE_BYTES:
            return file
        if file is not None:
            file.close()
        path = self._folder / f"journal-{first_seq:012d}.bin"
        if path.exists():
            deque(_whole_entries(path), maxlen=0)  # what was torn in it is cut off
        new = path.open("ab", buffering=0)
        try:
            write_durably(self._folder / "taken", str(self._taken).encode())
            sync_folder(self._folder)
            _forget(self._folder, self._taken, keep=path)
        except OSError:
            new.close()
            raise
        return new

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b".")
        except BlockingIOError:
            return  # the pipe is full of wake-ups already


def _drain(source: "queue.SimpleQueue[JournalEntry | None]", into: list[JournalEntry], *, block: bool) -> bool:
    """Move what waits into the list; True once the end was asked for."""
    try:
        while True:
            entry = source.get(block=block)
            if entry is None:
                return True
            into.append(entry)
            block = False
    except queue.Empty:
        return False


def _write(file: IO[bytes], entries: Sequence[JournalEntry]) -> None:
    """Append whole and synced, or not at all: the file is unbuffered, so what was cut off doesn't come back."""
    start = file.tell()
    bodies = [encode(entry) for entry in entries]
    data = b"".join(_HEAD.pack(len(body), zlib.crc32(body)) + body for body in bodies)
    try:
        if file.write(data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    except OSError:
        os.ftruncate(file.fileno(), start)
        raise


def _give_up(file: IO[bytes] | None) -> None:
    """A file in which something may be torn: whoever reads it stops there, so nothing is written behind it."""
    if file is not None:
        with contextlib.suppress(OSError):  # the failure is told already
            file.close()


def _read_taken(folder: Path) -> int:
    path = folder / "taken"
    text = path.read_text(encoding="ascii") if path.exists() else "0"
    return int(text) if text.isdigit() else 0


def _read_entries(folder: Path, taken: int) -> tuple[list[JournalEntry], int]:
    """The entries not known to be taken, and the next sequence number."""
    entries: list[JournalEntry] = []
    last_seq = taken
    for path in sorted(folder.glob("journal-*.bin")):
        last_seq = max(last_seq, int(path.stem.removeprefix("journal-")) - 1)
        for entry in _whole_entries(path):
            # A batch that failed half-way was written once more, into the next file.
            if entry.seq > taken and (not entries or entry.seq > entries[-1].seq):
                entries.append(entry)
            last_seq = max(last_seq, entry.seq)
    return entries, last_seq + 1


def _whole_entries(path: Path) -> Iterator[JournalEntry]:
    """Entries up to the first that isn't whole; the rest of the file is cut off, to be appended to later."""
    data = path.read_bytes()
    offset = 0
    while offset + _HEAD.size <= len(data):
        length, crc = _HEAD.unpack_from(data, offset)
        body = data[offset + _HEAD.size : offset + _HEAD.size + length]
        if len(body) < length or zlib.crc32(body) != crc:
            break
        try:
            entry = decode(body)
        except RangeopsError:
            break
        if isinstance(entry, JournalEntry):
            yield entry
        offset += _HEAD.size + length
    if offset < len(data):
        os.truncate(path, offset)


def _forget(folder: Path, taken: int, *, keep: Path) -> None:
    """Remove the files whose every entry is taken: those followed by a file that starts at or before taken + 1."""
    paths = sorted(folder.glob("journal-*.bin"))
    for path, following in itertools.pairwise(paths):
        if path != keep and int(following.stem.removeprefix("journal-")) <= taken + 1:
            path.unlink()
