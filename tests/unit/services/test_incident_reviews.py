"""The review of an incident as a safety officer does it, over the services."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, Desk

from rangeops.adapters.store.opening import open_store
from rangeops.domain.audit import Actor, first_fault
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound
from rangeops.domain.incidents import IncidentState
from rangeops.domain.now import Now
from rangeops.domain.persons import Details
from rangeops.domain.verification import verification_code
from rangeops.services.incident_reviews import tag_of
from rangeops.wire.incident_review import FollowUpRequest, OpenIncident, ReviewChange, SignRequest
from rangeops.wire.people import UserRequest

RITA, HENK = Actor("rita", "range-safety-officer"), Actor("henk", "range-safety-officer")
ADMIN = Actor("operator", "operator, range-safety-officer, admin")
COMPLETE = ReviewChange(
    occurrence_class="incident",
    category="airspace",
    mandatory=False,
    headline="D07 left EAST",
    narrative="Wind.\nMore.",
)


def at(hours):
    return Now(1000.0 + hours * 3600, NOON + timedelta(hours=hours))


@pytest.fixture
def desk():
    made = Desk()
    services = made.services
    services.identity.enter_local("operator", "t" * 40, at(0))
    for name in ("rita", "henk"):
        services.identity.set_password("operator", "local secret", "", at(0), ADMIN) if name == "rita" else None
        services.identity.add(
            UserRequest(name, name.title(), ("range-safety-officer",), "", "local secret"), at(0), ADMIN
        )
        services.identity.set_password(name, f"{name}'s own secret", "local secret", at(0), ADMIN)
    return made


@pytest.fixture
def reviews(desk):
    return desk.services.incident_reviews


@pytest.fixture
def opened(reviews):
    return reviews.open(OpenIncident("a drone was seen over the hangar", NOON), at(1), OPERATOR).review.incident


def sign(reviews, incident, who, hours=3):
    shown = reviews.get(incident, at(hours), who)
    return reviews.sign(incident, SignRequest(f"{who.name}'s own secret", shown.sha256), at(hours), who)


def record(desk):
    with desk.store.read() as work:
        return work.record.following(0, 10_000)


def test_an_incident_from_hand_to_signature(desk, reviews, opened):
    assert opened == "INC-2026-0001"
    assert reviews.take_up(opened, at(2), RITA).review.reviewer == "rita"
    view = reviews.change(opened, COMPLETE, at(2), RITA)
    assert view.missing == ()
    assert view.review.narrative == "Wind.\nMore."
    signed = sign(reviews, opened, RITA)
    assert signed.review.state is IncidentState.SIGNED
    assert desk.services.incidents.get(opened).state == "signed"
    with pytest.raises(Conflict, match="Reopen it"):
        reviews.change(opened, ReviewChange(headline="another"), at(4), RITA)
    again = reviews.reopen(opened, "a witness came forward", at(5), RITA)
    assert (again.review.revision, again.earlier) == (2, (signed.sha256,))
    assert first_fault(record(desk)) is None
    says = [each.payload for each in record(desk) if each.action.startswith("incident.")]
    assert any("rita signed INC-2026-0001 revision 1" in each for each in says)


@pytest.mark.parametrize(
    "forged",
    [
        lambda signed: replace(signed, narrative="The pilot did it."),
        lambda signed: replace(signed, signatures=(*signed.signatures, replace(signed.signatures[0], by="henk"))),
        lambda signed: replace(signed, clocks=replace(signed.clocks, reported_utc=NOON)),
    ],
)
def test_what_was_written_into_the_database_past_the_record_is_no_review(desk, reviews, opened, forged):
    reviews.take_up(opened, at(2), RITA)
    reviews.change(opened, COMPLETE, at(2), RITA)
    signed = sign(reviews, opened, RITA)
    with desk.store.write() as work:
        work.incident_reviews.put(forged(signed.review))
    assert reviews.get(opened, at(4), RITA) == replace(signed, persons=())
    assert desk.services.reporting.facts(opened, at(4)).review == signed.review
    assert desk.services.reporting.find(verification_code(signed.sha256)).sha256 == signed.sha256
    assert reviews.reopen(opened, "a witness", at(4), RITA).earlier == (signed.sha256,)


def test_the_code_of_a_report_is_found_beside_a_row_that_was_written_past_the_record(desk, reviews, opened):
    reviews.take_up(opened, at(2), RITA)
    reviews.change(opened, COMPLETE, at(2), RITA)
    damaged = sign(reviews, opened, RITA)
    sound = reviews.open(OpenIncident("a lost battery", at(3).utc), at(3), RITA).review.incident
    code = verification_code(reviews.take_up(sound, at(3), RITA).sha256)
    with desk.store.write() as work:
        work.incident_reviews.put(replace(damaged.review, narrative="The pilot did it."))
    assert desk.services.reporting.find(code).incident == sound


def test_what_is_grave_needs_two_persons_and_the_board(reviews, opened):
    reviews.take_up(opened, at(2), RITA)
    grave = replace(
        COMPLETE, occurrence_class="serious incident", mandatory=True, notified_utc=at(2).utc, board_utc=at(2).utc
    )
    reviews.change(opened, grave, at(2), RITA)
    assert sign(reviews, opened, RITA).review.state is IncidentState.UNDER_REVIEW
    assert sign(reviews, opened, HENK).review.state is IncidentState.SIGNED


def test_a_signature_before_a_change_counts_no_more(reviews, opened):
    reviews.take_up(opened, at(2), RITA)
    grave = replace(COMPLETE, occurrence_class="accident", mandatory=True, notified_utc=at(2).utc, board_utc=at(2).utc)
    reviews.change(opened, grave, at(2), RITA)
    sign(reviews, opened, RITA)
    assert reviews.change(opened, ReviewChange(cause="wind"), at(3), HENK).review.signatures == ()


def test_the_password_is_asked_again_and_the_text_is_what_was_shown(reviews, opened):
    reviews.take_up(opened, at(2), RITA)
    shown = reviews.change(opened, COMPLETE, at(2), RITA)
    with pytest.raises(Forbidden, match="password is wrong"):
        reviews.sign(opened, SignRequest("guessed", shown.sha256), at(3), RITA)
    reviews.change(opened, ReviewChange(cause="wind"), at(3), RITA)
    with pytest.raises(Conflict, match="changed since it was shown"):
        reviews.sign(opened, SignRequest("rita's own secret", shown.sha256), at(3), RITA)


@pytest.mark.parametrize("who", [OPERATOR, Actor("c", "company-member", "ACME"), Actor("o", "observer")])
def test_only_who_may_reviews_and_signs(reviews, opened, who):
    for deed in (
        lambda: reviews.get(opened, at(2), who),
        lambda: reviews.take_up(opened, at(2), who),
        lambda: reviews.change(opened, COMPLETE, at(2), who),
        lambda: reviews.sign(opened, SignRequest("x", "y"), at(2), who),
        lambda: reviews.add_person(opened, Details("witness", "J."), at(2), who),
        lambda: reviews.erase_person(opened, "W1", "asked", at(2), who),
    ):
        with pytest.raises(Forbidden):
            deed()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (ReviewChange(), "nothing is to be changed"),
        (ReviewChange(occurrence_class="\x1b[31mbad"), "is no class"),
        (ReviewChange(notified_utc=at(9).utc), "a time is to come"),
        (ReviewChange(person_aware_utc=at(1.9).utc, reported_utc=at(1).utc), "before the one before him knew"),
        (ReviewChange(follow_up=FollowUpRequest("check")), "needs what, its owner and its due date"),
    ],
)
def test_what_cannot_be_is_said(reviews, opened, change, said):
    reviews.take_up(opened, at(2), RITA)
    with pytest.raises(Invalid, match=said):
        reviews.change(opened, change, at(3), RITA)


def test_actions_have_an_owner_and_are_done_once(reviews, opened):
    reviews.take_up(opened, at(2), RITA)
    asked = FollowUpRequest("move the fence in", "op1", at(48).utc.date())
    view = reviews.change(opened, ReviewChange(follow_up=asked), at(2), RITA)
    assert view.review.follow_ups[0].id == "F1"
    done = ReviewChange(follow_up=FollowUpRequest(id="F1", done=True))
    assert reviews.change(opened, done, at(3), RITA).review.follow_ups[0].done_by == "rita"
    with pytest.raises(Conflict, match="done already"):
        reviews.change(opened, done, at(4), RITA)
    with pytest.raises(NotFound):
        reviews.change(opened, ReviewChange(follow_up=FollowUpRequest(id="F9", done=True)), at(4), RITA)


def test_a_person_is_in_no_entry_of_the_record_and_can_be_erased(desk, reviews, opened):
    reviews.take_up(opened, at(2), RITA)
    view = reviews.add_person(opened, Details("witness", "J. Jansen", "06 1234", "It fell."), at(2), RITA)
    assert view.persons[0].as_recorded
    assert view.review.commitments == (view.persons[0].commitment,)
    gone = reviews.erase_person(opened, "W1", "he asked for it", at(3), RITA)
    assert (gone.persons[0].details, gone.persons[0].erased_utc) == (None, at(3).utc)
    written = "".join(each.payload for each in record(desk))
    assert not any(secret in written for secret in ("Jansen", "1234", "It fell"))
    assert view.persons[0].commitment in written
    with pytest.raises(NotFound):
        reviews.erase_person(opened, "W7", "he asked for it", at(3), RITA)


def test_clocks_that_run_out_are_told(reviews, opened):
    assert reviews.deadlines(at(2)) == ()
    assert [each.incident for each in reviews.deadlines(at(50))] == [opened]
    assert reviews.deadlines(at(80))[0].deadline.state == "missed"


def test_what_has_not_happened_is_no_incident(reviews):
    with pytest.raises(Invalid, match="hasn't happened yet"):
        reviews.open(OpenIncident("x happened", at(9).utc), at(1), OPERATOR)


def test_a_review_that_somebody_else_changed_meanwhile_is_not_written_over(reviews, opened):
    reviews.take_up(opened, at(2), RITA)
    seen = tag_of(reviews.get(opened, at(2), RITA).review)
    reviews.change(opened, replace(COMPLETE, headline="another"), at(2), HENK)
    with pytest.raises(Conflict, match="changed meanwhile"):
        reviews.change(opened, COMPLETE, at(2), RITA, seen=seen)
    newest = reviews.get(opened, at(2), RITA).review
    assert newest.headline == "another"
    reviews.change(opened, COMPLETE, at(2), RITA, seen=tag_of(newest))
    signed = sign(reviews, opened, RITA)
    assert tag_of(signed.review) != tag_of(newest)


def test_an_erased_person_is_nowhere_on_the_disk(tmp_path):
    """Neither in the database's free pages nor in its log, while the server runs on."""
    desk = Desk(open_store(f"sqlite:///{tmp_path / 'rangeops.db'}"))
    reviews = desk.services.incident_reviews
    incident = reviews.open(OpenIncident("a drone over the hangar", NOON), at(1), OPERATOR).review.incident
    reviews.take_up(incident, at(2), RITA)
    reviews.add_person(incident, Details("witness", "Wilhelmina Zonderland"), at(2), RITA)
    assert any(b"Zonderland" in path.read_bytes() for path in tmp_path.iterdir())
    reviews.erase_person(incident, "W1", "she asked", at(3), RITA)
    assert [path.name for path in tmp_path.iterdir() if b"Zonderland" in path.read_bytes()] == []
    desk.store.close()
