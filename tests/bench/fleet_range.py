"""A whole range as `rangeops serve` runs it, watch and server, and 25 vehicles that report ten times a second over UDP.

Every vehicle has an order: they are the watch's own, as after a restart, and newer than the server's.
"""

import contextlib
import math
import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rangeops.adapters.formats.range_folder import load_range
from rangeops.adapters.hardware.profiles import Hardware
from rangeops.background import Background
from rangeops.bootstrap.parts import process_environment
from rangeops.domain.orders import MOST_VERSIONS, Orders, VehicleOrder
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import operational_volumes
from rangeops.paths import shipped
from rangeops.rehearsal.processes import free_udp_port
from rangeops.settings import Settings
from rangeops.watch.memory import Memory

TWENTE = load_range(shipped("geofences") / "twente")
FLEET = range(1, 26)
PROBE = 26
"""A vehicle of the measurement's own: nobody else reports it."""
HZ = 10
_LAST = 7  # of the eight places in a volume
_NEWEST = MOST_VERSIONS + 1  # so that the server, which knows of no slots, doesn't overtake them
AUTO = 3
_SPEED_MPS, _RADIUS_M = 8.0, 30.0
_HEIGHTS_AMSL_M = (65.0, 100.0)
_COMPANIES = ("ACME", "SAXION", "FIRE", "UTWENTE")
_VOLUMES = ("NORTH", "EAST", "WEST", "SOUTH")


@dataclass(frozen=True)
class FleetRange:
    settings: Settings
    port: int


def volume_of(sysid: int) -> str:
    return "EAST" if sysid == PROBE else _VOLUMES[sysid % len(_VOLUMES)]


def orders(port: int) -> Orders:
    airframe, now = Hardware(shipped("hardware")).airframes.get("survey-quad"), datetime.now(UTC)
    vehicles = tuple(
        VehicleOrder(
            Sysid(sysid), f"D{sysid:02}", _COMPANIES[sysid % len(_COMPANIES)], SlotId(f"S{sysid}"), now,
            now + timedelta(hours=1), airframe,
            operational_volumes(
                TWENTE.volume(volume_of(sysid)).flight_geography, airframe, TWENTE.frame, TWENTE.assumptions
            ),
            cleared=True, fence_sha256="00", rtl_altitude_m=30, contact="channel 2",
        )
        for sysid in (*FLEET, PROBE)
    )  # fmt: skip
    return Orders(
        _NEWEST, "twente", TWENTE.frame.origin_latitude_deg, TWENTE.frame.origin_longitude_deg, 35.0, TWENTE.boundary,
        TWENTE.policy, (f"udpin:127.0.0.1:{port}",), vehicles,
    )  # fmt: skip


@dataclass(frozen=True)
class Motion:
    """In the site's metres."""

    east_m: float
    north_m: float
    altitude_amsl_m: float
    east_mps: float
    north_mps: float


class Reports:
    """The packets of one vehicle."""

    def __init__(self, sysid: int) -> None:
        self._codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=1)
        self.mode = AUTO

    def _packed(self, message) -> bytes:
        data = message.pack(self._codec)
        self._codec.seq = (self._codec.seq + 1) % 256
        return data

    def heartbeat(self, *, armed: bool = True) -> bytes:
        base = 217 if armed else 81
        return self._packed(mavlink.MAVLink_heartbeat_message(2, 3, base, self.mode, 4 if armed else 3, 3))

    def slowly(self) -> Iterator[bytes]:
        """What comes once a second."""
        yield self.heartbeat()
        yield self._packed(mavlink.MAVLink_ekf_status_report_message(0x33F, 0.05, 0.02, 0.01, 0.03, 0.0))
        yield self._packed(
            mavlink.MAVLink_sys_status_message(
                0x5361FC2F, 0x5361FC2F, 0x5371FC2F, 230, 15_800, 2100, 81, 0, 0, 0, 0, 0, 0
            )
        )
        yield self._packed(
            mavlink.MAVLink_battery_status_message(0, 0, 0, 32767, [15_800] + [65535] * 9, 2100, 900, -1, 81)
        )

    def answers(self, message) -> Iterator[bytes]:
        """TIMESYNC: it is heard. A command: it is obeyed."""
        if message.get_type() == "TIMESYNC" and message.tc1 == 0:
            yield self._packed(mavlink.MAVLink_timesync_message(time.monotonic_ns(), message.ts1))
        elif message.get_type() == "COMMAND_LONG" and message.target_system == self._codec.srcSystem:
            if message.command == mavlink.MAV_CMD_DO_SET_MODE:
                self.mode = int(message.param2)
            yield self._packed(mavlink.MAVLink_command_ack_message(message.command, mavlink.MAV_RESULT_ACCEPTED))

    def position(self, at_s: float, motion: Motion) -> bytes:
        latitude, longitude = TWENTE.frame.to_geodetic(motion.east_m, motion.north_m)
        return self._packed(
            mavlink.MAVLink_global_position_int_message(
                round(at_s * 1000), round(latitude * 1e7), round(longitude * 1e7),
                round(motion.altitude_amsl_m * 1000), round((motion.altitude_amsl_m - 35) * 1000), round(motion.north_mps * 100),
                round(motion.east_mps * 100), 0, 65535,
            )
        )  # fmt: skip


def stand_of(sysid: int) -> tuple[float, float, float]:
    """East, north and height of its own place: four by two in a volume, neighbours at other heights."""
    corner, along, _, across = (
        TWENTE.frame.to_site(*place) for place in TWENTE.volume(volume_of(sysid)).flight_geography.outer
    )
    row, column = divmod(_LAST if sysid == PROBE else (sysid - 1) // len(_VOLUMES), 4)
    u, v = (column + 1) / 5, (row + 1) / 3
    east, north = (at + (end - at) * u + (side - at) * v for at, end, side in zip(corner, along, across, strict=True))
    return east, north, _HEIGHTS_AMSL_M[(row + column) % len(_HEIGHTS_AMSL_M)]


def circling(sysid: int, at_s: float) -> Motion:
    """About its own place; all in step, so that none comes nearer to another."""
    east, north, height_amsl_m = stand_of(sysid)
    turn = at_s * _SPEED_MPS / _RADIUS_M
    return Motion(
        east + _RADIUS_M * math.sin(turn),
        north + _RADIUS_M * math.cos(turn),
        height_amsl_m,
        _SPEED_MPS * math.cos(turn),
        -_SPEED_MPS * math.sin(turn),
    )


class Airside:
    """The socket of some vehicles: sends, and answers for each of them what they are asked."""

    def __init__(self, port: int, *sysids: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(0)
        self._parser = mavlink.MAVLink(None)
        self.vehicles = {sysid: Reports(sysid) for sysid in sysids}

    def send(self, *packets: bytes) -> None:
        for packet in packets:
            with contextlib.suppress(ConnectionRefusedError):  # nobody listens yet, or any more
                self._socket.send(packet)

    def answer(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                for message in self._parser.parse_buffer(self._socket.recv(4096)) or ():
                    for vehicle in self.vehicles.values():
                        self.send(*vehicle.answers(message))


def _fly(port: int) -> None:
    air = Airside(port, *FLEET)
    began_s = time.monotonic()
    for step in range(1, 1_000_000):
        at_s = step / HZ
        for sysid, reports in air.vehicles.items():
            air.send(*(reports.slowly() if step % HZ == sysid % HZ else ()))
            air.send(reports.position(at_s, circling(sysid, at_s)))
        air.answer()
        time.sleep(max(0.0, began_s + at_s - time.monotonic()))


@contextmanager
def fleet_range(folder: Path) -> Iterator[FleetRange]:
    """Until the block ends; every process in it is its own."""
    settings = Settings(data=folder, port=0, simulation=True)
    port = free_udp_port()
    memory = Memory(settings.watch_folder)
    memory.keep_orders(orders(port))
    memory.close()
    pump = multiprocessing.get_context("fork").Process(target=_fly, args=(port,), daemon=True)
    with Background(settings, process_environment(settings)) as background:
        background.start("range", ["serve"])
        background.wait_for(settings.server_file.exists, "the server")
        pump.start()
        try:
            yield FleetRange(settings, port)
        finally:
            pump.kill()
            pump.join()
