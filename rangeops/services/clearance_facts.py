"""Everything that a clearance is decided on, gathered from the store, the range's file and the watches."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.clearance import Clearance
from rangeops.domain.clearance_items import ClearanceFacts
from rangeops.domain.clearance_rules import Item
from rangeops.domain.errors import NotFound
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.registers import Acceptance
from rangeops.domain.slots import Slot
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.watches import LivePicture
from rangeops.services.ports.world import Airframes
from rangeops.services.registry import missing_papers
from rangeops.services.room import Room
from rangeops.services.zone_version import ZoneVersion

_REPORTS_LAST: Final = timedelta(hours=36)  # a TAF holds for thirty at the most


class ClearanceBooks:
    """Where the facts stand."""

    def __init__(
        self, definition: RangeDefinition, airframes: Airframes, zones: ZoneVersion, live: LivePicture, room: Room
    ) -> None:
        self.definition = definition
        self.airframes = airframes
        self.zones = zones
        self.live = live
        self._room = room
        self.air = room.book
        self._timezone = ZoneInfo(definition.timezone)

    def facts(self, work: UnitOfWork, slot: Slot, clearance: Clearance, now: Now) -> ClearanceFacts:
        rules = self.definition.clearance
        waived = bool(rules.why_waived(Item.REGISTERS))
        return ClearanceFacts(
            slot=slot,
            clearance=clearance,
            rules=rules,
            airframe=self.airframes.get(slot.airframe),
            timezone=self._timezone,
            plan_verdict=_verdict(work, slot),
            live=self.live.facts(slot.sysid, now),
            zones_sha256=self.zones.sha256,
            closures=tuple(found.why for found in self._room.closed(work, slot) if found.busy[1] > now.utc),
            sun=self.definition.sun,
            weather=work.weather.since(now.utc - _REPORTS_LAST),
            lacking=() if waived else missing_papers(work, slot, self.definition),
            acceptances=_acceptances(work, slot),
            stops={proof.kind: proof for proof in work.stop_proofs.of(slot.sysid)},
        )


def _verdict(work: UnitOfWork, slot: Slot) -> str | None:
    try:
        return None if slot.plan is None else work.plans.get(slot.plan).verdict
    except NotFound:
        return None


def _acceptances(work: UnitOfWork, slot: Slot) -> tuple[Acceptance, ...]:
    entries = [entry for entry in work.registers.of_company(slot.company) if not entry.retired]
    return tuple(entry.body for entry in entries if isinstance(entry.body, Acceptance))
