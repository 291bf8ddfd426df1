"""The vehicles of a day and the watch that watches them: the real watch, simulated vehicles, real datagrams between them."""

import contextlib
import os
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from day_clock import DayClock
from day_evidence import Frame, TruePoint

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.events import JournalEntry
from rangeops.domain.now import Now
from rangeops.settings import Settings
from rangeops.sim.fleet import Delivery, Member
from rangeops.sim.fleet import Fleet as SimulatedFleet
from rangeops.sim.scenario import Scenario
from rangeops.watch.journal import Journal
from rangeops.watch.loop import Loop
from rangeops.watch.memory import Memory
from rangeops.watch.recorder import Recorder
from rangeops.watch.recording_hashes import SUMS
from rangeops.wire.messages import decode

_BAD_AIR: Final = ("silent", "loss", "delay_s", "duplicate", "reorder", "reboot")
_REBOOTED_S: Final = 15.0  # after which its streams flow again
_TRUTH_STEPS: Final = 3  # a true point each so many steps: over five a second
_OFF_GROUND_M: Final = 0.3
_LOOK_S: Final = 0.0001
_HEAD: Final = struct.Struct(">II")  # of a journal's entry: its length and CRC-32

MakeWatch = Callable[..., Loop]


@dataclass
class Air:
    """step: one step of time for vehicles, radio and watch. make_watch: Loop, or one with something broken in it."""

    settings: Settings
    clock: DayClock
    make_watch: MakeWatch = Loop
    truth: dict[int, list[TruePoint]] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    journalled: dict[tuple[str, int], JournalEntry] = field(default_factory=dict)
    blind: list[tuple[datetime, datetime]] = field(default_factory=list)
    bad_air: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    on: set[int] = field(default_factory=set)  # sysids that are switched on

    def __post_init__(self) -> None:
        self._watch: Loop | None = None
        self._parts: tuple[Journal, Memory, Recorder, UnixWire] | None = None
        self._sockets: list[socket.socket] = []
        self._down_since: datetime | None = self.clock().utc
        self._steps = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def link(self) -> str:
        return f"udpin:127.0.0.1:{self.port}"

    def populate(self, scenario: Scenario) -> None:
        """Vehicles, all switched off yet; each speaks from a socket of its own, so that the watch tells them apart."""
        self.fleet = SimulatedFleet(scenario, self.clock())
        for member in self.fleet.members:
            member.failed = True
            radio = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            radio.connect(("127.0.0.1", self.port))
            radio.setblocking(False)  # noqa: FBT003  # the standard library's signature
            self._sockets.append(radio)

    def member(self, sysid: int) -> Member:
        return self.fleet.member(sysid, where="a day")

    def switch_on(self, sysid: int) -> None:
        member = self.member(sysid)
        member.failed = False
        member.vehicle.reboot()
        self.on.add(sysid)

    def switch_off(self, sysid: int) -> None:
        self.on.discard(sysid)
        self.member(sysid).failed = True  # it does nothing until it is switched on

    def strike(self, sysid: int, fault: str, value: Any, for_s: float | None) -> None:
        """A fault; one of its link or its autopilot's start is noted, since it keeps the range from knowing."""
        now = self.clock()
        self.fleet.put_fault(sysid, fault, value, for_s, now)
        if fault in _BAD_AIR:
            until = now.utc + timedelta(seconds=_REBOOTED_S if for_s is None else for_s)
            self.bad_air.setdefault(sysid, []).append((now.utc, until))

    def mend(self, sysid: int) -> None:
        """Whatever keeps a vehicle from coming down is over."""
        member = self.member(sysid)
        member.vehicle.faults.astray = None
        for name in ("silent", "ignore_commands", "ack_but_ignore"):
            setattr(member.vehicle.faults, name, False)
        member.vehicle.navigation.gps_denied = False
        for name in ("loss", "delay_s", "reorder", "duplicate"):
            setattr(member.links, name, 0.0)

    def armed(self, sysid: int) -> bool:
        return self.member(sysid).vehicle.armed

    # The watch.

    def start_watch(self) -> None:
        """From its folder: whatever ran before is gone."""
        journal = Journal(self.settings.watch_folder / "journal", "watch")
        memory, recorder = Memory(self.settings.watch_folder), Recorder(self.settings.tlog_folder)
        wire = UnixWire(self.settings.wire_socket, "watch")
        self._parts = (journal, memory, recorder, wire)
        self._watch = self.make_watch(
            name="watch",
            fleet=Fleet(self.settings.gcs_sysid),
            wire=wire,
            journal=journal,
            recorder=recorder,
            memory=memory,
            clock=self.clock,
            beat=lambda: None,
            pause=lambda _: None,
        )
        left = _unlisted(self.settings.tlog_folder)
        self._watch.begin()
        while len(recorder._hashes._hashed) < left:  # what an earlier one left behind: hashed in real time as well
            time.sleep(_LOOK_S)
        if self._down_since is not None:
            self.blind.append((self._down_since, self.clock().utc))
            self._down_since = None

    def stop_watch(self, *, killed: bool) -> None:
        """killed: as by SIGKILL, what it had not handed to the disk is lost; otherwise it ends in order."""
        assert self._watch is not None
        assert self._parts is not None
        journal, memory, recorder, wire = self._parts
        if not killed:
            self._watch.close()
        else:
            recorder._hashes.closed = lambda _: None
            for _, file in tuple(recorder._files.values()):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, file.fileno())  # what its thread still has never reaches the recording
                os.close(nowhere)
            recorder._work.put(None)
            recorder._thread.join()
            self._watch._links.close()
            wire.close()
            journal.close()
            memory.close()
            self._watch._selector.close()
        self.keep_journal()
        self._watch, self._down_since = None, self.clock().utc

    @property
    def watching(self) -> bool:
        return self._watch is not None

    def keep_journal(self) -> None:
        """What is on the watch's disk of its journal: the next watch removes what the server has."""
        for path in sorted((self.settings.watch_folder / "journal").glob("journal-*.bin")):
            for entry in _entries(path):
                self.journalled[path.name, entry.seq] = entry

    # Time.

    def step(self, now: Now) -> None:
        self._radio(self.fleet.step(now))
        if self._watch is not None:
            self._watch.turn()
            self._settle()
        for number, radio in enumerate(self._sockets):
            for data in _received(radio):
                self._reach(number, data, now)
        self._steps += 1
        if self._steps % _TRUTH_STEPS == 0:
            self._look(now)

    def _settle(self) -> None:
        """The watch's threads write what it told: real time, in which the day's stands still."""
        assert self._parts is not None
        journal, memory, _, _ = self._parts
        while journal.waiting or memory.waiting:
            time.sleep(_LOOK_S)

    def _radio(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            if self.fleet.members[delivery.member].spec.sysid in self.on:
                with contextlib.suppress(ConnectionRefusedError, BlockingIOError):  # nobody listens, as to a radio
                    self._sockets[delivery.member].send(delivery.data)

    def _reach(self, number: int, data: bytes, now: Now) -> None:
        member = self.fleet.members[number]
        if member.spec.sysid not in self.on:
            return
        self.frames.append(Frame(now.utc, member.spec.sysid, data))
        self._radio(self.fleet.receive(number, member.channels[0], data, now))

    def _look(self, now: Now) -> None:
        for member in self.fleet.members:
            vehicle = member.vehicle
            if vehicle.armed or self.truth.get(member.spec.sysid):
                latitude, longitude = vehicle.frame.to_degrees(vehicle.body.north_m, vehicle.body.east_m)
                up_m = vehicle.body.up_m
                point = TruePoint(
                    now.utc, latitude, longitude, vehicle.ground_amsl_m + up_m, vehicle.armed,
                    vehicle.armed and up_m > _OFF_GROUND_M,
                )  # fmt: skip
                self.truth.setdefault(member.spec.sysid, []).append(point)

    def airborne(self, sysid: int) -> bool:
        track = self.truth.get(sysid)
        return bool(track) and track[-1].airborne

    def close(self) -> None:
        """The day is over: what the watch tells as it ends waits on its disk for the next one."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        for radio in self._sockets:
            radio.close()
        self._sockets.clear()


def _unlisted(tlogs: Path) -> int:
    """How many recordings were never told."""
    sums = tlogs / SUMS
    listed = {line.partition("  ")[2] for line in sums.read_text().splitlines()} if sums.exists() else set()
    return sum(path.name not in listed for path in tlogs.glob("*.tlog"))


def _received(radio: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            yield radio.recv(65536)
        except (BlockingIOError, ConnectionRefusedError):
            return


def _entries(path: Path) -> Iterator[JournalEntry]:
    """As they stand in the file, up to the first that isn't whole."""
    data, at = path.read_bytes(), 0
    while at + _HEAD.size <= len(data):
        length, crc = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(body) < length or zlib.crc32(body) != crc:
            return
        entry: Any = decode(body)
        yield entry
        at += _HEAD.size + length
