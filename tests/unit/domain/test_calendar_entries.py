"""An entry keeps its name, counts its versions, and is told as cancelled for thirty days."""

from datetime import UTC, datetime, timedelta

import pytest

from rangeops.domain.calendar_entries import KEPT, EntryStatus, entries_of
from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import VolumeId

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def slot(state=SlotState.APPROVED, *, version=4, starts=NOON, terms=None, number=1):
    return Slot(
        id=SlotId(f"S{number}"),
        version=version,
        company="ACME",
        volume=VolumeId("NORTH"),
        starts=starts,
        ends=starts + timedelta(minutes=30),
        sysid=Sysid(7),
        callsign="D07",
        airframe="survey-quad",
        contact="ch 2",
        plan="P1",
        state=state,
        terms=terms or SlotTerms(),
    )


def entries(*slots, now=NOON):
    return entries_of(slots, "twente", "Twente (EHTW)", now)


def test_the_uid_stays_while_state_time_and_version_go_on():
    (before,), (after,) = (
        entries(slot()),
        entries(slot(SlotState.CANCELLED, version=5, starts=NOON + timedelta(hours=3))),
    )
    assert before.uid == after.uid == "slot-S1@twente.rangeops"
    assert (before.sequence, after.sequence) == (4, 5)


@pytest.mark.parametrize("state", SlotState)
def test_only_what_holds_airspace_or_has_flown_is_confirmed(state):
    (entry,) = entries(slot(state))
    if state is SlotState.OFFERED:
        assert entry.status is EntryStatus.TENTATIVE, "kept for a company that hasn't taken it"
    elif state in HOLDS_AIRSPACE or state is SlotState.CLOSED:
        assert entry.status is EntryStatus.CONFIRMED
    else:
        assert entry.status is not EntryStatus.CONFIRMED


@pytest.mark.parametrize("state", [SlotState.CANCELLED, SlotState.REFUSED, SlotState.NO_SHOW])
def test_what_is_off_is_told_as_cancelled_for_thirty_days(state):
    off = slot(state)
    (entry,) = entries(off, now=off.ends + KEPT)
    assert entry.status is EntryStatus.CANCELLED
    assert entries(off, now=off.ends + KEPT + timedelta(seconds=1)) == ()


def test_set_up_and_clear_down_belong_to_it():
    (entry,) = entries(slot(terms=SlotTerms(set_up_minutes=20, clear_down_minutes=10)))
    assert (entry.starts, entry.ends) == (NOON - timedelta(minutes=20), NOON + timedelta(minutes=40))
    assert "flight 12:00-12:30 UTC" in entry.description


def test_entries_come_by_their_start():
    later, sooner = slot(number=1, starts=NOON + timedelta(hours=1)), slot(number=2)
    assert [entry.uid[5:7] for entry in entries(later, sooner)] == ["S2", "S1"]
