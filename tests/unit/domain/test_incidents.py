"""One event is one incident, whenever it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import D07, NOON, TWENTE, alarm, command
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.events import AlarmChanged, ArmedChanged, CommandMoved
from rangeops.domain.incidents import EPISODE_GAP, LONGEST_SILENCE, Place, begin, concerns, covering, extend, opens
from rangeops.domain.policy import Automation

PLACE = Place(D07, "D07", "ACME", "S1")
RAISED = AlarmChanged(alarm())
OVER = AlarmChanged(alarm(state=AlarmState.NORMAL))


def at(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("event", "does"),
    [
        (RAISED, True),
        (OVER, False),
        (AlarmChanged(alarm(Condition.OUTSIDE_RANGE)), True),
        (AlarmChanged(alarm(Condition.OUTSIDE_FLIGHT_GEOGRAPHY, AlarmState.RETURNED)), False),
        (AlarmChanged(alarm(Condition.TELEMETRY_STALE)), False),
        (CommandMoved(command()), True),
        (CommandMoved(command(by="op1")), False),
        (CommandMoved(command(kind=CommandKind.LOAD_FENCE)), False),
        (ArmedChanged(D07, armed=True), False),
    ],
)
def test_what_opens_an_incident(event, does):
    assert opens(event, TWENTE.policy) is does


def test_a_predicted_exit_that_the_policy_only_advises_on_opens_none():
    advising = replace(TWENTE.policy, forecast_exit=replace(TWENTE.policy.forecast_exit, automation=Automation.ADVISE))
    assert not opens(RAISED, advising)
    assert opens(AlarmChanged(alarm(Condition.OUTSIDE_CONTINGENCY)), advising)


def test_it_ends_when_nothing_of_it_stands_any_more():
    incident = begin(7, RAISED, at(0), PLACE)
    assert incident.id == "INC-2026-0007"
    incident = extend(incident, CommandMoved(command()), at(1))
    incident = extend(incident, OVER, at(5))
    assert incident.ended_utc is None, "its command is under way"
    incident = extend(incident, CommandMoved(command(CommandStage.SEEN)), at(6))
    assert incident.ended_utc == at(6)
    again = extend(incident, AlarmChanged(alarm(number=2)), at(60))
    assert again.ended_utc is None, "it began anew within the gap"


def test_a_command_that_a_dead_watch_never_finished_does_not_hold_it_open():
    incident = begin(1, CommandMoved(command()), at(0), PLACE)
    incident = extend(incident, CommandMoved(command(CommandStage.SEEN, number=2)), at(9))
    assert incident.ended_utc == at(9)


@pytest.mark.parametrize(
    ("events", "title"),
    [
        ([RAISED], "D07 headed out of its flight geography"),
        ([RAISED, CommandMoved(command())], "D07 headed out of its flight geography, told hold"),
        (
            [RAISED, CommandMoved(command(CommandStage.SEEN))],
            "D07 stopped before the edge of its flight geography by hold",
        ),
        (
            [
                RAISED,
                CommandMoved(command(CommandStage.SEEN)),
                CommandMoved(command(CommandStage.SEEN, CommandKind.RTL, number=2)),
            ],
            "D07 stopped before the edge of its flight geography by hold and return to launch",
        ),
        (
            [RAISED, CommandMoved(command()), AlarmChanged(alarm(Condition.OUTSIDE_FLIGHT_GEOGRAPHY))],
            "D07 left its flight geography, told hold",
        ),
        ([AlarmChanged(alarm(Condition.OUTSIDE_RANGE)), RAISED], "D07 left the range"),
        (
            [
                RAISED,
                CommandMoved(command(CommandStage.SEEN)),
                OVER,
                AlarmChanged(alarm(Condition.PILOT_HAS_CONTROL, number=3)),
                AlarmChanged(alarm(number=2)),
                AlarmChanged(alarm(state=AlarmState.NORMAL, number=2)),
            ],
            "D07 headed out of its flight geography, told hold; its pilot took over",
        ),
        (
            [RAISED, AlarmChanged(alarm(Condition.PILOT_HAS_CONTROL)), AlarmChanged(alarm(Condition.OUTSIDE_RANGE))],
            "D07 left the range",
        ),
    ],
)
def test_the_title_says_what_happened(events, title):
    incident = begin(1, events[0], at(0), PLACE)
    for seconds, event in enumerate(events[1:], start=1):
        incident = extend(incident, event, at(seconds))
    assert incident.title == title


def test_another_vehicle_slot_or_a_later_time_is_another_event():
    incident = extend(begin(1, RAISED, at(0), PLACE), OVER, at(10))
    gap = EPISODE_GAP.total_seconds()
    assert covering([incident], PLACE, at(10 + gap)) == incident
    assert covering([incident], PLACE, at(11 + gap)) is None
    assert covering([incident], replace(PLACE, slot="S2"), at(11)) is None
    standing = begin(1, RAISED, at(0), PLACE)
    assert covering([standing], PLACE, at(LONGEST_SILENCE.total_seconds() + 1)) is None


@given(
    st.lists(
        st.sampled_from([RAISED, OVER, CommandMoved(command()), CommandMoved(command(CommandStage.SEEN))]), min_size=1
    )
)
def test_an_incident_only_ever_grows(events):
    incident = begin(1, RAISED, at(0), PLACE)
    for seconds, event in enumerate(events, start=1):
        after = extend(incident, event, at(seconds))
        assert after.id == incident.id
        assert after.last_utc >= incident.last_utc
        assert {deed[0] for deed in incident.deeds} <= {deed[0] for deed in after.deeds}
        incident = after


def test_only_alarms_of_an_excursion_and_commands_concern_an_incident():
    assert concerns(RAISED) == D07
    assert concerns(CommandMoved(command())) == D07
    assert concerns(AlarmChanged(alarm(Condition.BATTERY_UNDER_RESERVE))) is None
    assert concerns(ArmedChanged(D07, armed=True)) is None
