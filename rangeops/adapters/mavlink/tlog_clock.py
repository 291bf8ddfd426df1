"""The times of a recording's packets: as they were stamped, or, where nothing stamped them, by the vehicle's own clock.

A stamp can be wrong where the packet behind it isn't: a companion computer without a clock of its own begins in 1970, and
is set when it hears of the time. What can still be said is the order; it is kept, and what was done is told.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rangeops.domain.now import of_unix_us

FARTHEST_US: Final = 2 * 365 * 86_400_000_000  # a stamp this far from the others is no time of this recording
_YEAR_2200_US: Final = 230 * 31_556_952_000_000
_YEAR_9000_US: Final = 7030 * 31_556_952_000_000
_RUN: Final = 10  # so many packets in a row, each soon after the one before, had a clock, if a wrong one
_SOON_US: Final = 3_600_000_000
_WENT_BACK_US: Final = 2_000_000  # several links are written by several threads: less is their disorder
_REBOOTED_US: Final = 1_000_000  # a vehicle's clock begins anew with it: how long that took nobody knows
_BEAT_US: Final = 1_000_000  # heartbeats come once a second
_SYSTEM_TIME: Final = 2
_HEARTBEAT: Final = 0
_BOOT_MS_FIRST: Final = (
    29,
    30,
    31,
    32,
    33,
    65,
)  # SCALED_PRESSURE, ATTITUDE…, RC_CHANNELS: their payload begins with it
_SET_US: Final = 1_262_304_000_000_000  # 2010: before that a vehicle's Unix time was none

Times = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Clocked:
    """at_us: Unix microseconds. kept: False where a packet's time is none. notes: what is to be known of the times."""

    at_us: Times
    kept: Mask
    notes: tuple[str, ...] = ()


def stamped(raw: NDArray[np.uint8]) -> Clocked:
    """raw: a row of eight bytes a packet, in the order of the file. Big-endian by custom; some wrote it the other way."""
    at_us = np.ascontiguousarray(raw).view(">u8")[:, 0].astype(np.int64)
    notes: list[str] = []
    if not len(at_us):
        return Clocked(at_us, np.ones(0, np.bool_))
    if _never(float(np.median(at_us))):
        turned = np.ascontiguousarray(raw).view("<u8")[:, 0].astype(np.int64)
        if not _never(float(np.median(turned))):
            at_us = turned
            notes.append("its times are written little-endian")
    kept = np.ones(len(at_us), np.bool_)
    middle = float(np.partition(at_us, len(at_us) // 2)[len(at_us) // 2])  # a packet's: of two halves the later one's
    far = np.abs(at_us.astype(np.float64) - middle) > FARTHEST_US
    for first, last in _runs(far):
        if last - first >= _RUN and bool((np.abs(np.diff(at_us[first:last])) < _SOON_US).all()):
            notes.append(_unset(at_us, first, last))
            at_us[first:last] = _moved(at_us, first, last)
        else:
            kept[first:last] = False
    kept &= (at_us > -_YEAR_9000_US) & (at_us < _YEAR_9000_US)  # no date says it: nanoseconds, say
    return Clocked(at_us, kept, (*notes, *_went_back(at_us[kept])))


def _never(at_us: float) -> bool:
    return not 0 <= at_us < _YEAR_2200_US


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """(first, one past the last) of each stretch that is True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _unset(at_us: Times, first: int, last: int) -> str:
    said = f"{of_unix_us(int(at_us[first])):%Y-%m-%d %H:%M}" if not _never(float(at_us[first])) else "no time"
    return f"{last - first} packets have another clock's time ({said}): they are put beside the others, in their order"


def _moved(at_us: Times, first: int, last: int) -> Times:
    """The stretch as it runs, ended by the packet that follows it, or begun by the one before."""
    if last < len(at_us):
        moved: Times = at_us[first:last] - at_us[last - 1] + at_us[last] - 1
    else:
        moved = at_us[first:last] - at_us[first] + at_us[first - 1] + 1
    return moved


def _went_back(at_us: Times) -> list[str]:
    """Where the clock was set back. One recording put behind a later one isn't told: they lie beside each other."""
    notes = []
    begins = 0
    for row in np.flatnonzero(np.diff(at_us) < -_WENT_BACK_US).tolist():
        before, after = at_us[begins : row + 1], int(at_us[row + 1])
        if before.min() <= after <= before.max():
            back_s = (int(at_us[row]) - after) * 1e-6
            notes.append(
                f"its clock went back {back_s:.0f} s at {of_unix_us(int(at_us[row])):%Y-%m-%d %H:%M:%SZ}: two stretches lie over each other"
            )
        begins = row + 1
    return notes


@dataclass(frozen=True, slots=True)
class Payloads:
    """What stands where in a file of packets alone: place of each payload, what it is and who sent it, a row a packet."""

    data: NDArray[np.uint8]
    place: Times
    size: Times
    message_id: NDArray[np.int32]
    sysid: NDArray[np.uint8]

    def words(self, rows: Times, first: int, size: int) -> NDArray[np.uint8]:
        """`size` bytes of each payload from `first` on, zeros where v2 has cut them off."""
        table = np.zeros((len(rows), size), np.uint8)
        for column in range(size):
            there = self.size[rows] > first + column
            table[there, column] = self.data[self.place[rows[there]] + first + column]
        return table


def unstamped(payloads: Payloads) -> Clocked:
    """Packets without stamps: by the clock of the vehicle that tells its time most often, evenly between two of its words."""
    rows = np.flatnonzero(np.isin(payloads.message_id, _BOOT_MS_FIRST))
    every = np.arange(len(payloads.message_id))
    kept = np.ones(len(every), np.bool_)
    if not len(rows):
        beats = np.flatnonzero(payloads.message_id == _HEARTBEAT)
        beats = beats[payloads.sysid[beats] == _most(payloads.sysid[beats])]
        at_us = np.interp(every, beats, np.arange(len(beats)) * _BEAT_US) if len(beats) else np.zeros(len(every))
        return Clocked(at_us.astype(np.int64), kept, ("it has no times: a second is put between two heartbeats",))
    sysid = _most(payloads.sysid[rows])
    rows = rows[payloads.sysid[rows] == sysid]
    boot_us = payloads.words(rows, 0, 4).view("<u4")[:, 0].astype(np.int64) * 1000
    steps = np.diff(boot_us)
    steps = np.where(steps < -_WENT_BACK_US, _REBOOTED_US, np.maximum(steps, 0))
    running_us = boot_us[0] + np.concatenate([[0], np.cumsum(steps)])
    at_us = np.interp(every, rows, running_us).astype(np.int64)
    told = f"it has no times of its own: those of vehicle {sysid}'s clock"
    told_rows = np.flatnonzero((payloads.message_id == _SYSTEM_TIME) & (payloads.sysid == sysid))
    unix_us = payloads.words(told_rows, 0, 8).view("<u8")[:, 0].astype(np.int64)
    known = (unix_us > _SET_US) & (unix_us < _YEAR_2200_US)
    if not known.any():
        return Clocked(at_us, kept, (f"{told}, which count from 1970",))
    return Clocked(at_us + int(np.median(unix_us[known] - at_us[told_rows[known]])), kept, (told,))


def _most(sysids: NDArray[np.uint8]) -> int:
    return int(np.bincount(sysids).argmax()) if len(sysids) else 0
