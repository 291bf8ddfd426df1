"""Drafts of what is told to others about a slot: a NOTAM's text, and a mail. Nothing is ever sent from here."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.airspace import Airspace
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Refused
from rangeops.domain.notam import FOOT_M, NotamFacts, circle_of, notam_text
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId, SlotState
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import Changes
from rangeops.services.ports.world import Airframes
from rangeops.wire.board import DraftView

_WORTH_TELLING: Final = HOLDS_AIRSPACE | {SlotState.REQUESTED, SlotState.WAITLISTED}
_NOTAM_CHECKS: Final = (
    "Series, number, type (NOTAMN, R or C) and traffic, purpose and scope (IV/BO/W) are the NOTAM office's to set.",
    "The code QWULW (unmanned aircraft will take place) is taken from usage: check it against Doc 8126.",
    "Heights are AMSL by EGM96, rounded outwards to 10 ft; a flight level in Q is not corrected for pressure.",
    "The circle holds the flight geography and its contingency volume, not the ground-risk buffer.",
    "B and C hold the flight and its time-out; ask anew when the slot moves.",
)
_MAIL_CHECKS: Final = (
    "The recipients stand in range.toml: are they today's?",
    "A telephone number is told to everybody who gets this: does its owner agree?",
    "Tell them again when the slot moves or is cancelled.",
)


class Drafts:
    def __init__(self, changes: Changes, definition: RangeDefinition, airframes: Airframes, book: AirspaceBook) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._book = book

    def notam(self, slot_id: SlotId, actor: Actor) -> DraftView:
        """Raises NotFound, Forbidden; Refused where there is none to draft; Conflict for a slot that is over."""
        slot = self._slot(slot_id, actor)
        facts = self._facts(slot)
        checks = list(_NOTAM_CHECKS)
        if late := self._lead_time():
            checks.append(late)
        if slot.state not in HOLDS_AIRSPACE:
            checks.insert(0, f"The slot is {slot.state.value}: nothing is promised yet.")
        if self._definition.synthetic:
            checks.insert(0, f"NOT TO BE FILED: {self._definition.note}")
        return DraftView(
            slot.id, "NOTAM", (), f"NOTAM {slot.id}", notam_text(facts, self._definition.notices), tuple(checks)
        )

    def mail(self, slot_id: SlotId, actor: Actor) -> DraftView:
        """Raises NotFound, Forbidden; Refused where the range names nobody; Conflict for a slot that is over."""
        slot = self._slot(slot_id, actor)
        recipients = self._definition.notices.recipients
        if not recipients:
            raise Refused(
                "the range names nobody to tell",
                where=f"mail for slot {slot.id}",
                do="Give [[notices.recipient]] in range.toml.",
            )
        checks = list(_MAIL_CHECKS)
        if slot.state not in HOLDS_AIRSPACE:
            checks.insert(0, f"The slot is {slot.state.value}: nothing is promised yet.")
        to = tuple(f"{each.name} ({each.role}) <{each.address}>" for each in recipients)
        starts = slot.starts.astimezone(ZoneInfo(self._definition.timezone))
        subject = f"Unmanned flight {slot.id}, {self._definition.name}, {starts:%a %d %b %H:%M} local"
        return DraftView(slot.id, "mail", to, subject, self._body(slot), tuple(checks))

    def _slot(self, slot_id: SlotId, actor: Actor) -> Slot:
        with self._changes.store.read() as work:
            slot = work.slots.get(slot_id)
        require(actor, Act.CANCEL_SLOT, where=f"slot {slot_id}", company=slot.company)
        if slot.state not in _WORTH_TELLING:
            raise Conflict(f"it is {slot.state.value}", where=f"slot {slot_id}", do="Draft for a slot to come.")
        return slot

    def _facts(self, slot: Slot) -> NotamFacts:
        air = self._book.bare(slot)
        return NotamFacts(
            slot=slot.id,
            company=slot.company,
            contact=slot.call,
            place=f"{self._definition.name} {slot.volume}",
            airframe=self._airframes.get(slot.airframe),
            circle=circle_of(air.core, self._definition.frame),
            floor_amsl_m=self._floor(air),
            ceiling_amsl_m=air.ceiling_amsl_m,
            starts=slot.starts,
            ends=_latest_end(slot),
        )

    def _floor(self, air: Airspace) -> float | None:
        """None: from the surface."""
        lowest = self._definition.terrain.lowest_m(air.core)
        return None if lowest is None or air.floor_amsl_m <= lowest else air.floor_amsl_m

    def _lead_time(self) -> str:
        """What the range's own rule for NOTAMs says."""
        days = [each.working_days for each in self._definition.booking.lead_times if each.permission == "NOTAM"]
        return f"The range asks for {max(days)} working days between asking and flying." if days else ""

    def _body(self, slot: Slot) -> str:
        definition, facts = self._definition, self._facts(slot)
        zone = ZoneInfo(definition.timezone)
        starts, ends = slot.starts.astimezone(zone), facts.ends.astimezone(zone)
        floor = "the surface" if facts.floor_amsl_m is None else f"{facts.floor_amsl_m:.0f} m AMSL"
        ceiling = f"{facts.ceiling_amsl_m:.0f} m AMSL ({facts.ceiling_amsl_m / FOOT_M:.0f} ft)"
        circle, airframe = facts.circle, facts.airframe
        centre = f"{circle.latitude_deg:.5f}, {circle.longitude_deg:.5f}"
        lines = [
            f"{definition.name} plans an unmanned flight.",
            "",
            f"When     {starts:%a %d %b %Y %H:%M} to {ends:%H:%M} local ({slot.starts:%H:%M}-{facts.ends:%H:%M} UTC)",
            f"Where    volume {slot.volume}, within {circle.radius_m:.0f} m of {centre}",
            f"Heights  {floor} to {ceiling}",
            f"What     {airframe.name}, at most {airframe.mtom_kg:g} kg at take-off, call sign {slot.callsign}",
            f"Who      {slot.company}; call {slot.call or 'not known'}",
            f"Slot     {slot.id}, {slot.state.value}, version {slot.version}",
            "",
            "Please tell us of traffic or an event in your care that this would disturb.",
        ]
        if definition.synthetic:
            lines += ["", f"EXERCISE: {definition.note}"]
        return "\n".join(lines)


def _latest_end(slot: Slot) -> datetime:
    """Of its flight, if it takes its time-out."""
    return slot.ends + timedelta(minutes=0 if slot.time_out_taken else slot.terms.time_out_minutes)
