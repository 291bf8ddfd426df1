"""The hash of each recording that is closed, for the record: a recording that is changed or swapped afterwards is found.

Files are read in a thread of their own, since the enforcement loop waits for no disk. `SHA256SUMS` beside them, in the
form of sha256sum(1), says which were told; those that a crash left behind are hashed at the next start.
"""

import hashlib
import queue
import threading
from collections import deque
from pathlib import Path
from typing import Final

from rangeops.domain.events import RecordingClosed

SUMS: Final = "SHA256SUMS"
CLOSING_S: Final = 2.0  # a watch that ends waits so long for the last hashes; what is left is hashed at the next start
_PIECE_BYTES: Final = 1 << 20


class RecordingHashes:
    """All but the hashing itself is called from the loop's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._work: queue.SimpleQueue[Path | RecordingClosed | None] = queue.SimpleQueue()
        self._hashed: deque[RecordingClosed] = deque()
        self._told: list[RecordingClosed] = []
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """What is there, and isn't in SHA256SUMS, was left behind by a crash. Before anything is recorded."""
        listed = self._listed()
        for path in sorted(self._folder.glob("*.tlog")):
            if path.name not in listed:
                self.closed(path)

    def closed(self, path: Path) -> None:
        """Nothing is written to it any more."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._hash_forever, name="recordings", daemon=True)
            self._thread.start()
        self._work.put(path)

    def tell(self) -> list[RecordingClosed]:
        """Those hashed since the last call, for the journal, which has had time by the next call to write them down."""
        for each in self._told:
            self._work.put(each)
        self._told = [self._hashed.popleft() for _ in range(len(self._hashed))]
        return self._told

    def close(self) -> list[RecordingClosed]:
        """Those hashed by now, for the journal's last lines."""
        if self._thread is None:
            return []
        for each in self._told:
            self._work.put(each)
        self._work.put(None)
        self._thread.join(CLOSING_S)
        last = [self._hashed.popleft() for _ in range(len(self._hashed))]
        for each in last:
            self._list(each)
        return last

    def _listed(self) -> frozenset[str]:
        try:
            text = (self._folder / SUMS).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return frozenset()  # none was told yet; telling one again is without harm
        return frozenset(line.partition("  ")[2] for line in text.splitlines())

    def _hash_forever(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                if isinstance(work, RecordingClosed):
                    self._list(work)
                else:
                    self._hashed.append(hashed(work))
            except OSError:
                continue  # it isn't in SHA256SUMS, so it is tried again at the next start

    def _list(self, told: RecordingClosed) -> None:
        try:
            with (self._folder / SUMS).open("a", encoding="utf-8") as sums:
                sums.write(f"{told.sha256}  {told.file}\n")
        except OSError:
            return  # it is told once more at the next start, which changes nothing


def hashed(path: Path) -> RecordingClosed:
    """Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return RecordingClosed(path.name, digest.hexdigest(), size)
