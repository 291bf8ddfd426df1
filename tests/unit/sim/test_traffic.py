"""Traffic of a scenario: what is told is where the aircraft is, in both forms, and is read as that by the range."""

import pytest

from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.sightings import sighting_from
from rangeops.adapters.traffic.sbs import SbsLines
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.sim.channel import Channel
from rangeops.sim.lockstep import instant
from rangeops.sim.traffic import Traffic, place_of
from rangeops.sim.traffic_spec import TrafficSpec, traffic_from

HELICOPTER = TrafficSpec(
    "LIFELN1", 0x484B2F, (52.33, 6.99), 225.0, 60.0, 150.0, climb_mps=-2.0, pressure_offset_m=-85.0, at_s=10.0,
    for_s=100.0, heard_by=(7,),
)  # fmt: skip


def test_both_forms_tell_where_it_is():
    traffic = Traffic((HELICOPTER,), 0.0)
    latitude, longitude, altitude = place_of(HELICOPTER, 20.0)
    ((sysid, message),) = traffic.messages(instant(30.0))
    assert sysid == 7
    frames = Link("udpin:x", datagrams=True).received(Channel(7).encode(message), ("127.0.0.1", 1))
    (by_mavlink,) = [sighting_from(packet[2], "x") for packet in frames]
    lines = SbsLines("sbs:x")
    by_lines = {}
    for told in lines.received(traffic.lines(instant(30.0))):
        by_lines |= {name: value for name in told.__slots__ if (value := getattr(told, name)) is not None}
    assert lines.refused == 0
    for name, value, step in (
        ("latitude_deg", latitude, 1e-5),
        ("longitude_deg", longitude, 1e-5),
        ("pressure_altitude_m", altitude - 85.0, 4.0),
        ("ground_speed_mps", 60.0, 0.1),
        ("track_deg", 225.0, 0.1),
        ("climb_mps", -2.0, 0.01),
    ):
        assert getattr(by_mavlink, name) == pytest.approx(value, abs=step)
        assert by_lines[name] == pytest.approx(value, abs=step)
    assert by_mavlink.id == by_lines["id"] == "icao:484b2f"
    assert by_mavlink.name == by_lines["name"] == "LIFELN1"


@pytest.mark.parametrize(("at_s", "is_told"), [(9.9, False), (10.0, True), (110.0, True), (110.1, False)])
def test_it_is_heard_while_it_transmits(at_s, is_told):
    traffic = Traffic((HELICOPTER,), 0.0)
    assert bool(list(traffic.messages(instant(at_s)))) is is_told
    assert bool(traffic.lines(instant(at_s))) is is_told


TABLE = {"callsign": "A", "icao": "484b2f", "start": [52.3, 6.9], "track_deg": 0, "speed_mps": 0, "altitude_amsl_m": 0}


@pytest.mark.parametrize(
    "changed", [{"icao": "xyz"}, {"start": 3}, {"start": [95, 6]}, {"heard_by": [9]}, {"heard_by": 7}, {"height": 3}]
)
def test_what_a_scenario_gets_wrong_is_refused(changed):
    assert traffic_from(Facts(TABLE, "x"), frozenset([7])).icao == 0x484B2F
    with pytest.raises(Invalid):
        traffic_from(Facts({**TABLE, **changed}, "x"), frozenset([7]))
