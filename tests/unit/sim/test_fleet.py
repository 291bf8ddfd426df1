"""Pilots, faults and links' weather over a whole fleet under a virtual clock."""

import json
from dataclasses import replace

import pytest

from rangeops import paths
from rangeops.domain.errors import Invalid, NotFound
from rangeops.sim.channel import Channel, mavlink
from rangeops.sim.control import Commander
from rangeops.sim.faults import LinkFaults
from rangeops.sim.fleet import Fleet
from rangeops.sim.lockstep import instant
from rangeops.sim.plan import load_plan
from rangeops.sim.scenario import Do, PilotStep, PlannedFault, Scenario, When, load_scenario

LINK = ("udpout:127.0.0.1:14550",)


def plan_file(tmp_path, items=None):
    waypoints = [(52.2761, 6.8895), (52.2761, 6.8899)] if items is None else items
    document = {
        "fileType": "Plan",
        "mission": {
            "plannedHomePosition": [52.275833, 6.889167, 35],
            "items": [
                {"type": "SimpleItem", "command": 22, "frame": 3, "params": [0, 0, 0, None, 0, 0, 20]},
                *(
                    {"type": "SimpleItem", "command": 16, "frame": 3, "params": [0, 0, 0, None, lat, lon, 20]}
                    for lat, lon in waypoints
                ),
                {"type": "SimpleItem", "command": 20, "frame": 2, "params": [0, 0, 0, 0, 0, 0, 0]},
            ],
        },
    }
    path = tmp_path / "a.plan"
    path.write_text(json.dumps(document))
    return path


class World:
    """A fleet and a ground station that hears the first vehicle."""

    def __init__(self, *specs, faults=()):
        self.at_s = 0.0
        self.fleet = Fleet(Scenario("test", specs, faults=faults, seed=5), instant(0.0))
        self.ground = Channel(250, 190)
        self.heard = []

    @property
    def vehicle(self):
        return self.fleet.members[0].vehicle

    @property
    def pilot(self):
        return self.fleet.members[0].pilot

    def run(self, seconds):
        end_s = self.at_s + seconds
        while self.at_s < end_s:
            self.at_s = round(self.at_s + 0.04, 6)
            self._take(self.fleet.step(instant(self.at_s)))

    def wait(self, holds, within_s):
        end_s = self.at_s + within_s
        while not holds() and self.at_s < end_s:
            self.run(0.04)
        return holds()

    def send(self, message):
        self._take(self.fleet.receive(0, 0, self.ground.encode(message), instant(self.at_s)))

    def command(self, command, *params):
        self.send(mavlink.MAVLink_command_long_message(7, 1, command, 0, *params, *[0.0] * (7 - len(params))))

    def fault(self, name, value=None, for_s=None):
        self.fleet.put_fault(7, name, value, for_s, instant(self.at_s))

    def _take(self, deliveries):
        for delivery in deliveries:
            self.heard += [(self.at_s, m) for m in self.ground.decode(delivery.data)]

    def since(self, at_s, kind=None):
        return [m for t, m in self.heard if t >= at_s and kind in {None, m.get_type()}]


SCRIPT = (
    PilotStep(when=When.CLEARED, do=Do.UPLOAD_MISSION),
    PilotStep(do=Do.ARM),
    PilotStep(do=Do.TAKEOFF, altitude_m=10.0),
    PilotStep(do=Do.MODE, mode="AUTO"),
    PilotStep(when=When.LANDED, after_s=3.0, do=Do.SWAP_BATTERY),
    PilotStep(do=Do.REPEAT, from_step=1),
)


@pytest.fixture
def piloted(spec):
    return World(replace(spec, links=LINK, pilot=SCRIPT, ready_after_s=8.0, battery_percent=60.0))


def test_a_pilot_waits_to_be_cleared_flies_and_begins_again(piloted, tmp_path):
    piloted.run(12)
    assert piloted.pilot.step_number == 1
    assert not piloted.vehicle.items.mission
    piloted.fleet.say(7, "cleared", plan_file(tmp_path))
    assert piloted.wait(lambda: piloted.vehicle.armed, 10)
    assert len(piloted.vehicle.items.mission) == 5
    assert piloted.wait(lambda: piloted.vehicle.mode.name == "AUTO", 30)
    assert piloted.wait(lambda: piloted.pilot.step_number == 1, 240)
    assert piloted.vehicle.land_complete
    assert piloted.vehicle.battery.percent > 98
    piloted.fleet.say(7, "cleared", None)  # with the plan that it has
    assert piloted.wait(lambda: piloted.vehicle.mode.name == "AUTO", 40)


def test_a_pilot_asks_again_while_the_vehicle_is_not_ready(piloted, tmp_path, caplog):
    caplog.set_level("INFO")
    piloted.fleet.say(7, "cleared", plan_file(tmp_path))
    assert piloted.wait(lambda: piloted.vehicle.armed, 20)
    assert "is refused arming (4), and asks again" in caplog.text
    assert piloted.vehicle.navigation.trusted


def test_a_pilot_does_not_fight_whoever_takes_over(piloted, tmp_path):
    piloted.fleet.say(7, "cleared", plan_file(tmp_path))
    assert piloted.wait(lambda: piloted.vehicle.mode.name == "AUTO", 60)
    piloted.run(3)
    piloted.command(176, 1, 17)
    piloted.run(30)
    assert piloted.vehicle.mode.name == "BRAKE"


def test_a_pilots_goto_reached_and_land(spec, tmp_path):
    place = replace(spec.home, latitude_deg=spec.home.latitude_deg + 0.0004)
    world = World(
        replace(
            spec,
            links=LINK,
            pilot=(
                PilotStep(do=Do.UPLOAD_MISSION, plan=plan_file(tmp_path)),
                PilotStep(do=Do.ARM),
                PilotStep(do=Do.TAKEOFF, altitude_m=12.0),
                PilotStep(do=Do.MODE, mode="AUTO"),
                PilotStep(when=When.REACHED, item=2),
                PilotStep(after_s=1.0, do=Do.GOTO, position=place, altitude_m=15.0),
                PilotStep(after_s=15.0, do=Do.LAND),
            ),
        )
    )
    assert world.wait(lambda: world.vehicle.mode.name == "GUIDED" and world.pilot.step_number == 7, 120)
    world.run(14)
    assert world.vehicle.motion.north_m == pytest.approx(44.5, abs=1)
    assert world.wait(lambda: world.vehicle.mode.name == "LAND", 10)


def test_a_pilot_is_told_only_what_it_knows(piloted, spec, tmp_path):
    with pytest.raises(Invalid, match="doesn't know the word"):
        piloted.fleet.say(7, "hurry", None)
    with pytest.raises(NotFound, match="no vehicle has sysid 8"):
        piloted.fleet.say(8, "cleared", None)
    with pytest.raises(NotFound):
        piloted.fleet.say(7, "cleared", tmp_path / "none.plan")
    with pytest.raises(NotFound, match="has no pilot"):
        World(replace(spec, links=LINK)).fleet.say(7, "cleared", None)


@pytest.mark.parametrize("text", ["[]", "{", '{"mission": {"items": [{"type": "ComplexItem"}]}}', '{"mission": 3}'])
def test_a_plan_that_is_none_is_one_sentence(tmp_path, text):
    path = tmp_path / "x.plan"
    path.write_text(text)
    with pytest.raises(Invalid):
        load_plan(path)


def test_the_items_inside_a_survey_are_flown_too(tmp_path):
    simple = {"type": "SimpleItem", "command": 16, "frame": 3, "params": [0, 0, 0, None, 52.0, 6.0, 20]}
    survey = {"type": "ComplexItem", "TransectStyleComplexItem": {"Items": [simple, simple]}}
    path = tmp_path / "survey.plan"
    path.write_text(json.dumps({"mission": {"plannedHomePosition": [52, 6, 0], "items": [survey, simple]}}))
    assert [item.command for item in load_plan(path)] == [16, 16, 16, 16]


@pytest.fixture
def world(spec):
    world = World(replace(spec, links=LINK))
    world.run(3)
    world.command(511, 33, 200_000)
    world.run(2)
    return world


def test_loss_takes_its_share_of_the_packets_and_ends(world):
    world.fault("loss", 0.5, for_s=20)
    since = world.at_s
    world.run(20)
    assert 30 < len(world.since(since, "GLOBAL_POSITION_INT")) < 70
    since = world.at_s
    world.run(4)
    assert len(world.since(since, "GLOBAL_POSITION_INT")) == pytest.approx(20, abs=2)


def test_delay_holds_packets_back_both_ways(world):
    world.fault("delay_s", 0.5)
    asked_s = world.at_s
    world.command(512, 148)
    world.run(2)
    (answered_s,) = [t for t, m in world.heard if m.get_type() == "AUTOPILOT_VERSION"]
    assert answered_s - asked_s == pytest.approx(1.0, abs=0.1)


def test_duplicates_and_reordering_are_seen_in_the_sequence_numbers(world):
    world.fault("duplicate", 1.0)
    since = world.at_s
    world.run(5)
    numbers = [m.get_seq() for m in world.since(since)]
    assert len(numbers) > 1.8 * len(set(numbers))
    world.fault("duplicate", 0.0)
    world.fault("reorder", 0.3)
    world.command(511, 30, 40_000)
    since = world.at_s
    world.run(10)
    steps = [
        (b - a) % 256 for a, b in zip(*[[m.get_seq() for m in world.since(since)][i:] for i in (0, 1)], strict=False)
    ]
    assert any(step > 128 for step in steps)


@pytest.mark.parametrize("name", ["silent", "ignore_commands", "ack_but_ignore"])
def test_a_vehicle_that_does_not_obey(world, name):
    world.fault(name, for_s=5)
    since = world.at_s
    world.command(176, 1, 17)
    world.run(2)
    acks = [m.result for m in world.since(since, "COMMAND_ACK")]
    assert acks == ([0] if name == "ack_but_ignore" else [])
    assert world.vehicle.mode.number == (17 if name == "silent" else 0)
    assert bool(world.since(since + 0.01, "HEARTBEAT")) == (name != "silent")
    world.run(4)
    world.command(176, 1, 4)
    assert world.vehicle.mode.number == 4


def test_a_second_vehicle_with_the_same_sysid_appears_elsewhere(world):
    world.fault("sysid_clash", for_s=5)
    since = world.at_s
    world.run(4)
    (ghost,) = [m for m in world.fleet.members if m.ghost_of is not None]
    assert (ghost.spec.sysid, ghost.spec.links) == (7, LINK)
    assert len(world.since(since, "HEARTBEAT")) >= 7
    assert len(world.fleet.status()) == 1
    world.run(2)
    since = world.at_s
    world.run(4)
    assert len(world.since(since, "HEARTBEAT")) == pytest.approx(4, abs=1)


def test_hostile_texts_keep_their_bytes(world):
    world.fault("hostile_text", for_s=4)
    since = world.at_s
    world.run(4)
    raw = [m._text_raw for m in world.since(since, "STATUSTEXT")]
    assert len(raw) > 15
    assert any(b"\x1b]52;" in text for text in raw)
    assert any("\u202e".encode() in text for text in raw)


def test_a_planned_fault_comes_in_its_time(spec):
    world = World(
        replace(spec, links=LINK), faults=(PlannedFault(5.0, 7, "wind", {"speed_mps": 9, "from_deg": 90}, 3.0),)
    )
    world.run(4.9)
    assert world.vehicle.wind.steady.speed_mps == 0
    world.run(0.3)
    assert world.vehicle.wind.steady.speed_mps == 9
    world.run(3)
    assert world.vehicle.wind.steady.speed_mps == 0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("bad", None, "fault 'bad' is not known"),
        ("loss", 3, "value must be between 0 and 1"),
        ("loss", None, "value must be a finite number"),
        ("silent", "yes", "silent is true or false"),
        ("wind", 3, "wind wants a table"),
        ("wind", {"speed": 3}, "unknown key speed"),
    ],
)
def test_a_bad_fault_is_one_sentence(world, name, value, says):
    with pytest.raises(Invalid, match=says):
        world.fault(name, value)


def test_the_control_channel_answers_every_line(world, tmp_path):
    commander = Commander(world.fleet, lambda _sysid: ["udpout:x"])

    def ask(line):
        return commander.answer(json.dumps(line).encode() if not isinstance(line, bytes) else line, instant(world.at_s))

    (vehicle,) = ask({"status": True})["vehicles"]
    assert (vehicle["sysid"], vehicle["callsign"], vehicle["links"], vehicle["trusted"]) == (
        7,
        "D07",
        ["udpout:x"],
        True,
    )
    assert ask({"fault": "battery_percent", "vehicle": 7, "value": 33}) == {"ok": True}
    assert world.vehicle.battery.percent == pytest.approx(33, abs=1)
    assert "no vehicle has sysid 9" in ask({"fault": "silent", "vehicle": 9})["error"]
    assert "has no pilot" in ask({"say": "cleared", "vehicle": 7})["error"]
    assert "unknown key vehicel" in ask({"fault": "silent", "vehicel": 7})["error"]
    assert "error" in ask({"vehicle": 7})
    assert "error" in ask(b"not json")
    assert "error" in ask(b"[1]")
    assert "error" in ask(b"\xff")
    assert not commander.quit_asked
    assert ask({"quit": True}) == {"ok": True}
    assert commander.quit_asked


def test_link_faults_repeat_under_one_seed():
    def draws(seed):
        faults = LinkFaults(seed, loss=0.3, duplicate=0.2, reorder=0.2)
        return [faults.deliveries_s() for _ in range(50)]

    assert draws(1) == draws(1) != draws(2)


def test_twenty_five_fly_in_one_process_faster_than_time(spec):
    """A smoke test of the load; docs/simulator.md has the measured figures."""
    specs = [replace(spec, callsign=f"D{i}", sysid=i, links=LINK, pilot=SCRIPT[1:3]) for i in range(1, 26)]
    world = World(*specs)
    assert world.wait(lambda: all(m.vehicle.motion.up_m > 9 for m in world.fleet.members), 40)


def test_one_vehicle_s_bug_silences_that_vehicle_and_no_other(spec, monkeypatch, caplog):
    other = replace(spec, callsign="D08", sysid=8, links=LINK)
    world = World(replace(spec, links=LINK), other)
    world.run(1)
    broken, sound = world.fleet.members

    def fails(dt_s):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(broken.vehicle.landing, "step", fails)
    world.run(1)
    assert "D07: the simulator has failed" in caplog.text
    assert "a bug" in caplog.text
    stepped_s = sound.vehicle.next_step_s
    world.run(2)
    assert sound.vehicle.next_step_s > stepped_s + 1.9
    assert [status["failed"] for status in world.fleet.status()] == [True, False]
    heartbeat = Channel(250, 190).encode(mavlink.MAVLink_ping_message(1, 1, 0, 0))
    assert world.fleet.receive(0, 0, heartbeat, instant(world.at_s)) == []


def test_a_copter_a_plane_and_a_rover_fly_the_shipped_scenario():
    fleet = Fleet(load_scenario(paths.shipped("scenarios") / "mixed-classes.toml"), instant(0.0))
    for step in range(1, 25 * 150):
        fleet.step(instant(step * 0.04))
    copter, plane, rover = fleet.status()
    assert [status["mode"] for status in (copter, plane, rover)] == ["GUIDED"] * 3
    assert all(status["armed"] and not status["failed"] for status in (copter, plane, rover))
    assert copter["height_above_home_m"] == pytest.approx(30, abs=2)
    assert plane["height_above_home_m"] == pytest.approx(90, abs=4)
    bodies = [member.vehicle.body for member in fleet.members]
    assert bodies[1].air_speed_mps > 20
    assert max(abs(bodies[2].north_m), abs(bodies[2].east_m)) > 1


def flying(spec, tmp_path, *others):
    pilot = (PilotStep(do=Do.ARM), PilotStep(do=Do.TAKEOFF, altitude_m=20.0))
    world = World(replace(spec, links=LINK, pilot=pilot), *others)
    world.run(25)
    assert world.vehicle.motion.up_m > 15
    return world


def test_a_fly_away_goes_on_its_track_whatever_it_is_told(spec, tmp_path):
    world = flying(spec, tmp_path)
    world.fleet.put_fault(7, "fly_away", {"speed_mps": 8, "track_deg": 90}, None, world.fleet.now)
    world.run(5)
    assert world.vehicle.set_mode(17), "BRAKE is taken"
    before_m = world.vehicle.body.east_m
    world.run(10)
    assert world.vehicle.body.east_m - before_m == pytest.approx(80, rel=0.15)
    assert abs(world.vehicle.body.north_m) < 5


def test_one_that_obeys_is_held_by_a_change_of_mode(spec, tmp_path):
    world = flying(spec, tmp_path)
    world.fleet.put_fault(7, "fly_away", {"speed_mps": 8, "track_deg": 0, "obeys": True}, None, world.fleet.now)
    world.run(8)
    world.fleet.say(7, "hold", None)
    world.run(12)
    assert world.vehicle.mode.name == "BRAKE"
    assert world.vehicle.body.ground_speed_mps < 0.5


def test_two_are_led_towards_each_other(spec, tmp_path):
    other = replace(
        spec, sysid=8, callsign="D08", links=(), airborne_m=40.0, home=replace(spec.home, longitude_deg=6.8932)
    )
    world = flying(spec, tmp_path, other)
    world.fleet.put_fault(7, "fly_away", {"speed_mps": 9, "towards": 8}, None, world.fleet.now)
    world.run(40)
    there = world.fleet.member(8, where="test").vehicle
    east_m = world.vehicle.frame.to_metres(*there.frame.to_degrees(there.body.north_m, there.body.east_m))[1]
    assert world.vehicle.body.east_m == pytest.approx(east_m, abs=15)
    assert world.vehicle.body.up_m == pytest.approx(40, abs=5)


@pytest.mark.parametrize(
    "value", [None, {}, {"speed_mps": 8}, {"speed_mps": 0, "track_deg": 1}, {"speed_mps": 8, "track_deg": 1, "x": 1}]
)
def test_a_fly_away_without_a_way_is_refused(spec, value):
    world = World(replace(spec, links=LINK))
    with pytest.raises(Invalid):
        world.fleet.put_fault(7, "fly_away", value, None, world.fleet.now)


@pytest.mark.parametrize(("word", "mode"), [("hold", "BRAKE"), ("rtl", "RTL"), ("land", "LAND")])
def test_a_pilot_does_what_he_is_told_by_radio_and_leaves_his_plan(spec, tmp_path, word, mode):
    world = flying(spec, tmp_path)
    world.fleet.say(7, word, None)
    world.run(3)
    assert world.vehicle.mode.name == mode
    assert world.pilot.step_number == 4, "beyond his script's end"


def test_an_aircraft_appears_when_it_is_asked_for(spec):
    world = World(replace(spec, links=LINK))
    world.run(3)
    commander = Commander(world.fleet, lambda _: [])
    told = {
        "callsign": "LIFELN1",
        "icao": "484B2F",
        "start": [52.3, 6.9],
        "track_deg": 180,
        "speed_mps": 60,
        "altitude_amsl_m": 150,
    }
    assert commander.answer(json.dumps({"traffic": told}).encode(), world.fleet.now) == {"ok": True}
    world.run(2)
    assert b"LIFELN1" in world.fleet.traffic_lines()
    wrong = commander.answer(json.dumps({"traffic": {**told, "icao": "x"}}).encode(), world.fleet.now)
    assert "no ICAO address" in wrong["error"]
