"""A flood in few rows: one of one cause, the first marked, and no P1 left out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarm_flood import CAUSE, named, rows
from rangeops.domain.alarms import CATALOGUE, Alarm, AlarmBoard, AlarmState, Assessment, Condition, Priority
from rangeops.domain.now import Now

START = datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC)
FLEET = [f"D{number:02d}" for number in range(1, 26)]


def alarm(condition, source, after_s=0.0, state=AlarmState.UNACKED):
    entry = CATALOGUE[condition]
    sysid = int(source[1:]) if source.startswith("D") else None
    raised = START + timedelta(seconds=after_s)
    return Alarm(
        f"{condition.value}/{source}/{after_s}",
        condition,
        source,
        sysid,
        entry.priority,
        state,
        entry.title,
        entry.action,
        "",
        "",
        raised,
        announced_utc=raised,
    )


def test_twenty_five_vehicles_that_lose_their_link_at_once_are_one_row_with_the_first_marked_and_all_named():
    """By a real board: the stale telemetry of each is suppressed, so that nothing else stands beside it."""
    board = AlarmBoard()
    for tenth in range(60):
        now = Now(tenth / 10, START + timedelta(seconds=tenth / 10))
        for number, source in enumerate(FLEET):
            silent_s = tenth / 10 + (1 if source == "D13" else number / 100)
            present = (
                [Assessment(Condition.TELEMETRY_STALE, source, present=True, sysid=number)] if silent_s > 2 else []
            )
            present += [Assessment(Condition.LINK_LOST, source, present=True, sysid=number)] if silent_s > 5 else []
            board.assess_source(source, frozenset(Condition), present, now)
    (group,) = rows((each for each in board.standing if not each.is_removed), flood=True)
    assert (group.priority, group.first.source, len(group.alarms)) == (Priority.P1, "D13", 25)
    assert group.sources == tuple(FLEET)
    assert named(group.sources) == ("D01-D25",)


def test_outside_a_flood_each_alarm_stands_alone():
    assert len(rows([alarm(Condition.LINK_LOST, source) for source in FLEET], flood=False)) == len(FLEET)


def test_the_lesser_alarms_of_one_vehicle_are_a_row_and_its_p1_is_another():
    lesser = [Condition.UPLINK_LOST, Condition.GNSS_DENIED, Condition.BATTERY_UNDER_RESERVE]
    found = rows([*(alarm(each, "D07") for each in lesser), alarm(Condition.FORECAST_EXIT, "D07", 3.0)], flood=True)
    assert [[each.condition for each in group.alarms] for group in found] == [
        [Condition.FORECAST_EXIT],
        [Condition.GNSS_DENIED, Condition.UPLINK_LOST, Condition.BATTERY_UNDER_RESERVE],
    ]


def test_what_begins_long_after_has_another_cause():
    late_s = CAUSE.total_seconds() + 1
    alarms = [alarm(Condition.LINK_LOST, source, 0.0 if source < "D04" else late_s) for source in FLEET[:7]]
    assert [group.sources for group in rows(alarms, flood=True)] == [
        ("D01", "D02", "D03"),
        ("D04", "D05", "D06", "D07"),
    ]


def test_an_acknowledgement_moves_no_row():
    alarms = [alarm(Condition.LINK_LOST, "D01", 0), alarm(Condition.FORECAST_EXIT, "D02", 1)]
    acked = [alarm(Condition.LINK_LOST, "D01", 0, AlarmState.ACKED), alarms[1]]
    assert [group.key for group in rows(alarms, flood=False)] == [group.key for group in rows(acked, flood=False)]


@pytest.mark.parametrize(
    ("sources", "short"),
    [
        (["D02", "D01"], ("D01", "D02")),
        (["D01", "D02", "D03", "D05"], ("D01-D03", "D05")),
        (["D09", "D10", "D11"], ("D09-D11",)),
        (["D9", "D10", "D11"], ("D9", "D10", "D11")),
        (["POL1", "udp:1", "D01"], ("D01", "POL1", "udp:1")),
        ([], ()),
    ],
)
def test_names_are_short_and_none_is_left_out(sources, short):
    assert named(sources) == short


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Condition)), st.sampled_from(FLEET), st.floats(0, 600)),
        max_size=60,
        unique_by=lambda each: each[:2],
    )
)
def test_every_alarm_is_in_just_one_row_and_a_p1_is_only_among_its_like(found):
    alarms = [alarm(*each) for each in found]
    groups = rows(alarms, flood=True)
    assert sorted(each.id for group in groups for each in group.alarms) == sorted(each.id for each in alarms)
    assert len({group.key for group in groups}) == len(groups)
    for group in groups:
        if not group.is_single and group.priority is Priority.P1:
            assert {each.condition for each in group.alarms} == {group.first.condition}
        assert group.first.raised_utc == min(each.raised_utc for each in group.alarms)
