"""What the watch must still know after a restart: its orders, its alarms, and the episodes that were open.

Orders are durable before they are acknowledged. Episodes and alarms are written by a thread of their own: the loop that
enforces doesn't wait for a disk.
"""

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from rangeops.domain.alarms import Alarm
from rangeops.domain.commands import CommandProgress
from rangeops.domain.episodes import Episode
from rangeops.domain.errors import Damaged, Unavailable
from rangeops.domain.kept import Kept
from rangeops.domain.orders import Orders
from rangeops.domain.telemetry import Sysid
from rangeops.durable import write_durably
from rangeops.settings import SIGNING_KEYS
from rangeops.wire.messages import decode, encode

_Awaited = tuple[str, bytes, Callable[[str], None]]
T = TypeVar("T")  # what a file holds

_log = structlog.get_logger("watch")
_episodes_decoder = msgspec.json.Decoder(dict[int, Episode])
_alarms_decoder = msgspec.json.Decoder(tuple[Alarm, ...])
_commands_decoder = msgspec.json.Decoder(tuple[CommandProgress, ...])
_timestamps_decoder = msgspec.json.Decoder(dict[str, int])
_word_decoder = msgspec.json.Decoder(tuple[str, float])
_kept_decoder = msgspec.json.Decoder(tuple[Kept, ...])


class Memory:
    """The watch's folder. Orders in force are whatever was last kept here, server or no server.

    Whatever reads a file raises Damaged where that holds something else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(
                f"the watch's folder can't be made ({error.strerror})",
                where=str(folder),
                do="Make the data folder readable and writable for you.",
            ) from error
        self._to_write: queue.SimpleQueue[tuple[str, bytes] | _Awaited | None] = queue.SimpleQueue()
        self._asked = self._done = 0  # by the loop's thread, and by the writing one
        self._thread = threading.Thread(target=self._write_forever, name="memory", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is waiting, then end."""
        self._put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many files are to be written that aren't on the disk yet."""
        return self._asked - self._done

    def _put(self, item: tuple[str, bytes] | _Awaited | None) -> None:
        self._asked += 1
        self._to_write.put(item)

    def orders(self) -> Orders | None:
        """The orders in force; None at first start. Raises Damaged rather than enforce half an order."""
        data = self._read("orders.bin")
        if data is None:
            return None
        message = decode(data)
        if not isinstance(message, Orders):
            raise Damaged(
                "the stored orders are something else", where=str(self._folder / "orders.bin"), do="Remove the file."
            )
        return message

    def keep_orders(self, orders: Orders) -> None:
        write_durably(self._folder / "orders.bin", encode(orders))

    def episodes(self) -> dict[Sysid, Episode]:
        kept = _decoded(
            self._folder / "episodes.json",
            _episodes_decoder,
            what="the open episodes",
            do="Remove the file; every vehicle is judged anew.",
        )
        return {Sysid(sysid): episode for sysid, episode in (kept or {}).items()}

    def keep_episodes(self, episodes: dict[Sysid, Episode]) -> None:
        self._put(("episodes.json", msgspec.json.encode(episodes)))

    def alarms(self) -> tuple[Alarm, ...]:
        kept = _decoded(
            self._folder / "alarms.json",
            _alarms_decoder,
            what="the standing alarms",
            do="Remove the file; every condition is assessed anew.",
        )
        return kept or ()

    def keep_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        self._put(("alarms.json", msgspec.json.encode(alarms)))

    def commands(self) -> tuple[CommandProgress, ...]:
        """Those that were under way."""
        kept = _decoded(
            self._folder / "commands.json",
            _commands_decoder,
            what="the commands that were under way",
            do="Remove the file; what became of them is told by what the vehicles do.",
        )
        return kept or ()

    def keep_commands(self, commands: tuple[CommandProgress, ...]) -> None:
        self._put(("commands.json", msgspec.json.encode(commands)))

    def kept(self) -> tuple[Kept, ...]:
        return read_kept(self._folder)

    def keep_kept(self, kept: tuple[Kept, ...], told: Callable[[str], None] | None = None) -> None:
        """told: called from the writing thread once it is durable, with "", or with why it is not."""
        data = msgspec.json.encode(kept)
        self._put((_KEPT_FILE, data) if told is None else (_KEPT_FILE, data, told))

    @property
    def key_file(self) -> Path:
        """The vehicles' signing keys, which `rangeops link sign` writes."""
        return self._folder / SIGNING_KEYS

    def signing_timestamp(self) -> int:
        """A timestamp that our signatures had some time before the end; 0 at first start."""
        data = self._read("signing.timestamp")
        if data is None:
            return 0
        if not data.isdigit():
            raise Damaged(
                "the signatures' timestamp can't be read",
                where=str(self._folder / "signing.timestamp"),
                do="Remove the file; check that the clock is right.",
            )
        return int(data)

    def keep_signing_timestamp(self, last: int) -> None:
        self._put(("signing.timestamp", str(last).encode()))

    def word_s(self) -> float | None:
        """When the server's word was last asked for that came, on the monotonic clock; None where that began anew."""
        kept = _decoded(
            self._folder / "word.json",
            _word_decoder,
            what="the server's last word",
            do="Remove the file; leases that end count as ended until the server is heard.",
        )
        return kept[1] if kept is not None and kept[0] == _boot() else None

    def keep_word_s(self, word_s: float) -> None:
        self._put(("word.json", msgspec.json.encode((_boot(), word_s))))

    def heard_timestamps(self) -> dict[str, int]:
        """The newest timestamps of the vehicles' signatures, by key and stream."""
        kept = _decoded(
            self._folder / "heard.timestamps",
            _timestamps_decoder,
            what="the vehicles' timestamps",
            do="Remove the file; packets of the last minute can be replayed once.",
        )
        return kept or {}

    def keep_heard_timestamps(self, heard: dict[str, int]) -> None:
        self._put(("heard.timestamps", msgspec.json.encode(heard)))

    def _write_forever(self) -> None:
        while (item := self._to_write.get()) is not None:
            name, data, *waiting = item
            failure = ""
            try:
                write_durably(self._folder / name, data)
            except OSError as error:  # a full disk: what comes next is tried again, the journal alarms it
                failure = error.strerror or str(error)
                _log.error("not kept", name=name, error=failure)
            for told in waiting:
                told(failure)
            self._done += 1

    def _read(self, name: str) -> bytes | None:
        path = self._folder / name
        return path.read_bytes() if path.exists() else None


_KEPT_FILE = "kept.json"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _boot() -> str:
    """Of this start of the machine: a monotonic time means nothing in the next."""
    return _BOOT_ID.read_text(encoding="ascii").strip() if _BOOT_ID.exists() else "none"


def read_kept(folder: Path) -> tuple[Kept, ...]:
    """What vehicles had before the range wrote to them, oldest first. Raises Damaged."""
    kept = _decoded(
        folder / _KEPT_FILE,
        _kept_decoder,
        what="what vehicles had before",
        do="Move the file away: it is also in the record, as the journal told it.",
    )
    return kept or ()


def _decoded(path: Path, decoder: msgspec.json.Decoder[T], *, what: str, do: str) -> T | None:
    """What a file holds; None where there is none. Raises Damaged."""
    try:
        return decoder.decode(path.read_bytes()) if path.exists() else None
    except msgspec.DecodeError as error:
        raise Damaged(f"{what} can't be read ({error})", where=str(path), do=do) from error
