"""A changed zone is a new version: entered in the record, and what was approved against the old one is found."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId, SlotState
from rangeops.domain.volumes import VolumeId
from rangeops.domain.zone_sets import closed_for
from rangeops.services.airspace import bookable_of
from rangeops.services.changes import RANGE, SERVER, Changes
from rangeops.services.ports.plans import PlanChecker, PlanFile
from rangeops.services.ports.store import UnitOfWork, ZoneRecord
from rangeops.services.ports.world import Airframes
from rangeops.services.zone_version import zone_parts, zone_version
from rangeops.wire.api import AffectedView, PlanView


@dataclass(frozen=True, slots=True)
class _Books:
    """plans: those that were checked under other zones, with their files. known: parts of every version of the zones."""

    plans: Mapping[str, PlanView]
    contents: Mapping[str, bytes]
    known: Mapping[str, Mapping[str, str]]


class ZoneDesk:
    """`enter` when the server starts; `affected` and `why_affected` whenever somebody asks."""

    def __init__(
        self, changes: Changes, definition: RangeDefinition, airframes: Airframes, check_plan: PlanChecker
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._check_plan = check_plan
        self.version = zone_version(definition)
        self._parts = zone_parts(definition)

    def enter(self, now: Now) -> ZoneRecord:
        """The zones in force, recorded as a new version where they aren't the last one's. Raises Conflict.

        Another range's database is refused: its slots would be held against volumes that they don't name.
        """
        with self._changes.begin(now, SERVER) as change:
            last = next(iter(change.work.zones.all()), None)
            if last is not None and last.range_id != self._definition.id:
                raise Conflict(
                    f"its database is range {last.range_id}'s, not {self._definition.id}'s",
                    where="this data folder",
                    do=f"Set RANGEOPS_RANGE={last.range_id}, or give another folder with --data.",
                )
            if last is not None and last.sha256 == self.version.sha256:
                return last
            number = 1 if last is None else last.number + 1
            record = ZoneRecord(number, self._definition.id, self.version.sha256, now.utc, self._parts)
            change.work.zones.add(record)
            differ = differing({} if last is None else last.parts, self._parts)
            says = "" if last is None else f"zones version {number} ({self.version.name}): {', '.join(differ)}"
            body = {"number": number, "sha256": record.sha256, "differ": differ}
            change.record("zones.version", f"zones:{number}", says, body, about=[RANGE])
        return record

    def affected(self, now: Now) -> tuple[AffectedView, ...]:
        """Slots to come, and newest plans of no slot, approved against other zones, that today's close or refuse.

        Each plan is checked anew, against the zones of its slot's minutes: 50 ms.
        """
        with self._changes.store.read() as work:
            slots = [slot for slot in work.slots.in_state(HOLDS_AIRSPACE) if _is_to_come(slot, now)]
            booked = {slot.plan for slot in work.slots.all()} - {slot.plan for slot in slots}
            all_plans = work.plans.all()
            newest = {(plan.company, plan.name): plan for plan in reversed(all_plans)}
            wanted = {slot.plan for slot in slots} | {plan.id for plan in newest.values() if plan.id not in booked}
            books = self._books(work, (plan for plan in all_plans if plan.id in wanted))
        return tuple(self._affected(slots, books))

    def why_affected(self, slot_id: SlotId, now: Now) -> tuple[str, ...]:
        """Likewise for one slot, of all plans checking only its own; empty: nothing of today's zones touches it."""
        with self._changes.store.read() as work:
            slot = work.slots.get(slot_id)
            if slot.state not in HOLDS_AIRSPACE or not _is_to_come(slot, now):
                return ()
            books = self._books(work, () if slot.plan is None else (work.plans.get(slot.plan),))
        return next((each.why for each in self._affected([slot], books)), ())

    def _books(self, work: UnitOfWork, plans: Iterable[PlanView]) -> _Books:
        old = {plan.id: plan for plan in plans if not self._is_today(plan.zones_sha256)}
        return _Books(
            plans=old,
            contents={plan: work.plans.content(plan) for plan in old},
            known={record.sha256: record.parts for record in work.zones.all()},
        )

    def _affected(self, slots: Iterable[Slot], books: _Books) -> Iterator[AffectedView]:
        plans, contents, known = books.plans, books.contents, books.known
        of_slots = set()
        for slot in slots:
            plan = None if slot.plan is None else plans.get(slot.plan)
            of_slots.add(slot.plan)
            why = (
                [] if self._is_today(slot.zones_sha256) else self._closed_since(slot, known.get(slot.zones_sha256, {}))
            )
            verdict = "" if plan is None else self._verdict(plan, contents[plan.id], slot)
            if plan is not None and verdict != plan.verdict:
                why.append(f"plan {plan.id} was {plan.verdict} and is {verdict}")
            if why:
                yield AffectedView(slot.id, slot.plan or "", slot.company, slot.zones_sha256, verdict, tuple(why))
        for plan in plans.values():
            if plan.id not in of_slots and (verdict := self._verdict(plan, contents[plan.id])) != plan.verdict:
                why = [f"plan {plan.id} was {plan.verdict} and is {verdict}"]
                yield AffectedView("", plan.id, plan.company, plan.zones_sha256, verdict, tuple(why))

    def _closed_since(self, slot: Slot, parts: Mapping[str, str]) -> list[str]:
        """What of today's range differs from what the slot was approved against, where and when it is to fly."""
        name = f"volume {slot.volume}"
        why = [] if not parts or parts.get(name) == self._parts.get(name) else [f"{name} is another one"]
        try:
            volume = bookable_of(self._definition, slot).flight_geography
        except NotFound:
            return [f"there is no {name} any more"]
        closed = closed_for(self._definition, volume, slot.starts, slot.ends)
        others = [zone for zone in closed if parts.get(f"zone {zone.id}") != self._parts[f"zone {zone.id}"]]
        return why + [f"zone {zone.id} ({zone.name}) closes some of it in its minutes" for zone in others]

    def _verdict(self, plan: PlanView, content: bytes, slot: Slot | None = None) -> str:
        minutes, drawn = (None, None) if slot is None else ((slot.starts, slot.ends), slot.drawn)
        try:
            airframe = self._airframes.get(plan.airframe)
            file = PlanFile(content, plan.file_name, VolumeId(plan.volume), airframe, minutes, drawn)
            return self._check_plan(file).verdict
        except (NotFound, Invalid) as error:
            return f"not to be checked: {error.what}"

    def _is_today(self, sha256: str) -> bool:
        return sha256 == self.version.sha256


def differing(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """What was added, removed or changed, in words: "zone HOUSING changed"."""
    found = []
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            deed = "added" if name not in old else "removed" if name not in new else "changed"
            found.append(f"{name} {deed}")
    return found


def _is_to_come(slot: Slot, now: Now) -> bool:
    return slot.ends > now.utc or slot.state is SlotState.ACTIVE
