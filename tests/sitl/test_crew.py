"""Pilots beside ArduPilot's vehicles: a stand-in plays the vehicle on a pilot's link, on real sockets."""

import json
import selectors
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from backends import spec

from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.now import Now
from rangeops.sim.channel import Channel, mavlink
from rangeops.sim.control import Commander
from rangeops.sim.crew import Crew
from rangeops.sim.scenario import Do, PilotStep, When
from rangeops.sim.truth import TruthFile

PLACE = (52.275833, 6.889167)
WITHIN_S = 5.0
SCRIPT = (
    PilotStep(when=When.CLEARED, do=Do.MODE, mode="GUIDED"),
    PilotStep(when=When.HELD, do=Do.MODE, mode="LOITER"),
)
NUMBERS = MappingProxyType({"GUIDED": 4, "LOITER": 5, "BRAKE": 17})


def clock() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))


class StandIn:
    """What ArduPilot does on that link: it speaks first, takes modes, and tells its truth when it was asked to."""

    def __init__(self, link: str) -> None:
        self.codec = Channel(7)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", int(link.rpartition(":")[2])))
        self.socket.setblocking(False)  # noqa: FBT003  # the standard library's signature
        self.mode, self.asked, self.ordered = 0, set(), []

    def say(self, *messages) -> None:
        for message in messages:
            self.socket.send(self.codec.encode(message))

    def turn(self) -> None:
        self.say(mavlink.MAVLink_heartbeat_message(2, 3, 128 if self.mode else 0, self.mode, 4, 3))
        if mavlink.MAVLINK_MSG_ID_SIM_STATE in self.asked:
            self.say(
                mavlink.MAVLink_sim_state_message(
                    *[0.0] * 13, 52.2, 6.8, 47.5, 0.0, 0.0, 1.0, 2.0, -0.5, 522758330, 68891670
                )
            )
        while True:
            try:
                data = self.socket.recv(4096)
            except BlockingIOError:
                return
            for message in self.codec.decode(data):
                if message.get_type() == "COMMAND_LONG":
                    self.obey(message)

    def obey(self, message) -> None:
        if message.command == mavlink.MAV_CMD_SET_MESSAGE_INTERVAL:
            self.asked.add(int(message.param1))
        elif message.command == mavlink.MAV_CMD_DO_SET_MODE:
            self.mode = int(message.param2)
            self.ordered.append(self.mode)
        self.say(mavlink.MAVLink_command_ack_message(message.command, 0))


@pytest.fixture
def crewed():
    """A crew of one, its stand-in, and `until(holds)`."""
    selector = selectors.DefaultSelector()
    crew = Crew((replace(spec(7, PLACE), pilot=SCRIPT),), selector, clock)
    vehicle = StandIn(crew.seats[0].link)

    def until(holds) -> None:
        end_s = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < end_s, "it didn't happen"
            for key, _ in selector.select(0.01):
                key.data(time.monotonic())
            crew.step(clock())
            vehicle.turn()

    yield crew, vehicle, until
    crew.close()
    vehicle.socket.close()
    selector.close()


def test_a_pilot_flies_it_over_his_own_link_and_takes_over_when_he_is_held(crewed):
    crew, vehicle, until = crewed
    until(lambda: vehicle.asked)
    assert vehicle.ordered == []
    crew.say(7, "cleared", None)
    until(lambda: vehicle.mode == NUMBERS["GUIDED"] and crew.seats[0].pilot.step_number == 2)
    vehicle.mode = NUMBERS["BRAKE"]
    until(lambda: vehicle.mode == NUMBERS["LOITER"])
    assert set(vehicle.ordered) == {NUMBERS["GUIDED"], NUMBERS["LOITER"]}


def test_its_truth_is_what_its_simulator_tells_each_line_once(crewed, tmp_path):
    crew, _, until = crewed
    assert crew.status() == [], "nothing is known before it spoke"
    until(crew.status)
    (status,) = crew.status()
    assert (status["lat"], status["lon"], status["altitude_amsl_m"]) == (52.275833, 6.889167, 47.5)
    assert (status["mode"], status["armed"]) == ("STABILIZE", False)
    truth = TruthFile(tmp_path / "truth.jsonl")
    crew.write(truth, clock())
    crew.write(truth, clock())
    truth.close()
    (line,) = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert (line["sysid"], line["vn"], line["ve"], line["vd"]) == (7, 1.0, 2.0, -0.5)


def test_the_ranges_heartbeat_that_the_vehicle_passes_on_is_not_the_vehicles(crewed):
    crew, vehicle, until = crewed
    crew.say(7, "cleared", None)
    until(lambda: crew.status() and crew.status()[0]["mode"] == "GUIDED")
    ranges = Channel(250, 190)
    heard = []

    def passed_on() -> bool:
        vehicle.socket.send(ranges.encode(mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3)))
        heard.append(crew.status()[0]["mode"])
        return len(heard) > 20

    until(passed_on)
    assert set(heard) == {"GUIDED"}


def test_a_vehicle_that_fell_silent_is_asked_again(crewed):
    crew, vehicle, until = crewed
    until(crew.status)
    vehicle.asked.clear()  # it restarted, and forgot
    until(lambda: mavlink.MAVLINK_MSG_ID_SIM_STATE in vehicle.asked)


def test_what_only_our_own_simulator_can_is_refused_in_words(crewed):
    crew, _, _ = crewed
    commander = Commander(crew, lambda _: ["udpout:x"])
    assert "own simulator" in commander.answer(b'{"fault": "silent", "vehicle": 7}', clock())["error"]
    with pytest.raises(NotFound, match="has a pilot"):
        crew.say(8, "cleared", None)
    with pytest.raises(Invalid, match="doesn't know the word"):
        crew.say(7, "loop", None)
