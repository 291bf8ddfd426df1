"""The people's part of a scenario file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rangeops.adapters.weather.reports import read_reports
from rangeops.domain.errors import Invalid, NotFound
from rangeops.paths import shipped
from rangeops.rehearsal.script import Weather, load_script


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


@pytest.mark.parametrize(
    ("wind_mps", "from_deg", "group"), [(4.0, 230, "23008KT"), (0.0, 360, "00000KT"), (15.2, 5.4, "00530KT")]
)
def test_the_metar_tells_the_simulators_own_wind(wind_mps, from_deg, group):
    now = datetime(2026, 11, 24, 11, 25, tzinfo=UTC)
    metar = Weather("EHTW", wind_mps, from_deg).metar(now)
    assert f" {group} " in metar
    (report,) = read_reports(metar, now)
    assert report.issued == now
    assert report.winds[0].speed_mps == pytest.approx(wind_mps, abs=0.3)
