"""A rehearsal's judgement: every link of the chain that is missing is named, and none that is there."""

import json
from dataclasses import replace

import pytest
from desk import TWENTE

from rangeops.rehearsal.outcome import AlarmSeen, CommandSeen, IncidentSeen, Outcome, broken_links, max_excursion_m
from rangeops.wire.api import RangeView


@pytest.fixture
def closed(tmp_path) -> Outcome:
    report = tmp_path / "INC-2026-0001.html"
    report.write_text("<!doctype html>")
    return Outcome(
        vehicles=1,
        slots=1,
        plans_checked=2,
        plans_refused=1,
        fences_verified=1,
        alarms=(AlarmSeen(60.0, "D07", "forecast-exit", 1, 8.0),),
        commands=(
            CommandSeen("D07", "load-fence", 10.0, 0.1, 0.5, seen=True),
            CommandSeen("D07", "hold", 63.0, 0.1, 1.2, seen=True),
        ),
        max_excursion_m=-20.0,
        incidents=(IncidentSeen("INC-2026-0001", "D07 stopped", "D07"),),
        report=str(report),
        audit_head="ab" * 32,
    )


def test_a_closed_chain_lacks_nothing(closed):
    assert broken_links(closed) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"plans_refused": 0}, "no plan was refused"),
        ({"plans_checked": 1}, "no plan was refused"),
        ({"slots": 0}, "not every vehicle has a slot"),
        ({"fences_verified": 0}, "not every fence"),
        ({"alarms": ()}, "no exit was forecast"),
        ({"alarms": (AlarmSeen(60.0, "D07", "forecast-exit", 1, 0.0),)}, "no exit was forecast"),
        ({"commands": (CommandSeen("D07", "hold", 63.0, 0.1, 3.2, seen=True),)}, "no stop was seen"),
        ({"commands": (CommandSeen("D07", "hold", 63.0, 0.1, None, seen=False),)}, "no stop was seen"),
        ({"max_excursion_m": 0.1}, "the vehicle left"),
        ({"max_excursion_m": None}, "the vehicle left"),
        ({"incidents": ()}, "no incident"),
        ({"report": ""}, "no report"),
        ({"report": "/nowhere.html"}, "no report"),
        ({"audit_head": ""}, "the record has no head"),
    ],
)
def test_each_missing_link_is_named(closed, change, told):
    assert any(what.startswith(told) for what in broken_links(replace(closed, **change)))


def test_an_excursion_is_measured_on_the_truth_while_armed(tmp_path):
    volume = TWENTE.volume("EAST")
    outside, inside = (
        TWENTE.frame.to_geodetic(*point) for point in ((2000.0, 0.0), _centre(volume.flight_geography.outer))
    )
    lines = [
        {"sysid": 7, "lat": outside[0], "lon": outside[1], "altitude_amsl_m": 60.0, "armed": False},
        {"sysid": 8, "lat": outside[0], "lon": outside[1], "altitude_amsl_m": 60.0, "armed": True},
        {"sysid": 7, "lat": inside[0], "lon": inside[1], "altitude_amsl_m": 120.0, "armed": True},
        {"sysid": 7, "lat": inside[0], "lon": inside[1], "altitude_amsl_m": 128.5, "armed": True},
    ]
    truth = tmp_path / "truth.jsonl"
    truth.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"sysid": 7, "lat": 5')
    assert max_excursion_m(truth, 7, volume, _view()) == pytest.approx(3.5)
    assert max_excursion_m(truth, 9, volume, _view()) is None


def _centre(ring) -> tuple[float, float]:
    points = [TWENTE.frame.to_site(*point) for point in ring]
    return sum(east for east, _ in points) / len(points), sum(north for _, north in points) / len(points)


def _view() -> RangeView:
    frame = TWENTE.frame
    return RangeView(
        id="twente",
        name="Twente",
        synthetic=True,
        timezone="UTC",
        origin_latitude_deg=frame.origin_latitude_deg,
        origin_longitude_deg=frame.origin_longitude_deg,
        elevation_amsl_m=35.0,
        boundary=TWENTE.boundary,
        runway=(),
        zones=(),
        volumes=(),
    )
