"""Which log a file is, by what stands in it: its name may be anything. What can't be replayed is said in one sentence."""

import re
from enum import Enum
from pathlib import Path
from typing import Final

from rangeops.adapters.mavlink.dataflash_format import HEAD
from rangeops.domain.errors import Invalid, NotFound

_LOOK_BYTES: Final = 65_536
_STAMP_BYTES: Final = 8
_MAVLINK_0_9: Final = 0x55
_DESCRIBES_ITSELF: Final = re.compile(rb"(?:^|\n)FMT, ?128, ?89, ?FMT,")  # the first line of a log as text
_SUFFIXES: Final = (".bin", ".log")  # a damaged one is taken for what its name says
_REFUSED: Final = (
    (b"ULog\x01\x12\x35", "it is a ULog, which PX4 writes on board", "Replay the tlog of the same flight."),
    (b"\x1f\x8b", "it is packed (gzip)", "Unpack it first."),
    (b"PK\x03\x04", "it is packed (zip)", "Unpack it first."),
    (b"7z\xbc\xaf", "it is packed (7z)", "Unpack it first."),
    (b"Rar!", "it is packed (rar)", "Unpack it first."),
    (b"BZh", "it is packed (bzip2)", "Unpack it first."),
    (b"\xfd7zXZ", "it is packed (xz)", "Unpack it first."),
    (b"version https://git-lfs", "it only points to a file that git hasn't fetched", "Run `git lfs pull` there."),
    (b"SQLite format 3", "it is a database", "Name a tlog or a DataFlash log."),
    (b"<", "it is a page or a track in XML", "Name the log that it was made from."),
)  # fmt: skip


class LogKind(Enum):
    TLOG = "tlog"
    DATAFLASH = "DataFlash log"
    TEXT = "DataFlash log as text"


def kind_of(path: Path) -> LogKind:
    """Raises NotFound where it can't be read; Invalid for what is known and can't be replayed."""
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK_BYTES)
    except OSError as error:
        raise NotFound(
            f"the recording can't be read ({error.strerror or error})", where=str(path), do="Name a tlog file."
        ) from error
    if not head:
        raise Invalid("it is empty", where=str(path), do="Name a recording that has something in it.")
    for begins, what, do in _REFUSED:
        if head.startswith(begins):
            raise Invalid(what, where=str(path), do=do)
    if head.startswith(HEAD):
        return LogKind.DATAFLASH
    if _DESCRIBES_ITSELF.search(head):
        return LogKind.TEXT
    if _is_mavlink_0_9(head):
        raise Invalid(
            "it is of MAVLink 0.9, which nobody has written since 2013", where=str(path), do="Name a later log."
        )
    on_board = path.suffix.lower() in _SUFFIXES and not _is_stamped_mavlink(head)
    return LogKind.DATAFLASH if on_board else LogKind.TLOG


def _is_stamped_mavlink(head: bytes) -> bool:
    """A time after 2001, and then a packet: the first bytes of microseconds are 00 03 to 00 0f until 2108."""
    return head[0] == 0 and 3 <= head[1] <= 15 and head[_STAMP_BYTES : _STAMP_BYTES + 1] in (b"\xfd", b"\xfe")


def _is_mavlink_0_9(head: bytes) -> bool:
    """Its packets begin with U, and from the first one leads to the next two."""
    at = _STAMP_BYTES
    for _ in range(3):
        if len(head) <= at + 1 or head[at] != _MAVLINK_0_9:
            return False
        at += 8 + head[at + 1] + _STAMP_BYTES
    return True
