"""The volumes' figures as a table for people."""

import pytest
from flights import SURVEY, TWENTE, airframe

from rangeops.domain.errors import Invalid
from rangeops.domain.volumes import BufferMethod, margins
from rangeops.services.volume_table import volume_table


def test_a_row_for_each_volume_and_airframe():
    frames = [airframe(name) for name in ("survey-quad", "inspection-quad")]
    rows = volume_table(TWENTE, frames)
    assert [(row.volume, row.airframe) for row in rows] == [
        (volume.id, frame.id) for volume in TWENTE.volumes for frame in frames
    ]


def test_the_figures_are_those_that_the_checker_draws():
    (row,) = volume_table(TWENTE, [SURVEY], volumes=[TWENTE.volume("EAST")])
    height = TWENTE.volume("EAST").flight_geography.ceiling_amsl_m - TWENTE.assumptions.ground_amsl_m
    assert row.flight_height_m == height
    assert row.margins == margins(SURVEY, TWENTE.assumptions, flight_height_m=height)
    assert row.margins.contingency_m == pytest.approx(57.4)


def test_a_method_is_asked_for_by_name_and_refused_without_its_figures():
    (row,) = volume_table(TWENTE, [SURVEY], volumes=[TWENTE.volume("EAST")], method=BufferMethod.ONE_TO_ONE)
    assert row.method is BufferMethod.ONE_TO_ONE
    assert row.margins.ground_risk_m == pytest.approx(row.margins.contingency_height_m + 0.5)
    with pytest.raises(Invalid):
        volume_table(TWENTE, [SURVEY], method=BufferMethod.PARACHUTE)
