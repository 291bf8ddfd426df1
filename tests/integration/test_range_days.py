"""Range days through the whole stack on a clock of their own: what must hold after each does, and would be missed if it didn't."""

import contextlib

import pytest
from day_broken import (
    EDITS_THE_RECORD,
    LOSES_A_CHANGE,
    SYSID,
    ForgetfulWatch,
    Forgets,
    MeddlingWatch,
    MuteWatch,
    killed_in_a_command,
    short,
)
from day_flown import FlownDay, fly_day
from day_script import Comes, Flies

from rangeops.adapters.store.airspace import SqlAirspace
from rangeops.domain import incidents
from rangeops.domain.events import StandingChanged
from rangeops.services.intake import JournalIntake
from rangeops.services.room import Room
from rangeops.watch.commands_shown import BEGAN_ANEW

pytestmark = pytest.mark.timeout(900)  # a day takes 20 s of a core, which this machine may not have for itself

SEED = 20261124


def invariants(flown: FlownDay) -> set[str]:
    return {each.invariant for each in flown.broken}


@pytest.mark.parametrize("day", range(5))
def test_a_random_day_breaks_nothing(day):
    flown = fly_day(SEED, day)
    assert not flown.broken, "\n".join([*flown.story, *map(str, flown.broken)])
    assert flown.flights


@pytest.mark.parametrize("flies", [Flies.OUT, Flies.UNCLEARED, Flies.COMMANDED])
def test_a_short_day_breaks_nothing(flies):
    """The days below, with nothing broken in them."""
    flown = fly_day(0, 0, script=short(flies=flies, restart_s=60.0))
    assert not flown.broken, "\n".join([*flown.story, *map(str, flown.broken)])
    assert flown.flights == 1


def test_a_watch_that_is_killed_in_a_command_tells_its_end():
    flown = fly_day(0, 0, script=killed_in_a_command())
    assert not flown.broken, "\n".join([*flown.story, *map(str, flown.broken)])
    assert any(BEGAN_ANEW in payload for action, _, payload in flown.entries if action == "watch.command")


# Broken on purpose.


def test_a_watch_that_alarms_nothing_is_caught_where_somebody_flies_uncleared():
    assert "I2" in invariants(fly_day(0, 0, script=short(flies=Flies.UNCLEARED), make_watch=MuteWatch))


def test_a_watch_that_alarms_nothing_is_caught_where_somebody_leaves_his_volume():
    assert "I3" in invariants(fly_day(0, 0, script=short(flies=Flies.OUT), make_watch=MuteWatch))


def test_a_command_whose_end_is_not_told_is_caught():
    assert "I4" in invariants(fly_day(0, 0, script=short(comes=Comes.FLIES), make_watch=ForgetfulWatch))


def test_a_command_that_nobody_ordered_is_caught():
    flown = fly_day(0, 0, script=short(), make_watch=MeddlingWatch)
    assert any(each.invariant == "I7" and f"sysid {SYSID}" in each.what for each in flown.broken), flown.broken


def test_what_was_done_to_a_slot_and_is_lost_at_a_restart_is_caught():
    flown = fly_day(0, 0, script=short(comes=Comes.NO_SHOW, restart_s=60.0), spoil=Forgets(LOSES_A_CHANGE))
    assert "I6" in invariants(flown)


def test_a_record_that_is_edited_is_caught():
    flown = fly_day(0, 0, script=short(comes=Comes.NO_SHOW, restart_s=60.0), spoil=Forgets(EDITS_THE_RECORD))
    assert "I5" in invariants(flown)


def test_two_slots_in_the_same_air_are_caught(monkeypatch):
    monkeypatch.setattr(Room, "obstacles", lambda *_: iter(()))
    monkeypatch.setattr(SqlAirspace, "held_with", lambda *_: contextlib.nullcontext())
    assert "I1" in invariants(fly_day(0, 0, script=short(comes=Comes.NO_SHOW, bookings=2)))


def test_an_excursion_without_an_incident_is_caught(monkeypatch):
    monkeypatch.setattr(incidents, "opens", lambda *_: False)
    assert "I5" in invariants(fly_day(0, 0, script=short(flies=Flies.OUT)))


def test_what_the_watch_told_and_the_record_lacks_is_caught(monkeypatch):
    recorded = JournalIntake._record
    monkeypatch.setattr(
        JournalIntake,
        "_record",
        lambda self, change, position, delivery: (
            None if isinstance(delivery.entry.event, StandingChanged) else recorded(self, change, position, delivery)
        ),
    )
    assert "I6" in invariants(fly_day(0, 0, script=short(flies=Flies.OUT)))
