"""The simulator process as third parties meet it: real sockets, real time, pymavlink's own mavutil on the other side."""

import json
import os
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rangeops.domain.errors import Conflict
from rangeops.sim.scenario import Scenario
from rangeops.sim.simulator import Simulator

WITHIN_S = 5.0


@contextmanager
def running(scenario, **paths):
    simulator = Simulator(scenario, control=paths.get("control"), truth=paths.get("truth"))
    over = threading.Event()
    thread = threading.Thread(target=simulator.run, args=(over.is_set,))
    thread.start()
    try:
        yield simulator
    finally:
        over.set()
        thread.join(5)
        assert not thread.is_alive()


def link_of(simulator, scheme):
    return next(line.split(" ", 1)[1] for line in simulator.endpoints() if line.split(" ", 1)[1].startswith(scheme))


class Ground:
    """mavutil, with the patience that a lossless link needs."""

    def __init__(self, uri):
        self.link = mavutil.mavlink_connection(uri, source_system=250, source_component=190, autoreconnect=False)
        self.streams_positions = False

    @property
    def mav(self):
        return self.link.mav  # another one as soon as it has heard MAVLink 2

    def hear(self, kind, holds=lambda _message: True, within_s=WITHIN_S):
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s:
            message = self.link.recv_match(type=kind, blocking=True, timeout=0.2)
            if message is not None and holds(message):
                return message
        raise AssertionError(f"no {kind} within {within_s} s")

    def command(self, command, *params):
        padded = [*params, *[0.0] * (7 - len(params))]
        self.mav.command_long_send(7, 1, command, 0, *padded)
        return self.hear("COMMAND_ACK", lambda m: m.command == command).result

    def mode(self, number):
        result = self.command(mavlink.MAV_CMD_DO_SET_MODE, 1, number)
        self.hear("HEARTBEAT", lambda m: m.custom_mode == number)
        for _ in range(3 * self.streams_positions):  # the truth file has to see it too
            self.hear("GLOBAL_POSITION_INT")
        return result

    def upload(self, items, kind):
        self.mav.mission_count_send(7, 1, len(items), kind)
        while True:
            message = self.hear(["MISSION_REQUEST", "MISSION_ACK"])
            if message.get_type() == "MISSION_ACK":
                return message.type
            frame, command, p1, x, y, z = items[message.seq]
            self.mav.mission_item_int_send(7, 1, message.seq, frame, command, 0, 1, p1, 0, 0, 0, x, y, z, kind)

    def download(self, kind):
        self.mav.mission_request_list_send(7, 1, kind)
        count = self.hear("MISSION_COUNT", lambda m: m.mission_type == kind).count
        items = []
        for seq in range(count):
            self.mav.mission_request_int_send(7, 1, seq, kind)
            m = self.hear("MISSION_ITEM_INT", lambda m, seq=seq: m.seq == seq)
            items.append((m.frame, m.command, m.param1, m.x, m.y, m.z))
        self.mav.mission_ack_send(7, 1, 0, kind)
        return items

    def close(self):
        self.link.close()


@pytest.fixture
def spec(captured_spec):
    return replace(captured_spec, callsign="D07", sysid=7, ready_after_s=1.0, links=("tcpin:127.0.0.1:0",))


def test_a_ground_station_flies_it_from_connect_to_rtl(spec, tmp_path):
    truth = tmp_path / "truth.jsonl"
    with running(Scenario("test", (spec,)), truth=truth) as simulator:
        ground = Ground("tcp:" + link_of(simulator, "tcpin").removeprefix("tcpin:"))
        beat = ground.hear("HEARTBEAT")
        assert (beat.get_srcSystem(), beat.type, beat.autopilot) == (7, 2, 3)

        ground.mav.param_request_list_send(7, 1)
        seen = set()
        while len(seen) < 1390:
            message = ground.hear("PARAM_VALUE")
            if message.param_index != 65535:
                seen.add(message.param_index)

        square = [(522771800, 68870000), (522771800, 68913000), (522745000, 68913000), (522745000, 68870000)]
        fence = [(0, 5001, 4.0, x, y, 0.0) for x, y in square]
        assert ground.upload(fence, mavlink.MAV_MISSION_TYPE_FENCE) == 0
        assert ground.download(mavlink.MAV_MISSION_TYPE_FENCE) == fence
        mission = [
            (0, 16, 0.0, 522758330, 68891670, 35.0),
            (3, 22, 0.0, 0, 0, 5.0),
            (3, 16, 0.0, 522759300, 68891670, 5.0),
            (3, 16, 0.0, 522759300, 68893000, 5.0),
            (0, 20, 0.0, 0, 0, 0.0),
        ]
        assert ground.upload(mission, mavlink.MAV_MISSION_TYPE_MISSION) == 0
        assert ground.download(mavlink.MAV_MISSION_TYPE_MISSION)[1:] == mission[1:]

        ground.hear("STATUSTEXT", lambda m: "is using GPS" in m.text, within_s=6) if not _trusted(ground) else None
        assert ground.command(mavlink.MAV_CMD_DO_FENCE_ENABLE, 1) == 0
        assert ground.mode(4) == 0
        assert ground.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1) == 0
        assert ground.command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, 5) == 0
        assert ground.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, 33, 100_000) == 0
        ground.streams_positions = True
        ground.hear("GLOBAL_POSITION_INT", lambda m: m.relative_alt > 4600, within_s=15)
        assert ground.mode(3) == 0
        ground.hear("MISSION_ITEM_REACHED", lambda m: m.seq == 2, within_s=20)
        assert ground.mode(17) == 0
        assert ground.mode(6) == 0
        ground.hear("GLOBAL_POSITION_INT", lambda m: m.relative_alt < 16_000, within_s=2)
        ground.close()
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert {"t_s", "utc", "sysid", "lat", "lon", "altitude_amsl_m", "vn", "ve", "vd", "mode", "armed"} == set(lines[0])
    rate_hz = (len(lines) - 1) / (lines[-1]["t_s"] - lines[0]["t_s"])
    assert 9 < rate_hz < 11
    assert max(line["altitude_amsl_m"] for line in lines) > 39
    assert {"STABILIZE", "GUIDED", "AUTO", "BRAKE", "RTL"} <= {line["mode"] for line in lines}


def _trusted(ground):
    ground.mav.command_long_send(7, 1, mavlink.MAV_CMD_REQUEST_MESSAGE, 0, 193, 0, 0, 0, 0, 0, 0)
    return ground.hear("EKF_STATUS_REPORT").flags == 0x33F


def test_it_speaks_on_a_serial_port_and_by_udp_in_both_directions(spec, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    tty = tmp_path / "ttyD07"
    links = (f"serial:pty@{tty}", f"udpout:127.0.0.1:{number}", "udpin:127.0.0.1:0")
    with running(Scenario("test", (replace(spec, links=links),))) as simulator:
        for uri in (
            str(tty),
            f"udpin:127.0.0.1:{number}",
            "udpout:" + link_of(simulator, "udpin").removeprefix("udpin:"),
        ):
            ground = Ground(uri)
            ground.mav.heartbeat_send(6, 8, 0, 0, 4)
            assert ground.hear("HEARTBEAT", lambda m: m.get_srcSystem() == 7).custom_mode == 0
            assert ground.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, 30, 50_000) == 0
            assert ground.hear("ATTITUDE").get_srcSystem() == 7
            ground.close()
    assert not os.path.lexists(tty)


def test_a_restart_closes_a_tcp_connection(spec):
    with running(Scenario("test", (spec,))) as simulator:
        uri = "tcp:" + link_of(simulator, "tcpin").removeprefix("tcpin:")
        ground = Ground(uri)
        ground.hear("HEARTBEAT")
        assert ground.command(mavlink.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN, 1) == 0
        ground.link.port.settimeout(WITHIN_S)
        while ground.link.port.recv(4096):
            """What was on its way."""
        ground.close()
        again = Ground(uri)
        assert again.hear("HEARTBEAT").base_mode == 81
        again.close()


class Control:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WITHIN_S)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("r")

    def ask(self, **line):
        self.socket.sendall(json.dumps(line).encode() + b"\n")
        return json.loads(self.lines.readline())

    def close(self):
        self.lines.close()
        self.socket.close()


def test_the_control_socket_tells_the_truth_and_ends_the_simulator(spec, tmp_path):
    path = tmp_path / "control"
    with running(Scenario("test", (spec,)), control=path) as simulator:
        control = Control(path)
        (vehicle,) = control.ask(status=True)["vehicles"]
        assert vehicle["links"] == [link_of(simulator, "tcpin")]
        assert vehicle["mode"] == "STABILIZE"
        assert "error" in control.ask(fault="loss", vehicle=7, value=9)
        with pytest.raises(Conflict, match="another simulator listens here"):
            Simulator(Scenario("test", (replace(spec, links=()),)), control=path, truth=None)
        other = Control(path)
        assert other.ask(quit=True) == {"ok": True}
        end_s = time.monotonic() + WITHIN_S
        while path.exists() and time.monotonic() < end_s:
            time.sleep(0.02)
        assert not path.exists()
        control.close()
        other.close()


def test_a_control_socket_left_by_a_killed_simulator_is_replaced(spec, tmp_path):
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with running(Scenario("test", (replace(spec, links=()),)), control=path):
        control = Control(path)
        assert control.ask(status=True)["ok"]
        control.close()


def test_a_busy_port_ends_nothing_half_open(spec):
    with running(Scenario("test", (spec,))) as simulator:
        busy = link_of(simulator, "tcpin")
        with pytest.raises(Conflict, match="the port is in use"):
            Simulator(Scenario("test", (replace(spec, links=("udpin:127.0.0.1:0", busy)),)), control=None, truth=None)
