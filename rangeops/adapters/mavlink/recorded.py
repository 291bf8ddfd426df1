"""What recordings tell of flights: who flew, where, in which state at any time, and what happened when.

Several tlogs are one recording: one a link and an hour is what a range writes. A moment is found by the last message of
each kind before it, so that a jump to any place costs the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rangeops.adapters.mavlink.decode import DEFINITION_OF
from rangeops.adapters.mavlink.link import V1_HEADER_BYTES, V1_MARKER, V2_HEADER_BYTES, decode_frame
from rangeops.adapters.mavlink.messages import (
    CommandAck,
    CommandInt,
    CommandLong,
    FenceStatus,
    GlobalPositionInt,
    Heartbeat,
    Statustext,
)
from rangeops.adapters.mavlink.statustext import StatusTexts
from rangeops.adapters.mavlink.tlog_index import TlogIndex
from rangeops.adapters.mavlink.track import STATE_MESSAGES, Tracker, heartbeat_from
from rangeops.domain.errors import NotFound
from rangeops.domain.now import Now, of_unix_us
from rangeops.domain.telemetry import Sysid, VehicleState

_NO_AUTOPILOT: Final = 8  # MAV_AUTOPILOT_INVALID: ground stations, gimbals
_GROUND_STATION: Final = 6  # MAV_TYPE_GCS
_BREATH: Final = timedelta(seconds=2)  # a text's last piece may be missing
_RESULTS: Final = ("accepted", "try again", "denied", "unsupported", "failed", "in progress", "cancelled")

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to one vehicle. kind: mode, armed, disarmed, text, command, ack, breach.

    text: safe to show. severity: MAVLink's of a text, 0 the worst; None for the others.
    """

    at_us: int
    sysid: Sysid
    kind: str
    text: str
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """Where one vehicle said that it was, a row a report: degrees, metres above mean sea level, Unix microseconds."""

    at_us: Rows
    latitude_deg: NDArray[np.float64]
    longitude_deg: NDArray[np.float64]
    altitude_amsl_m: NDArray[np.float64]


class Recording:
    """The packets of several tlogs, in the order of their times."""

    def __init__(self, indexes: Sequence[TlogIndex]) -> None:
        """Raises NotFound where there is no packet in any of them."""
        self._indexes = indexes
        at_us = np.concatenate([index.at_us for index in indexes])
        if not len(at_us):
            raise NotFound(
                "there is no MAVLink packet in it whose checksum fits, and that has a time",
                where=str(indexes[0].path),
                do="Name a tlog that a ground station wrote.",
            )
        order = np.argsort(at_us, kind="stable")
        self.at_us: Rows = at_us[order]
        self._file = np.repeat(np.arange(len(indexes)), [len(index) for index in indexes])[order]
        self._row = np.concatenate([np.arange(len(index)) for index in indexes])[order]
        self.message_id = np.concatenate([index.message_id for index in indexes])[order]
        self.sysid = np.concatenate([index.sysid for index in indexes])[order]
        self._rows: dict[tuple[int, int], Rows] = {}

    def __len__(self) -> int:
        return len(self.at_us)

    @property
    def begins_us(self) -> int:
        return int(self.at_us[0])

    @property
    def ends_us(self) -> int:
        return int(self.at_us[-1])

    def utc(self, at_us: int) -> datetime:
        return of_unix_us(int(at_us))

    def now(self, at_us: int) -> Now:
        """That moment, as the rest of the program knows time: seconds count from the recording's beginning."""
        return Now((at_us - self.begins_us) * 1e-6, self.utc(at_us))

    def frame(self, row: int) -> bytes:
        index: TlogIndex = self._indexes[self._file[row]]
        return index.frame(int(self._row[row]))

    def rows(self, sysid: int, message_type: type) -> Rows:
        """One vehicle's messages of one kind, in the order of their times."""
        key = (sysid, DEFINITION_OF[message_type].id)
        if key not in self._rows:
            self._rows[key] = np.flatnonzero((self.sysid == sysid) & (self.message_id == key[1]))
        return self._rows[key]

    def keep(self, sysid: int, message_type: type, wanted: Callable[[Any], bool]) -> None:
        """Leave all other messages of this kind out of account from here on. Equal ones are asked about once."""
        told: dict[bytes, bool] = {}
        kept = []
        for row in self.rows(sysid, message_type).tolist():
            frame = self.frame(row)
            said = _payload(frame)
            if said not in told:
                told[said] = wanted(decode_frame(frame))
            if told[said]:
                kept.append(row)
        self._rows[sysid, DEFINITION_OF[message_type].id] = np.array(kept, np.int64)

    def changed(self, sysid: int, message_type: type) -> Iterator[tuple[int, Any]]:
        """(when, message) of those that say another thing than the one before them."""
        before = b""
        for row in self.rows(sysid, message_type).tolist():
            said = _payload(self.frame(row))
            if said != before:
                yield int(self.at_us[row]), decode_frame(self.frame(row))
            before = said

    def messages(self, sysid: int, message_type: type) -> Iterator[tuple[int, Any]]:
        """(when, message), decoded."""
        for row in self.rows(sysid, message_type).tolist():
            yield int(self.at_us[row]), decode_frame(self.frame(row))


class RecordedFlights:
    """The vehicles of a recording: whoever sent an autopilot's heartbeat."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        beats = recording.message_id == DEFINITION_OF[Heartbeat].id
        for sysid in np.unique(recording.sysid[beats]).tolist():
            recording.keep(sysid, Heartbeat, _is_autopilot)  # gimbals and ground stations have heartbeats of their own
        self.sysids = tuple(
            Sysid(sysid)
            for sysid in np.unique(recording.sysid[beats]).tolist()
            if len(recording.rows(sysid, Heartbeat))
        )

    def state_at(self, sysid: Sysid, at_us: int) -> VehicleState:
        """What was known of the vehicle then: the last word of each kind, with the age that it had."""
        tracker = Tracker(sysid, "recording")
        recording = self.recording
        upto = int(np.searchsorted(recording.at_us, at_us, side="right"))
        last = []
        for message_type in STATE_MESSAGES:
            rows = recording.rows(sysid, message_type)
            if before := int(np.searchsorted(rows, upto)):
                last.append(int(rows[before - 1]))
        for row in sorted(last):
            message = decode_frame(recording.frame(row))
            tracker.take(message, recording.now(int(recording.at_us[row])).monotonic_s)
        return tracker.state

    def track(self, sysid: Sysid) -> Track:
        """Every position that it reported; where it had none (0, 0) is left out."""
        rows = self.recording.rows(sysid, GlobalPositionInt)
        payload = _payloads([self.recording.frame(row) for row in rows.tolist()], DEFINITION_OF[GlobalPositionInt].size)
        place = payload[:, 4:16].copy().view("<i4")
        had = (place[:, 0] != 0) | (place[:, 1] != 0)
        place = place[had]
        return Track(self.recording.at_us[rows][had], place[:, 0] * 1e-7, place[:, 1] * 1e-7, place[:, 2] * 1e-3)

    def moments(self) -> tuple[Moment, ...]:
        """What happened, in the order of time."""
        found = [moment for sysid in self.sysids for read in _READS for moment in read(self.recording, sysid)]
        return tuple(sorted(found, key=lambda moment: moment.at_us))


def _is_autopilot(beat: Heartbeat) -> bool:
    return beat.autopilot != _NO_AUTOPILOT and beat.type != _GROUND_STATION


def _payloads(frames: Sequence[bytes], size: int) -> NDArray[np.uint8]:
    """A row of `size` bytes a frame: v2 cuts zeros off a payload's end."""
    table = np.zeros((len(frames), size), np.uint8)
    for row, frame in enumerate(frames):
        payload = _payload(frame)[:size]
        table[row, : len(payload)] = np.frombuffer(payload, np.uint8)
    return table


def _payload(frame: bytes) -> bytes:
    start = V1_HEADER_BYTES if frame[0] == V1_MARKER else V2_HEADER_BYTES
    return frame[start : start + frame[1]]


def _modes(recording: Recording, sysid: Sysid) -> Iterator[Moment]:
    mode, armed = None, None
    for at_us, beat in recording.changed(sysid, Heartbeat):
        seen = heartbeat_from(beat, 0.0)
        named = seen.mode or f"mode {seen.mode_number}"
        if named != mode:
            yield Moment(at_us, sysid, "mode", named if mode is None else f"{mode} to {named}")
        if armed is not None and seen.armed != armed:
            yield Moment(at_us, sysid, "armed" if seen.armed else "disarmed", named)
        mode, armed = named, seen.armed


def _texts(recording: Recording, sysid: Sysid) -> Iterator[Moment]:
    texts, last_us = StatusTexts(folds=False), recording.begins_us
    for at_us, message in recording.messages(sysid, Statustext):
        for each in texts.received(message, recording.now(at_us)):
            yield Moment(at_us, sysid, "text", each.text, each.severity)
        last_us = at_us
    late = recording.now(last_us)
    for each in texts.timed_out(Now(late.monotonic_s + _BREATH.total_seconds(), late.utc + _BREATH)):
        yield Moment(last_us, sysid, "text", each.text, each.severity)


def _commands(recording: Recording, sysid: Sysid) -> Iterator[Moment]:
    """Whoever sent them, to this vehicle."""
    for message_type in (CommandLong, CommandInt):
        for sender in np.unique(recording.sysid[recording.message_id == DEFINITION_OF[message_type].id]).tolist():
            for at_us, message in recording.messages(sender, message_type):
                if message.target_system == sysid:
                    yield Moment(at_us, sysid, "command", f"{command_name(message.command)} from {sender}")


def _acks(recording: Recording, sysid: Sysid) -> Iterator[Moment]:
    for at_us, message in recording.messages(sysid, CommandAck):
        result = _RESULTS[message.result] if message.result < len(_RESULTS) else f"result {message.result}"
        yield Moment(at_us, sysid, "ack", f"{command_name(message.command)}: {result}")


def _breaches(recording: Recording, sysid: Sysid) -> Iterator[Moment]:
    breached = False
    for at_us, message in recording.messages(sysid, FenceStatus):
        if bool(message.breach_status) != breached:
            breached = bool(message.breach_status)
            yield Moment(at_us, sysid, "breach", "fence breached" if breached else "inside its fence again")


_READS: Final[Sequence[Callable[[Recording, Sysid], Iterator[Moment]]]] = (_modes, _texts, _commands, _acks, _breaches)


def command_name(number: int) -> str:
    """MAVLink's own name of a command without its prefix, or its number."""
    from pymavlink.dialects.v20 import ardupilotmega  # loaded where a recording is told

    named = ardupilotmega.enums["MAV_CMD"].get(number)
    return f"command {number}" if named is None else str(named.name).removeprefix("MAV_CMD_")
