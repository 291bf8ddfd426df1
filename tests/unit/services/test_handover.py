"""The hand-over page: what is on it, who may write on it, and that a note stands until somebody says it is done."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, TWENTE, Desk, alarm

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
from rangeops.domain.alarms import AlarmState
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotEvent
from rangeops.server.live import LiveRange
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.services.handover import LONGEST_NOTE, SLOTS_AHEAD
from rangeops.wire.api import AuditHead, ClosureRequest
from rangeops.wire.enforcement import CallRequest, EpisodeAsk
from rangeops.wire.picture import LinkView

OBSERVER = Actor("obs", "observer")
STRANGER = Actor("anna", "company-member", company="ACME")


def picture(**changed):
    live = LiveRange("twente", Now(1000.0, NOON), simulation=True)
    return replace(live.picture(Now(1000.0, NOON)), **changed)


def page(desk, of=None, by=OPERATOR):
    return desk.services.handover.view(of or picture(), desk.now, by)


def test_the_head_of_the_audit_log_and_its_newest_checkpoint_are_on_it(tmp_path):
    desk = Desk()
    assert (page(desk).head, page(desk).checkpoint) == (None, None)
    desk.briefed()
    signed = CheckpointDesk(
        desk.services.changes,
        "twente",
        signer=RecordKeys(tmp_path / "record-keys"),
        shelf=FolderOfCheckpoints(tmp_path / "checkpoints"),
        clock_word=lambda: "synchronised",
    ).sign_now(desk.now)
    found = page(desk)
    assert found.checkpoint == AuditHead(signed.checkpoint.size, signed.sha256())
    assert found.head.seq == signed.checkpoint.size + 1


def test_slots_of_the_next_two_hours_are_on_it_with_what_they_lack():
    desk = Desk()
    soon = desk.briefed()
    desk.move(desk.book(start_minutes=SLOTS_AHEAD.total_seconds() / 60 + 5), SlotEvent.APPROVE)
    (only,) = page(desk).slots
    assert (only.slot, only.cleared) == (soon.id, False)
    assert only.lacking == len(desk.services.clearance.view(soon.id, desk.now).missing) > 0


def test_alarms_that_stand_and_alarms_that_are_shelved_are_told_apart():
    stands, shelved = alarm(), replace(alarm(), state=AlarmState.SHELVED)
    found = page(Desk(), picture(alarms=(stands, shelved)))
    assert (found.alarms, found.shelved) == ((stands,), (shelved,))


def test_only_links_that_are_down_are_named():
    up = LinkView("udpin:1", up=True, detail="", messages_per_s=5.0, lost_percent=0.0)
    down = replace(up, uri="udpin:2", up=False, detail="refused")
    assert page(Desk(), picture(links=(up, down))).links_down == (down,)


def test_closures_of_the_next_day_are_on_it_and_later_ones_are_not():
    desk = Desk()
    for hours in (3, 30):
        starts = NOON + timedelta(hours=hours)
        desk.services.closures.add(
            ClosureRequest("traffic", f"in {hours} h", starts, starts + timedelta(hours=1)), desk.now, OPERATOR
        )
    assert [each.title for each in page(desk).closures] == ["in 3 h"]


def test_a_zone_that_always_holds_is_no_news():
    always = [zone for zone in TWENTE.zones if not zone.applicability]
    assert always
    assert {zone.id for zone in always}.isdisjoint(each.id for each in page(Desk()).zones)


def test_a_note_stands_until_it_is_done_and_both_are_in_the_record():
    desk = Desk()
    note = desk.services.handover.note("  radio 2 is weak ", desk.now, OPERATOR)
    desk.at(60)
    assert page(desk).notes == (note,)
    assert (note.text, note.by) == ("radio 2 is weak", "op1")
    desk.services.handover.done(note.number, desk.now, Actor("op2", "operator"))
    desk.at(61)
    assert page(desk).notes == ()
    assert [entry.action for entry in desk.record()][-2:] == ["handover.note", "handover.done"]
    with pytest.raises(Conflict, match="done already"):
        desk.services.handover.done(note.number, desk.now, OPERATOR)


def test_a_note_that_nobody_made_is_not_found():
    with pytest.raises(NotFound, match="note 999"):
        Desk().services.handover.done(999, Desk().now, OPERATOR)


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST_NOTE + 1)])
def test_a_note_of_no_words_or_too_many_is_refused(text):
    with pytest.raises(Invalid, match=f"1 to {LONGEST_NOTE} characters"):
        Desk().services.handover.note(text, Desk().now, OPERATOR)


def test_an_observer_reads_it_and_writes_nothing_a_company_reads_nothing():
    desk = Desk()
    assert page(desk, by=OBSERVER).by == "obs"
    with pytest.raises(Forbidden):
        desk.services.handover.note("hello", desk.now, OBSERVER)
    with pytest.raises(Forbidden):
        page(desk, by=STRANGER)


def test_a_call_without_an_answer_is_open_and_what_was_held_back_is_told():
    desk = Desk()
    slot = desk.cleared()
    for answered in (True, None):
        desk.services.calls.log(
            CallRequest("HOLD", slot.callsign, "pilot", "ch 2", "drifts east", answered), desk.now, OPERATOR
        )
    desk.services.enforcing.asked(slot.sysid, EpisodeAsk.INHIBIT, "pilot has it in hand", desk.now, OPERATOR)
    desk.at(1)
    found = page(desk)
    assert [each.text for each in found.open] == [f"call to pilot, HOLD {slot.callsign}: no answer noted"]
    (deed,) = found.deeds
    assert "pilot has it in hand" in deed.text


def test_who_is_on_duty_stands_on_it():
    assert [duty.user for duty in page(Desk()).on_duty] == ["", ""]
