"""The people's part of a scenario file."""

from pathlib import Path

import pytest

from rangeops.domain.errors import Invalid, NotFound
from rangeops.paths import shipped
from rangeops.rehearsal.script import load_script


def test_the_morning_has_three_companies_and_four_vehicles():
    script = load_script(shipped("scenarios") / "twente-morning.toml")
    assert {booking.company for booking in script.bookings} == {"ACME", "SAXN", "FIRE"}
    assert len({booking.sysid for booking in script.bookings}) == 4
    assert len({booking.volume for booking in script.bookings}) == 4


def test_links_are_those_of_the_very_run():
    script = load_script(shipped("scenarios") / "twente-morning.toml")
    links = script.links_at(folder=Path("/data/run"), udp_port=40001)
    assert links == ("udpin:127.0.0.1:40001", "serial:/data/run/d11.pty:57600")


def test_a_plan_that_is_not_there_is_named(tmp_path):
    text = (shipped("scenarios") / "twente-morning.toml").read_text()
    path = tmp_path / "morning.toml"
    path.write_text(text)
    with pytest.raises(NotFound, match=r"acme-0042-rev1\.plan is missing"):
        load_script(path)


def test_a_scenario_without_people_says_so():
    with pytest.raises(Invalid, match="nobody books anything"):
        load_script(shipped("scenarios") / "one-copter.toml")


def test_a_missing_file(tmp_path):
    with pytest.raises(NotFound, match="can't be read"):
        load_script(tmp_path / "none.toml")
