"""Vehicles that talk to the real watch process over several links; then the watch's tlogs, counted by sequence numbers."""

import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk import TWENTE, TomlAirframes
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import operational_volumes
from rangeops.rehearsal.processes import free_udp_port
from rangeops.settings import Settings
from rangeops.watch.memory import Memory

HZ = 25
LINKS = 4
WATCH = "import sys; from pathlib import Path; from rangeops.bootstrap.watch import run_watch; from rangeops.settings import Settings; run_watch(Settings(data=Path(sys.argv[1])))"
STAMP_BYTES, V2_OVERHEAD_BYTES = 8, 12
UP_WITHIN_S = 30.0


@dataclass(frozen=True)
class Counted:
    """gaps: sequence numbers that are missing or repeated within a vehicle's record in one link's tlogs."""

    sent: int
    recorded: int
    gaps: int
    tlogs: int


class Craft:
    def __init__(self, sysid: int, port: int) -> None:
        self._codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=1)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        ring = TWENTE.volume("EAST").flight_geography.outer
        self._latitude = sum(point[0] for point in ring) / len(ring)
        self._longitude = sum(point[1] for point in ring) / len(ring)
        self._step = 0

    def say(self) -> None:
        """The next message: a heartbeat and five positions a second, the estimator twice, attitudes between them."""
        turn = self._step % HZ
        boot_ms = 60_000 + self._step * 1000 // HZ
        message: mavlink.MAVLink_message
        if turn == 0:
            message = mavlink.MAVLink_heartbeat_message(2, 3, 217, 3, 4, 3)
        elif turn % 5 == 1:
            message = mavlink.MAVLink_global_position_int_message(
                boot_ms, round(self._latitude * 1e7), round(self._longitude * 1e7), 75_000, 40_000, 50, 0, 0, 9000
            )
        elif turn in (2, 14):
            message = mavlink.MAVLink_ekf_status_report_message(0x33F, 0.1, 0.1, 0.1, 0.1, 0.1)
        else:
            message = mavlink.MAVLink_attitude_message(boot_ms, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0)
        self._step += 1
        self._socket.send(message.pack(self._codec))
        self._codec.seq = (self._codec.seq + 1) % 256

    def close(self) -> None:
        self._socket.close()


def talk(folder: Path, *, vehicles: int, seconds: int) -> Counted:
    """Each vehicle's messages evenly, the vehicles one after the other; then the watch is ended and its tlogs are read."""
    settings = Settings(data=folder)
    ports = [free_udp_port() for _ in range(LINKS)]
    _keep_orders(settings, ports, range(1, vehicles + 1))
    with (folder / "watch.log").open("wb") as log:
        watch = subprocess.Popen([sys.executable, "-c", WATCH, str(folder)], stdout=log, stderr=log)
    craft = [Craft(sysid, ports[sysid % LINKS]) for sysid in range(1, vehicles + 1)]
    try:
        wait_until_bound(ports)
        started = time.monotonic()
        for step in range(seconds * HZ):
            for place, one in enumerate(craft):
                time.sleep(max(0.0, started + (step + place / len(craft)) / HZ - time.monotonic()))
                one.say()
        time.sleep(0.5)  # what is in the sockets' buffers is read well within it
        assert watch.poll() is None, (folder / "watch.log").read_text()
        watch.send_signal(signal.SIGTERM)
        watch.wait(30)
    finally:
        if watch.poll() is None:
            watch.kill()
            watch.wait()
        for one in craft:
            one.close()
    return _counted(settings.tlog_folder, sent=vehicles * seconds * HZ)


def _keep_orders(settings: Settings, ports: list[int], sysids: range) -> None:
    airframe = TomlAirframes().get("survey-quad")
    volumes = operational_volumes(TWENTE.volume("EAST").flight_geography, airframe, TWENTE.frame, TWENTE.assumptions)
    now = datetime.now(UTC)
    orders = tuple(
        VehicleOrder(
            Sysid(sysid), f"D{sysid:02}", "ACME", SlotId(f"S{sysid}"), now, now + timedelta(hours=2), airframe, volumes,
            cleared=True, fence_sha256="00", rtl_altitude_m=30, contact="",
        )
        for sysid in sysids
    )  # fmt: skip
    memory = Memory(settings.watch_folder)
    memory.keep_orders(
        Orders(
            1, "twente", TWENTE.frame.origin_latitude_deg, TWENTE.frame.origin_longitude_deg, 35.0, TWENTE.boundary,
            TWENTE.policy, tuple(f"udpin:127.0.0.1:{port}" for port in ports), orders,
        )
    )  # fmt: skip
    memory.close()


def wait_until_bound(ports: list[int]) -> None:
    until = time.monotonic() + UP_WITHIN_S
    wanted = {f"0100007F:{port:04X}" for port in ports}
    while not wanted <= {line.split()[1] for line in Path("/proc/net/udp").read_text().splitlines()[1:]}:
        assert time.monotonic() < until, "nobody listens on those ports"
        time.sleep(0.05)


def _counted(folder: Path, *, sent: int) -> Counted:
    """Files of one link follow each other in the order of their names."""
    last: dict[tuple[str, int], int] = {}
    recorded: Counter[int] = Counter()
    gaps = 0
    paths = sorted(folder.glob("*.tlog"))
    for path in paths:
        link = path.name.split("-", 1)[1]
        data, at = path.read_bytes(), 0
        while at < len(data):
            frame = data[at + STAMP_BYTES : at + STAMP_BYTES + V2_OVERHEAD_BYTES + data[at + STAMP_BYTES + 1]]
            at += STAMP_BYTES + len(frame)
            seq, sysid, compid = frame[4], frame[5], frame[6]
            if compid != 1:  # ours: the range's own packets are recorded too
                continue
            recorded[sysid] += 1
            if (before := last.get((link, sysid))) is not None and seq != (before + 1) % 256:
                gaps += 1
            last[link, sysid] = seq
    return Counted(sent, recorded.total(), gaps, len(paths))
