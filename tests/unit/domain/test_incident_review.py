"""The review of an incident: every pair of state and event, the clocks of 376/2014, what a signature needs."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.incident_review import (
    NEXT,
    REFUSED,
    Clocks,
    FollowUp,
    OccurrenceClass,
    ReviewEvent,
    Signature,
    begin,
    change,
    deadlines,
    missing_for_signature,
    months_after,
    reopen,
    sign,
    signers_needed,
    take_up,
    unsigned,
    warnings,
)
from rangeops.domain.incidents import IncidentState

AWARE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
HASH = "a" * 64
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def complete(**more):
    fields = {
        "occurrence_class": OccurrenceClass.INCIDENT,
        "category": "airspace",
        "mandatory": False,
        "headline": "D07 left its volume",
        "narrative": "Wind.",
    } | more
    return change(take_up(begin("INC-2026-0001", AWARE), "rso", AWARE + HOUR), **fields)


def signature(by="rso", sha256=HASH):
    return Signature(by, "range safety officer", AWARE + 2 * HOUR, sha256)


def test_every_pair_of_state_and_event_is_decided():
    assert set(product(IncidentState, ReviewEvent)) == set(NEXT) | REFUSED
    assert not set(NEXT) & REFUSED


def test_a_review_goes_its_way():
    review = begin("INC-2026-0001", AWARE)
    assert review.state is IncidentState.OPEN
    with pytest.raises(Conflict, match="Take it up first"):
        change(review, narrative="x")
    review = complete()
    assert review.clocks.reported_utc == AWARE + HOUR
    signed = sign(review, signature(), HASH)
    assert signed.state is IncidentState.SIGNED
    with pytest.raises(Conflict, match="Reopen it"):
        change(signed, narrative="another")
    again = reopen(signed)
    assert (again.revision, again.state, again.signatures) == (2, IncidentState.UNDER_REVIEW, ())
    with pytest.raises(Conflict, match="under review already"):
        reopen(again)


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ({"occurrence_class": None}, "its class"),
        ({"category": ""}, "its category"),
        ({"mandatory": None}, "whether it must be reported to the authority"),
        ({"headline": ""}, "a headline"),
        ({"narrative": ""}, "a narrative"),
        ({"mandatory": True}, "when the authority was notified"),
    ],
)
def test_what_a_signature_needs(lacks, said):
    review = complete(**lacks)
    assert missing_for_signature(review) == (said,)
    with pytest.raises(Invalid, match=said):
        sign(review, signature(), HASH)


@pytest.mark.parametrize("grave", [OccurrenceClass.ACCIDENT, OccurrenceClass.SERIOUS_INCIDENT])
def test_what_is_grave_needs_two_persons(grave):
    review = complete(occurrence_class=grave)
    assert missing_for_signature(review) == ("when the safety board was told",)
    assert state_of(review, "safety board", AWARE + 3 * HOUR) == "missed"
    review = change(review, clocks=Clocks(AWARE, AWARE + HOUR, board_utc=AWARE + HOUR))
    assert signers_needed(review) == 2
    once = sign(review, signature(), HASH)
    assert once.state is IncidentState.UNDER_REVIEW
    with pytest.raises(Conflict, match="rso has signed it"):
        sign(once, signature(), HASH)
    assert sign(once, signature("head"), HASH).state is IncidentState.SIGNED
    assert unsigned(change(once, narrative="more")).signatures == ()


def test_a_signature_is_over_what_was_shown():
    with pytest.raises(Conflict, match="changed since it was shown"):
        sign(complete(), signature(sha256="b" * 64), HASH)


def state_of(review, name, now):
    return {each.name: each.state for each in deadlines(review, now)}.get(name)


def test_the_two_clocks_of_72_hours_are_apart():
    review = begin("INC-2026-0001", AWARE)
    assert state_of(review, "report", AWARE + 47 * HOUR) == "running"
    assert state_of(review, "report", AWARE + 49 * HOUR) == "running out"
    assert state_of(review, "report", AWARE + 73 * HOUR) == "missed"
    late = take_up(review, "rso", AWARE + 100 * HOUR)
    assert state_of(late, "report", AWARE + 100 * HOUR) == "late"
    told = change(late, mandatory=True)
    due = {each.name: each.due_utc for each in deadlines(told, AWARE + 100 * HOUR)}
    assert due == {"report": AWARE + 72 * HOUR, "notification": AWARE + 172 * HOUR}, (
        "the second begins as the first ends"
    )


def test_thirty_days_and_three_months_from_the_notification():
    notified = AWARE + 10 * HOUR
    review = complete(mandatory=True, clocks=Clocks(AWARE, AWARE + HOUR, notified))
    due = {each.name: each.due_utc for each in deadlines(review, notified)}
    assert due["analysis"] == notified + 30 * DAY
    assert due["final"] == datetime(2027, 2, 24, 16, 0, tzinfo=UTC)
    assert state_of(review, "analysis", notified + 24 * DAY) == "running out"
    assert state_of(review, "final", notified + 93 * DAY) == "missed"


def test_what_runs_out_is_warned_of_the_nearest_first():
    early, late = begin("INC-2026-0001", AWARE), begin("INC-2026-0002", AWARE + 10 * HOUR)
    assert warnings([late, early], AWARE + 40 * HOUR) == ()
    told = warnings([late, early], AWARE + 60 * HOUR)
    assert [incident for incident, _ in told] == ["INC-2026-0001", "INC-2026-0002"]


@pytest.mark.parametrize(
    ("of", "months", "is_"),
    [((2026, 11, 30), 3, (2027, 2, 28)), ((2027, 11, 30), 3, (2028, 2, 29)), ((2026, 10, 1), 3, (2027, 1, 1))],
)
def test_three_months_are_calendar_months(of, months, is_):
    assert months_after(datetime(*of, tzinfo=UTC), months) == datetime(*is_, tzinfo=UTC)


def test_nobody_s_clock_runs_to_the_authority_where_it_need_not_be_told():
    assert [each.name for each in deadlines(complete(), AWARE)] == ["report"]


def test_a_follow_up_is_overdue_the_day_after():
    one = FollowUp("F1", "check the fence", "op1", AWARE.date())
    assert not one.is_overdue(AWARE.date())
    assert one.is_overdue((AWARE + DAY).date())


@given(st.lists(st.sampled_from(ReviewEvent), max_size=12))
def test_a_signed_revision_is_never_changed(events):
    review, signed = begin("INC-2026-0001", AWARE), {}
    for event in events:
        try:
            if event is ReviewEvent.TAKEN_UP:
                review = take_up(review, "rso", AWARE)
            elif event is ReviewEvent.CHANGED:
                review = change(
                    review,
                    occurrence_class=OccurrenceClass.INCIDENT,
                    category="x",
                    mandatory=False,
                    headline="x",
                    narrative="x",
                )
            elif event is ReviewEvent.SIGNED:
                review = sign(review, signature(), HASH)
            else:
                review = reopen(review)
        except (Conflict, Invalid):
            continue
        if review.revision in signed:
            assert review == signed[review.revision]
        if review.state is IncidentState.SIGNED:
            signed[review.revision] = review
