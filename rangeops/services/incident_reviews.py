"""The review of incidents: taken up, classified, signed with the password again; persons apart; clocks that run out."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from rangeops.domain import incident_review as rules
from rangeops.domain.audit import Actor, canonical
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.incident_review import Clocks, FollowUp, OccurrenceClass, Review, Signature
from rangeops.domain.incidents import Incident, IncidentState, Place, begin_by_hand
from rangeops.domain.now import Now, require_counted
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.persons import SALT_BYTES, Details, Person, commit, erase, is_as_recorded
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import reason_given, safe_text
from rangeops.services.changes import Change, Changes, slot_subject, vehicle
from rangeops.services.identity import Identity
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.recorded_incidents import next_number, recorded_incident, recorded_reviews
from rangeops.wire.incident_review import (
    DeadlineView,
    FollowUpRequest,
    OpenIncident,
    PersonView,
    ReviewChange,
    ReviewedView,
    SignRequest,
)

_LONGEST_TEXT: Final = 20_000  # characters of a narrative: ten pages
_CLOCKS: Final = tuple(field.name for field in fields(Clocks))
_TEXTS: Final = ("category", "headline", "narrative", "cause")


class IncidentReviewDesk:
    def __init__(self, changes: Changes, identity: Identity) -> None:
        self._changes = changes
        self._identity = identity

    def get(self, incident: str, now: Now, actor: Actor) -> ReviewedView:
        """The newest revision. Persons' details are shown to who may review. Raises Forbidden, NotFound."""
        require(actor, Act.REVIEW_INCIDENT, where=_where(incident))
        with self._changes.store.read() as work:
            return _view(work, recorded_incident(work, incident), now)

    def deadlines(self, now: Now) -> tuple[DeadlineView, ...]:
        """Every clock that runs out or was missed, the nearest first."""
        with self._changes.store.read() as work:
            reviewed = {review.incident: review for review in work.incident_reviews.newest()}
            reviews = [reviewed.get(incident.id) or first_review(incident) for incident in work.incidents.all()]
        return tuple(DeadlineView(incident, each) for incident, each in rules.warnings(reviews, now.utc))

    def open(self, request: OpenIncident, now: Now, actor: Actor) -> ReviewedView:
        """An incident that no rule opened. Raises Forbidden, Invalid."""
        where = "a new incident"
        require(actor, Act.OPEN_INCIDENT, where=where)
        title = reason_given(request.title, where=where)
        require_counted(where, request.happened_utc)
        if request.happened_utc > now.utc:
            raise Invalid("it hasn't happened yet", where=where, do="Give the time at which it did.")
        with self._changes.begin(now, actor) as change:
            place = _place(change.work, request)
            number = next_number(change.work, request.happened_utc.year)
            incident = begin_by_hand(number, title, request.happened_utc, place)
            change.work.incidents.put(incident)
            about = [vehicle(place.sysid)] if place.sysid else []
            about += [slot_subject(SlotId(place.slot))] if place.slot else []
            says = f"incident {incident.id} opened by {actor.name}: {title}"
            change.record("incident.open", _subject(incident.id), says, incident, about=[_subject(incident.id), *about])
            change.changed("incidents")
            return _view(change.work, incident, now)

    def take_up(self, incident: str, now: Now, actor: Actor) -> ReviewedView:
        """Review it. Raises Forbidden, NotFound, Conflict where somebody does already."""

        def taken_up(review: Review) -> tuple[Review, str]:
            return rules.take_up(review, actor.name, now.utc), f"{actor.name} reviews {incident}"

        return self._move("incident.review", incident, taken_up, now, actor)

    def change(
        self, incident: str, wanted: ReviewChange, now: Now, actor: Actor, *, seen: str | None = None
    ) -> ReviewedView:
        """Classification, texts, clocks, follow-ups. Signatures over the text before it count no more.

        seen: `tag_of` the review as the caller saw it; None: as it is. Raises Forbidden, NotFound, Conflict, Invalid.
        """

        def changed(review: Review) -> tuple[Review, str]:
            if seen is not None and seen != tag_of(review):
                raise Conflict(
                    "it was changed meanwhile", where=_where(incident), do="Look at it again and decide anew."
                )
            after = rules.unsigned(rules.change(review, **_fields(review, wanted, now, actor)))
            return after, f"{actor.name} changed the review of {incident}: {', '.join(_named(wanted))}"

        return self._move("incident.review", incident, changed, now, actor)

    def sign(self, incident: str, request: SignRequest, now: Now, actor: Actor) -> ReviewedView:
        """With the password again. Raises Forbidden, NotFound, Conflict, Invalid."""
        require(actor, Act.SIGN_INCIDENT, where=_where(incident))
        self._identity.confirm(actor.name, request.password, now)

        def signed(review: Review) -> tuple[Review, str]:
            signature = Signature(actor.name, actor.role, now.utc, request.sha256)
            after = rules.sign(review, signature, revision_hash(review))
            done = "" if after.state is IncidentState.SIGNED else "; a second person's signature is needed"
            return after, f"{actor.name} signed {incident} revision {review.revision} ({request.sha256[:12]}…){done}"

        return self._move("incident.sign", incident, signed, now, actor)

    def reopen(self, incident: str, why: str, now: Now, actor: Actor) -> ReviewedView:
        """The next revision of a signed one. Raises Forbidden, NotFound, Conflict, Invalid."""
        reason = reason_given(why, where=_where(incident))

        def reopened(review: Review) -> tuple[Review, str]:
            return rules.reopen(review), f"{actor.name} reopened {incident}: {reason}"

        return self._move("incident.reopen", incident, reopened, now, actor)

    def add_person(self, incident: str, details: Details, now: Now, actor: Actor) -> ReviewedView:
        """Somebody in it: kept apart, the record gets a commitment alone. Raises Forbidden, NotFound, Conflict, Invalid."""
        name = reason_given(details.name, where=_where(incident))
        role, contact, statement = (_text(each) for each in (details.role, details.contact, details.statement))
        clean = Details(role, name, contact, statement)
        salt = secrets.token_bytes(SALT_BYTES)
        commitment = commit(incident, clean, salt)

        def added(review: Review) -> tuple[Review, str]:
            after = rules.change(review, commitments=(*review.commitments, commitment))
            return rules.unsigned(after), f"a person ({role or 'no role'}) was added to {incident}"

        def keep(work: UnitOfWork) -> None:
            number = len(work.incident_persons.of(incident)) + 1
            work.incident_persons.put(Person(f"W{number}", incident, clean, salt.hex(), commitment))

        return self._move("incident.person", incident, added, now, actor, also=keep)

    def erase_person(self, incident: str, person_id: str, why: str, now: Now, actor: Actor) -> ReviewedView:
        """Their details are gone for good; what is signed still verifies. Raises Forbidden, NotFound, Invalid."""
        where = f"{_where(incident)}, person {person_id:.20}"
        require(actor, Act.REVIEW_INCIDENT, where=where)
        reason = reason_given(why, where=where)
        with self._changes.begin(now, actor) as change:
            found = next((each for each in change.work.incident_persons.of(incident) if each.id == person_id), None)
            if found is None:
                raise NotFound("there is no such person", where=where, do="See the incident's review.")
            change.work.incident_persons.put(erase(found, now.utc))
            says = f"{actor.name} erased person {person_id} of {incident}: {reason}"
            body = {"person": person_id, "commitment": found.commitment}
            change.record("incident.erase", _subject(incident), says, body, about=[_subject(incident)])
            change.changed("incidents")
            view = _view(change.work, recorded_incident(change.work, incident), now)
        self._changes.store.settle()
        return view

    def _move(
        self,
        action: str,
        incident_id: str,
        to: Callable[[Review], tuple[Review, str]],
        now: Now,
        actor: Actor,
        *,
        also: Callable[[UnitOfWork], None] | None = None,
    ) -> ReviewedView:
        require(actor, Act.REVIEW_INCIDENT, where=_where(incident_id))
        with self._changes.begin(now, actor) as change:
            incident = recorded_incident(change.work, incident_id)
            after, says = to(newest_review(change.work, incident))
            change.work.incident_reviews.put(after)
            if also is not None:
                also(change.work)
            if after.state is not incident.state:
                incident = replace(incident, state=after.state)
                change.work.incidents.put(incident)
            _record(change, action, incident, after, says)
            return _view(change.work, incident, now)


def tag_of(review: Review) -> str:
    """Another after each change of it, of its signatures and its state too."""
    return hashlib.sha256(canonical(review)).hexdigest()[:32]


def revision_hash(review: Review) -> str:
    """What a signature is over: everything that the revision says, without who has signed it and its state."""
    said = {
        field.name: getattr(review, field.name) for field in fields(Review) if field.name not in ("signatures", "state")
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def _record(change: Change, action: str, incident: Incident, after: Review, says: str) -> None:
    about = [_subject(incident.id)] + ([vehicle(incident.sysid)] if incident.sysid else [])
    body = {"review": after, "sha256": revision_hash(after)}
    change.record(action, _subject(incident.id), says, body, about=about)
    change.changed("incidents")


def _view(work: UnitOfWork, incident: Incident, now: Now) -> ReviewedView:
    revisions = recorded_reviews(work, incident.id)
    review = revisions[-1] if revisions else first_review(incident)
    return ReviewedView(
        review=review,
        sha256=revision_hash(review),
        deadlines=rules.deadlines(review, now.utc),
        missing=rules.missing_for_signature(review),
        signers_needed=rules.signers_needed(review),
        persons=tuple(
            PersonView(each.id, each.details, each.commitment, is_as_recorded(each), each.erased_utc)
            for each in work.incident_persons.of(incident.id)
        ),
        earlier=tuple(revision_hash(each) for each in revisions[:-1]),
    )


def first_review(incident: Incident) -> Review:
    """The range is aware of what its own rules opened as that happens."""
    return rules.begin(incident.id, incident.opened_utc)


def newest_review(work: UnitOfWork, incident: Incident) -> Review:
    """Return the newest recorded revision, or the first one if no one has begun the review. Raises Damaged."""
    revisions = recorded_reviews(work, incident.id)
    return revisions[-1] if revisions else first_review(incident)


def _place(work: UnitOfWork, request: OpenIncident) -> Place:
    if not request.slot:
        return Place(Sysid(request.sysid), f"vehicle {request.sysid}" if request.sysid else "range")
    slot = work.slots.get(SlotId(request.slot))
    return Place(slot.sysid, slot.callsign, slot.company, slot.id)


def _fields(review: Review, wanted: ReviewChange, now: Now, actor: Actor) -> dict[str, Any]:
    where = f"{_where(review.incident)} rev {review.revision}"
    found: dict[str, Any] = {name: _text(value) for name in _TEXTS if (value := getattr(wanted, name)) is not None}
    if wanted.occurrence_class is not None:
        found["occurrence_class"] = _class_of(wanted.occurrence_class, where)
    if wanted.mandatory is not None:
        found["mandatory"] = wanted.mandatory
    times = {name: value for name in _CLOCKS if (value := getattr(wanted, name)) is not None}
    if times:
        found["clocks"] = _clocks(review.clocks, times, now.utc, where)
    if wanted.follow_up is not None:
        found["follow_ups"] = _followed(review.follow_ups, wanted.follow_up, now.utc, actor, where)
    if not found:
        raise Invalid("nothing is to be changed", where=where, do="Name what is to be another.")
    return found


def _clocks(clocks: Clocks, times: dict[str, datetime], now_utc: datetime, where: str) -> Clocks:
    require_counted(where, *times.values())
    if any(moment > now_utc for moment in times.values()):
        raise Invalid("a time is to come", where=where, do="Enter what has happened.")
    after = replace(clocks, **times)
    told = [moment for name in ("person_aware_utc", "reported_utc", "notified_utc") if (moment := getattr(after, name))]
    if told != sorted(told):
        raise Invalid(
            "somebody was told before the one before him knew",
            where=where,
            do="First the person is aware, then the range, then the authority.",
        )
    return after


def _followed(
    present: tuple[FollowUp, ...], wanted: FollowUpRequest, now_utc: datetime, actor: Actor, where: str
) -> tuple[FollowUp, ...]:
    if wanted.id:
        known = next((each for each in present if each.id == wanted.id), None)
        if known is None:
            raise NotFound(f"there is no action {wanted.id:.20}", where=where, do="See the incident's review.")
        if known.done_utc is not None:
            raise Conflict(f"{known.id} was done already", where=where, do="Add another.")
        done = {"done_utc": now_utc, "done_by": actor.name} if wanted.done else {}
        after = replace(
            known,
            what=_text(wanted.what) or known.what,
            owner=_text(wanted.owner) or known.owner,
            due=wanted.due or known.due,
            **done,  # type: ignore[arg-type]
        )
        return tuple(after if each.id == known.id else each for each in present)
    if not wanted.what or not wanted.owner or wanted.due is None:
        raise Invalid("an action needs what, its owner and its due date", where=where, do="Give all three.")
    return (*present, FollowUp(f"F{len(present) + 1}", _text(wanted.what), _text(wanted.owner), wanted.due))


def _named(wanted: ReviewChange) -> list[str]:
    return [field.name.replace("_", " ") for field in fields(wanted) if getattr(wanted, field.name) is not None]


def _class_of(text: str, where: str) -> OccurrenceClass:
    try:
        return OccurrenceClass(text)
    except ValueError as error:
        raise Invalid(
            f"{safe_text(text, limit=40)!r} is no class",
            where=where,
            do=f"Use one of {', '.join(each.value for each in OccurrenceClass)}.",
        ) from error


def _text(text: str) -> str:
    """Lines stay; what a terminal would act on doesn't."""
    return "\n".join(safe_text(line, limit=_LONGEST_TEXT) for line in text[:_LONGEST_TEXT].splitlines())


def _subject(incident: str) -> str:
    return f"incident:{incident}"


def _where(incident: str) -> str:
    return f"incident {safe_text(incident, limit=40)}"
