"""Scenario files: what they may say, and the sentence where they don't."""

from dataclasses import replace
from pathlib import Path

import pytest

from rangeops import paths
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Invalid, NotFound
from rangeops.sim.scenario import Do, When, load_scenario, scenario_from

VEHICLE = {"callsign": "D07", "sysid": 7, "airframe": "survey-quad", "home": [52.2758, 6.8892]}


def scenario(**vehicle):
    return scenario_from({"vehicle": [{**VEHICLE, **vehicle}]}, folder=Path("/plans"), where="test.toml")


def test_the_shipped_scenarios_load():
    found = {path.stem: load_scenario(path) for path in sorted(paths.shipped("scenarios").glob("*.toml"))}
    assert {"one-copter", "fleet-25"} <= set(found)
    assert len(found["fleet-25"].vehicles) == 25
    assert found["one-copter"].vehicles[0].links[0] == "udpout:127.0.0.1:14550"


def test_a_pilots_steps_are_read():
    (vehicle,) = scenario(
        pilot=[
            {"when": "cleared", "do": "upload_mission", "plan": "a.plan"},
            {"do": "takeoff", "altitude_m": 20},
            {"when": "reached", "item": 3, "after_s": 2},
            {"do": "goto", "position": [52.28, 6.89], "altitude_m": 30},
            {"when": "landed", "do": "repeat", "from_step": 1},
        ]
    ).vehicles
    first, second, third, fourth, fifth = vehicle.pilot
    assert (first.when, first.do, first.plan) == (When.CLEARED, Do.UPLOAD_MISSION, Path("/plans/a.plan"))
    assert (second.when, second.altitude_m) == (When.AT_ONCE, 20)
    assert (third.when, third.item, third.after_s, third.do) == (When.REACHED, 3, 2, Do.NOTHING)
    assert fourth.position is not None
    assert (fifth.when, fifth.from_step) == (When.LANDED, 1)


@pytest.mark.parametrize(
    ("vehicle", "says"),
    [
        ({"heding_deg": 3}, "unknown key heding_deg"),
        ({"sysid": 0}, "sysid must be between 1 and 250"),
        ({"home": [52.2]}, "home must be [latitude, longitude]"),
        ({"home": [95.0, 6.0]}, "latitude must be between -89 and 89"),
        ({"links": "udpout:127.0.0.1:1"}, "links must be a list of texts"),
        ({"pilot": [{"do": "dance"}]}, "do must be one of .* but it is 'dance'"),
        ({"pilot": [{"do": "arm", "altitude_m": 3}]}, "unknown key altitude_m"),
        ({"pilot": [{"do": "repeat", "from_step": 2}]}, "from_step must be between 1 and 1"),
        ({"pilot": [{"when": "reached"}]}, "item must be a whole number"),
        ({"parameters": {"WPNAV_SPEED": "fast"}}, "WPNAV_SPEED must be a finite number"),
    ],
)
def test_a_bad_vehicle_is_one_sentence(vehicle, says):
    with pytest.raises(Invalid, match=says.replace("[", r"\[").replace("]", r"\]")):
        scenario(**vehicle)


def test_a_missing_airframe_names_those_that_exist():
    with pytest.raises(NotFound, match=r"airframe 'zeppelin' is not known.*survey-quad"):
        scenario(airframe="zeppelin")


def test_two_vehicles_want_two_sysids():
    with pytest.raises(Invalid, match="two vehicles have the same sysid"):
        scenario_from({"vehicle": [VEHICLE, {**VEHICLE, "callsign": "D08"}]}, folder=Path(), where="test.toml")


def test_a_fault_names_a_vehicle_of_the_scenario():
    table = {"vehicle": [VEHICLE], "fault": [{"at_s": 3, "vehicle": 9, "fault": "silent"}]}
    with pytest.raises(Invalid, match="vehicle 9 is not in the scenario"):
        scenario_from(table, folder=Path(), where="test.toml")


def test_a_file_that_is_none_or_no_toml(tmp_path):
    with pytest.raises(NotFound):
        load_scenario(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("vehicle = [")
    with pytest.raises(Invalid, match="this is not TOML"):
        load_scenario(broken)
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    with pytest.raises(Invalid, match=r"there is no \[\[vehicle\]\]"):
        load_scenario(empty)


def test_a_parameter_that_the_autopilot_has_not_is_refused(make_flight):
    with pytest.raises(Invalid, match="parameter 'MAV_GCS_SYSID' is not one of this autopilot's"):
        make_flight(parameters={"MAV_GCS_SYSID": 250})


def test_the_ranges_parameter_file_names_parameters_that_exist(make_flight):
    text = (paths.shipped("scenarios").parent / "range-copter.parm").read_text()
    values = dict(line.split() for line in text.splitlines() if line and not line.startswith("#"))
    flight = make_flight(parameters={name: float(value) for name, value in values.items()})
    assert flight.v.parameters["SYSID_MYGCS"] == 250
    assert flight.v.arming.problems() == [] or flight.ready().v.arming.problems() == []


def test_a_class_of_vehicle_that_can_not_be_flown_is_refused(make_flight, spec):
    plane = replace(spec.airframe, vehicle_class=VehicleClass.UNKNOWN)
    with pytest.raises(
        Invalid, match=r"of class unknown, which can't be simulated\. Choose one of class copter, plane, rover"
    ):
        make_flight(airframe=plane)
