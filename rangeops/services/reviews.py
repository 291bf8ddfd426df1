"""Review items: each command that the range sent by itself, opened while the journal is taken, judged by a safety officer.

The record is where they are kept: one entry opens an item, another brings how it ended, one more each judgement.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from rangeops.domain.audit import Actor
from rangeops.domain.commands import FINAL_STAGES, CommandProgress
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.incidents import Place
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.reviews import Verdict, counted, is_reviewed, reason_class
from rangeops.domain.text import reason_given, safe_text
from rangeops.services.changes import SERVER, Change, Changes, slot_subject, vehicle
from rangeops.services.ports.store import Evidence, UnitOfWork
from rangeops.wire.enforcement import JudgeRequest, ReviewCounts, ReviewsView, ReviewView
from rangeops.wire.shapes import converted

REVIEWS: Final = "reviews"  # the subject under which the record finds them all
_AROUND: Final = timedelta(days=1)  # a command ends within a day of its beginning
KEPT: Final = timedelta(days=400)  # listed and counted; the record itself forgets nothing


class ReviewDesk:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def consider(self, change: Change, progress: CommandProgress, place: Place, happened: datetime) -> None:
        """Open an item for a command of the range's own, or note how it ended."""
        order = progress.order
        if not is_reviewed(order):
            return
        subject = _subject(order.id)
        opened = bool(change.work.record.about([subject], happened - _AROUND, happened + _AROUND))
        if opened and progress.stage not in FINAL_STAGES:
            return
        about = [REVIEWS, subject, vehicle(place.sysid), *([slot_subject(place.slot)] if place.slot else [])]
        body = {"progress": progress, "callsign": place.callsign, "company": place.company, "slot": place.slot}
        action = "review.end" if opened else "review.open"
        change.record(action, subject, "", body, about=about, happened=happened, source=place.callsign, actor=SERVER)
        change.changed(REVIEWS)

    def all(self, now: Now) -> ReviewsView:
        """Newest first, with how many were right, late and unneeded."""
        with self._changes.store.read() as work:
            items = tuple(reversed(_items(work.record.about([REVIEWS], now.utc - KEPT, now.utc + _AROUND))))
        reasons = sorted({reason_class(item.progress.order.reason) for item in items})
        by_reason = tuple(
            (reason, _counts(item for item in items if reason_class(item.progress.order.reason) == reason))
            for reason in reasons
        )
        return ReviewsView(items, _counts(items), by_reason)

    def judge(self, item_id: str, request: JudgeRequest, now: Now, actor: Actor) -> ReviewView:
        """A safety officer's verdict, with a note; a later one counts, and the earlier stays in the record.

        Raises Forbidden, Invalid, NotFound.
        """
        where = f"review {item_id:.60}"
        require(actor, Act.JUDGE_AUTOMATION, where=where)
        verdict = _verdict_of(request.verdict, where)
        note = reason_given(request.note, where=where)
        with self._changes.begin(now, actor) as change:
            item = _one(change.work, item_id, now, where)
            says = f"{actor.name} judges {item.progress.order.kind.value} for {item.callsign}: {verdict.value}; {note}"
            about = [REVIEWS, _subject(item_id), vehicle(item.progress.order.sysid)]
            body = {"verdict": verdict, "note": note, "by": actor.name}
            change.record("review.judge", _subject(item_id), says, body, about=about)
            change.changed(REVIEWS)
            return _one(change.work, item_id, now, where)


def _subject(item_id: str) -> str:
    return f"review:{item_id}"


def _one(work: UnitOfWork, item_id: str, now: Now, where: str) -> ReviewView:
    found = _items(work.record.about([_subject(item_id)], now.utc - KEPT, now.utc + _AROUND))
    if not found:
        raise NotFound("there is no such item", where=where, do="See `rangeops review list`.")
    return found[0]


def _items(told: Iterable[Evidence]) -> list[ReviewView]:
    """Folded from the record's entries, in the order in which they were opened."""
    items: dict[str, ReviewView] = {}
    for evidence in sorted(told, key=lambda each: each.entry.seq):
        body, seq = json.loads(evidence.entry.payload)["body"], evidence.entry.seq
        item_id = evidence.entry.target.removeprefix("review:")
        known = items.get(item_id)
        if evidence.entry.action == "review.open":
            items[item_id] = _opened(item_id, body, evidence)
        elif known is not None and evidence.entry.action == "review.end":
            progress = converted(body["progress"], CommandProgress, strict=False)
            items[item_id] = replace(known, progress=progress, evidence=(*known.evidence, seq))
        elif known is not None:
            items[item_id] = replace(
                known,
                verdict=Verdict(body["verdict"]),
                note=body["note"],
                judged_by=body["by"],
                judged_utc=evidence.happened,
                evidence=(*known.evidence, seq),
            )
    return list(items.values())


def _opened(item_id: str, body: dict[str, Any], evidence: Evidence) -> ReviewView:
    return ReviewView(
        id=item_id,
        progress=converted(body["progress"], CommandProgress, strict=False),
        opened_utc=evidence.happened,
        callsign=body["callsign"],
        company=body["company"],
        slot=body["slot"],
        evidence=(evidence.entry.seq,),
    )


def _counts(items: Iterable[ReviewView]) -> ReviewCounts:
    return ReviewCounts(**counted(item.verdict for item in items))


def _verdict_of(value: str, where: str) -> Verdict:
    try:
        return Verdict(value)
    except ValueError as error:
        raise Invalid(
            f"{safe_text(value, limit=30)!r} is no verdict",
            where=where,
            do=f"Use one of {', '.join(verdict.value for verdict in Verdict)}.",
        ) from error
