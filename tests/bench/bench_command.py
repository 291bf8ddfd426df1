"""From the position packet that breaches to the command on the wire, against a process that only echoes.

Both processes are driven at the same time by the same traffic, 20 vehicles at 25 messages a second each, and asked in
turns, so that what the machine does besides hits both. One odd report sends no command: the packet that breaches is the
second one (domain.enforcement), and trials in which the loop confirmed the first by itself don't count.
"""

import multiprocessing
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

from bench_row import Row, row
from bench_watch import places
from fleet_traffic import packets, start_pump
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from watch_process import watch_process

from rangeops.rehearsal.processes import free_udp_port

ROWS = ("packet_to_command_p50_vs_echo", "packet_to_command_p99_vs_echo")
TRAFFIC = range(1, 21)
ASKED = 21  # the vehicle that breaches, besides
TRIALS = 200
SECONDS = 150
WITHIN_S = 1.0
LANDED_S = 0.1  # on the ground, so that a watch that the machine keeps waiting has seen it before it flies again
AUTO, BRAKE = 3, 17
CALM_EAST_M = 240.0  # within what a vehicle flies between two reports: of a jump nothing is believed
BREACH_EAST_M, BREACH_MPS = 255.0, 9.0  # so near to the east edge and so fast that the policy holds it at once


class NoCommand(AssertionError):
    """None came, though the vehicle breached: or the watch was kept waiting, and never saw it on the ground before."""


class Asked:
    """The vehicle that breaches; its socket also asks the echo."""

    def __init__(self, port: int, sysid: int = ASKED) -> None:
        self.codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=1)
        self.parser = mavlink.MAVLink(None)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))
        self.boot_ms = 60_000
        self.latitude, self.longitude = places(range(25, 26))[25]  # the middle of the volume

    def packed(self, message) -> bytes:
        data = message.pack(self.codec)
        self.codec.seq = (self.codec.seq + 1) % 256
        return data

    def heartbeat(self, mode: int, *, armed: bool = True) -> bytes:
        return self.packed(mavlink.MAVLink_heartbeat_message(2, 3, 217 if armed else 81, mode, 4 if armed else 3, 3))

    def position(self, east_m: float = CALM_EAST_M, east_mps: float = 0.0) -> bytes:
        self.boot_ms += 200
        return self.packed(
            mavlink.MAVLink_global_position_int_message(
                self.boot_ms, round(self.latitude * 1e7), round((self.longitude + east_m / 68_250) * 1e7), 75_000, 40_000,
                0, round(east_mps * 100), 0, 65535,
            )
        )  # fmt: skip

    def say(self, *datagrams: bytes) -> None:
        for data in datagrams:
            self.socket.send(data)
            time.sleep(0.005)  # a wake-up each, so that each is judged

    def commanded(self, within_s: float) -> float | None:
        """When a mode command came; None: not in time."""
        until = time.perf_counter() + within_s
        while (left_s := until - time.perf_counter()) > 0:
            self.socket.settimeout(left_s)
            try:
                data = self.socket.recv(2048)
            except TimeoutError:
                return None
            at_s = time.perf_counter()
            if any(
                message.get_type() == "COMMAND_LONG" and message.command == mavlink.MAV_CMD_DO_SET_MODE
                for message in self.parser.parse_buffer(data) or []
            ):
                return at_s
        return None

    def trial_s(self) -> float | None:
        """Inside, then breaching; the command's delay. None: it came before it was due."""
        ekf = self.packed(mavlink.MAVLink_ekf_status_report_message(0x33F, 0.1, 0.1, 0.1, 0.1, 0.1))
        self.say(self.heartbeat(AUTO), ekf, self.position(), self.position(BREACH_EAST_M, BREACH_MPS))
        early = self.commanded(0.01)
        breach = self.position(BREACH_EAST_M, BREACH_MPS)
        sent_s = time.perf_counter()
        self.socket.send(breach)
        at_s = None if early is not None else self.commanded(WITHIN_S)
        # It obeys, lands and is disarmed: its episode is over, and the next trial begins anew.
        self.say(self.heartbeat(BRAKE), self.position(), self.heartbeat(BRAKE, armed=False), self.position())
        while self.commanded(LANDED_S) is not None:
            pass
        if early is not None:
            return None
        if at_s is None:
            raise NoCommand(f"no command within {WITHIN_S:g} s")
        return at_s - sent_s


def echo_for_ever(port: int) -> None:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(0)
    udp.bind(("127.0.0.1", port))
    selector = selectors.DefaultSelector()
    selector.register(udp, selectors.EVENT_READ)
    while True:
        selector.select(0.05)
        try:
            while True:
                data, peer = udp.recvfrom(65536)
                udp.sendto(data, peer)
        except BlockingIOError:
            continue


def echoed_s(asker: socket.socket, number: int) -> float:
    data = b"echo%036d" % number
    started_s = time.perf_counter()
    asker.send(data)
    while asker.recv(2048) != data:
        pass
    return time.perf_counter() - started_s


def rows() -> Iterator[Row]:
    traffic = [[packet] for _, packet in packets(TRAFFIC, SECONDS, places(TRAFFIC))]
    interval_s = 1 / (25 * len(TRAFFIC))
    port, echo_port = free_udp_port(), free_udp_port()
    context = multiprocessing.get_context("fork")
    echo = context.Process(target=echo_for_ever, args=(echo_port,), daemon=True)
    pumps: list[BaseProcess] = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder,
            watch_process(Path(folder), port, range(1, ASKED + 1)),
        ):
            echo.start()
            pumps = [start_pump(each, traffic, interval_s=interval_s)[0] for each in (port, echo_port)]
            ours, echoed, early = _measure(port, echo_port)
            assert all(pump.is_alive() for pump in pumps), "the traffic ended before the trials"
    finally:
        for process in (*pumps, echo):
            if process.is_alive():
                process.kill()
    for name, share, limit in (("p50", 0.5, 2.5), ("p99", 0.99, 4)):
        mine_s, peer_s = (sorted(taken)[round(share * (len(taken) - 1))] for taken in (ours, echoed))
        note = f"{mine_s * 1e6:.0f} against {peer_s * 1e6:.0f} us, {len(ours)} trials, {early} more confirmed by a tick"
        yield row(
            f"packet_to_command_{name}_vs_echo",
            mine_s / peer_s,
            "ratio",
            limit,
            peer="selectors loop that echoes",
            note=note,
        )


def _measure(port: int, echo_port: int) -> tuple[list[float], list[float], int]:
    asked = Asked(port)
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.connect(("127.0.0.1", echo_port))
    asker.settimeout(WITHIN_S)
    ours: list[float] = []
    echoed: list[float] = []
    early = 0
    for number in range(TRIALS):
        taken_s = asked.trial_s()
        if taken_s is None:
            early += 1
        else:
            ours.append(taken_s)
        time.sleep(0.01)
        echoed.append(echoed_s(asker, number))
    assert statistics.median(echoed) > 0
    return ours, echoed, early
