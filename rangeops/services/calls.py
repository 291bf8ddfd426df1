"""The log of calls by voice: who called whom with which words, why, when, and whether he answered. It is in the record."""

import json
from datetime import timedelta
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.calls import OF_A_SECTOR, Call, call_reason, named, word_from
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.sectors import sector_named
from rangeops.services.changes import RANGE, Change, Changes, slot_subject, vehicle
from rangeops.services.ports.store import Evidence
from rangeops.wire.enforcement import CallRequest, CallView
from rangeops.wire.shapes import converted

CALLS: Final = "calls"  # the subject under which the record finds them
_ANSWERED: Final = {None: "", True: "; answered", False: "; NO ANSWER"}


class CallDesk:
    def __init__(self, changes: Changes, definition: RangeDefinition) -> None:
        self._changes = changes
        self._definition = definition

    def log(self, request: CallRequest, now: Now, actor: Actor) -> CallView:
        """Note a call that was made. Raises Forbidden, Invalid, NotFound."""
        require(actor, Act.LOG_CALL, where="call")
        word, about = word_from(request.word), named(request.about, "what it is about")
        if word in OF_A_SECTOR:
            about = sector_named(about, self._definition.sectors).name
        to, via = named(request.to, "who was called"), request.via.strip()
        reason = call_reason(request.reason)
        call = Call(word, about, to, named(via, "how") if via else "", reason, actor.name, now.utc, request.answered)
        with self._changes.begin(now, actor) as change:
            by = f" ({call.via})" if call.via else ""
            says = f"{actor.name} calls {call.to}{by}: {call.words}; {reason}{_ANSWERED[request.answered]}"
            entry = change.record("call.made", f"call:{call.words}", says, call, about=_about(change, call))
            change.changed(CALLS)
        return CallView(call, entry.seq)

    def made(self, within: timedelta, now: Now) -> tuple[CallView, ...]:
        """Newest first."""
        with self._changes.store.read() as work:
            told = work.record.about([CALLS], now.utc - within, now.utc)
        return tuple(_view(evidence) for evidence in reversed(told))


def _about(change: Change, call: Call) -> list[str]:
    """Also under the vehicle and slot whose callsign it carries, so that an incident's timeline has it."""
    orders = change.work.orders.latest()
    theirs = [each for each in (orders.vehicles if orders else ()) if each.callsign.casefold() == call.about.casefold()]
    if theirs and call.word not in OF_A_SECTOR:
        return [CALLS, vehicle(theirs[0].sysid), slot_subject(theirs[0].slot)]
    return [CALLS, RANGE]


def _view(evidence: Evidence) -> CallView:
    body = json.loads(evidence.entry.payload)["body"]
    return CallView(converted(body, Call, strict=False), evidence.entry.seq)
