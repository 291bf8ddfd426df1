"""A soak's vehicles: frames made by hand, so that a day's messages can be sent in minutes; and troubles put on them.

Each flies its circle in its own place and answers what the range asks. A trouble is one that an alarm must follow, once.
"""

import contextlib
import math
import multiprocessing
import struct
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from fastcrc.crc16 import mcrf4xx
from fleet_range import TWENTE, Airside, circling

MIX = ("position", "attitude", "gps", "hud", "fence") * 5  # of one second: 25, five of them positions
TICK_S = 0.01
LOST_S = 5.0  # without a heartbeat LINK_LOST comes
SILENCE_S = 8.0
LOW_S = 8.0  # a battery under its reserve alarms after 3
_ID_AND_EXTRA = {
    "position": (33, 104),
    "attitude": (30, 39),
    "gps": (24, 24),
    "hud": (74, 20),
    "fence": (162, 189),
    "status": (1, 124),
    "ekf": (193, 71),
}
_POSITION = struct.Struct("<IiiiihhhH")
_ATTITUDE = struct.Struct("<Iffffff")
_GPS = struct.Struct("<QiiiHHHHBB")
_STATUS = struct.Struct("<IIIHHhHHHHHHb")
_EKF = struct.pack("<fffffH", 0.05, 0.02, 0.01, 0.03, 0.0, 0x33F)
_HUD = struct.pack("<ffffhH", 1.2, 8.0, 75.0, 0.1, 90, 40)
_FENCE = bytes(8)
_FULL, _LOW = 81, 4


@dataclass
class Craft:
    """One vehicle: its place in the stream, and what troubles it until when (on the monotonic clock)."""

    sysid: int
    booted_s: float
    sent: int = 0
    owed: float = 0.0
    silent_until_s: float = 0.0
    low_until_s: float = 0.0
    slow_at_s: float = 0.0
    beat_s: float = 0.0  # its last heartbeat
    late: int = 0  # how often this very process made it silent for as long as an alarm takes

    def troubled(self, trouble: str, now_s: float) -> None:
        match trouble:
            case "silence":
                self.silent_until_s = now_s + SILENCE_S
            case "battery":
                self.low_until_s = now_s + LOW_S
                self.slow_at_s = 0.0
            case "reboot":
                self.booted_s = now_s


class Sky:
    def __init__(self, port: int, vehicles: int, messages_s: float) -> None:
        self._air = Airside(port, *range(1, vehicles + 1))
        self._began_s = time.monotonic()
        self._crafts = {sysid: Craft(sysid, self._began_s - 60.0) for sysid in self._air.vehicles}
        self._messages_s = messages_s
        self.sent = 0

    def trouble(self, sysid: int, trouble: str) -> None:
        self._crafts[sysid].troubled(trouble, time.monotonic())

    def late(self) -> dict[int, int]:
        """By vehicle, silences that nobody asked for: this machine had no time for the traffic itself."""
        return {sysid: craft.late for sysid, craft in self._crafts.items() if craft.late}

    def tick(self, elapsed_s: float) -> None:
        now_s = time.monotonic()
        for craft in self._crafts.values():
            if now_s < craft.silent_until_s:
                continue
            frames = list(self._slow(craft, now_s)) if now_s >= craft.slow_at_s else []
            craft.owed = min(craft.owed + self._messages_s * elapsed_s, self._messages_s)  # what was late isn't lost
            for _ in range(int(craft.owed)):
                craft.owed -= 1
                frames.append(self._next(craft, now_s))
            self._air.send(*frames)
            self.sent += len(frames)
        self._answer(now_s)

    def _answer(self, now_s: float) -> None:
        """Asked of a vehicle that is silent, nobody answers."""
        all_vehicles = self._air.vehicles
        self._air.vehicles = {
            sysid: reports for sysid, reports in all_vehicles.items() if now_s >= self._crafts[sysid].silent_until_s
        }
        self._air.answer()
        self._air.vehicles = all_vehicles

    def _slow(self, craft: Craft, now_s: float):
        """Heartbeat, filter and battery, once a second."""
        asked = now_s - craft.silent_until_s < LOST_S
        if craft.beat_s and now_s - craft.beat_s > LOST_S and not asked:
            craft.late += 1
        craft.slow_at_s, craft.beat_s = now_s + 1.0, now_s
        yield self._air.vehicles[craft.sysid].heartbeat()
        yield self._frame(craft, "ekf", _EKF)
        percent = _LOW if now_s < craft.low_until_s else _FULL
        payload = _STATUS.pack(0x5361FC2F, 0x5361FC2F, 0x5371FC2F, 230, 15_800, 2100, 0, 0, 0, 0, 0, 0, percent)
        yield self._frame(craft, "status", payload)

    def _next(self, craft: Craft, now_s: float) -> bytes:
        kind = MIX[craft.sent % len(MIX)]
        craft.sent += 1
        boot_ms = max(0, int((now_s - craft.booted_s) * 1000))
        if kind == "position":
            at_s = now_s - self._began_s
            motion = circling(craft.sysid, at_s)
            latitude, longitude = TWENTE.frame.to_geodetic(motion.east_m, motion.north_m)
            payload = _POSITION.pack(
                boot_ms, round(latitude * 1e7), round(longitude * 1e7), round(motion.altitude_amsl_m * 1000),
                round((motion.altitude_amsl_m - 35) * 1000), round(motion.north_mps * 100),
                round(motion.east_mps * 100), 0, 65535,
            )  # fmt: skip
        elif kind == "attitude":
            payload = _ATTITUDE.pack(boot_ms, 0.1, 0.05, math.sin(now_s), 0.0, 0.0, 0.0)
        elif kind == "gps":
            payload = _GPS.pack(boot_ms * 1000, 522_758_330, 68_891_670, 75_000, 121, 200, 800, 9000, 6, 12)
        else:
            payload = _HUD if kind == "hud" else _FENCE
        return self._frame(craft, kind, payload)

    def _frame(self, craft: Craft, kind: str, payload: bytes) -> bytes:
        """MAVLink 2, its sequence shared with what pymavlink packs for the same vehicle."""
        codec = self._air.vehicles[craft.sysid]._codec
        number, extra = _ID_AND_EXTRA[kind]
        head = bytes((len(payload), 0, 0, codec.seq, craft.sysid, 1, number, 0, 0))
        codec.seq = (codec.seq + 1) % 256
        body = head + payload
        return b"\xfd" + body + mcrf4xx(body + bytes((extra,))).to_bytes(2, "little")


def _fly(port: int, vehicles: int, messages_s: float, orders: Connection) -> None:
    sky = Sky(port, vehicles, messages_s)
    before_s = time.monotonic()
    while True:
        now_s = time.monotonic()
        sky.tick(now_s - before_s)
        before_s = now_s
        while orders.poll():
            match orders.recv():
                case ("trouble", sysid, trouble):
                    sky.trouble(sysid, trouble)
                case ("sent",):
                    orders.send((sky.sent, sky.late()))
                case _:
                    return
        time.sleep(max(0.0, TICK_S - (time.monotonic() - now_s)))


class Traffic:
    """The vehicles in a process of their own."""

    def __init__(self, port: int, vehicles: int, messages_s: float) -> None:
        context = multiprocessing.get_context("fork")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_fly, args=(port, vehicles, messages_s, theirs), daemon=True)
        self._process.start()

    def trouble(self, sysid: int, trouble: str) -> None:
        self._orders.send(("trouble", sysid, trouble))

    def sent(self) -> tuple[int, dict[int, int]]:
        """Packets, and silences of the traffic's own making by vehicle."""
        self._orders.send(("sent",))
        assert self._orders.poll(20), "the traffic doesn't answer"
        sent: tuple[int, dict[int, int]] = self._orders.recv()
        return sent

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._orders.send(("end",))
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
