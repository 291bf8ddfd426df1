"""Consent: who agreed to what is written to a vehicle stands in the record, and in the orders that the watch keeps."""

from dataclasses import replace

import pytest
from desk import D07, OPERATOR, Desk

from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.kept import OnBoard
from rangeops.domain.writes import Consent, ConsentKind, WriteDiff
from rangeops.wire.api import ConsentRequest

DIFF = WriteDiff(D07, "S1", "ab", OnBoard((), (("FENCE_ENABLE", 0.0),)), OnBoard((), (("FENCE_ENABLE", 1.0),)))


def agree(desk, slot, who="Jan", sha256=DIFF.sha256, diff=DIFF):
    return desk.services.consent.agree(slot.id, ConsentRequest(who, sha256), diff, desk.now, OPERATOR)


def ordered(desk):
    (order,) = desk.orders[-1].vehicles
    return order.consent


def test_without_a_word_the_orders_have_no_consent():
    desk = Desk()
    slot = desk.briefed()
    assert ordered(desk) is None
    assert desk.services.consent.view(slot.id, DIFF).agreed == ""


def test_a_word_is_in_the_record_with_the_diff_and_in_new_orders():
    desk = Desk()
    slot = desk.briefed()
    view = agree(desk, slot)
    assert (view.agreed, view.sha256) == ("Jan, by word", DIFF.sha256)
    assert ordered(desk) == Consent(ConsentKind.WORD, "Jan", DIFF.sha256)
    (entry,) = [each for each in desk.record() if each.action == "writes.agree"]
    assert entry.actor == OPERATOR.name
    assert DIFF.sha256 in str(entry.payload)
    assert "FENCE_ENABLE" in str(entry.payload)


def test_a_word_for_one_diff_does_not_cover_another():
    desk = Desk()
    slot = desk.briefed()
    agree(desk, slot)
    other = replace(DIFF, after=OnBoard((), (("FENCE_ENABLE", 1.0), ("FENCE_TYPE", 5.0))))
    assert desk.services.consent.view(slot.id, other).agreed == ""
    with pytest.raises(Conflict, match="another diff was shown since"):
        agree(desk, slot, diff=other)


@pytest.mark.parametrize("who", ["", "  ", "\n"])
def test_nobody_agrees_in_nobodys_name(who):
    desk = Desk()
    slot = desk.briefed()
    with pytest.raises(Invalid, match="who agreed is missing"):
        agree(desk, slot, who=who)
    assert ordered(desk) is None


def test_a_companys_standing_consent_comes_with_its_booking_and_covers_every_diff():
    desk = Desk()
    slot = desk.briefed(consent=" ACME's manager ")
    assert ordered(desk) == Consent(ConsentKind.STANDING, "ACME's manager")
    assert desk.services.consent.view(slot.id, DIFF).agreed == "ACME's manager, at booking"


def test_a_word_given_later_is_the_narrower_and_stands_in_its_place():
    desk = Desk()
    slot = desk.briefed(consent="ACME")
    agree(desk, slot)
    assert ordered(desk).kind is ConsentKind.WORD


def test_the_next_slot_of_the_same_vehicle_is_agreed_anew():
    desk = Desk()
    slot = desk.cleared()
    agree(desk, slot)
    later = desk.briefed(start_minutes=60)
    assert desk.services.consent.view(later.id, DIFF).agreed == ""
